/**
 * Records an override, or ends one. It is bounded in time, and under an id that stands for something else it is refused: an end that
 * named the wrong place would end nothing.
 */
import { canonicalJson } from '../domain/canonical-json.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { Override } from '../domain/override.ts';
import { addMs, DAY_MS, formatInstant, type Instant, instant } from '../domain/time.ts';
import type { LedgerReceipt } from '../ports/ledger.ts';
import { knownSeller } from './doors/known-sellers.ts';
import { InputProblem } from './operations.ts';
import { overrideDraft } from './record-entries.ts';
import type { Sidecar } from './sidecar.ts';

/** Overrides are entered by hand. One that stands further back is entered once more, which changes nothing. */
const NEWEST_READ = 1_000;

export type NewOverride = Omit<Override, 'recordedAt'>;

/**
 * The newest record of a kind and place stands, so one whose `until` has passed ends the one before it, under the same id or another.
 * @throws InputProblem when the seller is not known, the place is not modelled, `until` is too far away, or the id stands for another kind or place.
 */
export async function recordOverride(
  { clock, ledger, records, policy, limits, campaigns, retired }: Sidecar,
  wanted: NewOverride,
): Promise<LedgerReceipt> {
  const { overrideId, what, state, sellerId } = wanted;
  const states = Object.keys(policy.law.jurisdictions);
  await knownSeller({ campaigns, retired, records }, sellerId);
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
  const record = { ...wanted, recordedAt };
  if (before === undefined || wanted.until > now) return ledger.append(overrideDraft(record));
  if (isSame(before, wanted)) {
    const entry = await entryOf(ledger, before);
    if (entry !== undefined) return { kind: 'duplicate', entry };
  }
  return ledger.append(overrideDraft(record, before.recordedAt));
}

/** Said again: it stands already. Its key names the one that it ended, which no record tells any more. */
const isSame = (stands: Override, wanted: NewOverride): boolean =>
  overrideDraft(stands).dedupeKey === overrideDraft({ ...wanted, recordedAt: stands.recordedAt }).dedupeKey;

async function entryOf(ledger: Sidecar['ledger'], stands: Override): Promise<LedgerEntry | undefined> {
  const { body } = overrideDraft(stands);
  const newest = await ledger.read({ kinds: ['override'], order: 'desc', limit: NEWEST_READ });
  return newest.find((entry) => canonicalJson(entry.body) === canonicalJson(body));
}

function refuseTooLong(until: Instant, now: Instant, days: number): void {
  const latest = addMs(now, days * DAY_MS);
  if (until <= latest) return;
  const expected = `an instant within ${days} days, so at the latest ${formatInstant(latest)} (overrides.longestDays)`;
  throw new InputProblem('until', formatInstant(until), expected);
}
