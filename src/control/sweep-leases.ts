/** A permit whose result never came is a drop once its lease has run out (design ruling 13). */
import type { CallId } from '../domain/ids.ts';
import { addMs, formatInstant, type Instant, SECOND_MS } from '../domain/time.ts';
import { countingWindows } from './counting-windows.ts';
import { recordedPermitOf, type RecordedPermit } from './known-permit.ts';
import { persist } from './persist.ts';
import { countedCampaigns } from './ruling.ts';
import { settleCall } from './settle-call.ts';
import type { Sidecar } from './sidecar.ts';

/** Returns the calls it had to expire. */
export async function sweepLeases(sidecar: Sidecar): Promise<readonly CallId[]> {
  const expired: CallId[] = [];
  for (const campaign of countedCampaigns(sidecar)) {
    const now = sidecar.clock.now();
    const ids = await sidecar.counters.expireLeases(campaign.id, now, countingWindows(campaign, now));
    for (const callId of ids) {
      expired.push(callId);
      warnOf(sidecar, callId);
      await persist(sidecar, `expiry of ${callId}`, () =>
        sidecar.ledger.append({
          kind: 'call_result',
          dedupeKey: callId,
          body: {
            callId,
            campaignId: campaign.id,
            sellerId: campaign.seller.id,
            number: null,
            outcome: 'expired',
            endedAt: formatInstant(now),
            hangupCause: null,
            sipStatus: null,
            source: 'lease',
            placed: true,
          },
        }),
      );
    }
  }
  return [...expired, ...(await sweepPastCampaigns(sidecar))];
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
    const now = sidecar.clock.now();
    if (permit === null || now < leaseEnd(sidecar, permit)) continue;
    expired.push(permit.callId);
    warnOf(sidecar, permit.callId);
    await settleCall(sidecar, permit.campaign, permit.number, {
      ...{ callId: permit.callId, campaignId: permit.campaign.id, outcome: 'expired', endedAt: now },
      ...{ hangupCause: null, sipStatus: null, source: 'lease' },
    });
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

const warnOf = ({ log }: Sidecar, callId: CallId): void =>
  log.warn({ callId }, 'no result within the lease: counted as a drop');
