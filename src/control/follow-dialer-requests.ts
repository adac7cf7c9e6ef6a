/**
 * Takes the requests not to be called that a dialer's agents have noted, so that no campaign of the seller calls again. INVARIANT
 * (wish-is-taken): a sidecar that was away takes what was said meanwhile, and one request is one entry however often it is read.
 */
import { addMs, type Instant } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { DialerRequests, LoggedRequest } from '../ports/dialer-requests.ts';
import { messageOf } from './deadline.ts';
import { InputProblem } from './input-problem.ts';
import type { NotedRequest } from './record-logged-request.ts';
import type { Station } from './sidecar.ts';

const READ_EVERY_MS = 5_000;
/** Longer than a sidecar is away without anybody's noticing; at the start, and now and then, for what was noted long after its call. */
export const FAR_BACK_MS = 7 * 86_400_000;
/** So often it looks far back. */
export const FAR_EVERY_MS = 6 * 3_600_000;
/** Longer than any talk: the dialer dates it by the beginning of the call. */
export const TALK_MS = 3 * 3_600_000;

/** Of one reading: a ledger that is away is not asked about every request. */
const FAILURES_AT_MOST = 3;

export function followDialerRequests(
  { clock, log }: Pick<Station, 'clock' | 'log'>,
  source: DialerRequests,
  take: (request: NotedRequest) => Promise<unknown>,
): { stop(): void } {
  /** Since it last looked far back: in the ledger, or such as can never be. */
  let done = new Set<string>();
  let allDoneAt: number | null = null;
  let farAt: number | null = null;
  let isWell = true;
  let timer: Timer | null = null;
  let stopped = false;

  /** Rejects when it is to be taken with the next reading. */
  async function taken({ askedAgoMs, ...request }: LoggedRequest, readAt: Instant): Promise<void> {
    try {
      await take({ ...request, askedAt: addMs(readAt, -askedAgoMs) });
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      log.warn(
        { name: request.name, problem: messageOf(error) },
        `a request from ${source.name} cannot be understood`,
      );
    }
  }

  async function round(): Promise<void> {
    const startedAt = clock.monotonic();
    const isFar = farAt === null || startedAt - farAt >= FAR_EVERY_MS;
    const back = isFar || allDoneAt === null ? FAR_BACK_MS : startedAt - allDoneAt + TALK_MS;
    const now = new Set<string>();
    const failures: unknown[] = [];
    try {
      const requests = await source.read(back);
      // Taken behind the reading: dated earlier than it was said, a consent between the two would seem the later one.
      const readAt = clock.now();
      for (const request of requests) {
        if (stopped) return;
        if (done.has(request.name)) now.add(request.name);
        else if (failures.length < FAILURES_AT_MOST) {
          await taken(request, readAt).then(
            () => now.add(request.name),
            (error: unknown) => failures.push(error),
          );
        }
      }
      done = isFar ? now : new Set([...done, ...now]);
    } catch (error) {
      failures.push(error);
    }
    if (failures.length === 0) {
      allDoneAt = startedAt;
      if (isFar) farAt = startedAt;
      if (!isWell) log.info({}, `${source.name} are taken again`);
    } else if (isWell && !stopped) {
      log.warn({ problem: messageOf(failures[0]) }, `${source.name} cannot be taken now`);
    }
    isWell = failures.length === 0;
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
