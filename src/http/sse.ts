/**
 * The feed: ledger entries as server-sent events, event id = ledger id.
 * INVARIANT (feed-has-no-seam): a client sees every entry after its id once and in order. It is subscribed before the first
 * page is read; what arrives meanwhile waits in a buffer, and what the pages have shown already is skipped by id.
 * A client that does not read is cut, never waited for: it comes back and resumes by id.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Operations } from '../control/operations.ts';
import type { EntryKind, LedgerEntry } from '../domain/ledger-entry.ts';
import { formatInstant } from '../domain/time.ts';
import { type Batch, batchOf, createFeedBatches, type FeedBatches, type Membership } from './feed-batches.ts';
import type { FigureFrames } from './feed-figures.ts';
import { HttpProblem } from './problem.ts';

export interface FeedLimits {
  /** Each client costs a socket and at most `bufferMax` entries. */
  readonly clientsMax: number;
  readonly bufferMax: number;
  readonly heartbeatMs: number;
  /** Entries read from the ledger at a time while catching up. */
  readonly pageSize: number;
}

export const FEED_LIMITS: FeedLimits = {
  clientsMax: 300,
  bufferMax: 1_000,
  heartbeatMs: 10_000,
  pageSize: 500,
};

/** Heartbeats in a row that find the socket still full before the client is cut. */
const STALLED_HEARTBEATS_MAX = 3;
const RETRY_MS = 1_000;
/** Entries of the past that are written at a time. */
const WRITE_ENTRIES_MAX = 50;

export interface FeedStart {
  /** Null starts with what comes next. */
  readonly afterId: number | null;
  /** Undefined is all kinds. */
  readonly kinds: readonly EntryKind[] | undefined;
  /** The campaigns' figures as they change, too. */
  readonly figures: boolean;
}

export interface Feed {
  open(reply: FastifyReply, start: FeedStart): Promise<void>;
  clients(): number;
  /** Ends every client; they reconnect elsewhere or later. */
  close(): void;
}

const newestId = async (operations: Operations): Promise<number> =>
  (await operations.entries({ order: 'desc', limit: 1 }))[0]?.id ?? 0;

export function createFeed(operations: Operations, limits: FeedLimits, figures: FigureFrames): Feed {
  const clients = new Set<FeedClient>();
  const batches = createFeedBatches(operations);
  let closed = false;

  const open = async (reply: FastifyReply, start: FeedStart): Promise<void> => {
    if (closed || clients.size >= limits.clientsMax) {
      void reply.header('retry-after', '5');
      throw new HttpProblem('too_many_feeds', `${limits.clientsMax} clients are connected`);
    }
    const client = new FeedClient(operations, limits, batches, start);
    clients.add(client);
    try {
      const newest = await newestId(operations);
      client.begin(start.afterId ?? newest);
      reply.hijack();
      if (reply.raw.destroyed) {
        client.stop();
        clients.delete(client);
        return;
      }
      reply.raw.on('close', () => {
        client.stop();
        clients.delete(client);
      });
      client.connect(reply.raw, start.afterId === null ? newest : null, newest);
      if (start.figures) client.watch(figures);
    } catch (error) {
      client.stop();
      clients.delete(client);
      throw error;
    }
    await client.catchUp();
  };

  return {
    open,
    clients: () => clients.size,
    close: () => {
      closed = true;
      for (const client of clients) client.end();
    },
  };
}

/**
 * States: waiting (a member of its batch, not connected) -> catching up (pages) -> live (batches) -> stopped.
 * What a live client cannot take at once waits in `backlog`, bounded in entries; figures wait as one frame of each campaign, the newest.
 */
class FeedClient {
  private readonly operations: Operations;
  private readonly limits: FeedLimits;
  private readonly kinds: readonly EntryKind[] | undefined;
  private readonly membership: Membership;
  /** Entries that came while catching up. */
  private buffer: LedgerEntry[] = [];
  /** Entries were dropped from the buffer while catching up; the pages bring them. */
  private overflowed = false;
  private backlog: Batch[] = [];
  private backlogEntries = 0;
  private readonly figures = new Map<string, Buffer>();
  private watching: { unsubscribe(): void } | null = null;
  private live = false;
  private stopped = false;
  /** Every entry up to this id has been sent, or stands in the backlog, or was not wanted. */
  private sentId = 0;
  private raw: ServerResponse | null = null;
  private stalledHeartbeats = 0;
  private heartbeat: NodeJS.Timeout | null = null;

  constructor(operations: Operations, limits: FeedLimits, batches: FeedBatches, { kinds }: FeedStart) {
    this.operations = operations;
    this.limits = limits;
    this.kinds = kinds;
    this.membership = batches.join(kinds, {
      take: (entry) => {
        if (!this.live) this.take(entry);
      },
      send: (batch) => {
        if (this.live) this.takeBatch(batch);
      },
    });
  }

  begin(afterId: number): void {
    this.sentId = afterId;
  }

