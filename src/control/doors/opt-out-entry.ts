/** The one event: whatever the door, a request not to be called is this entry, with the door as its channel. */
import type { JsonObject, LedgerDraft } from '../../domain/ledger-entry.ts';
import { formatInstant } from '../../domain/time.ts';
import type { Wish } from '../../domain/wish-fields.ts';

/** The entry of a wish; its key tells the same wish of the same door when it comes again. */
export interface WishDraft extends LedgerDraft {
  readonly kind: 'opt_out' | 'consent_revoked';
  readonly dedupeKey: string;
}

/** What had to be done to the fields beside a wish; nothing is said of a clean one. */
export const adjustedPart = (adjusted: readonly string[]): JsonObject =>
  adjusted.length === 0 ? {} : { adjusted: [...adjusted] };

/** The same for every campaign of the seller, at once and without end; the fields are those of 16 CFR 310.5(a)(10). */
export const optOutDraft = (
  request: Wish,
  dedupeKey: string,
  said: Readonly<Record<string, string>> = {},
): WishDraft => ({
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
    ...adjustedPart(request.adjusted),
  },
});

export const revocationDraft = (
  { number, sellerId, channel, requestedAt, adjusted }: Wish,
  dedupeKey: string,
): WishDraft => ({
  kind: 'consent_revoked',
  dedupeKey,
  body: {
    ...{ number, sellerId, channel },
    revokedAt: formatInstant(requestedAt),
    ...adjustedPart(adjusted),
  },
});
