/** Growth by least squares: one peak at the end, or a collection of garbage, does not make a slope. */
const HOUR_MS = 3_600_000;

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** Per hour, in the unit of the values; NaN of fewer than two instants. */
export function slopePerHour(samples: readonly Sample[]): number {
  const mean = (of: (one: Sample) => number): number =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [at, value] = [mean((one) => one.atMs), mean((one) => one.value)];
  let [both, square] = [0, 0];
  for (const one of samples) {
    both += (one.atMs - at) * (one.value - value);
    square += (one.atMs - at) ** 2;
  }
  return (both / square) * HOUR_MS;
}
