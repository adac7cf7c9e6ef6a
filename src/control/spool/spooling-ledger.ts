/**
 * The ledger with a disk beside it: while its store is away, entries that must not be lost wait there, and are written to the ledger in
 * their order before anything else is. Which may wait is said in `spoolRulingOf`; whatever may not is refused as without a disk.
 *
 * direct -> away: an append was not durable within its bound
 * away -> draining: the store answers
 * draining -> direct: all that waited is in the ledger | -> away: the store is gone again
 *
 * INVARIANT (spool-before-append): nothing goes to the ledger past what waits, so the chain has the order in which this process was told.
 * INVARIANT (spooled-once): each entry is drained under a key that is its own for ever, so that draining it again writes nothing.
 * INVARIANT (no-half-answers): while anything waits, nobody reads the ledger as if it were whole: a read is answered from what is known
 * here of that one call, or rejects.
 */
import { readDraft } from '../../domain/entry-bodies.ts';
import type { CampaignId } from '../../domain/ids.ts';
import type { LedgerDraft, LedgerEntry } from '../../domain/ledger-entry.ts';
import { spoolRulingOf, type SpooledEntry } from '../../domain/spool-record.ts';
import type { Instant, MonotonicMs } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  EntryRefused,
  type Ledger,
  type LedgerQuery,
  type LedgerReceipt,
  LedgerUnavailable,
} from '../../ports/ledger.ts';
import type { Log } from '../../ports/log.ts';
import type { Spool } from '../../ports/spool.ts';
import { messageOf } from '../deadline.ts';
import { acknowledgedBytes, drainBatch, drainedDraft, tooDamaged } from './drain.ts';
import { type Held, heldEntries, provisional } from './held-entries.ts';
import { openPermits } from './open-permits.ts';

const PROBE_MS = 250;
const STILL_SENDING_MS = 20;
/** Entries that are on their way to the ledger at once. */
const BATCH = 200;

export interface SpoolFigures {
  readonly mode: 'direct' | 'away' | 'draining';
  /** That wait. */
  readonly entries: number;
  readonly bytes: number;
  /** When the oldest of them was appended; null: none waits. */
  readonly oldestAt: Instant | null;
}

export interface SpoolingLedger extends Ledger {
  figures(): SpoolFigures;
  /** Since when the store is away, or something waits; null: what the store says is all there is. */
  awaySince(): MonotonicMs | null;
  /** Writes what an earlier life left behind; rejects when it cannot, and nothing may be decided then. */
  drainFound(): Promise<void>;
}

export interface SpoolingOptions {
  readonly ledger: Ledger;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  /** The campaign's calls go on while the store is away. */
  readonly goesOn: (campaignId: CampaignId) => boolean;
  /** The id was made here and nothing has been decided under it; asked once of each decision. */
  readonly takeFresh: (callId: string) => boolean;
  /** Random, unique for ever. */
  readonly newId: () => string;
  /** Another sidecar has our place: nothing is written any more. */
  readonly isOver: () => boolean;
  /** Hears of what is durable on the disk before its append resolves. */
  readonly onSpooled: (entry: LedgerEntry) => void;
  /** Hears of what is in the ledger by this process; `replayed`: heard of already, when it was spooled. */
  readonly onWritten: (entry: LedgerEntry, replayed: boolean) => void;
}

