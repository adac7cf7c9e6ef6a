/** One suite for both counters: in process, and on a real Redis server. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyCounterState } from '../../src/adapters/memory/counter-state.ts';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { OUTCOMES } from '../../src/domain/call-result.ts';
import type { CampaignId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addMs, HOUR_MS, instant } from '../../src/domain/time.ts';
import {
  AGENT_STATES,
  type Counters,
  CountersUnavailable,
  type RebuildStep,
} from '../../src/ports/counters.ts';
import {
  agent,
  answered,
  call,
  CAMPAIGN,
  hours,
  NOON,
  ready,
  request,
  settle,
  steps,
  windowsAt,
} from '../support/reservations.ts';
import { connectedCounters, freshPrefix } from '../support/redis.ts';
import { announceMissing, redisMissing, type RedisServer, startRedis } from '../support/stores.ts';

const missing = await redisMissing();
announceMissing('Redis', missing);
let redis: RedisServer;

beforeAll(async () => {
  if (missing === undefined) redis = await startRedis();
});
afterAll(async () => {
  if (missing === undefined) await redis.stop();
});

/** One step, and then the ledger does not answer. */
// eslint-disable-next-line @typescript-eslint/require-await -- fails at once
async function* endsAfter(permitted: ReturnType<typeof request>): AsyncGenerator<RebuildStep> {
  yield { request: permitted, outcome: null };
  throw new Error('ledger gone');
}

const redisCounters = (): Promise<Counters> => connectedCounters(redis.url);

const SOURCES = [
  { name: 'in process', skip: false, open: () => Promise.resolve(memoryCounters()) },
  { name: 'Redis', skip: missing !== undefined, open: () => redisCounters() },
];

