/** What a benchmark has opened is closed, the newest first, also when its work throws or it is told to end: no server is left running. */
import { constants } from 'node:os';

export interface Closings {
  /** `thing`, which is closed when the work is over. */
  readonly keep: <T>(thing: T, close: (thing: T) => Promise<unknown>) => T;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Resolves or rejects as `work` does, when all it has kept is closed. A close that fails is told and does not stop the others. */
export async function withClosings<T>(work: (closings: Closings) => Promise<T>): Promise<T> {
  const closings: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (let close = closings.pop(); close !== undefined; close = closings.pop()) {
      await close().catch((error: unknown) => process.stderr.write(`closing: ${String(error)}\n`));
    }
  };
  const end = (signal: NodeJS.Signals): void => {
    void closeAll().finally(() => process.exit(128 + constants.signals[signal]));
  };
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    return await work({
      keep: (thing, close) => {
        closings.push(() => close(thing));
        return thing;
      },
    });
  } finally {
    await closeAll();
    for (const signal of SIGNALS) process.removeListener(signal, end);
  }
}
