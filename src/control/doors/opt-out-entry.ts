/** The one event: whatever the door, a request not to be called is this entry, with the door as its channel. */
import type { LedgerDraft } from '../../domain/ledger-entry.ts';
import type { OptOutRequest } from '../../domain/request-fields.ts';
import { formatInstant } from '../../domain/time.ts';

/** The same for every campaign of the seller, at once and without end; the fields are those of 16 CFR 310.5(a)(10). */
export const optOutDraft = (
  request: Omit<OptOutRequest, 'key'>,
  dedupeKey: string,
  said: Readonly<Record<string, string>> = {},
): LedgerDraft => ({
  kind: 'opt_out',
  dedupeKey,
  body: {
    number: request.number,
    sellerId: request.sellerId,
    channel: request.channel,
    callId: null,
    requestedAt: formatInstant(request.requestedAt),
    ...(request.name === null ? {} : { name: request.name }),
    ...(request.goods === null ? {} : { goods: request.goods }),
    ...said,
  },
});

export const revocationDraft = (
  { number, sellerId, channel, requestedAt }: Omit<OptOutRequest, 'key'>,
  dedupeKey: string,
): LedgerDraft => ({
  kind: 'consent_revoked',
  dedupeKey,
  body: { number, sellerId, channel, revokedAt: formatInstant(requestedAt) },
});