for (const source of SOURCES) {
  describe.skipIf(source.skip)(`counters: ${source.name}`, () => {
    let counters: Counters;
    beforeEach(async () => {
      counters = await source.open();
      return () => counters.close();
    });
    const inFlight = async (): Promise<number> =>
      (await counters.tally(CAMPAIGN, NOON, windowsAt(NOON))).inFlight;

    test('nobody logged in: refused with `no_agent`; one ready agent: one line', async () => {
      await ready(counters, 0);
      expect(await counters.reserve(request('1'))).toMatchObject({
        kind: 'refused',
        view: { loggedIn: 0, admission: { admitted: false, code: 'no_agent' } },
      });
      await counters.setAgent(CAMPAIGN, agent('a'), 'ready');
      expect(await counters.reserve(request('1'))).toMatchObject({
        kind: 'reserved',
        view: { admission: { admitted: true, overdial: false } },
      });
      expect(await counters.reserve(request('2'))).toMatchObject({
        kind: 'refused',
        view: { admission: { code: 'drop_budget_spent' }, snapshot: { inFlight: 1 } },
      });
    });

    test('peek changes nothing', async () => {
      await ready(counters, 1);
      const seen = await counters.peek(request('1'));
      expect(seen.admission).toEqual({ admitted: true, overdial: false });
      expect(await counters.peek(request('1'))).toEqual(seen);
      expect(await inFlight()).toBe(0);
    });

    test('thirty-three live answers without a drop leave room for one overdialed line, not for two', async () => {
      await ready(counters, 0);
      await counters.setAgent(CAMPAIGN, agent('a'), 'busy');
      await answered(counters, 32);
      expect((await counters.reserve(request('x'))).kind).toBe('refused');
      await answered(counters, 1, addMs(NOON, 1));
      expect(await counters.reserve(request('x'))).toMatchObject({
        kind: 'reserved',
        view: { admission: { admitted: true, overdial: true } },
      });
      expect((await counters.reserve(request('y'))).kind).toBe('refused');
    });

    test('today must hold as well as the block: yesterday’s answers lend nothing to today', async () => {
      await ready(counters, 0);
      await counters.setAgent(CAMPAIGN, agent('a'), 'busy');
      await answered(counters, 200, hours(-24));
      const refused = await counters.reserve(request('x'));
      expect(refused).toMatchObject({
        kind: 'refused',
        view: { snapshot: { windows: [{ liveAnswers: 0 }, { liveAnswers: 200 }] } },
      });
      const tally = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally.today).toEqual({ liveAnswers: 0, drops: 0 });
      expect(tally.rolling).toEqual({ liveAnswers: 200, drops: 0 });
    });

    test('a promised agent is not idle; the tally shows every state', async () => {
      await ready(counters, 2);
      await counters.setAgent(CAMPAIGN, agent('a0'), 'promised');
      await counters.setAgent(CAMPAIGN, agent('a2'), 'paused');
      await counters.setAgent(CAMPAIGN, agent('a3'), 'busy');
      const { snapshot, loggedIn } = await counters.peek(request('1'));
      expect(snapshot).toMatchObject({ ready: 2, promised: 1 });
      expect(loggedIn).toBe(4);
      await counters.setAgent(CAMPAIGN, agent('a3'), 'logged_out');
      await counters.setAgent(CAMPAIGN, agent('a3'), 'logged_out');
      const tally = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally.agents).toEqual({ ready: 1, promised: 1, busy: 0, paused: 1 });
    });

    test('over-dialing barred: only one line per idle agent', async () => {
      await ready(counters, 1);
      await answered(counters, 500);
      const barred = { overDialing: 'barred' } as const;
      expect((await counters.reserve(request('1', barred))).kind).toBe('reserved');
      expect(await counters.reserve(request('2', barred))).toMatchObject({
        kind: 'refused',
        view: { admission: { code: 'over_dialing_barred' } },
      });
      expect((await counters.reserve(request('2'))).kind).toBe('reserved');
    });

    test('reserve, release and settle are repeat-safe by call id; an ended call is never reserved again', async () => {
      await ready(counters, 5);
      expect((await counters.reserve(request('1'))).kind).toBe('reserved');
      expect((await counters.reserve(request('1'))).kind).toBe('reserved');
      expect(await inFlight()).toBe(1);
      expect(await settle(counters, '1', 'dropped')).toBe('settled');
      expect(await settle(counters, '1', 'connected')).toBe('already_settled');
      expect((await counters.reserve(request('1'))).kind).toBe('ended');
      await counters.release(call('1'));
      await counters.release(call('unknown'));
      const tally = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally).toMatchObject({ today: { liveAnswers: 1, drops: 1 }, inFlight: 0 });
    });

    test('release gives back the attempt and the place in flight; the id may be reserved again', async () => {
      await ready(counters, 1);
      const one = request('1', { attempts: { max: 1, windowHours: 24 } });
      expect((await counters.reserve(one)).kind).toBe('reserved');
      await counters.release(call('1'));
      await counters.release(call('1'));
      expect(await inFlight()).toBe(0);
      expect((await counters.reserve({ ...one, callId: call('2') })).view.attempts.placed).toBe(0);
      expect((await counters.reserve(one)).view.attempts.placed).toBe(1);
    });

    test('a result without a reservation is `unscreened` and counts', async () => {
      await ready(counters, 1);
      expect(await settle(counters, 'foreign', 'dropped')).toBe('unscreened');
      expect(await settle(counters, 'foreign', 'dropped')).toBe('already_settled');
      const tally = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally.today).toEqual({ liveAnswers: 1, drops: 1 });
    });

    test.each(OUTCOMES.map((outcome) => [outcome] as const))(
      'outcome %s counts as the domain says',
      async (outcome) => {
        await ready(counters, 1);
        await counters.reserve(request('1'));
        await settle(counters, '1', outcome);
        const {
          today,
          block,
          rolling,
          inFlight: left,
        } = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
        const live = ['connected', 'hung_up', 'dropped', 'expired'].includes(outcome) ? 1 : 0;
        const drops = ['dropped', 'expired'].includes(outcome) ? 1 : 0;
        expect(today).toEqual({ liveAnswers: live, drops });
        expect([block, rolling, left]).toEqual([today, today, 0]);
      },
    );

    test('attempts: the window holds both its ends, counts other campaigns of the seller, and no other seller', async () => {
      await ready(counters, 9);
      const other = 'c2' as CampaignId;
      await ready(counters, 9, other);
      const number = '+13035550123' as PhoneNumber;
      const cap = { number, attempts: { max: 2, windowHours: 24 } };
      expect((await counters.reserve(request('1', { ...cap, campaignId: other }))).kind).toBe('reserved');
      expect((await counters.reserve(request('2', { ...cap, at: hours(1) }))).kind).toBe('reserved');
      const third = (at: number, change = {}) =>
        counters.peek(request('3', { ...cap, at: instant(at), ...change }));
      expect((await third(hours(24))).attempts).toEqual({ placed: 2, windowHours: 24, droppedAt: null });
      expect((await counters.reserve(request('3', { ...cap, at: hours(24) }))).kind).toBe('refused');
      expect((await third(hours(24) + 1)).attempts.placed).toBe(1);
      expect((await third(hours(25) + 1)).attempts.placed).toBe(0);
      expect((await third(hours(-1))).attempts.placed).toBe(2); // the clock was set back: still attempts
      expect((await third(hours(2), { sellerId: 's2' })).attempts.placed).toBe(0);
      expect((await counters.reserve(request('3', { ...cap, at: instant(hours(24) + 1) }))).kind).toBe(
        'reserved',
      );
    });

    test('a drop locks the number for the lockout, both ends included, on every campaign of the seller', async () => {
      await ready(counters, 9);
      const number = '+13035550124' as PhoneNumber;
      await counters.reserve(request('1', { number }));
      await settle(counters, '1', 'dropped', addMs(NOON, 5_000));
      const later = (at: number) => counters.peek(request('2', { number, at: instant(at) }));
      const until72 = NOON + 5_000 + 72 * HOUR_MS;
      expect((await later(until72)).attempts.droppedAt).toBe(NOON + 5_000);
      expect((await counters.reserve(request('2', { number, at: instant(until72) }))).kind).toBe('refused');
      expect((await later(until72 + 1)).attempts.droppedAt).toBeNull();
    });

    test('a lease that has run out is told until its call is settled: a drop, a lockout', async () => {
      await ready(counters, 9);
      const number = '+13035550125' as PhoneNumber;
      await counters.reserve(request('1', { number }));
      await counters.reserve(request('2', { leaseMs: 120_000 }));
      const overdue = (ms: number) => counters.overdue(CAMPAIGN, addMs(NOON, ms));
      expect(await overdue(59_999)).toEqual([]);
      expect(await overdue(60_000)).toEqual(['1']);
      expect(await overdue(60_000)).toEqual(['1']);
      expect(await settle(counters, '1', 'expired', addMs(NOON, 60_000))).toBe('settled');
      expect(await overdue(60_000)).toEqual([]);
      expect(await settle(counters, '1', 'connected')).toBe('already_settled');
      const tally = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally).toMatchObject({ today: { liveAnswers: 1, drops: 1 }, inFlight: 1 });
      expect((await counters.peek(request('3', { number }))).attempts.droppedAt).toBe(NOON + 60_000);
    });

    test('many reservations at once: as many as agents are idle, never one more', async () => {
      await ready(counters, 7);
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) => counters.reserve(request(`r${index}`))),
      );
      expect(answers.filter(({ kind }) => kind === 'reserved')).toHaveLength(7);
      expect(await inFlight()).toBe(7);
    });

    test('before a rebuild the snapshot says so and only progressive dialing is admitted', async () => {
      await counters.setAgent(CAMPAIGN, agent('a'), 'ready');
      await answered(counters, 500);
      const first = await counters.reserve(request('1'));
      expect(first).toMatchObject({ kind: 'reserved', view: { snapshot: { rebuilt: false } } });
      expect(await counters.reserve(request('2'))).toMatchObject({
        kind: 'refused',
        view: { admission: { code: 'drop_budget_spent' } },
      });
      expect((await counters.tally(CAMPAIGN, NOON, windowsAt(NOON))).rebuilt).toBe(false);
    });

    test('attempts are whole only when every campaign of the seller is rebuilt, whoever rebuilds it', async () => {
      const besides = ['c2', 'c3'] as unknown as readonly CampaignId[];
      const isWhole = async () => [
        (await counters.peek(request('1', { besides }))).attemptsWhole,
        (await counters.reserve(request('1', { besides }))).view.attemptsWhole,
      ];
      await ready(counters, 1, 'c3' as CampaignId);
      await ready(counters, 1);
      expect(await isWhole()).toEqual([false, false]);
      expect((await counters.peek(request('1'))).attemptsWhole).toBe(true);
      await ready(counters, 1, 'c2' as CampaignId);
      expect(await isWhole()).toEqual([true, true]);
      const again = endsAfter(request('past', { campaignId: 'c2' as CampaignId }));
      await expect(counters.rebuild('c2' as CampaignId, again, NOON)).rejects.toThrow('ledger gone');
      expect(await isWhole()).toEqual([false, false]);
    });

    test('a rebuild ends in the ledger’s sums, its attempts, lockouts and calls in flight, whatever stood before', async () => {
      await ready(counters, 3);
      await answered(counters, 50);
      const at = hours(-2);
      const past = (name: string) => request(name, { at, windows: windowsAt(at) });
      const outcome = (kind: (typeof OUTCOMES)[number]) => ({ outcome: kind, at, windows: windowsAt(at) });
      await counters.rebuild(
        CAMPAIGN,
        steps(
          { request: past('p1'), outcome: outcome('connected') },
          { request: past('p2'), outcome: outcome('dropped') },
          { request: past('p3'), outcome: outcome('machine') },
          { request: past('p4'), outcome: null },
          { request: past('p1'), outcome: outcome('connected') },
        ),
        NOON,
      );
      const tally = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally).toMatchObject({ today: { liveAnswers: 2, drops: 1 }, inFlight: 1, rebuilt: true });
      expect(await settle(counters, 'p1', 'connected')).toBe('already_settled');
      const again = { ...past('p2'), callId: call('new'), at: NOON };
      expect((await counters.peek(again)).attempts).toEqual({ placed: 1, windowHours: 24, droppedAt: at });
      expect(await settle(counters, 'p4', 'connected')).toBe('settled');
    });

    test('live traffic during a rebuild is counted once, and its reservations stay', async () => {
      await ready(counters, 5);
      await counters.reserve(request('live'));
      await counters.reserve(request('both'));
      let midway: (() => void) | undefined;
      const reached = new Promise<void>((done) => (midway = done));
      let go: (() => void) | undefined;
      const paused = new Promise<void>((done) => (go = done));
      const stream = (async function* () {
        yield {
          request: request('old'),
          outcome: { outcome: 'connected', at: NOON, windows: windowsAt(NOON) },
        } as const;
        midway?.();
        await paused;
        yield {
          request: request('both'),
          outcome: { outcome: 'dropped', at: NOON, windows: windowsAt(NOON) },
        } as const;
        yield { request: request('stale'), outcome: null } as const;
      })();
      const rebuilding = counters.rebuild(CAMPAIGN, stream, NOON);
      await reached;
      expect((await counters.peek(request('x'))).snapshot.rebuilt).toBe(false);
      expect(await settle(counters, 'both', 'dropped')).toBe('settled');
      expect(await settle(counters, 'stale', 'connected')).toBe('unscreened');
      go?.();
      await rebuilding;
      const tally = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally).toMatchObject({ today: { liveAnswers: 3, drops: 1 }, inFlight: 1, rebuilt: true });
      expect(await settle(counters, 'live', 'connected')).toBe('settled');
    });

    test('a drop that nobody permitted rests the number, where it is known', async () => {
      await ready(counters, 9);
      const number = '+13035550126' as PhoneNumber;
      const person = { sellerId: request('x').sellerId, number };
      expect(await settle(counters, 'foreign', 'dropped', NOON, person)).toBe('unscreened');
      expect(
        await settle(counters, 'fine', 'connected', NOON, {
          ...person,
          number: '+13035550127' as PhoneNumber,
        }),
      ).toBe('unscreened');
      expect((await counters.peek(request('1', { number }))).attempts.droppedAt).toBe(NOON);
      const other = request('2', { number: '+13035550127' as PhoneNumber });
      expect((await counters.peek(other)).attempts.droppedAt).toBeNull();
    });

    test('a clock that jumps a day or a year ahead and back, or an hour back, takes no count away', async () => {
      await ready(counters, 1);
      const days = Array.from({ length: 30 }, (_, index) => hours(-24 * index));
      for (const day of days) await answered(counters, 2, day);
      const before = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(before).toMatchObject({ today: { liveAnswers: 2 }, rolling: { liveAnswers: 60 } });
      for (const jump of [24, 24 * 365]) {
        await counters.reserve(request(`ahead-${jump}`, { at: hours(jump), leaseMs: 1_000 }));
        await settle(counters, `ahead-${jump}`, 'dropped', hours(jump));
        expect(await counters.overdue(CAMPAIGN, hours(jump + 1))).toEqual([]);
      }
      await settle(counters, 'an hour back', 'connected', hours(-1));
      const after = await counters.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(after).toMatchObject({
        today: { liveAnswers: 3, drops: 0 },
        rolling: { liveAnswers: 61, drops: 0 },
      });
      expect(after.block.liveAnswers).toBe(before.block.liveAnswers + 1);
    });

    test('a lease made before the clock went back an hour holds its line until then: strict, not lost', async () => {
      await ready(counters, 1);
      await counters.reserve(request('1'));
      expect(await counters.overdue(CAMPAIGN, hours(-1))).toEqual([]);
      expect((await counters.reserve(request('2', { at: hours(-1) }))).kind).toBe('refused');
      expect(await counters.overdue(CAMPAIGN, hours(1))).toEqual(['1']);
    });

    test('a rebuild that fails leaves the campaign not rebuilt', async () => {
      await ready(counters, 1);
      await expect(counters.rebuild(CAMPAIGN, endsAfter(request('1')), NOON)).rejects.toThrow('ledger gone');
      expect((await counters.peek(request('x'))).snapshot.rebuilt).toBe(false);
    });

    test('after close every operation rejects', async () => {
      await counters.close();
      await expect(counters.peek(request('1'))).rejects.toBeInstanceOf(CountersUnavailable);
      await expect(counters.ping()).rejects.toBeInstanceOf(CountersUnavailable);
    });
  });
}

