/** Which days an admission counts in, as `reserve.lua` takes them: asked for each decision, worked out once a day. */
import type { CountingWindows } from '../../ports/counters.ts';

export interface TallyPeriod {
  /** First day of the block and today. */
  readonly id: string;
  /** JSON: the fields of the tally for the days of the block before today. */
  readonly earlierFields: string;
}

export const daysOfBlock = (windows: CountingWindows) =>
  windows.rollingDays.filter((day) => day >= windows.blockStart);

/** A campaign's windows are one object all day. */
const periods = new WeakMap<CountingWindows, TallyPeriod>();

export function tallyPeriod(windows: CountingWindows): TallyPeriod {
  const known = periods.get(windows);
  if (known !== undefined) return known;
  const earlier = daysOfBlock(windows).filter((day) => day !== windows.day);
  const period: TallyPeriod = {
    id: `${windows.blockStart}/${windows.day}`,
    earlierFields: JSON.stringify(earlier.flatMap((day) => [`${day}:a`, `${day}:d`])),
  };
  periods.set(windows, period);
  return period;
}
