/** Compliance records read from the projections that the ledger's own triggers keep (migrations/000002.sql and 000004.sql). */
import type { QueryConfig, QueryResultRow } from 'pg';
import type { AttestationRecord } from '../../domain/attestation.ts';
import { consentOf } from '../../domain/consent.ts';
import type {
  AttestationRecordedBody,
  ConsentRecordedBody,
  OverrideBody,
  ReassignedCheckedBody,
  RelationshipRecordedBody,
} from '../../domain/entry-bodies.ts';
import type { CampaignId, SellerId } from '../../domain/ids.ts';
import { overrideOf } from '../../domain/override.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { reassignedOf } from '../../domain/reassigned.ts';
import { type RelationshipRecord, relationshipOf } from '../../domain/relationship.ts';
import { formatInstant, type Instant, instant } from '../../domain/time.ts';
import type { ComplianceRecords } from '../../ports/fact-sources.ts';
import { LedgerUnavailable } from '../../ports/ledger.ts';
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

  return {
    async internalRequest(number, sellerId) {
      const rows = await rowsOf<{ requested_at: Date; channel: string }>({
        name: 'opt-out',
        text: 'SELECT requested_at, channel FROM breakwater.opt_out WHERE number = $1 AND seller_id = $2',
        values: [number, sellerId],
      });
      const row = rows[0];
      return row === undefined ? null : { requestedAt: instantOf(row.requested_at), channel: row.channel };
    },

    async consent(number, sellerId) {
      const rows = await rowsOf<ConsentRow>({
        name: 'consent',
        text: `SELECT (SELECT record FROM breakwater.consent WHERE number = $1 AND seller_id = $2) AS record,
                      (SELECT confirmed_at FROM breakwater.consent c JOIN breakwater.consent_confirmation f
                          ON f.consent_id = c.record ->> 'consentId' AND f.number = c.number AND f.seller_id = c.seller_id
                        WHERE c.number = $1 AND c.seller_id = $2) AS confirmed_at,
                      (SELECT revoked_at FROM breakwater.consent_revocation
                        WHERE number = $1 AND seller_id = $2) AS revoked_at,
                      ARRAY(SELECT seller_id FROM breakwater.consent
                             WHERE number = $1 AND seller_id <> $2 ORDER BY seller_id COLLATE "C") AS other_sellers`,
        values: [number, sellerId],
      });
      const row = rows[0];
      return {
        newest: row?.record == null ? null : consentOf(row.record),
        confirmedAt: row?.confirmed_at == null ? null : instantOf(row.confirmed_at),
        revokedAt: row?.revoked_at == null ? null : instantOf(row.revoked_at),
        otherSellers: (row?.other_sellers ?? []) as SellerId[],
      };
    },

    async relationship(number, sellerId) {
      const rows = await rowsOf<{ record: RelationshipRecordedBody }>({
        name: 'relationship',
        text: 'SELECT record FROM breakwater.relationship WHERE number = $1 AND seller_id = $2',
        values: [number, sellerId],
      });
      const found = rows.map(({ record }) => relationshipOf(record));
      const newest = (wanted: RelationshipRecord['kind']): RelationshipRecord | null =>
        found.find(({ kind }) => kind === wanted) ?? null;
      return { purchase: newest('purchase'), inquiry: newest('inquiry') };
    },

    async reassigned(number, sellerId) {
      const rows = await rowsOf<{ record: ReassignedCheckedBody }>({
        name: 'reassigned',
        text: 'SELECT record FROM breakwater.reassigned_check WHERE number = $1 AND seller_id = $2',
        values: [number, sellerId],
      });
      const record = rows[0]?.record;
      return record === undefined ? null : reassignedOf(record);
    },

    async overrides(sellerId) {
      const rows = await rowsOf<{ record: OverrideBody }>({
        name: 'overrides',
        text: 'SELECT record FROM breakwater.override WHERE seller_id = $1 ORDER BY what COLLATE "C", state COLLATE "C"',
        values: [sellerId],
      });
      return rows.map(({ record }) => overrideOf(record));
    },

    async attestation(callerId) {
      const rows = await rowsOf<{ record: AttestationRecordedBody }>({
        name: 'attestation',
        text: 'SELECT record FROM breakwater.attestation WHERE caller_id = $1',
        values: [callerId],
      });
      const record = rows[0]?.record;
      return record === undefined ? null : attestationOf(record);
    },

    async pausedCampaigns() {
      const rows = await rowsOf<{ campaign_id: string }>({
        text: 'SELECT campaign_id FROM breakwater.campaign_switch WHERE paused ORDER BY campaign_id COLLATE "C"',
      });
      return rows.map((row) => row.campaign_id as CampaignId);
    },

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