const PAIRS = [
  {
    name: 'in process',
    skip: false,
    open: () => {
      const state = emptyCounterState();
      return Promise.resolve(['one', 'two'].map((sidecar) => memoryCounters({ state, sidecar })));
    },
  },
  {
    name: 'Redis',
    skip: missing !== undefined,
    open: () => {
      const prefix = freshPrefix();
      return Promise.all([1, 2].map(() => connectedCounters(redis.url, prefix)));
    },
  },
];

for (const pair of PAIRS) {
  describe.skipIf(pair.skip)(`two sidecars on the same counters: ${pair.name}`, () => {
    let [one, two] = [] as unknown as [Counters, Counters];
    beforeEach(async () => {
      [one, two] = (await pair.open()) as [Counters, Counters];
      return () => Promise.all([one.close(), two.close()]);
    });
    const own = { agentsOf: 'this_sidecar' } as const;

    test('an agent who came in at one is no agent for the lines of the other; of a dialer’s agents all are', async () => {
      await ready(one, 1);
      expect(await two.reserve(request('1', own))).toMatchObject({
        kind: 'refused',
        view: { loggedIn: 0, admission: { code: 'no_agent' } },
      });
      expect((await two.reserve(request('2'))).kind).toBe('reserved');
      // It may need the one agent there is, and so there is none for a line of ours.
      expect((await one.peek(request('3', own))).snapshot).toMatchObject({
        inFlight: 1,
        ready: 1,
        exposedElsewhere: 0,
      });
      expect((await one.reserve(request('3', own))).kind).toBe('refused');
      await settle(two, '2', 'no_answer');
      expect((await one.reserve(request('3', own))).kind).toBe('reserved');
    });

    test('what one has over-dialed the other counts as possible drops, and so what only waits for its result', async () => {
      await ready(one, 1);
      await two.setAgent(CAMPAIGN, agent('b'), 'busy');
      await answered(one, 33);
      expect((await one.reserve(request('covered', own))).kind).toBe('reserved');
      expect((await two.reserve(request('over', own))).kind).toBe('reserved');
      expect((await one.reserve(request('more', own))).kind).toBe('refused');
      await two.doom(call('over'));
      await two.setAgent(CAMPAIGN, agent('b'), 'ready'); // free a moment too late
      expect((await one.reserve(request('more', own))).kind).toBe('refused');
      await two.doom(call('over'));
      await two.doom(call('unknown'));
      expect((await one.peek(request('more', own))).snapshot.exposedElsewhere).toBe(1);
      await settle(two, 'over', 'failed');
      await two.doom(call('over'));
      expect((await one.reserve(request('more', own))).kind).toBe('reserved');
    });

    test('a call that one takes over from the other is its own: no second line for the agent it needs', async () => {
      await ready(one, 1);
      expect((await one.reserve(request('taken', own))).kind).toBe('reserved');
      await one.setAgent(CAMPAIGN, agent('a0'), 'logged_out');
      await two.setAgent(CAMPAIGN, agent('b'), 'ready');
      await two.adopt(call('taken'));
      await two.adopt(call('taken'));
      await two.adopt(call('unknown'));
      expect((await two.reserve(request('1', own))).kind).toBe('refused');
      expect((await one.peek(request('1', own))).snapshot).toMatchObject({
        inFlight: 0,
        exposedElsewhere: 0,
      });
      await settle(two, 'taken', 'no_answer');
      await two.adopt(call('taken'));
      expect((await two.reserve(request('1', own))).kind).toBe('reserved');
    });

    describe('an agent of whom both tell', () => {
      const OTHER = 'c2' as CampaignId;
      const BOB = agent('bob');
      const counted = async (campaignId = CAMPAIGN) => {
        const { agents } = await one.tally(campaignId, NOON, windowsAt(NOON));
        return Object.entries(agents).flatMap(([state, count]) => Array<string>(count).fill(state));
      };

      test('counts once, in whichever campaign each takes them to be', async () => {
        await one.setAgent(CAMPAIGN, BOB, 'ready');
        await two.setAgent(CAMPAIGN, BOB, 'ready');
        expect(await counted()).toEqual(['ready']);
        await two.setAgent(OTHER, BOB, 'ready');
        expect([await counted(), await counted(OTHER)]).toEqual([[], ['ready']]);
        await one.setAgent(CAMPAIGN, BOB, 'ready');
        expect([await counted(), await counted(OTHER)]).toEqual([['ready'], []]);
        await one.setAgent(CAMPAIGN, BOB, 'logged_out');
        expect([await counted(), await counted(OTHER)]).toEqual([[], ['ready']]);
      });

      test('is no second agent of one sidecar in two campaigns', async () => {
        await one.setAgent(CAMPAIGN, BOB, 'ready');
        await one.setAgent(OTHER, BOB, 'ready');
        expect([await counted(), await counted(OTHER)]).toEqual([[], ['ready']]);
        // Told behind it: the agent is in that campaign no more.
        await one.setAgent(CAMPAIGN, BOB, 'logged_out');
        expect(await counted(OTHER)).toEqual(['ready']);
      });

      test('is as occupied as either says', async () => {
        await one.setAgent(CAMPAIGN, BOB, 'ready');
        for (const [state, expected] of [
          ['busy', 'busy'],
          ['promised', 'promised'],
          ['paused', 'paused'],
          ['ready', 'ready'],
        ] as const) {
          await two.setAgent(CAMPAIGN, BOB, state);
          expect(await counted()).toEqual([expected]);
        }
        await one.setAgent(CAMPAIGN, BOB, 'busy');
        await two.setAgent(CAMPAIGN, BOB, 'ready');
        expect(await counted()).toEqual(['busy']);
        await one.setAgent(CAMPAIGN, BOB, 'logged_out');
        expect(await counted()).toEqual(['ready']);
      });

      test('gets one line, not one of each', async () => {
        await one.rebuild(CAMPAIGN, steps(), NOON);
        await one.setAgent(CAMPAIGN, BOB, 'ready', 'seen');
        expect((await one.reserve(request('1', own))).kind).toBe('reserved');
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'seen');
        expect((await two.reserve(request('2', own))).kind).toBe('refused');
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'said');
        expect((await two.reserve(request('2', own))).kind).toBe('refused');
        // Nothing rings for the agent any more: whoever is told now has the agent.
        await settle(one, '1', 'no_answer');
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'seen');
        expect((await two.reserve(request('2', own))).kind).toBe('reserved');
        expect((await one.reserve(request('3', own))).kind).toBe('refused');
      });

      test('comes in at the other: is there now, and a line that rang for the agent before has none', async () => {
        await one.rebuild(CAMPAIGN, steps(), NOON);
        await one.setAgent(CAMPAIGN, BOB, 'ready', 'here');
        expect((await one.reserve(request('1', own))).kind).toBe('reserved');
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'here');
        expect((await one.peek(request('2', own))).loggedIn).toBe(0);
        expect((await two.peek(request('2', own))).snapshot).toMatchObject({ ready: 1, exposedElsewhere: 1 });
      });

      test('has come in at one: what is said to the other changes the state, not whose agent it is', async () => {
        await one.setAgent(CAMPAIGN, BOB, 'ready', 'here');
        await two.setAgent(CAMPAIGN, BOB, 'paused', 'said');
        expect([(await one.peek(request('1', own))).loggedIn, await counted()]).toEqual([1, ['paused']]);
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'said');
        expect((await two.peek(request('1', own))).loggedIn).toBe(0);
        expect(await counted()).toEqual(['ready']);
      });

      test('is what was said last, where a dialer says it to one and to the other', async () => {
        await one.setAgent(CAMPAIGN, BOB, 'busy', 'said');
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'said');
        expect(await counted()).toEqual(['ready']);
        await one.setAgent(CAMPAIGN, BOB, 'paused', 'said');
        expect(await counted()).toEqual(['paused']);
        // Told again after a loss: nobody takes a later word back.
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'said_before');
        expect(await counted()).toEqual(['paused']);
        await two.setAgent(CAMPAIGN, BOB, 'logged_out', 'said');
        expect(await counted()).toEqual([]);
      });

      test('who has logged out is gone, wherever they were ready', async () => {
        await one.setAgent(CAMPAIGN, BOB, 'ready');
        await two.setAgent(CAMPAIGN, BOB, 'logged_out');
        expect(await counted()).toEqual(['ready']); // out of the other's sight
        await two.setAgent(CAMPAIGN, BOB, 'logged_out', 'said');
        expect(await counted()).toEqual([]);
      });

      test('and for whom a line of the one rings stays there when the other is told of them', async () => {
        await one.rebuild(CAMPAIGN, steps(), NOON);
        await one.setAgent(CAMPAIGN, BOB, 'ready', 'said');
        expect((await one.reserve(request('1', own))).kind).toBe('reserved');
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'said');
        expect((await two.reserve(request('2', own))).kind).toBe('refused');
        await settle(one, '1', 'no_answer');
        await two.setAgent(CAMPAIGN, BOB, 'ready', 'said');
        expect((await two.reserve(request('2', own))).kind).toBe('reserved');
      });
    });

    test('calls in flight that only the ledger remembers may be anybody’s: no line for an agent they may need', async () => {
      await ready(one, 1);
      await one.rebuild(CAMPAIGN, steps({ request: request('before'), outcome: null }), NOON);
      expect((await one.reserve(request('1', own))).kind).toBe('refused');
      await settle(two, 'before', 'no_answer');
      expect((await one.reserve(request('1', own))).kind).toBe('reserved');
    });

    test('both sweep at once: once per call, the result that the ledger has', async () => {
      await ready(one, 9);
      await one.reserve(request('1'));
      const swept = async (counters: Counters) => {
        const due = await counters.overdue(CAMPAIGN, hours(1));
        return Promise.all(due.map((callId) => settle(counters, callId, 'expired', hours(1))));
      };
      const settlements = (await Promise.all([swept(one), swept(two)])).flat();
      expect(settlements.sort()).toEqual(['already_settled', 'settled']);
      const tally = await two.tally(CAMPAIGN, NOON, windowsAt(NOON));
      expect(tally).toMatchObject({ today: { liveAnswers: 1, drops: 1 }, inFlight: 0 });
    });
  });
}

