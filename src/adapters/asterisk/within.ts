/** A bound on anything that is waited for. */
import { TelephonyUnavailable } from '../../ports/telephony.ts';

/** Answers as `run` does, or rejects with `TelephonyUnavailable` after `ms` milliseconds. */
export function within<T>(what: string, run: () => Promise<T>, ms: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TelephonyUnavailable(`${what}: no answer within ${ms} ms`));
    }, ms);
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    run().then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}
