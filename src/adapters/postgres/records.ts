/** Compliance records read from the projections that the ledger's own triggers keep (migrations/000002.sql and 000004.sql). */
import type { QueryConfig, QueryResultRow } from 'pg';
import type { AttestationRecord } from '../../domain/attestation.ts';
import { consentOf, type ConsentView } from '../../domain/consent.ts';
import type {
  AttestationRecordedBody,
  ConsentRecordedBody,
  OverrideBody,
  ReassignedCheckedBody,
  RelationshipRecordedBody,
} from '../../domain/entry-bodies.ts';
import type { InternalRequest } from '../../domain/facts.ts';
import type { CampaignId, SellerId } from '../../domain/ids.ts';
import { type Override, overrideOf } from '../../domain/override.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { type ReassignedCheck, reassignedOf } from '../../domain/reassigned.ts';
import { type RelationshipRecord, type RelationshipView, relationshipOf } from '../../domain/relationship.ts';
import { formatInstant, type Instant, instant } from '../../domain/time.ts';
import type { ComplianceRecords } from '../../ports/fact-sources.ts';
import { LedgerUnavailable } from '../../ports/ledger.ts';
import { batchedReads } from './batched-reads.ts';
import { postgresDoorRecords } from './door-records.ts';
import type { PostgresStore } from './open.ts';

const readInstant = (text: string): Instant => instant(Date.parse(text));
const instantOf = (date: Date): Instant => instant(date.getTime());