export function spoolingLedger(options: SpoolingOptions): SpoolingLedger {
  const { ledger, spool, clock, log } = options;
  const held = heldEntries();
  const permits = openPermits();
  let mode: SpoolFigures['mode'] = 'direct';
  // What an earlier life left behind waits as well: a copy of the records that is read before it is drained would never hear of it.
  let since: MonotonicMs | null = spool.found.entries.length > 0 ? clock.monotonic() : null;
  let trouble = '';
  /** How many of `held`, from the first, are in the ledger. */
  let drained = 0;
  let sending = 0;
  let { damaged } = spool.found;
  let closed = false;
  /** Appends wait for the end of the last batch, so that draining ends under load. */
  let gate: { readonly opened: Promise<void>; readonly open: () => void } | null = null;

  for (const spooled of spool.found.entries) {
    held.add({ spooled, entry: provisional(ledger.writer, spooled), durable: Promise.resolve() });
  }

  function goAway(error: unknown): void {
    trouble = messageOf(error);
    if (mode !== 'direct') return;
    mode = 'away';
    since = clock.monotonic();
    log.error({ problem: trouble }, 'the ledger is away: entries wait on the disk');
    probeLater();
  }

  const probeLater = (): void => {
    clock.after(PROBE_MS, () => void probe());
  };

  async function probe(): Promise<void> {
    if (closed || mode !== 'away' || options.isOver()) return;
    try {
      await ledger.ping();
      await drain();
    } catch (error) {
      trouble = messageOf(error);
      probeLater();
    }
  }

  async function drain(): Promise<void> {
    mode = 'draining';
    try {
      // What was on its way when the store went has its own bound; until then nobody knows whether it stands.
      while (sending > 0) await pause(STILL_SENDING_MS);
      while (drained < held.size || gate === null) {
        const batch = held.all().slice(drained, drained + BATCH);
        if (drained + batch.length === held.size) gate ??= newGate();
        const settled = await Promise.allSettled(batch.map(({ durable }) => durable));
        const taken = batch.filter((_, index) => settled[index]?.status === 'fulfilled');
        await drainBatch(options, taken);
        drained += taken.length;
      }
      await finish();
    } catch (error) {
      mode = 'away';
      throw error;
    } finally {
      gate?.open();
      gate = null;
    }
  }

  async function finish(): Promise<void> {
    const entries = held.all().map(({ spooled }) => spooled);
    const mustStay = tooDamaged(damaged);
    if (mustStay !== null) throw new Error(mustStay);
    if (entries.length + damaged.length > 0)
      await ledger.append(drainedDraft(entries, damaged, ledger.writer));
    // Left on the disk it is drained once more at the next start, and found to stand.
    await spool.clear().catch((error: unknown) => {
      log.warn({ problem: messageOf(error) }, 'the spool is drained and cannot be removed');
    });
    held.clear();
    drained = 0;
    mode = 'direct';
    since = null;
    const rotted = acknowledgedBytes(damaged);
    if (rotted > 0) {
      log.error(
        { bytes: rotted },
        'the disk has changed what it held: entries that were acknowledged cannot be read, spool_drained keeps their bytes',
      );
    }
    log.info(
      { entries: entries.length, damaged: damaged.length },
      'the ledger is back: what waited is in it',
    );
    damaged = [];
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });

  async function direct(draft: LedgerDraft, isFresh: boolean): Promise<LedgerReceipt> {
    const at = clock.now();
    sending += 1;
    try {
      const receipt = await ledger.append(draft);
      if (receipt.kind === 'written') {
        permits.note(draft, receipt.entry);
        options.onWritten(receipt.entry, false);
      }
      return receipt;
    } catch (error) {
      if (!(error instanceof LedgerUnavailable) || options.isOver() || closed) throw error;
      goAway(error);
      return await spoolOne(draft, { at, isFresh, failed: error });
    } finally {
      sending -= 1;
    }
  }

  async function append(draft: LedgerDraft, isFresh: boolean): Promise<LedgerReceipt> {
    while (gate !== null) await gate.opened;
    if (mode === 'direct') return direct(draft, isFresh);
    return spoolOne(draft, { at: clock.now(), isFresh, failed: null });
  }

  interface Told {
    readonly at: Instant;
    readonly isFresh: boolean;
    /** What the ledger said of it; null: it was not asked. */
    readonly failed: LedgerUnavailable | null;
  }

  /** Why this entry may not wait on the disk; null: it may. */
  function refusalOf(draft: LedgerDraft, isFresh: boolean): string | null {
    const ruling = spoolRulingOf(draft);
    switch (ruling.kind) {
      case 'always':
        return null;
      case 'never':
        return `\`${draft.kind}\` is not recorded on the disk`;
      case 'as_campaign_says':
        if (!options.goesOn(ruling.campaignId)) return 'the campaign wants a veto then';
        return isFresh ? null : 'whether this call id was decided before cannot be looked up';
      default:
        return ruling satisfies never;
    }
  }

  async function spoolOne(draft: LedgerDraft, { at, isFresh, failed }: Told): Promise<LedgerReceipt> {
    const bodyText = readDraft(draft);
    if (!bodyText.ok) throw new EntryRefused(bodyText.problem);
    const twin = held.twinOf(draft.kind, draft.dedupeKey);
    if (twin !== undefined) {
      await twin.durable.catch(unavailable);
      return { kind: 'duplicate', entry: twin.entry };
    }
    const outcome = failed?.outcome ?? 'not_written';
    const refusal = options.isOver() ? 'another sidecar has its place' : refusalOf(draft, isFresh);
    if (refusal !== null) {
      throw new LedgerUnavailable(`the ledger is away (${trouble}); ${refusal}`, { outcome });
    }
    const spooled: SpooledEntry = {
      id: options.newId(),
      kind: draft.kind,
      at: draft.at ?? at,
      bodyText: bodyText.value,
      dedupeKey: draft.dedupeKey ?? null,
      doubtful: outcome === 'unknown',
    };
    const mine: Held = {
      spooled,
      entry: provisional(ledger.writer, spooled),
      durable: spool.append(spooled),
    };
    held.add(mine);
    await mine.durable.catch((error: unknown) => {
      held.remove(mine);
      unavailable(error);
    });
    options.onSpooled(mine.entry);
    return { kind: 'written', entry: mine.entry };
  }

  function unavailable(cause: unknown): never {
    throw new LedgerUnavailable(`the ledger is away (${trouble}), and so is the spool: ${messageOf(cause)}`, {
      cause,
    });
  }

  function readHere(query: LedgerQuery): readonly LedgerEntry[] | undefined {
    const { callId, kinds, limit, order = 'asc' } = query;
    if (callId === undefined) return undefined;
    const found = held.whole(callId) ?? permits.read(callId, kinds, held.ofCall(callId));
    const wanted = found?.filter(
      (entry) =>
        (kinds === undefined || kinds.includes(entry.kind)) &&
        (query.number === undefined || entry.body['number'] === query.number) &&
        (query.campaignId === undefined || entry.body['campaignId'] === query.campaignId) &&
        (query.since === undefined || entry.at >= query.since),
    );
    return (order === 'desc' ? wanted?.toReversed() : wanted)?.slice(0, limit);
  }

  const waits = (): string => `${held.size - drained} entries wait on this sidecar's disk`;

  return {
    writer: ledger.writer,
    append(draft) {
      const { callId } = draft.body;
      const isFresh = draft.kind === 'decision' && typeof callId === 'string' && options.takeFresh(callId);
      return mode === 'direct' ? direct(draft, isFresh) : append(draft, isFresh);
    },
    async read(query) {
      if (mode === 'direct') return ledger.read(query);
      const here = readHere(query);
      if (here === undefined) throw new LedgerUnavailable(`the ledger cannot be read: ${waits()}`);
      return here;
    },
    subscribe: (listener) => ledger.subscribe(listener),
    async ping() {
      if (mode !== 'direct') throw new LedgerUnavailable(`${trouble}; ${waits()}`);
      await ledger.ping();
    },
    async close() {
      closed = true;
      await spool.close();
    },
    awaySince: () => since,
    figures: () => ({
      mode,
      entries: held.size - drained,
      bytes: spool.bytes(),
      oldestAt: held.all()[drained]?.spooled.at ?? null,
    }),
    async drainFound() {
      if (held.size + spool.found.damaged.length > 0) await drain();
    },
  };
}

function newGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
