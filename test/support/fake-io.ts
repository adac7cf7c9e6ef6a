/** An `Io` that keeps what was said; its clock moves only when somebody sleeps. */
import type { Io } from '../../src/cli/io.ts';

export interface FakeIo extends Io {
  readonly output: string[];
  readonly errors: string[];
  text(): string;
}

export function fakeIo(env: Io['env'] = {}): FakeIo {
  const output: string[] = [];
  const errors: string[] = [];
  let nowMs = Date.parse('2026-11-23T18:00:00Z');
  return {
    output,
    errors,
    text: () => output.join('\n'),
    out: (text) => void output.push(text),
    err: (text) => void errors.push(text),
    env,
    nowMs: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  };
}
