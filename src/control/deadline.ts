/** A look-up that is late, fails or throws is an unknown fact; it never holds up a decision. */
import { known, unknown, type Fact } from '../domain/facts.ts';
import type { Clock } from '../ports/clock.ts';

export function factWithin<T>(
  clock: Clock,
  ms: number,
  name: string,
  lookUp: () => Promise<T>,
): Promise<Fact<T>> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => {
      resolve(unknown(`${name} did not answer within ${ms} ms`));
    });
    const settle = (fact: Fact<T>): void => {
      timer.cancel();
      resolve(fact);
    };
    const fail = (error: unknown): void => settle(unknown(`${name} failed: ${messageOf(error)}`));
    try {
      lookUp().then((value) => settle(known(value)), fail);
    } catch (error) {
      fail(error);
    }
  });
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
