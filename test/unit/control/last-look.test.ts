/** Between the facts of a permit and the permit lies one append: what becomes durable meanwhile binds the call too. */
import { describe, expect, test } from 'vitest';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const NUMBER = personNumber(1);

/** Does `meanwhile` once, after the next decision's facts were read and before that decision is durable. */
function whileDeciding(world: World, meanwhile: () => Promise<unknown>): void {
  const append = world.ledger.append.bind(world.ledger);
  Object.assign(world.sidecar.ledger, {
    append: async (draft: Parameters<typeof append>[0]) => {
      if (draft.kind === 'decision') {
        Object.assign(world.sidecar.ledger, { append });
        await meanwhile();
      }
      return append(draft);
    },
  });
}

const MEANWHILE: readonly (readonly [string, string, (world: World) => Promise<unknown>])[] = [
  [
    'the person opts out',
    'on_internal_list',
    ({ running }) =>
      running.operations.optOut({
        number: NUMBER as PhoneNumber,
        sellerId: SOLAR.seller.id,
        channel: 'text message',
        callId: null,
      }),
  ],
  [
    'the campaign is paused',
    'campaign_paused',
    ({ running }) => running.operations.pause(SOLAR.id, 'Ada', 'x'),
  ],
];

describe.each(MEANWHILE)('%s while a permit is being written', (_, code, meanwhile) => {
  test.each(['originate', 'screen'] as const)(
    '%s answers a veto, rings nobody and gives the line back',
    async (door) => {
      const world = await openWorld();
      world.exchange.agentCallsIn('ann');
      await world.clock.go(10);
      whileDeciding(world, () => meanwhile(world));
      const answering = world.running.operations[door](world.input(NUMBER));
      await world.clock.go(1_000);
      const { callId, decision } = await answering;
      expect(decision.kind === 'veto' ? decision.reasons[0].code : decision.kind).toBe(code);
      expect(world.exchange.lived.size).toBe(0);
      expect(world.results(callId).map(({ body }) => body)).toMatchObject([
        {
          outcome: 'failed',
          placed: false,
          problem: expect.stringContaining(code) as string,
          veto: { kind: 'veto' },
        },
      ]);
      expect(await world.tally()).toMatchObject({ inFlight: 0, today: { liveAnswers: 0, drops: 0 } });
    },
  );
});

test('a dialer that asks again is told of the opt-out that came between its facts and its answer', async () => {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const ask = async () => {
    const answering = world.running.operations.screen(world.input(NUMBER, { callId: 'again' }));
    await world.clock.go(1_000);
    return (await answering).decision;
  };
  expect((await ask()).kind).toBe('permit');
  whileDeciding(world, () =>
    world.running.operations.optOut({
      number: NUMBER as PhoneNumber,
      sellerId: SOLAR.seller.id,
      channel: 'text message',
      callId: null,
    }),
  );
  expect(await ask()).toMatchObject({ kind: 'veto', reasons: [{ code: 'on_internal_list' }, {}] });
  // The first permit stands: its call may be ringing, and nobody has said how it ended.
  expect(world.results('again')).toEqual([]);
});
