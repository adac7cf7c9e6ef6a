/**
 * A message that is left on machines is a recorded sales call like any other: what binds those binds every call that may come to leave
 * one, before anybody knows who answers (47 CFR 64.1200(a)(2)-(3), (b); 16 CFR 310.4(b)(1)(v)).
 */
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignState, Fact } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { perRequest, remembering } from './per-request.ts';

export const leavesMessages = ({ machineDetection }: Pick<Campaign, 'machineDetection'>): boolean =>
  machineDetection?.onMachine === 'message';

/** The request as the rules judge it. */
export const asJudged = perRequest((request, campaign: Fact<CampaignState | null>): OriginationRequest =>
  !request.automated && campaign.known && campaign.value !== null && leavesMessages(campaign.value.campaign)
    ? remembering({ ...request, automated: true })
    : request,
);
