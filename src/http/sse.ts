/**
 * The feed: ledger entries as server-sent events, event id = ledger id.
 * INVARIANT (feed-has-no-seam): a client sees every entry after its id once and in order. It is subscribed before the first
 * page is read; what arrives meanwhile waits in a buffer, and what the pages have shown already is skipped by id.
 * A client that does not read is cut, never waited for: it comes back and resumes by id.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Operations } from '../control/operations.ts';
import type { EntryKind, LedgerEntry } from '../domain/ledger-entry.ts';
import { formatInstant } from '../domain/time.ts';
import { HttpProblem } from './problem.ts';
import { viewEntry } from './views/entry.ts';

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

export interface FeedStart {
  /** Null starts with what comes next. */
  readonly afterId: number | null;
  /** Undefined is all kinds. */
  readonly kinds: readonly EntryKind[] | undefined;
}

export interface Feed {
  open(request: IncomingMessage, reply: FastifyReply, start: FeedStart): Promise<void>;
  clients(): number;
  /** Ends every client; they reconnect elsewhere or later. */
  close(): void;
}

/** One text per entry, however many clients there are. */
const frames = new WeakMap<LedgerEntry, string>();

function frameOf(entry: LedgerEntry): string {
  const known = frames.get(entry);
  if (known !== undefined) return known;
  const frame = `id: ${entry.id}\ndata: ${JSON.stringify(viewEntry(entry))}\n\n`;
  frames.set(entry, frame);
  return frame;
}

const newestId = async (operations: Operations): Promise<number> =>
  (await operations.entries({ order: 'desc', limit: 1 }))[0]?.id ?? 0;

export function createFeed(operations: Operations, limits: FeedLimits): Feed {
  const clients = new Set<FeedClient>();
  let closed = false;

  const open = async (request: IncomingMessage, reply: FastifyReply, start: FeedStart): Promise<void> => {
    if (closed || clients.size >= limits.clientsMax) {
      void reply.header('retry-after', '5');
      throw new HttpProblem('too_many_feeds', `${limits.clientsMax} clients are connected`);
    }
    const client = new FeedClient(operations, limits, start.kinds);
    clients.add(client);
    try {
      const newest = await newestId(operations);
      client.begin(start.afterId ?? newest);
      if (request.destroyed) throw new Error('client went away');
      reply.hijack();
      reply.raw.on('close', () => {
        client.stop();
        clients.delete(client);
      });
      client.connect(reply.raw, start.afterId === null ? newest : null, newest);
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

/** States: waiting (subscribed, not connected) -> catching up (pages) -> live (buffer) -> stopped. */
class FeedClient {
  private readonly operations: Operations;
  private readonly limits: FeedLimits;
  private readonly kinds: readonly EntryKind[] | undefined;
  private readonly subscription: { unsubscribe(): void };
  private buffer: LedgerEntry[] = [];
  /** Entries were dropped from the buffer while catching up; the pages bring them. */
  private overflowed = false;
  private live = false;
  private stopped = false;
  /** Every entry up to this id has been sent or was not wanted. */
  private sentId = 0;
  private raw: ServerResponse | null = null;
  private stalledHeartbeats = 0;
  private heartbeat: NodeJS.Timeout | null = null;

  constructor(operations: Operations, limits: FeedLimits, kinds: readonly EntryKind[] | undefined) {
    this.operations = operations;
    this.limits = limits;
    this.kinds = kinds;
    this.subscription = operations.follow((entry) => {
      this.take(entry);
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
          for (const entry of page) {
            if (!this.send(entry)) await this.drained();
            if (this.isStopped()) return;
          }
          if (page.length < this.limits.pageSize) break;
        }
      } while (this.hasGap());
      this.live = true;
      this.pump();
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
    this.subscription.unsubscribe();
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    this.buffer = [];
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
    if (this.kinds !== undefined && !this.kinds.includes(entry.kind)) return;
    this.buffer.push(entry);
    if (this.buffer.length > this.limits.bufferMax) {
      if (this.live) {
        this.cut();
        return;
      }
      this.buffer = [];
      this.overflowed = true;
    }
    if (this.live) this.pump();
  }

  private pump(): void {
    if (!this.live || this.stopped) return;
    let sent = 0;
    while (sent < this.buffer.length && this.raw?.writableNeedDrain !== true) {
      const entry = this.buffer[sent];
      if (entry !== undefined) this.send(entry);
      sent += 1;
    }
    if (sent > 0) this.buffer.splice(0, sent);
  }

  /** False when the socket is full. */
  private send(entry: LedgerEntry): boolean {
    if (entry.id <= this.sentId) return true;
    this.sentId = entry.id;
    return this.raw?.write(frameOf(entry)) ?? true;
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
