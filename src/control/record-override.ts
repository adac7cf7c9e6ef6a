/**
 * Records an override, or ends one. It is bounded in time, and under an id that stands for something else it is refused: an end that
 * named the wrong place would end nothing.
 */
import type { Override } from '../domain/override.ts';
import { addMs, DAY_MS, formatInstant, type Instant, instant } from '../domain/time.ts';
import type { LedgerReceipt } from '../ports/ledger.ts';
import { InputProblem } from './operations.ts';
import { overrideDraft } from './record-entries.ts';
import type { Sidecar } from './sidecar.ts';

export type NewOverride = Omit<Override, 'recordedAt'>;

/**
 * The newest record of a kind and place stands, so one whose `until` has passed ends the one before it, under the same id or another.
 * @throws InputProblem when the place is not modelled, `until` is too far away, or the id stands for another kind or place.
 */
export async function recordOverride(
  { clock, ledger, records, policy, limits }: Sidecar,
  wanted: NewOverride,
): Promise<LedgerReceipt> {
  const { overrideId, what, state, sellerId } = wanted;
  const states = Object.keys(policy.law.jurisdictions);
  if (!states.includes(state)) throw new InputProblem('state', state, `one of ${states.join(', ')}`);
  const now = clock.now();
  refuseTooLong(wanted.until, now, limits.overrideDays);
  const standing = await records.overrides(sellerId);
  const other = standing.find(
    (each) => each.overrideId === overrideId && !(each.what === what && each.state === state),
  );
  if (other !== undefined) {
    const expected = `another id: this one stands for \`${other.what}\` in ${other.state}`;
    throw new InputProblem('override_id', overrideId, expected);
  }
  const before = standing.find((each) => each.what === what && each.state === state);
  // The clock of the sidecar that recorded the one before may be ahead of ours: what is said later must still bind.
  const recordedAt = instant(Math.max(now, before?.recordedAt ?? now));
  return ledger.append(overrideDraft({ ...wanted, recordedAt }));
}

function refuseTooLong(until: Instant, now: Instant, days: number): void {
  const latest = addMs(now, days * DAY_MS);
  if (until <= latest) return;
  const expected = `an instant within ${days} days, so at the latest ${formatInstant(latest)} (overrides.longestDays)`;
  throw new InputProblem('until', formatInstant(until), expected);
}
