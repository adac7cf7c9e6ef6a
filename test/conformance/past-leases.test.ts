/**
 * INVARIANT (reservation-always-settles) on real stores: a permit of a campaign that a restart has taken out of the settings expires with
 * its lease, is out of flight and one drop, whoever else looks at the same counters meanwhile.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { campaignDraft } from '../../src/control/campaign-entry.ts';
import { countingWindows } from '../../src/control/counting-windows.ts';
import { consentDraft } from '../../src/control/record-entries.ts';
import { screenOrigination } from '../../src/control/screen-origination.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import { sweepLeases } from '../../src/control/sweep-leases.ts';
import type { AgentId, CallId, CampaignId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addMs } from '../../src/domain/time.ts';
import type { CampaignTally, Counters } from '../../src/ports/counters.ts';
import { requestOf } from '../support/rules-world.ts';
import { connectedCounters } from '../support/redis.ts';
import { noSteps, ON_DUTY, type OpenedSidecar, openSidecarOn } from '../support/sidecar-on-stores.ts';
import { otherCampaign, SOLAR } from '../support/sim-world.ts';
import {
  announceMissing,
  type PostgresServer,
  postgresSources,
  redisMissing,
  type RedisServer,
  startRedis,
} from '../support/stores.ts';
import { writtenConsent } from '../support/written-consent.ts';

/** Its longest ring of 30 s, the minute after it, and a little for the time the test itself takes. */
const [BEFORE_ITS_END_MS, AFTER_ITS_END_MS] = [60_000, 91_000];

const missing = await redisMissing();
announceMissing('leases of past campaigns on Redis', missing);

for (const source of (await postgresSources()).filter((each) => each.missing === undefined).slice(0, 1)) {
  describe.skipIf(missing !== undefined)(`leases of past campaigns on ${source.name} and Redis`, () => {
    let postgres: PostgresServer;
    let redis: RedisServer;
    let counters: Counters;
    let opened: OpenedSidecar;
    beforeAll(async () => {
      [postgres, redis] = await Promise.all([source.start(), startRedis()]);
      counters = await connectedCounters(redis.url);
      opened = await openSidecarOn(await postgres.freshDatabase(), 'one', counters);
      await opened.sidecar.ledger.append(
        consentDraft(writtenConsent(requestOf({}).number!, SOLAR.seller.id)),
      );
    }, 120_000);
    afterAll(async () => {
      await opened.close();
      await counters.close();
      await Promise.all([postgres.stop(), redis.stop()]);
    });

    /** The same stores under settings that have the campaign or not, so much later. */
    function lifeWith(campaigns: Sidecar['campaigns'], laterMs: number): Sidecar {
      const { sidecar } = opened;
      const clock = { ...sidecar.clock, now: () => addMs(sidecar.clock.now(), laterMs) };
      const ruling = { ...sidecar.inForce(), campaigns };
      return { ...sidecar, ...ruling, clock, inForce: () => ruling };
    }

    /** A permit that the campaign's dialer got; the counters hold its reservation. */
    async function permitted(id: string, number: string): Promise<Sidecar['campaigns']> {
      const campaign = otherCampaign(id);
      const campaigns = new Map([[campaign.id, campaign]]);
      const life = lifeWith(campaigns, 0);
      await counters.rebuild(campaign.id, noSteps(), life.clock.now());
      await counters.setAgent(campaign.id, 'agent-1' as AgentId, 'ready');
      await life.ledger.append(
        campaignDraft(campaign, life.prompts, { policyHash: 'p', telemarketer: null }),
      );
      await life.ledger.append(consentDraft(writtenConsent(number as PhoneNumber, SOLAR.seller.id)));
      const request = { ...requestOf({ call: { number } }), placedBy: 'dialer' } as const;
      const { screened } = await screenOrigination(life, ON_DUTY, {
        ...request,
        callId: `call of ${id}` as CallId,
        campaignId: campaign.id,
      });
      expect(screened.decision).toMatchObject({ kind: 'permit' });
      return campaigns;
    }

    function tallyOf(id: string): Promise<CampaignTally> {
      const now = opened.sidecar.clock.now();
      return counters.tally(id as CampaignId, now, countingWindows(otherCampaign(id), now));
    }

    const outcomes = async (id: string): Promise<readonly unknown[]> => {
      const query = { callId: `call of ${id}`, kinds: ['call_result'], limit: 10 } as const;
      return (await opened.sidecar.ledger.read(query)).map(({ body }) => [body['outcome'], body['source']]);
    };

    test('it expires with its lease, once', async () => {
      await permitted('gone', '+13035550123');
      expect(await sweepLeases(lifeWith(new Map(), BEFORE_ITS_END_MS))).toEqual([]);
      expect((await tallyOf('gone')).inFlight).toBe(1);
      expect(await sweepLeases(lifeWith(new Map(), AFTER_ITS_END_MS))).toEqual(['call of gone']);
      expect(await sweepLeases(lifeWith(new Map(), AFTER_ITS_END_MS))).toEqual([]);
      expect(await outcomes('gone')).toEqual([['expired', 'lease']]);
      expect(await tallyOf('gone')).toMatchObject({ inFlight: 0, today: { drops: 1 } });
    });

    test('beside a sidecar that still has the campaign it is one result and one drop', async () => {
      const campaigns = await permitted('half-gone', '+13035550124');
      await Promise.all([
        sweepLeases(lifeWith(new Map(), AFTER_ITS_END_MS)),
        sweepLeases(lifeWith(campaigns, AFTER_ITS_END_MS)),
      ]);
      expect(await outcomes('half-gone')).toEqual([['expired', 'lease']]);
      expect(await tallyOf('half-gone')).toMatchObject({ inFlight: 0, today: { drops: 1 } });
    });
  });
}
