/** A request not to be called that a dialer's agent has noted in the dialer's own books, as the entry of any other door. */
import { InputProblem, must } from './input-problem.ts';
import type { LedgerDraft } from '../domain/ledger-entry.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import { parsePersonNumber } from '../domain/phone-number.ts';
import type { LoggedRequest } from '../ports/dialer-requests.ts';
import type { LedgerReceipt } from '../ports/ledger.ts';
import { appendWish } from './doors/append-wishes.ts';
import { optOutDraft } from './doors/opt-out-entry.ts';
import { campaignEver } from './past-campaigns.ts';
import { unknownCampaign } from './report-result.ts';
import { type Station, underRuling } from './sidecar.ts';

/** Of a `LoggedRequest`, by our clock. */
export interface NotedRequest extends Pick<LoggedRequest, 'name' | 'number' | 'campaignId'> {
  readonly askedAt: Instant;
}

/**
 * Once for each name and number while it binds. When the number or the campaign cannot be understood it is recorded as such
 * (`request_unmatched`), then refused with an `InputProblem`: the person may never say it again.
 */
export async function recordLoggedRequest(station: Station, request: NotedRequest): Promise<LedgerReceipt> {
  try {
    return await recordWish(station, request);
  } catch (error) {
    if (error instanceof InputProblem) await station.ledger.append(unmatchedDraft(request, error));
    throw error;
  }
}

async function recordWish(
  station: Station,
  { name, number: text, campaignId, askedAt }: NotedRequest,
): Promise<LedgerReceipt> {
  const number = must('number', text, parsePersonNumber(text));
  const campaign = await campaignEver(station, campaignId);
  if (campaign === null) throw unknownCampaign(station, campaignId);
  const wish = {
    number,
    sellerId: campaign.seller.id,
    channel: 'agent',
    requestedAt: askedAt,
    name: null,
    goods: null,
    adjusted: [],
  };
  const draft = optOutDraft(wish, `dialer-log:${name}:${wish.sellerId}:${number}`, { dialerCall: name });
  return appendWish(underRuling(station), { wish, draft });
}

const unmatchedDraft = (
  { name, number, campaignId, askedAt }: NotedRequest,
  { message }: InputProblem,
): LedgerDraft => ({
  kind: 'request_unmatched',
  dedupeKey: `dialer-log:${name}:${campaignId}`,
  body: { name, number, campaignId, askedAt: formatInstant(askedAt), problem: message },
});
