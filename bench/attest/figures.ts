/** How figures of `bench:attest` are written. */
import type { Log } from '../../src/ports/log.ts';

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

export function print(name: string, metric: string, value: number, unit: string): void {
  const rounded = Number(value.toPrecision(4));
  process.stdout.write(`${JSON.stringify({ bench: 'attest', case: name, metric, value: rounded, unit })}\n`);
}

export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

export const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