export function postgresRecords({ pool }: Pick<PostgresStore, 'pool'>): ComplianceRecords {
  async function rowsOf<Row extends QueryResultRow>(query: QueryConfig): Promise<readonly Row[]> {
    try {
      return (await pool.query<Row>(query)).rows;
    } catch (cause) {
      throw new LedgerUnavailable('the records cannot be read', { cause });
    }
  }

  const internalRequest = batchedReads<Pair, InternalRequest | null>(async (pairs) => {
    const rows = await rowsOf<{ requested_at: Date | null; channel: string | null }>({
      name: 'opt-outs',
      text: `SELECT o.requested_at, o.channel
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (number, seller_id, place)
               LEFT JOIN breakwater.opt_out o ON o.number = k.number AND o.seller_id = k.seller_id
              ORDER BY k.place`,
      values: columnsOf(pairs),
    });
    return rows.map(({ requested_at: at, channel }) =>
      at === null || channel === null ? null : { requestedAt: instantOf(at), channel },
    );
  });

  const consent = batchedReads<Pair, ConsentView>(async (pairs) => {
    const rows = await rowsOf<ConsentRow>({
      name: 'consents',
      text: `SELECT (SELECT c.record FROM breakwater.consent c
                      WHERE c.number = k.number AND c.seller_id = k.seller_id) AS record,
                    (SELECT f.confirmed_at FROM breakwater.consent c JOIN breakwater.consent_confirmation f
                         ON f.consent_id = c.record ->> 'consentId' AND f.number = c.number AND f.seller_id = c.seller_id
                      WHERE c.number = k.number AND c.seller_id = k.seller_id) AS confirmed_at,
                    (SELECT r.revoked_at FROM breakwater.consent_revocation r
                      WHERE r.number = k.number AND r.seller_id = k.seller_id) AS revoked_at,
                    ARRAY(SELECT c.seller_id FROM breakwater.consent c
                           WHERE c.number = k.number AND c.seller_id <> k.seller_id
                           ORDER BY c.seller_id COLLATE "C") AS other_sellers
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (number, seller_id, place)
              ORDER BY k.place`,
      values: columnsOf(pairs),
    });
    return rows.map((row) => ({
      newest: row.record === null ? null : consentOf(row.record),
      confirmedAt: row.confirmed_at === null ? null : instantOf(row.confirmed_at),
      revokedAt: row.revoked_at === null ? null : instantOf(row.revoked_at),
      otherSellers: row.other_sellers as SellerId[],
    }));
  });

  const attestation = batchedReads<PhoneNumber, AttestationRecord | null>(async (callerIds) => {
    const rows = await rowsOf<{ record: AttestationRecordedBody | null }>({
      name: 'attestations',
      text: `SELECT a.record FROM unnest($1::text[]) WITH ORDINALITY AS k (caller_id, place)
               LEFT JOIN breakwater.attestation a ON a.caller_id = k.caller_id ORDER BY k.place`,
      values: [callerIds],
    });
    return rows.map(({ record }) => (record === null ? null : attestationOf(record)));
  });

  const relationship = batchedReads<Pair, RelationshipView>(async (pairs) => {
    const rows = await rowsOf<{ records: readonly RelationshipRecordedBody[] }>({
      name: 'relationships',
      text: `SELECT ARRAY(SELECT r.record FROM breakwater.relationship r
                           WHERE r.number = k.number AND r.seller_id = k.seller_id) AS records
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (number, seller_id, place)
              ORDER BY k.place`,
      values: columnsOf(pairs),
    });
    return rows.map(({ records }) => {
      const found = records.map(relationshipOf);
      const newest = (wanted: RelationshipRecord['kind']): RelationshipRecord | null =>
        found.find(({ kind }) => kind === wanted) ?? null;
      return { purchase: newest('purchase'), inquiry: newest('inquiry') };
    });
  });

  const reassigned = batchedReads<Pair, ReassignedCheck | null>(async (pairs) => {
    const rows = await rowsOf<{ record: ReassignedCheckedBody | null }>({
      name: 'reassigned-checks',
      text: `SELECT r.record
               FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (number, seller_id, place)
               LEFT JOIN breakwater.reassigned_check r ON r.number = k.number AND r.seller_id = k.seller_id
              ORDER BY k.place`,
      values: columnsOf(pairs),
    });
    return rows.map(({ record }) => (record === null ? null : reassignedOf(record)));
  });

  /** Calls that ask together are mostly of one seller: each seller is read once. */
  const overrides = batchedReads<SellerId, readonly Override[]>(async (asked) => {
    const sellerIds = [...new Set(asked)];
    const rows = await rowsOf<{ records: readonly OverrideBody[] }>({
      name: 'overrides',
      text: `SELECT coalesce((SELECT json_agg(o.record ORDER BY o.what COLLATE "C", o.state COLLATE "C")
                                FROM breakwater.override o WHERE o.seller_id = k.seller_id), '[]') AS records
               FROM unnest($1::text[]) WITH ORDINALITY AS k (seller_id, place)
              ORDER BY k.place`,
      values: [sellerIds],
    });
    const bySeller = new Map(
      sellerIds.map((id, index) => [id, (rows[index]?.records ?? []).map(overrideOf)]),
    );
    return asked.map((id) => bySeller.get(id) ?? []);
  });

  /** One statement answers all who ask together. */
  const pausedCampaigns = batchedReads<null, readonly CampaignId[]>(async (asked) => {
    const rows = await rowsOf<{ campaign_id: string }>({
      name: 'paused-campaigns',
      text: 'SELECT campaign_id FROM breakwater.campaign_switch WHERE paused ORDER BY campaign_id COLLATE "C"',
    });
    const paused = rows.map((row) => row.campaign_id as CampaignId);
    return asked.map(() => paused);
  });

  return {
    ...postgresDoorRecords(rowsOf),
    internalRequest: (number, sellerId) => internalRequest({ number, sellerId }),
    consent: (number, sellerId) => consent({ number, sellerId }),
    attestation,
    pausedCampaigns: () => pausedCampaigns(null),
    relationship: (number, sellerId) => relationship({ number, sellerId }),
    reassigned: (number, sellerId) => reassigned({ number, sellerId }),
    overrides,

    async pendingPermits() {
      const rows = await rowsOf<PermitRow>({
        text: 'SELECT call_id, campaign_id, number, writer, decided_at FROM breakwater.pending_permit ORDER BY entry_id',
      });
      return rows.map((row) => ({
        callId: row.call_id,
        campaignId: row.campaign_id,
        number: row.number,
        writer: row.writer,
        decidedAt: formatInstant(instantOf(row.decided_at)),
      }));
    },
  };
}

interface Pair {
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
}

const columnsOf = (pairs: readonly Pair[]): string[][] => [
  pairs.map(({ number }) => number),
  pairs.map(({ sellerId }) => sellerId),
];

interface ConsentRow {
  readonly record: ConsentRecordedBody | null;
  readonly confirmed_at: Date | null;
  readonly revoked_at: Date | null;
  readonly other_sellers: readonly string[];
}

interface PermitRow {
  readonly call_id: string;
  readonly campaign_id: string;
  readonly number: string;
  readonly writer: string;
  readonly decided_at: Date;
}

function attestationOf(body: AttestationRecordedBody): AttestationRecord {
  return {
    callerId: body.callerId as PhoneNumber,
    level: body.level,
    way: body.way,
    confirmedAt: readInstant(body.confirmedAt),
    expiresAt: readInstant(body.expiresAt),
    proof: body.proof,
  };
}
