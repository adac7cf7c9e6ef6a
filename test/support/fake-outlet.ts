/** Somebody who is told of dial levels, for tests: takes them, refuses them, or keeps the sender waiting. */
import type { DialLevelNotice } from '../../src/domain/dial-level-notice.ts';
import type { LevelOutlet } from '../../src/ports/level-outlets.ts';

export interface FakeOutlet extends LevelOutlet {
  /** Every attempt, in the order in which they were begun. */
  readonly attempts: DialLevelNotice[];
  /** What was taken. */
  readonly taken: DialLevelNotice[];
  mode: 'takes' | 'refuses' | 'holds';
  /** Attempts that wait for an answer; empties with each call. */
  answerHeld(how: 'take' | 'refuse'): void;
  readonly held: () => number;
  forget(): void;
}

export function fakeOutlet(renewMs: number | null = null): FakeOutlet {
  let waiting: { readonly take: () => void; readonly refuse: () => void }[] = [];
  let forgotten: () => void = () => undefined;
  const outlet: FakeOutlet = {
    name: 'fake',
    renewMs,
    attempts: [],
    taken: [],
    mode: 'takes',
    send(notice) {
      outlet.attempts.push(notice);
      if (outlet.mode === 'refuses') return Promise.reject(new Error('answered 500'));
      if (outlet.mode === 'takes') {
        outlet.taken.push(notice);
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        waiting.push({
          take: () => {
            outlet.taken.push(notice);
            resolve();
          },
          refuse: () => reject(new Error('too late')),
        });
      });
    },
    onForgotten(listener) {
      forgotten = listener;
    },
    answerHeld(how) {
      const those = waiting;
      waiting = [];
      for (const each of those) each[how]();
    },
    held: () => waiting.length,
    forget: () => forgotten(),
  };
  return outlet;
}
