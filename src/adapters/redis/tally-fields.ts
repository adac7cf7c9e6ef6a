/** Which fields of a tally an admission reads: asked for each decision, worked out once a day. */
import type { CountingWindows } from '../../ports/counters.ts';

export const daysOfBlock = (windows: CountingWindows) =>
  windows.rollingDays.filter((day) => day >= windows.blockStart);

/** A campaign's windows are one object all day. */
const fieldsOfWindows = new WeakMap<CountingWindows, string>();

/** The fields of a tally that an admission reads, as `reserve.lua` takes them. */
export function tallyFields(windows: CountingWindows): string {
  const known = fieldsOfWindows.get(windows);
  if (known !== undefined) return known;
  const days = [windows.day, ...daysOfBlock(windows)];
  const fields = JSON.stringify(['rebuilt', ...days.flatMap((day) => [`${day}:a`, `${day}:d`])]);
  fieldsOfWindows.set(windows, fields);
  return fields;
}
