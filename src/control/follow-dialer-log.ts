/**
 * Reads a dialer's log once a second and tells each word of it once. That an agent has the person, and that a machine answered, is told as soon
 * as it stands there; anything else when it has stood for a while, so that whoever was at the call comes first.
 */
import { addMs, type Instant, type MonotonicMs } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { DialerLog, LoggedCall } from '../ports/dialer-log.ts';
import { messageOf } from './deadline.ts';
import type { LoggedWord, LogWordAnswer } from './dialer-log-words.ts';
import type { Station } from './sidecar.ts';

const READ_EVERY_MS = 1_000;
/** Longer than the exchange's own events wait for the dialer's word (`DIALER_FIRST_MS`), and than a hangup handler takes. */
export const STANDS_MS = 8_000;
/** Longer than the dialer's log is read back. */
const KEPT_MS = 1_200_000;

/** Of one reading: a ledger that is away is not asked about every call. */
const FAILURES_AT_MOST = 3;

interface Word {
  readonly outcome: LoggedCall['outcome'];
  readonly since: MonotonicMs;
  readonly isTold: boolean;
}

export function followDialerLog(
  { clock, log }: Pick<Station, 'clock' | 'log'>,
  source: DialerLog,
  tell: (word: LoggedWord) => Promise<LogWordAnswer>,
): { stop(): void } {
  const words = new Map<string, Word>();
  const failed = new Set<string>();
  let isRead = true;
  let timer: Timer | null = null;
  let stopped = false;

  async function take(call: LoggedCall, readAt: Instant): Promise<void> {
    const now = clock.monotonic();
    const last = words.get(call.name);
    const word = last?.outcome === call.outcome ? last : { outcome: call.outcome, since: now, isTold: false };
    words.set(call.name, word);
    const { outcome, dialedAgoMs, ...named } = call;
    if (word.isTold || outcome === null) return;
    const isAtOnce = outcome === 'connected' || outcome === 'machine';
    if (!isAtOnce && now - word.since < STANDS_MS) return;
    const answer = await tell({ ...named, outcome, dialedAt: addMs(readAt, -dialedAgoMs) });
    // What the exchange shows of the call may be on its way.
    if (answer.kind === 'not_believed' && now - word.since < STANDS_MS + READ_EVERY_MS) return;
    words.set(call.name, { ...word, isTold: true });
    if (answer.kind === 'unknown') return;
    const fields = { callId: answer.callId, name: call.name, outcome };
    if (answer.kind === 'recorded') log.info(fields, `result of a call from ${source.name}`);
    if (answer.kind === 'not_believed')
      log.info(fields, `${source.name} says what was not heard: the call is left to its lease`);
  }

  function forgetOld(): void {
    const now = clock.monotonic();
    for (const [name, { since }] of words) {
      if (now - since <= KEPT_MS) continue;
      words.delete(name);
      failed.delete(name);
    }
  }

  async function round(): Promise<void> {
    try {
      // Whoever is told behind many others was not dialed later for that.
      const readAt = clock.now();
      const calls = await source.read();
      if (!isRead) log.info({ calls: calls.length }, `${source.name} can be read again`);
      isRead = true;
      forgetOld();
      await takeAll(calls, readAt);
    } catch (error) {
      if (stopped) return;
      if (isRead) log.warn({ problem: messageOf(error) }, `${source.name} cannot be read`);
      isRead = false;
    }
  }

  /** What cannot be told now is told with the next reading, behind the others: one that never can holds up nobody. */
  async function takeAll(calls: readonly LoggedCall[], readAt: Instant): Promise<void> {
    const isBehind = (call: LoggedCall): number => (failed.has(call.name) ? 1 : 0);
    let failures = 0;
    for (const call of [...calls].sort((one, other) => isBehind(one) - isBehind(other))) {
      if (stopped || failures >= FAILURES_AT_MOST) return;
      try {
        await take(call, readAt);
        failed.delete(call.name);
      } catch (error) {
        failures += 1;
        if (!failed.has(call.name))
          log.warn(
            { name: call.name, problem: messageOf(error) },
            `a result from ${source.name} cannot be told yet`,
          );
        failed.add(call.name);
      }
    }
  }

  function next(): void {
    if (stopped) return;
    void round().finally(() => {
      if (!stopped) timer = clock.after(READ_EVERY_MS, next);
    });
  }
  next();

  return {
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}
