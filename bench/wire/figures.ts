/** Figures of the benchmark: one JSON line each on stdout, everything else on stderr. */

export type Print = (metric: string, value: number, unit: string) => void;

export const printer =
  (name: string): Print =>
  (metric, value, unit) => {
    const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(5));
    console.log(JSON.stringify({ bench: 'wire', case: name, metric, value: rounded, unit }));
  };

export const note = (text: string): void => void process.stderr.write(`${text}\n`);

/** The value that a share `at` of all values does not exceed; NaN of none. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * at) - 1))] ?? Number.NaN;
}

/** p50, p99 and the largest, each under `name_`. */
export function printSpread(print: Print, name: string, values: readonly number[]): void {
  print(`${name}_count`, values.length, '1');
  if (values.length === 0) return;
  print(`${name}_p50`, quantile(values, 0.5), 'ms');
  print(`${name}_p99`, quantile(values, 0.99), 'ms');
  print(`${name}_max`, quantile(values, 1), 'ms');
}
