/** Entries about consent to texts. */
import type { ConsentEntry, ConsentRecord } from '../../domain/consent.ts';
import type { LedgerDraft } from '../../domain/ledger-entry.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import { consentDraft } from '../record-entries.ts';

/** The same record as for calls, under a kind of its own: no call stands on it, and no text on one for calls. */
export const textConsentDraft = (record: ConsentEntry): LedgerDraft => ({
  ...consentDraft(record),
  kind: 'text_consent_recorded',
});

/** Once for each record: whoever says yes twice has said it. */
export const textConfirmationDraft = (
  { consentId, number, sellerId }: ConsentRecord,
  confirmedAt: Instant,
  said: { readonly text: string; readonly messageId: string | null },
): LedgerDraft => ({
  kind: 'text_consent_confirmed',
  dedupeKey: `${consentId}:${sellerId}:${number}`,
  body: {
    ...{ consentId, number, sellerId },
    confirmedAt: formatInstant(confirmedAt),
    channel: 'text',
    text: said.text,
    ...(said.messageId === null ? {} : { messageId: said.messageId }),
  },
});
