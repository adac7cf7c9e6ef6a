/** What came through a door as the request that is screened: text read once, and a caller ID where the asker left it to the campaign. */
import type { Campaign } from '../domain/campaign.ts';
import { type CampaignId, parseCallId, parseCampaignId } from '../domain/ids.ts';
import { textIn } from '../domain/json-parts.ts';
import type { Law } from '../domain/law.ts';
import { readAddress } from '../domain/lead-address.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { factWithin } from './deadline.ts';
import { must } from './input-problem.ts';
import type { ScreenInput } from './operations.ts';
import type { Sidecar, Station } from './sidecar.ts';

export interface Requests {
  readonly requestOf: (
    sidecar: Sidecar,
    input: ScreenInput,
    placedBy: OriginationRequest['placedBy'],
  ) => OriginationRequest;
  /** With the caller ID that the campaign chooses, where the asker leaves it the choice. */
  readonly withCallerId: <Input extends ScreenInput>(sidecar: Sidecar, input: Input) => Promise<Input>;
}

export function createRequests(
  { clock, newCallId, ledger }: Pick<Station, 'clock' | 'newCallId' | 'ledger'>,
  choose: (campaign: Campaign) => Promise<PhoneNumber | null>,
): Requests {
  function requestOf(
    sidecar: Sidecar,
    input: ScreenInput,
    placedBy: OriginationRequest['placedBy'],
  ): OriginationRequest {
    const campaignId = must('campaign', input.campaignId, parseCampaignId(input.campaignId));
    const callIdText = input.callId ?? newCallId();
    const callId = must('call_id', callIdText, parseCallId(callIdText));
    const campaign = sidecar.campaigns.get(campaignId);
    const callerIdText = input.callerId ?? campaign?.callerIds[0]?.number ?? '';
    const number = parsePhoneNumber(input.number);
    const callerId = parsePhoneNumber(callerIdText);
    return {
      callId,
      campaignId,
      numberText: input.number.slice(0, 80),
      number: number.ok ? number.value : null,
      callerIdText: callerIdText.slice(0, 80),
      callerId: callerId.ok ? callerId.value : null,
      lead: leadOf(sidecar.policy.law, input.lead),
      automated: input.automated,
      requestedAt: clock.now(),
      placedBy,
      door: input.door,
    };
  }

  /** Of an address only what places the person is kept: the rest is nobody's business here. */
  function leadOf(law: Law, { address, ...lead }: ScreenInput['lead']): OriginationRequest['lead'] {
    const read = address === undefined ? null : readAddress(law, address);
    return read === null ? lead : { ...lead, address: read };
  }

  /** With the caller ID that the campaign chooses, where the asker leaves it the choice. */
  async function withCallerId<Input extends ScreenInput>(sidecar: Sidecar, input: Input): Promise<Input> {
    const campaign = sidecar.campaigns.get(input.campaignId as CampaignId);
    if (input.callerId !== null || campaign?.callerIdChoice === undefined) return input;
    const before = input.callId === null ? null : await chosenBefore(sidecar, input.callId, campaign);
    return { ...input, callerId: before ?? (await choose(campaign)) };
  }

  /** Asked again it is the same call, whatever would be chosen now: with another number it would be refused as a different one while it rings. */
  async function chosenBefore(sidecar: Sidecar, callId: string, { id }: Campaign): Promise<string | null> {
    const found = await factWithin(clock, sidecar.limits.factMs, 'the ledger', () =>
      ledger.read({ callId, kinds: ['decision'], limit: 1 }),
    );
    const [decision] = found.known ? found.value : [];
    return decision?.body['campaignId'] === id ? textIn(decision.body['callerId']) : null;
  }

  return { requestOf, withCallerId };
}
