/** All that decisions depend on, for many of them in one statement: its single snapshot shows every record as of one instant. */
import type { QueryConfig } from 'pg';
import type { AttestationRecord } from '../../domain/attestation.ts';
import { attestationOf, type AttestationRecordedBody } from '../../domain/attestation-body.ts';
import { consentOf } from '../../domain/consent.ts';
import type {
  ConsentRecordedBody,
  OverrideBody,
  ReassignedCheckedBody,
  RelationshipRecordedBody,
  UnclearRequestBody,
} from '../../domain/entry-bodies.ts';
import type { CampaignId, SellerId } from '../../domain/ids.ts';
import { type Override, overrideOf } from '../../domain/override.ts';
import { reassignedOf } from '../../domain/reassigned.ts';
import { type RelationshipRecord, relationshipOf, type RelationshipView } from '../../domain/relationship.ts';
import { type Instant, instant } from '../../domain/time.ts';
import { unclearRequestOf } from '../../domain/unclear-request.ts';
import {
  type RecordsMark,
  recordsMark,
  type StandingQuestion,
  type StandingRecords,
} from '../../ports/fact-sources.ts';
import { type EmergencyRow, recordedEmergencyOf } from './door-records.ts';

export interface StandingRow {
  readonly requested_at: Date | null;
  readonly channel: string | null;
  readonly consent: ConsentRecordedBody | null;
  readonly confirmed_at: Date | null;
  readonly revoked_at: Date | null;
  readonly other_sellers: readonly string[] | null;
  readonly relationships: readonly RelationshipRecordedBody[] | null;
  readonly reassigned: ReassignedCheckedBody | null;
  /** Of all caller IDs asked about; only in the first row. */
  readonly attestations:
    readonly { readonly caller_id: string; readonly record: AttestationRecordedBody }[] | null;
  readonly unclear: UnclearRequestBody | null;
  /** Of all sellers asked about; only in the first row. */
  readonly overrides: readonly OverrideBody[] | null;
  /** Only in the first row. */
  readonly emergencies: readonly EmergencyRow[] | null;
  /** Only in the first row. */
  readonly paused: readonly string[] | null;
  /** Only in the first row. */
  readonly mark: string | null;
  /** Only in the first row. */
  readonly counters_store: string | null;
}

/** Every change of a table that `standingQuery` reads draws another one (migrations/000008.sql). */
export const MARK_QUERY: QueryConfig = {
  name: 'records-mark',
  text: 'SELECT mark FROM breakwater.records_mark',
};

/**
 * One row for each question, in their order. Calls that ask together are mostly of few sellers and caller IDs: theirs is in the first row,
 * once. Lists come as JSON, which the driver reads in one go; an array it takes apart letter by letter.
 */
export const standingQuery = (questions: readonly StandingQuestion[]): QueryConfig => ({
  name: 'standing-records',
  text: `SELECT o.requested_at, o.channel, c.record AS consent, f.confirmed_at, v.revoked_at,
                (SELECT json_agg(other.seller_id ORDER BY other.seller_id COLLATE "C") FROM breakwater.consent other
                  WHERE other.number = k.number AND other.seller_id <> k.seller_id) AS other_sellers,
                (SELECT json_agg(r.record) FROM breakwater.relationship r
                  WHERE r.number = k.number AND r.seller_id = k.seller_id) AS relationships,
                n.record AS reassigned,
                CASE WHEN k.place = 1 THEN (SELECT json_agg(json_build_object('caller_id', a.caller_id, 'record', a.record)
                                                            ORDER BY a.trunk COLLATE "C", a.way COLLATE "C")
                                              FROM breakwater.attestation a WHERE a.caller_id = ANY ($3)) END AS attestations,
                CASE WHEN k.place = 1 THEN (SELECT json_agg(w.record ORDER BY w.what COLLATE "C", w.state COLLATE "C")
                                              FROM breakwater.override w WHERE w.seller_id = ANY ($2)) END AS overrides,
                (SELECT u.record FROM breakwater.unclear_request u
                  WHERE u.number = k.number AND u.seller_id = k.seller_id AND NOT u.settled
                  ORDER BY u.entry_id LIMIT 1) AS unclear,
                CASE WHEN k.place = 1 THEN (SELECT json_agg(json_build_object('record', e.record, 'last_day', e.last_day)
                                                            ORDER BY e.state COLLATE "C", e.first_day)
                                              FROM breakwater.emergency e) END AS emergencies,
                CASE WHEN k.place = 1 THEN ARRAY(SELECT s.campaign_id FROM breakwater.campaign_switch s
                                                  WHERE s.paused ORDER BY s.campaign_id COLLATE "C") END AS paused,
                CASE WHEN k.place = 1 THEN (SELECT m.mark FROM breakwater.records_mark m) END AS mark,
                CASE WHEN k.place = 1 THEN (SELECT f.store FROM breakwater.counters_store f) END AS counters_store
           FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k (number, seller_id, caller_id, place)
           LEFT JOIN breakwater.opt_out o ON o.number = k.number AND o.seller_id = k.seller_id
           LEFT JOIN breakwater.consent c ON c.number = k.number AND c.seller_id = k.seller_id
           LEFT JOIN breakwater.consent_confirmation f
                  ON f.consent_id = c.record ->> 'consentId' AND f.number = c.number AND f.seller_id = c.seller_id
           LEFT JOIN breakwater.consent_revocation v ON v.number = k.number AND v.seller_id = k.seller_id
           LEFT JOIN breakwater.reassigned_check n ON n.number = k.number AND n.seller_id = k.seller_id
          ORDER BY k.place`,
  values: [
    questions.map(({ number }) => number),
    questions.map(({ sellerId }) => sellerId),
    questions.map(({ callerId }) => callerId),
  ],
});

