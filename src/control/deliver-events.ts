/**
 * Tells one target every entry of this writer of the kinds it wants, one after the other, in order, at least once. The ledger is the queue:
 * how far the telling has come is an entry too, so a later life goes on there. INVARIANT (told-or-put-aside): an entry is passed over only
 * when the target has taken it, or when `event_undelivered` is durable.
 */
import type { EventProgressBody } from '../domain/event-delivery.ts';
import { textIn } from '../domain/json-parts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { Timer } from '../ports/clock.ts';
import type { EventTarget } from '../ports/event-targets.ts';
import { messageOf } from './deadline.ts';
import type { Station } from './sidecar.ts';

const PAGE = 200;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** What was told since the last note may be told again by the next life. */
const NOTE_EVERY_MS = 10_000;
/** A target that is being asked at the end may take its time; it is asked again in the next life. */
const END_WITHIN_MS = 2_000;

export interface EventDelivery {
  /** There may be more to tell. */
  nudge(): void;
  /** Nothing is begun any more. Resolves when it is on record how far the telling has come, or cannot be. */
  end(): Promise<void>;
}

export function deliverEvents(
  station: Pick<Station, 'clock' | 'ledger' | 'log'>,
  target: EventTarget,
): EventDelivery {
  const { clock, ledger, log } = station;
  let told = 0;
  let noted = 0;
  let ended = false;
  let timer: Timer | null = null;
  let wake: () => void = () => undefined;
  let more = true;

  async function note(): Promise<void> {
    if (told === noted) return;
    const throughId = told;
    await ledger.append({ kind: 'event_progress', body: { target: target.name, throughId } });
    noted = throughId;
  }

  function noteLater(): void {
    timer ??= clock.after(NOTE_EVERY_MS, () => {
      timer = null;
      note().catch((error: unknown) => {
        log.warn(
          { target: target.name, problem: messageOf(error) },
          'how far events were told is not noted yet',
        );
        noteLater();
      });
    });
  }

  const waitFor = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const waiting = clock.after(ms, resolve);
      wake = () => {
        if (!ended) return;
        waiting.cancel();
        resolve();
      };
    });

  /** False when the end came first. */
  async function deliver(entry: LedgerEntry): Promise<boolean> {
    for (let attempt = 1; !ended; attempt += 1) {
      try {
        await target.send(entry);
        return true;
      } catch (error) {
        const problem = messageOf(error);
        const fields = { ...callOf(entry), target: target.name, entry: entry.id, attempt, problem };
        log.warn(fields, 'an event was not taken');
        if (attempt >= target.attemptsMax && (await isPutAside(entry, attempt, problem))) return true;
      }
      await waitFor(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)));
    }
    return false;
  }

  /** False where the ledger does not take it now: then the target is asked once more. */
  async function isPutAside(entry: LedgerEntry, attempts: number, problem: string): Promise<boolean> {
    const { id, kind } = entry;
    const body = { target: target.name, entryId: id, kind, attempts, problem: problem.slice(0, 200) };
    try {
      await ledger.append({ kind: 'event_undelivered', dedupeKey: `${target.name}:${id}`, body });
      return true;
    } catch (error) {
      log.warn(
        { ...callOf(entry), target: target.name, entry: id, problem: messageOf(error) },
        'an event is not put aside yet',
      );
      return false;
    }
  }

  async function tellAll(): Promise<void> {
    told = noted = await begun(station, target.name);
    while (!ended) {
      more = false;
      const page = await ledger.read({ afterId: told, kinds: target.kinds, order: 'asc', limit: PAGE });
      for (const entry of page) {
        if (entry.writer === ledger.writer && !(await deliver(entry))) return;
        told = entry.id;
        noteLater();
      }
      if (page.length === 0) await silence();
    }
  }

  const silence = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (more || ended) resolve();
    });

  /** Until the end, whatever the ledger does meanwhile. */
  async function run(): Promise<void> {
    while (!ended) {
      try {
        await tellAll();
      } catch (error) {
        log.warn({ target: target.name, problem: messageOf(error) }, 'events wait for the ledger');
        await waitFor(FIRST_WAIT_MS);
      }
    }
  }

  const running = run();

  return {
    nudge() {
      more = true;
      wake();
    },
    async end() {
      ended = true;
      timer?.cancel();
      wake();
      await new Promise<void>((resolve) => {
        const late = clock.after(END_WITHIN_MS, resolve);
        void running.then(() => {
          late.cancel();
          resolve();
        });
      });
      await note().catch(() => undefined);
    },
  };
}

/** Where the telling goes on; of a target that is new, with what comes from now on. */
async function begun({ ledger }: Pick<Station, 'ledger'>, target: string): Promise<number> {
  let beforeId: number | undefined;
  for (;;) {
    const page = await ledger.read({
      ...{ kinds: ['event_progress'], order: 'desc', limit: PAGE },
      ...(beforeId === undefined ? {} : { beforeId }),
    });
    for (const { writer, body } of page) {
      const progress = body as unknown as EventProgressBody;
      if (writer === ledger.writer && progress.target === target) return progress.throughId;
    }
    const last = page.at(-1);
    if (last === undefined) break;
    beforeId = last.id;
  }
  const [newest] = await ledger.read({ order: 'desc', limit: 1 });
  const throughId = newest?.id ?? 0;
  // At once: what happens in a life that ends early is told by the next one.
  await ledger.append({ kind: 'event_progress', body: { target, throughId } });
  return throughId;
}

/** The call that the event is about, for the log; nothing where it is about none. */
function callOf({ body }: LedgerEntry): { readonly callId?: string } {
  const callId = textIn(body['callId']);
  return callId === null ? {} : { callId };
}
