/** The hours of a fuzz: turns that run side by side until the time is over, each with throws of its own seed. */
import { dice as diceOf } from '../../test/support/dice.ts';
import type { Keeper } from './keep.ts';
import type { Dice } from './mutate.ts';

export interface Fuzzing {
  readonly keep: Keeper;
  /** Calls `once` again and again on `lanes` lanes, `check` between; what `once` throws is a failure unless the network ended. */
  inTurns(lanes: number, once: (dice: Dice) => Promise<void> | void): Promise<void>;
}

const CHECK_EVERY_MS = 3_000;
const SAY_EVERY_MS = 15_000;
/** A process takes a while to its working size: in shorter runs nothing is said of growth. */
const SETTLES_WITHIN_MS = 60_000;

export function fuzzing(given: {
  readonly door: string;
  readonly keep: Keeper;
  readonly seed: number;
  readonly seconds: number;
  readonly check: () => Promise<void>;
  /** After a fifth of the time, and never before a minute. */
  readonly settled: () => void;
}): Fuzzing {
  const { keep, seed, seconds, check, door } = given;
  const began = performance.now();
  const over = (): boolean => performance.now() - began > seconds * 1_000;
  return {
    keep,
    async inTurns(lanes, once) {
      const state = { stopped: false };
      const lane = async (index: number): Promise<void> => {
        const dice = diceOf(seed * 1_000 + index);
        while (!over() && !state.stopped) {
          try {
            await once(dice);
          } catch (error) {
            if (!isConnectionEnd(error))
              keep.failed(`threw: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
          }
          // A lane that does nothing that waits would keep the others out.
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const watch = async (): Promise<void> => {
        let saidAt = performance.now();
        while (!over()) {
          await new Promise((resolve) => setTimeout(resolve, Math.min(CHECK_EVERY_MS, seconds * 200)));
          if (performance.now() - began > Math.max(seconds * 200, SETTLES_WITHIN_MS)) given.settled();
          try {
            await check();
          } catch (error) {
            state.stopped = true;
            if (keep.failures.length === 0) keep.failed(`the check failed: ${String(error)}`);
            return;
          }
          if (performance.now() - saidAt < SAY_EVERY_MS) continue;
          saidAt = performance.now();
          const left = Math.max(0, Math.round(seconds - (saidAt - began) / 1_000));
          process.stderr.write(
            `${door}: ${keep.inputs} inputs, ${keep.failures.length} failures, ${left} s left\n`,
          );
        }
      };
      await Promise.all([watch(), ...Array.from({ length: lanes }, (_, index) => lane(index))]);
      if (!state.stopped) await check();
    },
  };
}

/** The door may close a connection whenever it likes. That the process is gone is seen by `check`. */
function isConnectionEnd(error: unknown): boolean {
  const codes = ['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'UND_ERR_SOCKET', 'ECONNABORTED'];
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return codes.includes(code ?? '') || codes.includes(cause?.code ?? '');
}
