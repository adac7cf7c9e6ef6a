/** Between the facts of a permit and the permit lies one append: what becomes durable meanwhile binds the call too. */
import { describe, expect, test } from 'vitest';
import { createWaitingOptOuts } from '../../../src/control/waiting-opt-outs.ts';
import type { ListFacts, ListVersion } from '../../../src/domain/facts.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { LocalDate } from '../../../src/domain/time.ts';
import type { RecordsMark } from '../../../src/ports/fact-sources.ts';
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

/** The same objects at every look-up, as lists in force are. */
const NATIONAL: ListVersion = {
  name: 'national',
  kind: 'national',
  jurisdiction: null,
  campaignId: null,
  version: '1',
  obtainedOn: '2026-11-20' as LocalDate,
};
const COLORADO: ListVersion = { ...NATIONAL, name: 'state CO', kind: 'state', jurisdiction: 'CO' };
const LITIGATORS: ListVersion = { ...NATIONAL, name: 'litigators', kind: 'litigator' };
const CONSULTED = [NATIONAL, COLORADO, LITIGATORS];

function inForce(world: World, facts: ListFacts): Promise<void> {
  Object.assign(world.sidecar.lists, { lookUp: () => Promise.resolve(facts) });
  return Promise.resolve();
}

/** Nothing is unknown, and as long as nobody changes anything every look finds the same objects. */
async function openQuiet(): Promise<World> {
  const world = await openWorld();
  await inForce(world, { consulted: CONSULTED, hits: [] });
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  return world;
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
  [
    'a place declares an emergency',
    'state_emergency',
    ({ ledger }) =>
      ledger.append({
        kind: 'emergency_declared',
        body: {
          state: 'CO',
          from: '2026-11-01',
          until: null,
          source: 'proclamation 42',
          who: 'Jo',
          recordedAt: '2026-11-01T12:00:00Z',
        },
      }),
  ],
  [
    'a list that holds the person comes into force',
    'known_litigator',
    (world) => inForce(world, { consulted: CONSULTED, hits: ['litigators'] }),
  ],
  ['a list goes away', 'list_missing', (world) => inForce(world, { consulted: [NATIONAL], hits: [] })],
  [
    'a list turns out not to cover the area code',
    'area_code_not_covered',
    (world) => inForce(world, { consulted: CONSULTED, hits: [], notCovering: ['state CO'] }),
  ],
];

describe.each(MEANWHILE)('%s while a permit is being written', (_, code, meanwhile) => {
  test.each(['originate', 'screen'] as const)(
    '%s answers a veto, rings nobody and gives the line back',
    async (door) => {
      const world = await openQuiet();
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

test('when nothing has changed the records are read once, and only their mark is asked for again', async () => {
  const world = await openQuiet();
  const { records } = world.sidecar;
  const standing = records.standing.bind(records);
  const mark = records.mark.bind(records);
  const asked: string[] = [];
  Object.assign(records, {
    standing: (...given: Parameters<typeof standing>) => {
      asked.push('standing');
      return standing(...given);
    },
    mark: () => {
      asked.push('mark');
      return mark();
    },
  });
  const answering = world.running.operations.screen(world.input(NUMBER));
  await world.clock.go(1_000);
  expect((await answering).decision.kind).toBe('permit');
  expect(asked).toEqual(['standing', 'mark']);
});

test.each([
  ['the records are not asked again while it is the same', false, ['standing'], 'permit'],
  ['the records are read again when it is another', true, ['standing', 'standing'], 'campaign_paused'],
] as const)('a receipt brings the mark along: %s', async (_, changes, expected, verdict) => {
  const world = await openQuiet();
  const { ledger, records } = world.sidecar;
  const append = ledger.append.bind(ledger);
  const store = { standing: records.standing.bind(records), mark: records.mark.bind(records) };
  const asked: string[] = [];
  Object.assign(records, {
    standing: (...given: Parameters<typeof store.standing>) => {
      asked.push('standing');
      return store.standing(...given);
    },
    mark: (told?: RecordsMark) => {
      if (told === undefined) asked.push('mark');
      return told === undefined ? store.mark() : Promise.resolve(told);
    },
  });
  if (changes) whileDeciding(world, () => world.running.operations.pause(SOLAR.id, 'Ada', 'x'));
  const decide = ledger.append.bind(ledger);
  Object.assign(ledger, {
    append: async (draft: Parameters<typeof append>[0]) => {
      const receipt = await (draft.kind === 'decision' ? decide : append)(draft);
      return receipt.kind === 'written' ? { ...receipt, recordsMark: await store.mark() } : receipt;
    },
  });
  const answering = world.running.operations.screen(world.input(NUMBER));
  await world.clock.go(1_000);
  const { decision } = await answering;
  expect(asked).toEqual(expected);
  expect(decision.kind === 'veto' ? decision.reasons[0].code : decision.kind).toBe(verdict);
});

test('the mark that does not come is a veto, as any fact that is unknown', async () => {
  const world = await openQuiet();
  Object.assign(world.sidecar.records, { mark: () => Promise.reject(new Error('gone')) });
  const answering = world.running.operations.screen(world.input(NUMBER));
  await world.clock.go(1_000);
  const { decision } = await answering;
  expect(decision.kind === 'veto' ? decision.reasons[0].code : decision.kind).toBe('fact_unavailable');
});

test('an opt-out that waits for the ledger changes the mark, and so does its end', async () => {
  const { sidecar } = await openQuiet();
  const waiting = createWaitingOptOuts();
  const records = waiting.over(sidecar.records);
  const question = { number: NUMBER as PhoneNumber, sellerId: SOLAR.seller.id, callerId: null };
  const marks = [await records.mark(), (await records.standing(question)).mark];
  const end = waiting.add(question.number, question.sellerId, {
    requestedAt: sidecar.clock.now(),
    channel: 'key',
  });
  marks.push(await records.mark(), (await records.standing(question)).mark);
  end();
  marks.push(await records.mark(), (await records.standing(question)).mark);
  const [before, , during, , after] = marks;
  expect(marks).toEqual([before, before, during, during, after, after]);
  expect(new Set(marks).size).toBe(3);
});
