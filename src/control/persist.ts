/** Repeats a write until its store takes it. For facts that have already happened in the world and must not be lost. */
import { messageOf } from './deadline.ts';
import type { Station } from './sidecar.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/** What is written; of which call, where it is of one: every line of the log about a call names it. */
export type Persisted = string | { readonly what: string; readonly callId: string };

/** Resolves with the first answer; retries every failure, ever slower, as long as the process lives. */
export async function persist<T>(
  sidecar: Pick<Station, 'clock' | 'log'>,
  persisted: Persisted,
  write: () => Promise<T>,
): Promise<T> {
  const about = typeof persisted === 'string' ? { what: persisted } : persisted;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await write();
    } catch (error) {
      sidecar.log.warn(
        { ...about, problem: messageOf(error), waitMs },
        'not stored yet: will be tried again',
      );
      await new Promise<void>((resolve) => {
        sidecar.clock.after(waitMs, resolve);
      });
    }
  }
}
