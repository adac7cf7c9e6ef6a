/** STIR/SHAKEN attestation of a caller ID (RFC 8588): A full, B partial, C gateway. */
import type { PhoneNumber } from './phone-number.ts';
import { HOUR_MS, type Instant } from './time.ts';

export const ATTESTATION_LEVELS = ['A', 'B', 'C'] as const;
export type AttestationLevel = (typeof ATTESTATION_LEVELS)[number];

/** What a call was seen with, highest first; `none`: unsigned, or under a signature that does not hold. */
export const RECORDED_LEVELS = [...ATTESTATION_LEVELS, 'none'] as const;
export type RecordedLevel = (typeof RECORDED_LEVELS)[number];

/** How the level came to be known. */
export const ATTESTATION_WAYS = ['signed_here', 'seen_there', 'declared'] as const;
export type AttestationWay = (typeof ATTESTATION_WAYS)[number];

/** What becomes of a call that leaves below the level its campaign demands: only a record, or its end before the answer. */
export const ON_LOWER = ['record', 'end_call'] as const;
export type OnLower = (typeof ON_LOWER)[number];

export interface AttestationRecord {
  readonly callerId: PhoneNumber;
  /** PJSIP endpoint that the calls left by; left out: the record is of every trunk. */
  readonly trunk?: string;
  readonly level: RecordedLevel;
  readonly way: AttestationWay;
  readonly confirmedAt: Instant;
  readonly expiresAt: Instant;
  /** Reference of the proof: document hash, call id, carrier statement. */
  readonly proof: string;
  /** Level of the record of the same way that stood before; left out: there was none, or nobody looked. */
  readonly before?: RecordedLevel;
}

/** What a campaign asks of the caller IDs of its calls. */
export interface AttestationDemand {
  /** Null: the dial string does not tell the trunk. */
  readonly trunk: string | null;
  readonly minimum: AttestationLevel | 'none';
  readonly maxAgeHours: number;
  readonly ways: readonly AttestationWay[];
}

/** True when `level` is at least `minimum`; A is the highest. */
export const meetsLevel = (level: RecordedLevel, minimum: RecordedLevel): boolean =>
  RECORDED_LEVELS.indexOf(level) <= RECORDED_LEVELS.indexOf(minimum);

/** The first instant at which the record is no confirmation any more. */
export const freshUntil = (
  { confirmedAt, expiresAt }: AttestationRecord,
  { maxAgeHours }: Pick<AttestationDemand, 'maxAgeHours'>,
): number => Math.min(expiresAt, confirmedAt + maxAgeHours * HOUR_MS + 1);

/**
 * The record that decides about calls from one caller ID, of the newest of each trunk and way; null when there is none.
 * INVARIANT (evidence-against-stands): a record below the minimum, of whatever way and however old, stands until a later one that
 * the campaign accepts, that meets it and that is still fresh answers it. What we sign says nothing of what arrives: what was seen there is not
 * answered by what was signed here. Time alone never turns it into a confirmation.
 */
export function decisiveRecord(
  records: readonly AttestationRecord[],
  demand: AttestationDemand,
  now: Instant,
): AttestationRecord | null {
  const { trunk, ways } = demand;
  const minimum = demand.minimum === 'none' ? 'A' : demand.minimum;
  const isOfTrunk = (record: AttestationRecord): boolean =>
    record.trunk === undefined || record.trunk === trunk;
  const accepted = records.filter((record) => isOfTrunk(record) && ways.includes(record.way));
  const confirming = accepted.filter(
    (record) =>
      meetsLevel(record.level, minimum) && record.confirmedAt <= now && now < freshUntil(record, demand),
  );
  // Nobody knows by which trunk the call leaves: then what was seen on any of them is held against it.
  const speaking = trunk === null ? records : records.filter(isOfTrunk);
  const against = speaking.filter(
    (record) => !meetsLevel(record.level, minimum) && !confirming.some((other) => answers(other, record)),
  );
  const mostSevere = against.reduce(lower, null);
  if (mostSevere !== null) return mostSevere;
  const latest = (found: readonly AttestationRecord[]): AttestationRecord | null =>
    found.reduce<AttestationRecord | null>(
      (best, each) => (best === null || freshUntil(each, demand) > freshUntil(best, demand) ? each : best),
      null,
    );
  return latest(confirming) ?? latest(accepted) ?? latest(records.filter(isOfTrunk));
}

/** Whether `later` takes away what `earlier` says against the caller ID. */
const answers = (later: AttestationRecord, earlier: AttestationRecord): boolean =>
  later.confirmedAt > earlier.confirmedAt && !(earlier.way === 'seen_there' && later.way === 'signed_here');

/** Of two records the one of the lower level; of the same level the newer. */
function lower(a: AttestationRecord | null, b: AttestationRecord): AttestationRecord {
  if (a === null) return b;
  if (a.level === b.level) return b.confirmedAt > a.confirmedAt ? b : a;
  return meetsLevel(a.level, b.level) ? b : a;
}