/** The rows of `standingQuery` as answers to its questions. */
export function standingOf(
  questions: readonly StandingQuestion[],
  rows: readonly StandingRow[],
): readonly StandingRecords[] {
  const overrides = (rows[0]?.overrides ?? []).map(overrideOf);
  const ofSeller = new Map<SellerId, readonly Override[]>();
  for (const { sellerId } of questions) {
    if (ofSeller.has(sellerId)) continue;
    ofSeller.set(
      sellerId,
      overrides.filter((each) => each.sellerId === sellerId),
    );
  }
  const ofCallerId = new Map<string, AttestationRecord[]>();
  for (const { caller_id, record } of rows[0]?.attestations ?? []) {
    const found = ofCallerId.get(caller_id);
    if (found === undefined) ofCallerId.set(caller_id, [attestationOf(record)]);
    else found.push(attestationOf(record));
  }
  const emergencies = (rows[0]?.emergencies ?? []).map(recordedEmergencyOf);
  const pausedCampaigns = (rows[0]?.paused ?? []) as readonly CampaignId[];
  const mark = markOf(rows[0]);
  const countersStore = rows[0]?.counters_store ?? null;
  return rows.map((row, index) => ({
    mark,
    internalRequest:
      row.requested_at === null || row.channel === null
        ? null
        : { requestedAt: instantOf(row.requested_at), channel: row.channel },
    consent: {
      newest: row.consent === null ? null : consentOf(row.consent),
      confirmedAt: row.confirmed_at === null ? null : instantOf(row.confirmed_at),
      revokedAt: row.revoked_at === null ? null : instantOf(row.revoked_at),
      otherSellers: (row.other_sellers ?? []) as readonly SellerId[],
    },
    relationship: relationshipViewOf(row.relationships),
    reassigned: row.reassigned === null ? null : reassignedOf(row.reassigned),
    unclearRequest: row.unclear === null ? null : unclearRequestOf(row.unclear),
    overrides: overridesOf(questions[index], ofSeller),
    emergencies,
    attestations: ofCallerId.get(questions[index]?.callerId ?? '') ?? [],
    pausedCampaigns,
    countersStore,
  }));
}

/** Throws when there is none: without it nobody could tell what has changed. */
export function markOf(row: { readonly mark: string | null } | undefined): RecordsMark {
  const mark = row?.mark ?? null;
  if (mark === null) throw new Error('the records have no mark');
  return recordsMark(mark);
}

const overridesOf = (
  question: StandingQuestion | undefined,
  ofSeller: ReadonlyMap<SellerId, readonly Override[]>,
): readonly Override[] => (question === undefined ? [] : (ofSeller.get(question.sellerId) ?? []));

function relationshipViewOf(records: readonly RelationshipRecordedBody[] | null): RelationshipView {
  const found = (records ?? []).map(relationshipOf);
  const newest = (wanted: RelationshipRecord['kind']): RelationshipRecord | null =>
    found.find(({ kind }) => kind === wanted) ?? null;
  return { purchase: newest('purchase'), inquiry: newest('inquiry') };
}

const instantOf = (date: Date): Instant => instant(date.getTime());
