/** A request not to be called that a dialer's agent has noted in the dialer's own books, as the entry of any other door. */
import { must } from './input-problem.ts';
import { addMs } from '../domain/time.ts';
import { parsePersonNumber } from '../domain/phone-number.ts';
import type { LoggedRequest } from '../ports/dialer-requests.ts';
import type { LedgerReceipt } from '../ports/ledger.ts';
import { appendWish } from './doors/append-wishes.ts';
import { optOutDraft } from './doors/opt-out-entry.ts';
import { campaignEver } from './past-campaigns.ts';
import { unknownCampaign } from './report-result.ts';
import { type Station, underRuling } from './sidecar.ts';

/** Once for each name and number while it binds. An `InputProblem` when the number or the campaign cannot be understood. */
export async function recordLoggedRequest(
  station: Station,
  { name, number: text, campaignId, askedAgoMs }: LoggedRequest,
): Promise<LedgerReceipt> {
  const number = must('number', text, parsePersonNumber(text));
  const campaign = await campaignEver(station, campaignId);
  if (campaign === null) throw unknownCampaign(station, campaignId);
  const wish = {
    number,
    sellerId: campaign.seller.id,
    channel: 'agent',
    requestedAt: addMs(station.clock.now(), -askedAgoMs),
    name: null,
    goods: null,
    adjusted: [],
  };
  const draft = optOutDraft(wish, `dialer-log:${name}:${wish.sellerId}:${number}`, { dialerCall: name });
  return appendWish(underRuling(station), { wish, draft });
}
