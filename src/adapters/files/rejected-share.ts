/** A rejected line may be a number that must not be called: with too many of them a file is no list, wherever it is read. */
import type { LineCounts } from './line-reader.ts';

/** `maxBp`: largest share of rejected lines, in basis points. Undefined while the file is within it. */
export function tooManyRejected(
  { adds, deletes, rejectedCount }: LineCounts,
  maxBp: number,
): string | undefined {
  const told = adds + deletes + rejectedCount;
  if (rejectedCount * 10_000 <= maxBp * told) return undefined;
  const percent = ((rejectedCount * 100) / told).toFixed(2);
  return `${rejectedCount} of ${told} lines were rejected, ${percent} %, more than ${maxBp / 100} %`;
}
