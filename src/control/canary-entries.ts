/** What a canary has shown, as entries of the ledger: the record that binds decisions, the result with every witness, and the alarm. */
import type { AttestationRecord, RecordedLevel } from '../domain/attestation.ts';
import type { CanaryAlarm, CanaryFinding, CanaryOutcome } from '../domain/canary.ts';
import type { LedgerDraft } from '../domain/ledger-entry.ts';
import { addMs, formatInstant, HOUR_MS, type Instant } from '../domain/time.ts';
import type { Canary } from './canary-history.ts';
import { attestationDraft } from './record-entries.ts';

export interface ShownByCanary {
  readonly outcome: CanaryOutcome;
  /** Null: it never left, or nobody was there to see it come. */
  readonly level: RecordedLevel | null;
  readonly before: RecordedLevel | null;
  readonly demanded: RecordedLevel;
  readonly alarm: CanaryAlarm | null;
  readonly findings: readonly CanaryFinding[];
  /** Reads on behind "the canary". */
  readonly text: string;
  readonly sipStatus: number | null;
  readonly at: Instant;
}

/** A confirmation by canary outlives the next one by this, should that come late. */
const STANDS_FOR_ROUNDS = 2;

export function canaryRecordDraft(
  { canaryId, route }: Canary,
  { before, text, at }: ShownByCanary,
  level: RecordedLevel,
  everyHours: number,
): LedgerDraft {
  const record: AttestationRecord = {
    ...route,
    level,
    way: 'seen_there',
    confirmedAt: at,
    expiresAt: addMs(at, STANDS_FOR_ROUNDS * everyHours * HOUR_MS),
    proof: `${canaryId}: ${text}`.slice(0, 1_000),
    ...(before === null ? {} : { before }),
  };
  return { ...attestationDraft(record), dedupeKey: canaryId };
}

export const canaryResultDraft = (
  { canaryId, route, called }: Canary,
  { outcome, level, before, alarm, sipStatus, text, findings }: ShownByCanary,
): LedgerDraft => ({
  kind: 'canary_result',
  dedupeKey: canaryId,
  body: {
    callId: canaryId,
    ...route,
    ...{ called, outcome, level, before, alarm, sipStatus, text },
    findings: findings.map((each) => ({ ...each })),
  },
});

export const canaryAlarmDraft = (
  { canaryId, route }: Canary,
  { level, before, demanded, text, at }: ShownByCanary,
): LedgerDraft => ({
  kind: 'attestation_alarm',
  dedupeKey: canaryId,
  body: {
    callId: canaryId,
    campaignId: null,
    ...route,
    ...{ level: level ?? 'none', before, demanded },
    configured: null,
    problem: `the canary ${text}`,
    ended: false,
    seenAt: formatInstant(at),
  },
});
