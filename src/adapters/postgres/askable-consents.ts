/** A seller's consents by number, each with what says whether the reassigned-numbers database must be asked; by the index of migrations/000013.sql. */
import type { QueryConfig } from 'pg';
import type { ReassignedCheckedBody } from '../../domain/entry-bodies.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { type AskableConsent, reassignedOf } from '../../domain/reassigned.ts';
import { instant } from '../../domain/time.ts';
import type { ConsentPage } from '../../ports/fact-sources.ts';

export interface AskableRow {
  readonly number: PhoneNumber;
  readonly given_at: Date;
  /** As in the entry. */
  readonly expires_at: string | null;
  readonly revoked_at: Date | null;
  readonly reassigned: ReassignedCheckedBody | null;
}

/** No number is before the empty text. */
export const consentsToQuery = ({ sellerId, after, limit }: ConsentPage): QueryConfig => ({
  name: 'consents-to',
  text: `SELECT c.number, c.given_at, c.record ->> 'expiresAt' AS expires_at, v.revoked_at, n.record AS reassigned
           FROM (SELECT * FROM breakwater.consent
                  WHERE seller_id = $1 AND number COLLATE "C" > $2
                  ORDER BY number COLLATE "C" LIMIT $3) c
           LEFT JOIN breakwater.consent_revocation v ON v.number = c.number AND v.seller_id = c.seller_id
           LEFT JOIN breakwater.reassigned_check n ON n.number = c.number AND n.seller_id = c.seller_id
          ORDER BY c.number COLLATE "C"`,
  values: [sellerId, after ?? '', limit],
});

export const askableOf = (row: AskableRow): AskableConsent => ({
  number: row.number,
  givenAt: instant(row.given_at.getTime()),
  expiresAt: row.expires_at === null ? null : instant(Date.parse(row.expires_at)),
  revokedAt: row.revoked_at === null ? null : instant(row.revoked_at.getTime()),
  check: row.reassigned === null ? null : reassignedOf(row.reassigned),
});
