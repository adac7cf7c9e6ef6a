/** Long work in slices, so that decisions need not wait for all of it: whoever runs it says whether others have a turn in between. */
import { setImmediate as turn } from 'node:timers/promises';

/** Yields where the work may be interrupted; a slice is a fraction of a millisecond. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** For a process in which nobody waits. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Others have a turn after every slice. */
export async function inTurns<T>(work: Sliced<T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await turn();
  }
}
