/** Compliance records as ledger entries: what people enter by hand, each under the id of its record, so that a repeat is not doubled. */
import type { AttestationRecord } from '../domain/attestation.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { ConsentEntry } from '../domain/consent.ts';
import { sha256Hex } from '../domain/hash-chain.ts';
import type { LedgerDraft } from '../domain/ledger-entry.ts';
import type { Override } from '../domain/override.ts';
import type { ReassignedCheck } from '../domain/reassigned.ts';
import type { RelationshipRecord } from '../domain/relationship.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import { toJson } from './decision-entry.ts';

/** The hash of the text is computed here and nowhere else: whoever enters a record cannot choose it. */
export const consentDraft = (record: ConsentEntry): LedgerDraft => ({
  kind: 'consent_recorded',
  dedupeKey: record.consentId,
  body: {
    ...toJson(record),
    givenAt: formatInstant(record.givenAt),
    expiresAt: record.expiresAt === null ? null : formatInstant(record.expiresAt),
    disclosureSha256: sha256Hex(record.disclosureText),
  },
});

export const attestationDraft = (record: AttestationRecord): LedgerDraft => ({
  kind: 'attestation_recorded',
  body: {
    ...toJson(record),
    confirmedAt: formatInstant(record.confirmedAt),
    expiresAt: formatInstant(record.expiresAt),
  },
});

export const relationshipDraft = (record: RelationshipRecord): LedgerDraft => ({
  kind: 'relationship_recorded',
  dedupeKey: record.relationshipId,
  body: toJson(record),
});

export const reassignedDraft = (record: ReassignedCheck): LedgerDraft => ({
  kind: 'reassigned_checked',
  dedupeKey: record.checkId,
  body: { ...toJson(record), queriedAt: formatInstant(record.queriedAt) },
});

/**
 * Said again with another end it is another entry, which stands instead. The same words twice are one entry: a request that is sent
 * again after its end must not bring it back. `ends`: when the record was made that this one ends, so that the same end ends a later
 * one too; null for a record that ends nothing.
 */
export const overrideDraft = (record: Override, ends: Instant | null = null): LedgerDraft => ({
  kind: 'override',
  dedupeKey: `${record.overrideId} ${sha256Hex(canonicalJson({ ...toJson(record), recordedAt: ends }))}`,
  body: {
    ...toJson(record),
    recordedAt: formatInstant(record.recordedAt),
    until: formatInstant(record.until),
  },
});