describe.skipIf(missing !== undefined)('counters: Redis and in process agree', () => {
  const WORDS = ['here', 'seen', 'said', 'said_here', 'said_before'] as const;
  const ELSEWHERE = 'c2' as CampaignId;
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('reserve' as const),
        id: fc.nat(14),
        number: fc.nat(3),
        after: fc.nat(30),
        barred: fc.boolean(),
        own: fc.boolean(),
        by: fc.nat(1),
        ceiling: fc.constantFrom(0, 300, 4_000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        id: fc.nat(14),
        outcome: fc.constantFrom(...OUTCOMES),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), id: fc.nat(14) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('doom' as const), id: fc.nat(14) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), after: fc.nat(90) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('agent' as const),
        by: fc.nat(1),
        id: fc.nat(4),
        state: fc.constantFrom(...AGENT_STATES),
        word: fc.constantFrom(...WORDS),
        elsewhere: fc.nat(4).map((n) => n === 0),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('rebuild' as const),
        ids: fc.array(fc.nat(14), { maxLength: 4 }),
      }),
    },
  );

  test('on every answer and tally of random histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (history) => {
        // Two sidecars on each.
        const [state, prefix] = [emptyCounterState(), freshPrefix()];
        const pairs = [
          ['one', 'two'].map((sidecar) => memoryCounters({ state, sidecar })),
          [await connectedCounters(redis.url, prefix), await connectedCounters(redis.url, prefix)],
        ] as const;
        let now = NOON;
        try {
          for (const action of history) {
            if ('after' in action)
              now = addMs(now, action.after * HOUR_MS * (action.do === 'reserve' ? 0.3 : 0.001));
            const by = 'by' in action ? action.by : 0;
            const [expected, found] = await Promise.all(pairs.map((pair) => perform(pair[by]!, action, now)));
            expect(found).toEqual(expected);
          }
          for (const id of [CAMPAIGN, ELSEWHERE]) {
            const [expected, found] = await Promise.all(
              pairs.map(([first]) => first.tally(id, now, windowsAt(now))),
            );
            expect(found).toEqual(expected);
          }
        } finally {
          await Promise.all(pairs[1].map((counters) => counters.close()));
        }
      }),
      { numRuns: 150 },
    );
  });

  /** As the sweep does it, when the ledger has the word. */
  async function expire(counters: Counters, now: typeof NOON): Promise<unknown> {
    const due = [...(await counters.overdue(CAMPAIGN, now))].sort();
    for (const callId of due) await settle(counters, callId, 'expired', now);
    return due;
  }

  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  async function perform(counters: Counters, action: Step, now: typeof NOON): Promise<unknown> {
    switch (action.do) {
      case 'reserve': {
        const { kind, view } = await counters.reserve(
          request(`k${action.id}`, {
            at: now,
            number: `+1303555010${action.number}` as PhoneNumber,
            overDialing: action.barred ? 'barred' : 'allowed',
            agentsOf: action.own ? 'this_sidecar' : 'all',
            ceilingBp: action.ceiling,
            leaseMs: 30 * HOUR_MS * 0.01,
          }),
        );
        // Where they are kept is all that may differ.
        return { kind, view: { ...view, store: null } };
      }
      case 'settle':
        return settle(counters, `k${action.id}`, action.outcome, now);
      case 'release':
        return counters.release(call(`k${action.id}`));
      case 'doom':
        return counters.doom(call(`k${action.id}`));
      case 'expire':
        return expire(counters, now);
      case 'agent':
        return counters.setAgent(
          action.elsewhere ? ELSEWHERE : CAMPAIGN,
          agent(`a${action.id}`),
          action.state,
          action.word,
        );
      case 'rebuild':
        return counters.rebuild(
          CAMPAIGN,
          steps(
            ...action.ids.map((id) => ({
              request: request(`k${id}`, { at: now }),
              outcome:
                id % 2 === 0 ? null : ({ outcome: 'dropped', at: now, windows: windowsAt(now) } as const),
            })),
          ),
          now,
        );
      default:
        return action satisfies never;
    }
  }
});
