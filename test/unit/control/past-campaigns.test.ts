/** A campaign that a restart has taken out: wishes that name it, results and withdrawn permits of its calls still find their seller. */
import { describe, expect, test } from 'vitest';
import { campaignDraft } from '../../../src/control/campaign-entry.ts';
import { memoryCounters } from '../../../src/adapters/memory/counters.ts';
import { countingWindows } from '../../../src/control/counting-windows.ts';
import { campaignEver } from '../../../src/control/past-campaigns.ts';
import { rebuildAdded, rebuildLost } from '../../../src/control/rebuild-counters.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { CampaignId, SellerId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { formatInstant, type LocalDate } from '../../../src/domain/time.ts';
import type { Counters } from '../../../src/ports/counters.ts';
import type { Prompts } from '../../../src/ports/prompts.ts';
import { request } from '../../support/reservations.ts';
import {
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const GONE = otherCampaign('gone', {
  seller: { ...otherCampaign('gone').seller, id: 'moonlight' as SellerId },
  startedOn: '2026-10-30' as LocalDate,
  zone: 'America/Chicago',
});
const PERSON = personNumber(1);
const RING_SECONDS = 40;
/** Two rounds of a sidecar: in the first the lease may just not have run out. */
const TWO_ROUNDS_MS = 4_000;
/** It called for the seller of `solar` once. */
const MOVED = otherCampaign('moved', { seller: GONE.seller });

/** `solar` is in the settings; `gone` was, before this life. */
async function openAfterRestart(): Promise<World> {
  const world = await openWorld();
  const basis = { policyHash: 'p', telemarketer: null };
  const prompts: Prompts = { prompt: () => ({ fit: false, problem: 'none' }) };
  await world.ledger.append(campaignDraft(GONE, prompts, basis));
  return world;
}

/** A permit of the life before, for a call that its dialer places. */
async function permitted(world: World, callId: string): Promise<void> {
  await world.ledger.append({
    kind: 'decision',
    body: {
      ...{ callId, campaignId: GONE.id, sellerId: GONE.seller.id, number: PERSON, verdict: 'permit' },
      ...{ decidedAt: formatInstant(world.clock.now()), request: { placedBy: 'dialer' } },
      decision: {
        ...{ kind: 'permit', warnings: [], validUntil: '2026-11-24T18:00:05Z' },
        obligations: [{ kind: 'ring_at_most_s', seconds: RING_SECONDS, basis: 'campaign gone: ring' }],
      },
    },
  });
}

test('a wish that names it is a wish to its seller; a campaign that never was has none', async () => {
  const { operations } = (await openAfterRestart()).running;
  expect(await operations.sellerOf(GONE.id)).toBe('moonlight');
  expect(await operations.sellerOf('gone-too' as CampaignId)).toBeNull();
});

test('it is counted by the calendar it was loaded with', async () => {
  const { sidecar } = await openAfterRestart();
  expect(await campaignEver(sidecar, GONE.id)).toEqual({
    id: GONE.id,
    seller: { id: 'moonlight' },
    startedOn: '2026-10-30',
    zone: 'America/Chicago',
  });
});

test('a result that its dialer reports is recorded; of a campaign that never was it is refused', async () => {
  const world = await openAfterRestart();
  await permitted(world, 'lead-1');
  const report = { outcome: 'dropped', hangupCause: null, sipStatus: null, source: 'http' } as const;
  const { operations } = world.running;
  await operations.reportResult({ ...report, callId: 'lead-1', campaignId: null });
  expect(world.results('lead-1').map(({ body }) => [body['outcome'], body['sellerId']])).toEqual([
    ['dropped', 'moonlight'],
  ]);
  await expect(
    operations.reportResult({ ...report, callId: 'lead-2', campaignId: 'gone-too' }),
  ).rejects.toMatchObject({ name: 'InputProblem', field: 'campaign' });
});

describe('its calls count against what its seller may call, and a drop among them lets the number rest', () => {
  test.each([
    ['of a campaign that is gone', otherCampaign('twin'), [SOLAR]],
    ['of one that calls for another seller since', MOVED, [SOLAR, MOVED]],
  ])('%s', async (_name, twin, campaigns) => {
    const world = await openWorld({ campaigns });
    const loaded = otherCampaign(twin.id);
    await world.ledger.append(
      campaignDraft(loaded, world.sidecar.prompts, { policyHash: 'p', telemarketer: null }),
    );
    for (const [callId, outcome] of [
      ['twin-1', 'no_answer'],
      ['twin-2', 'dropped'],
    ] as const) {
      const decidedAt = formatInstant(world.clock.now());
      const call = { callId, campaignId: twin.id, sellerId: SOLAR.seller.id, number: PERSON };
      await world.ledger.append({ kind: 'decision', body: { ...call, verdict: 'permit', decidedAt } });
      await world.ledger.append({ kind: 'call_result', body: { ...call, outcome, endedAt: decidedAt } });
    }
    // The counters of one process have nothing of the life before.
    const counters = memoryCounters();
    await rebuildLost({ ...world.sidecar, counters }, () => undefined);
    const asked = { sellerId: SOLAR.seller.id, number: PERSON as PhoneNumber, at: world.clock.now() };
    const { attempts } = await counters.peek(request('solar-1', { ...asked, campaignId: SOLAR.id }));
    expect(attempts).toEqual({ placed: 2, windowHours: 24, droppedAt: world.clock.now() });
  });
});

test('one that comes back by a reload with another zone has its days counted again', async () => {
  const world = await openAfterRestart();
  const began: CampaignId[] = [];
  const counted: Counters = {
    ...memoryCounters(),
    rebuild: (id) => Promise.resolve(void began.push(id)),
    tally: async (...asked) => ({ ...(await world.counters.tally(...asked)), rebuilt: true }),
  };
  const add = (campaign: Campaign): Promise<void> => {
    const campaigns = new Map([[campaign.id, campaign]]);
    return rebuildAdded({ ...world.sidecar, counters: counted, campaigns }, [campaign]);
  };
  await add(GONE);
  expect(began).toEqual([]);
  await add({ ...GONE, zone: 'America/Denver' });
  expect(began).toEqual([GONE.id]);
});

test('a permit that its dialer never got is given back', async () => {
  const world = await openAfterRestart();
  await permitted(world, 'lead-3');
  await world.running.operations.withdraw('lead-3', 'the line was cut');
  expect(world.results('lead-3').map(({ body }) => body['placed'])).toEqual([false]);
});

test('a permit whose dialer is silent expires with its lease, as a drop, and once', async () => {
  const world = await openAfterRestart();
  await permitted(world, 'lead-4');
  const { clock, sidecar } = world;
  // The longest ring, and the minute that a result may take after it.
  await clock.go((RING_SECONDS + 60) * 1_000 - 1);
  expect(world.results('lead-4')).toEqual([]);
  await clock.go(TWO_ROUNDS_MS);
  expect(world.results('lead-4').map(({ body }) => body)).toMatchObject([
    {
      outcome: 'expired',
      source: 'lease',
      placed: true,
      campaignId: 'gone',
      sellerId: 'moonlight',
      number: PERSON,
    },
  ]);
  expect(await sidecar.records.pendingPermits()).toEqual([]);
  // What the dialer says later comes too late.
  const late = { outcome: 'connected', hangupCause: null, sipStatus: null, source: 'http' } as const;
  await world.running.operations.reportResult({ ...late, callId: 'lead-4', campaignId: null });
  expect(outcomesOf(world.results('lead-4'))).toEqual(['expired']);
  const now = clock.now();
  expect((await world.counters.tally(GONE.id, now, countingWindows(GONE, now))).block.drops).toBe(1);
});
