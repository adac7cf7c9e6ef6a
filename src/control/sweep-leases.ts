/** A permit whose result never came is a drop once its lease has run out (design ruling 13). */
import type { CallId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import { addMs, type Instant, SECOND_MS } from '../domain/time.ts';
import { recordedPermitOf, type RecordedPermit } from './known-permit.ts';
import { type CountedCampaign, countedCampaigns } from './ruling.ts';
import { settleCall } from './settle-call.ts';
import type { Sidecar } from './sidecar.ts';

/**
 * Returns the calls it had to expire.
 * INVARIANT (reservation-always-settles): the ledger first. Of two sidecars that sweep at once one writes `expired`, and a result that
 * came a moment before stands; both then count what stands, once.
 */
export async function sweepLeases(sidecar: Sidecar): Promise<readonly CallId[]> {
  const expired: CallId[] = [];
  for (const campaign of countedCampaigns(sidecar)) {
    for (const callId of await sidecar.counters.overdue(campaign.id, sidecar.clock.now())) {
      // None: reserved by a sidecar that did not live to write its decision. Nobody can tell whether a phone has rung.
      const permit = await recordedPermitOf(sidecar, callId);
      if (await expire(sidecar, campaign, permit?.number ?? null, callId)) expired.push(callId);
    }
  }
  return [...expired, ...(await sweepPastCampaigns(sidecar))];
}

/** False when another result stands. */
async function expire(
  sidecar: Sidecar,
  campaign: CountedCampaign,
  number: PhoneNumber | null,
  callId: CallId,
): Promise<boolean> {
  const now = sidecar.clock.now();
  const answer = await settleCall(sidecar, campaign, number, {
    ...{ callId, campaignId: campaign.id, outcome: 'expired', endedAt: now },
    ...{ hangupCause: null, sipStatus: null, source: 'lease' },
  });
  if (answer === 'repeated') return false;
  sidecar.log.warn({ callId }, 'no result within the lease: counted as a drop');
  return true;
}

/**
 * INVARIANT (reservation-always-settles), for campaigns that a restart has taken out of the settings: nobody asks the counters about
 * them any more, and counters in memory have forgotten them. So the ledger says what is pending, and the permit how long its lease was.
 */
async function sweepPastCampaigns(sidecar: Sidecar): Promise<readonly CallId[]> {
  const expired: CallId[] = [];
  const pending = await sidecar.records.pendingPermits({
    except: countedCampaigns(sidecar).map(({ id }) => id),
    decidedBy: latestDecisionRunOut(sidecar),
  });
  for (const { callId } of pending) {
    const permit = await recordedPermitOf(sidecar, callId);
    if (permit === null || sidecar.clock.now() < leaseEnd(sidecar, permit)) continue;
    if (await expire(sidecar, permit.campaign, permit.number, permit.callId)) expired.push(permit.callId);
  }
  return expired;
}

/** No lease is shorter than this, because no call may be given up before the federal minimum: the others need no look into the ledger. */
const latestDecisionRunOut = (sidecar: Sidecar): Instant =>
  addMs(sidecar.clock.now(), -(shortestRingMs(sidecar) + sidecar.limits.leaseAfterRingMs));

const shortestRingMs = ({ policy }: Sidecar): number =>
  policy.law.federal.ringAtLeastSeconds.value * SECOND_MS;

/** As `reservationFor` in `screen-origination.ts` reckons it: the longest ring that the permit allows, and the time for the result after it. */
function leaseEnd(sidecar: Sidecar, { decision, decidedAt }: RecordedPermit): Instant {
  const obligations = decision.kind === 'permit' ? decision.obligations : [];
  const rings = obligations.flatMap((each) =>
    each.kind === 'ring_at_most_s' ? [each.seconds * SECOND_MS] : [],
  );
  return addMs(decidedAt, Math.max(shortestRingMs(sidecar), ...rings) + sidecar.limits.leaseAfterRingMs);
}
