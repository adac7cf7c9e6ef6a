/** What one call would change in the counters if it were placed: its lines, its attempt, and the bounds that it is held against. */
import type { Campaign } from '../domain/campaign.ts';
import type { FixedFacts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { addMs, SECOND_MS } from '../domain/time.ts';
import type { ReservationRequest } from '../ports/counters.ts';
import { attemptsAllowed, callBounds, lockoutAllowed } from '../rules/index.ts';
import { countingWindows } from './counting-windows.ts';
import { messageOf } from './deadline.ts';
import { campaignsBeside } from './ruling.ts';
import type { Duty, Sidecar } from './sidecar.ts';

/** Null when the request is too broken to count anything. */
export function reservationFor(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  campaign: Campaign | undefined,
  facts: FixedFacts,
): ReservationRequest | null {
  if (campaign === undefined || request.number === null) return null;
  const at = facts.now;
  const bounds = boundsOf(sidecar, request, campaign, facts);
  if (bounds === null) return null;
  const leaseMs = bounds.longestRingSeconds * SECOND_MS + sidecar.limits.leaseAfterRingMs;
  const windows = countingWindows(campaign, at);
  // INVARIANT (never-above-ceiling): a drop counts on the day it happens. What may still be answered tomorrow was not weighed
  // against tomorrow, so close to the campaign's midnight each line has its agent.
  const withinTheDay = countingWindows(campaign, addMs(at, leaseMs)).day === windows.day;
  return {
    callId: request.callId,
    campaignId: campaign.id,
    sellerId: campaign.seller.id,
    besides: campaignsBeside(sidecar, campaign),
    number: request.number,
    at,
    windows,
    ceilingBp: campaign.dropRateMaxBp,
    overDialing: campaign.mode === 'predictive' && withinTheDay ? bounds.overDialing : 'barred',
    // A call of ours is promised an agent who has come in here; a dialer's call may go to any that dialers have told of.
    agentsOf: request.placedBy === 'sidecar' ? 'this_sidecar' : 'all',
    attempts: bounds.attempts,
    lockoutHours: bounds.lockoutHours,
    leaseMs,
    limits: duty.limits(campaign),
  };
}

/** Null when the law cannot tell the bounds of this call: nothing can be reserved, so the counters' facts are unknown. */
function boundsOf(
  sidecar: Sidecar,
  request: OriginationRequest,
  campaign: Campaign,
  facts: FixedFacts,
): (ReturnType<typeof callBounds> & { readonly lockoutHours: number }) | null {
  try {
    const bounds = callBounds(request, campaign, sidecar.policy, facts.now);
    return {
      ...bounds,
      attempts: attemptsAllowed(request, campaign, facts, sidecar.policy).cap,
      lockoutHours: lockoutAllowed(request, campaign, facts, sidecar.policy).hours,
    };
  } catch (error) {
    sidecar.log.error({ callId: request.callId, problem: messageOf(error) }, 'no bounds for a call');
    return null;
  }
}
