/** A consent and a call to one of a rig's people, as a dialer would ask for it. */
import type { OriginationAnswer } from '../../src/control/operations.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { instant } from '../../src/domain/time.ts';
import { must, phone } from './fake-operations.ts';
import { parseSellerId } from '../../src/domain/ids.ts';
import type { Rig } from './rig.ts';

/** To the seller of the shipped campaigns, in writing, three days before the rig's day. */
export async function consentTo(rig: Rig, number: string): Promise<void> {
  await rig.running.operations.recordConsent({
    consentId: `consent-${number}`,
    number: phone(`+${number}`),
    sellerId: must(parseSellerId('sunrise')),
    kind: 'written',
    givenAt: instant(Date.parse('2026-11-20T18:00:00Z')),
    expiresAt: null,
    disclosureText: 'By signing I agree that Sunrise Solar may call me with an autodialer.',
    act: 'checked the box and pressed Send',
    signature: 'Anna Example',
    source: 'https://example.com/form',
    notConditionOfPurchase: true,
    pageUrl: null,
    ip: null,
    userAgent: null,
    prefilled: null,
    leadSourceTier: null,
    topic: null,
  });
}

export const originateTo = (
  rig: Rig,
  number: string,
  campaignId: string,
  agentFacts: readonly string[] = [],
): Promise<OriginationAnswer> =>
  rig.running.operations.originate({
    callId: null,
    campaignId,
    number: `+${number}`,
    callerId: null,
    lead: NO_LEAD_FACTS,
    automated: false,
    door: 'http',
    at: null,
    agentFacts,
  });