  connect(raw: ServerResponse, helloId: number | null, newest: number): void {
    this.raw = raw;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    raw.on('drain', () => {
      this.pump();
    });
    raw.on('error', () => {
      this.stop();
    });
    const id = helloId === null ? '' : `id: ${helloId}\n`;
    raw.write(`retry: ${RETRY_MS}\n${id}event: hello\ndata: ${JSON.stringify({ newest_id: newest })}\n\n`);
    this.heartbeat = setInterval(() => {
      this.beat();
    }, this.limits.heartbeatMs);
    this.heartbeat.unref();
  }

  /** Figures of now, then each as it changes; a snapshot that cannot be had is left to the next change. */
  watch(frames: FigureFrames): void {
    const heard = new Set<string>();
    this.watching = frames.follow((campaignId, frame) => {
      heard.add(campaignId);
      this.takeFigures(campaignId, frame);
    });
    frames.now().then(
      (all) => {
        for (const [campaignId, frame] of all) {
          if (!heard.has(campaignId)) this.takeFigures(campaignId, frame);
        }
      },
      () => undefined,
    );
  }

  /** Reads pages until the ledger has no more, then goes live. A ledger that fails cuts the client: it resumes by id. */
  async catchUp(): Promise<void> {
    try {
      do {
        this.overflowed = false;
        for (;;) {
          const page = await this.operations.entries({
            afterId: this.sentId,
            order: 'asc',
            limit: this.limits.pageSize,
            ...(this.kinds === undefined ? {} : { kinds: this.kinds }),
          });
          for (let from = 0; from < page.length; from += WRITE_ENTRIES_MAX) {
            if (!this.send(page.slice(from, from + WRITE_ENTRIES_MAX))) await this.drained();
            if (this.isStopped()) return;
          }
          if (page.length < this.limits.pageSize) break;
        }
      } while (this.hasGap());
      this.goLive();
    } catch {
      this.cut();
    }
  }

  /** Ends the response in good order. */
  end(): void {
    this.raw?.end();
    this.stop();
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.membership.leave();
    this.watching?.unsubscribe();
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    this.buffer = [];
    this.backlog = [];
    this.figures.clear();
  }

  /** Methods, because both flags change while others await. */
  private isStopped(): boolean {
    return this.stopped;
  }

  private hasGap(): boolean {
    return this.overflowed;
  }

  private cut(): void {
    this.raw?.destroy();
    this.stop();
  }

  private take(entry: LedgerEntry): void {
    if (this.stopped || entry.id <= this.sentId) return;
    this.buffer.push(entry);
    if (this.buffer.length <= this.limits.bufferMax) return;
    this.buffer = [];
    this.overflowed = true;
  }

  /** What the batch has gathered until now stands in our own buffer: from here on only whole batches come. */
  private goLive(): void {
    if (this.stopped) return;
    this.membership.flush();
    const rest = this.buffer;
    this.buffer = [];
    this.live = true;
    if (rest.length > 0) this.send(rest);
    this.pump();
  }

  private takeBatch(batch: Batch): void {
    if (this.stopped) return;
    const fresh = batch.entries.filter(({ id }) => id > this.sentId);
    const last = fresh.at(-1);
    if (last === undefined) return;
    this.sentId = last.id;
    // A page may have shown an entry before we were told of it; otherwise the bytes are everybody's.
    this.backlog.push(fresh.length === batch.entries.length ? batch : batchOf(fresh));
    this.backlogEntries += fresh.length;
    this.pump();
    if (this.backlogEntries > this.limits.bufferMax) this.cut();
  }

  private takeFigures(campaignId: string, frame: Buffer): void {
    if (this.stopped) return;
    this.figures.set(campaignId, frame);
    this.pump();
  }

  /** As much as the socket takes: entries first, then the newest figures, which are not older than the entries before them. */
  private pump(): void {
    if (!this.live || this.stopped) return;
    while (this.raw?.writableNeedDrain === false) {
      const batch = this.backlog.shift();
      if (batch === undefined) break;
      this.backlogEntries -= batch.entries.length;
      this.raw.write(batch.bytes);
    }
    for (const [campaignId, frame] of this.figures) {
      if (this.raw?.writableNeedDrain !== false) return;
      this.figures.delete(campaignId);
      this.raw.write(frame);
    }
  }

  /** False when the socket is full. */
  private send(entries: readonly LedgerEntry[]): boolean {
    const fresh = entries.filter(({ id }) => id > this.sentId);
    const last = fresh.at(-1);
    if (last === undefined) return true;
    this.sentId = last.id;
    return this.raw?.write(batchOf(fresh).bytes) ?? true;
  }

  private drained(): Promise<void> {
    const { raw } = this;
    if (raw === null || this.stopped || !raw.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        raw.off('drain', done);
        raw.off('close', done);
        resolve();
      };
      raw.on('drain', done);
      raw.on('close', done);
    });
  }

  /** Keeps proxies from closing a quiet connection, and tells a page that the silence is real. */
  private beat(): void {
    if (this.raw === null || this.stopped) return;
    if (this.raw.writableNeedDrain) {
      this.stalledHeartbeats += 1;
      if (this.stalledHeartbeats >= STALLED_HEARTBEATS_MAX) this.cut();
      return;
    }
    this.stalledHeartbeats = 0;
    const at = formatInstant(this.operations.now());
    this.raw.write(`: heartbeat\nevent: heartbeat\ndata: {"at":"${at}"}\n\n`);
  }
}
