/** One JSON line for each figure of `bench:cluster`. */
export type Print = (metric: string, value: number, unit: string) => void;

export const printOf =
  (name: string): Print =>
  (metric, value, unit) => {
    const rounded = Number(value.toPrecision(4));
    process.stdout.write(
      `${JSON.stringify({ bench: 'cluster', case: name, metric, value: rounded, unit })}\n`,
    );
  };

export const say = (text: string): void => void process.stderr.write(`${text}\n`);

export function percentile(waits: readonly number[], share: number): number {
  const sorted = [...waits].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
