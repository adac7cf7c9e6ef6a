/** INVARIANT (attempts-of-the-seller): while any campaign of a seller is being counted again, nobody knows how often it has called. */
import { expect, test } from 'vitest';
import { campaignsBeside } from '../../../src/control/ruling.ts';
import type { AgentId, SellerId } from '../../../src/domain/ids.ts';
import type { RebuildStep } from '../../../src/ports/counters.ts';
import { openWorld, otherCampaign, personNumber, SOLAR } from '../../support/sim-world.ts';

const OTHER = otherCampaign('other');
const STRANGER = otherCampaign('stranger', { seller: { ...SOLAR.seller, id: 'stranger' as SellerId } });

/** As when another sidecar, which shares the counters, has just begun. */
// eslint-disable-next-line require-yield, @typescript-eslint/require-await -- ends before its first step
async function* interrupted(): AsyncGenerator<RebuildStep> {
  throw new Error('not yet');
}

test.each([
  [OTHER, 'veto'],
  [STRANGER, 'permit'],
] as const)('counted again elsewhere: $id', async (campaign, verdict) => {
  const world = await openWorld({ campaigns: [SOLAR, campaign] });
  await world.running.operations.setAgentState('1001' as AgentId, 'ready', [SOLAR.id]);
  await expect(world.counters.rebuild(campaign.id, interrupted(), world.clock.now())).rejects.toThrow(
    'not yet',
  );
  const { decision } = await world.originate(personNumber(1));
  expect(decision.kind).toBe(verdict);
  if (decision.kind === 'veto') {
    expect(decision.reasons.map(({ code, detail }) => [code, detail['fact']])).toEqual([
      ['fact_unavailable', 'attempts'],
    ]);
  }
});

test('the campaigns beside one are those of its seller, retired ones too', () => {
  const gone = otherCampaign('gone');
  const known = { campaign: gone, prompts: { prompt: () => ({ fit: false, problem: 'none' }) as const } };
  const ruling = {
    campaigns: new Map([SOLAR, OTHER, STRANGER].map((campaign) => [campaign.id, campaign])),
    retired: new Map([[gone.id, known]]),
  };
  expect(campaignsBeside(ruling, SOLAR)).toEqual([OTHER.id, gone.id]);
  expect(campaignsBeside(ruling, STRANGER)).toEqual([]);
});
