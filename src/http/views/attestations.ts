/** Caller IDs by trunk, for people and machines: what each is signed with as far as anybody knows. */
import { Type } from 'typebox';
import type { RouteStatus } from '../../control/attest/route-status.ts';
import type { SignedHereFigures } from '../../control/attest/signed-here.ts';
import {
  ATTESTATION_LEVELS,
  ATTESTATION_WAYS,
  type AttestationRecord,
  RECORDED_LEVELS,
} from '../../domain/attestation.ts';
import { formatInstant, type Instant, SECOND_MS } from '../../domain/time.ts';
import { MaybeText, OneOf } from '../schema.ts';

const RecordSchema = Type.Object({
  trunk: MaybeText,
  level: OneOf(RECORDED_LEVELS),
  level_before: MaybeText,
  way: OneOf(ATTESTATION_WAYS),
  confirmed_at: Type.String(),
  age_seconds: Type.Integer(),
  expires_at: Type.String(),
  proof: Type.String(),
});

const RouteSchema = Type.Object({
  caller_id: Type.String(),
  trunk: MaybeText,
  /** The record that stands; null: none. */
  record: Type.Union([RecordSchema, Type.Null()]),
  demands: Type.Array(
    Type.Object({
      campaign: Type.String(),
      minimum: OneOf([...ATTESTATION_LEVELS, 'none']),
      max_age_hours: Type.Integer(),
      answer: OneOf(['met', 'attestation_unconfirmed', 'attestation_below_minimum']),
      /** Why it is not met; null: it is. */
      problem: MaybeText,
      met_until: MaybeText,
    }),
  ),
  records: Type.Array(RecordSchema),
});

export const AttestationsSchema = Type.Object({
  routes: Type.Array(RouteSchema),
  /** What the mirror of outgoing calls has seen since the start; null: there is none (`hep.port`). */
  mirror: Type.Union([
    Type.Object({
      address: MaybeText,
      packets: Type.Integer(),
      invites: Type.Integer(),
      judged: Type.Integer(),
      unjudged: Type.Integer(),
      unseen: Type.Integer(),
      unreadable: Type.Integer(),
      dropped: Type.Integer(),
      lost_by_kernel: Type.Union([Type.Integer(), Type.Null()]),
      alarms: Type.Integer(),
    }),
    Type.Null(),
  ]),
});

export function viewAttestations(
  routes: readonly RouteStatus[],
  figures: SignedHereFigures | null,
  now: Instant,
): Type.Static<typeof AttestationsSchema> {
  return {
    routes: routes.map(({ callerId, trunk, record, demands, records }) => ({
      caller_id: callerId,
      trunk,
      record: record === null ? null : viewRecord(record, now),
      demands: demands.map(({ campaignId, minimum, maxAgeHours, answer, problem, metUntil }) => ({
        campaign: campaignId,
        minimum,
        max_age_hours: maxAgeHours,
        answer,
        problem,
        met_until: metUntil === null ? null : formatInstant(metUntil),
      })),
      records: records.map((each) => viewRecord(each, now)),
    })),
    mirror: figures === null ? null : viewMirror(figures),
  };
}

function viewMirror({ lostByKernel, ...figures }: SignedHereFigures) {
  const { address, packets, invites, judged, unjudged, unseen, unreadable, dropped, alarms } = figures;
  return {
    ...{ address, packets, invites, judged, unjudged, unseen, unreadable, dropped },
    lost_by_kernel: lostByKernel,
    alarms,
  };
}

const viewRecord = (record: AttestationRecord, now: Instant): Type.Static<typeof RecordSchema> => ({
  trunk: record.trunk ?? null,
  level: record.level,
  level_before: record.before ?? null,
  way: record.way,
  confirmed_at: formatInstant(record.confirmedAt),
  age_seconds: Math.max(0, Math.floor((now - record.confirmedAt) / SECOND_MS)),
  expires_at: formatInstant(record.expiresAt),
  proof: record.proof,
});
