/** A permit whose result never came is a drop once its lease has run out (design ruling 13). */
import type { CallId } from '../domain/ids.ts';
import { formatInstant } from '../domain/time.ts';
import { countingWindows } from './counting-windows.ts';
import { persist } from './persist.ts';
import { countedCampaigns } from './ruling.ts';
import type { Sidecar } from './sidecar.ts';

/** Returns the calls it had to expire. */
export async function sweepLeases(sidecar: Sidecar): Promise<readonly CallId[]> {
  const expired: CallId[] = [];
  for (const campaign of countedCampaigns(sidecar)) {
    const now = sidecar.clock.now();
    const ids = await sidecar.counters.expireLeases(campaign.id, now, countingWindows(campaign, now));
    for (const callId of ids) {
      expired.push(callId);
      sidecar.log.warn({ callId }, 'no result within the lease: counted as a drop');
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
  return expired;
}
