/** What only a real Redis can show: the Lua admission against the domain's, lost data, a hanging server, lost answers. */
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedisCounters } from '../../src/adapters/redis/counters.ts';
import { admits } from '../../src/domain/drop-budget.ts';
import type { CampaignId } from '../../src/domain/ids.ts';
import {
  type Counters,
  CountersUnavailable,
  type LostAgent,
  type RebuildStep,
} from '../../src/ports/counters.ts';
import { startProxy } from '../support/proxy.ts';
import { connectedCounters, freshPrefix, isUp } from '../support/redis.ts';
import {
  agent,
  answered,
  call,
  CAMPAIGN,
  NOON,
  ready,
  request,
  settle,
  steps,
  windowsAt,
} from '../support/reservations.ts';
import { redisMissing, type RedisServer, startRedis, until } from '../support/stores.ts';

const missing = await redisMissing();

describe.skipIf(missing !== undefined)('the Lua admission', () => {
  let server: RedisServer;
  let raw: Redis;
  beforeAll(async () => {
    server = await startRedis();
    raw = new Redis(server.url);
  });
  afterAll(async () => {
    raw.disconnect();
    await server.stop();
  });

  test('equals the domain’s `admits` on thousands of random snapshots', async () => {
    const tallies = fc.oneof(
      fc.record({ liveAnswers: fc.nat(70), drops: fc.nat(3) }),
      fc.record({ liveAnswers: fc.nat(100_000), drops: fc.nat(3_100) }),
      // On the edge itself: 3 of 100, 6 of 200...
      fc.nat(40).map((n) => ({ liveAnswers: n * 100, drops: n * 3 })),
      // ...and a little above and below it, where a crowd of idle agents makes f(m) fall below f(0).
      fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -40, max: 40 }))
        .map(([n, off]) => ({ liveAnswers: n * 100 + off, drops: n * 3 })),
    );
    const samples = fc.sample(
      fc.record({
        today: tallies,
        earlier: tallies,
        ready: fc.oneof(fc.nat(12), fc.nat(120)),
        // Few lines, many, or as many as agents and a few more: where the budget decides.
        lines: fc.oneof(
          fc.nat(6),
          fc.nat(60),
          fc.integer({ min: -3, max: 3 }).map((more) => ({ more })),
        ),
        promised: fc.nat(4),
        busy: fc.nat(2),
        rebuilt: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
        ceilingBp: fc.constantFrom(0, 1, 100, 299, 300, 10_000),
        overDialing: fc.constantFrom('allowed' as const, 'barred' as const),
      }),
      3_000,
    );
    // A crowd of idle agents: all answering at once would bring the block below the ceiling that it stands above now.
    const crowds = Array.from({ length: 20 }, (_, more) => ({
      today: { liveAnswers: 0, drops: 0 },
      earlier: { liveAnswers: 99, drops: 3 },
      ready: 30 + more,
      lines: { more: 0 },
      promised: 0,
      busy: 0,
      rebuilt: true,
      ceilingBp: 300,
      overDialing: 'allowed' as const,
    }));
    const cases = [...samples, ...crowds].map((state) => ({
      ...state,
      inFlight: typeof state.lines === 'number' ? state.lines : Math.max(0, state.ready + state.lines.more),
    }));
    const prefix = freshPrefix();
    const counters = await connectedCounters(server.url, prefix);
    const runId = /run_id:(\w+)/.exec(await raw.info('server'))?.[1] ?? '';
    const seen = { overdial: 0, progressive: 0, refused: 0 };
    for (let start = 0; start < cases.length; start += 500) {
      const slice = cases.slice(start, start + 500);
      const write = raw.pipeline();
      for (const [index, state] of slice.entries()) {
        const key = `${prefix}{c${start + index}}:`;
        write.hset(`${key}tally`, {
          rebuilt: state.rebuilt ? runId : 'another',
          '2026-11-10:a': state.today.liveAnswers,
          '2026-11-10:d': state.today.drops,
          '2026-11-03:a': state.earlier.liveAnswers,
          '2026-11-03:d': state.earlier.drops,
          '2026-10-31:a': 7, // the block before
          '2026-10-31:d': 7,
        });
        const others = Array.from({ length: state.inFlight }, (_, call) => [NOON, `other-${call}`]).flat();
        if (others.length > 0) write.zadd(`${key}flight`, ...others);
        write.hset(`${key}staff`, {
          'n:ready': state.ready,
          'n:promised': state.promised,
          'n:busy': state.busy,
        });
      }
      await write.exec();
      const views = await Promise.all(
        slice.map(({ ceilingBp, overDialing }, index) =>
          counters.peek(
            request('asked', { campaignId: `c${start + index}` as CampaignId, ceilingBp, overDialing }),
          ),
        ),
      );
      for (const [index, state] of slice.entries()) {
        const view = views[index]!;
        const block = {
          liveAnswers: state.today.liveAnswers + state.earlier.liveAnswers,
          drops: state.today.drops + state.earlier.drops,
        };
        expect(view.snapshot).toEqual({
          windows: [state.today, block],
          inFlight: state.inFlight,
          ready: state.ready + state.promised,
          promised: state.promised,
          rebuilt: state.rebuilt,
        });
        const expected = admits(view.snapshot, state.ceilingBp, state.overDialing, view.loggedIn);
        expect(view.admission, JSON.stringify(state)).toEqual(expected);
        seen[expected.admitted ? (expected.overdial ? 'overdial' : 'progressive') : 'refused'] += 1;
      }
    }
    await counters.close();
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  });
});

async function* never(): AsyncGenerator<RebuildStep> {
  await new Promise(() => undefined);
  yield { request: request('never'), outcome: null };
}

describe.skipIf(missing !== undefined)('counters on a Redis in trouble', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test('killed: every operation rejects at once; back with nothing: not rebuilt, until rebuilt', async () => {
    // Bound to wait longer than the test may last: what rejects knows that the server is gone.
    const counters = await connectedCounters(server.url, freshPrefix(), 600_000);
    await ready(counters, 1);
    await answered(counters, 100);
    expect((await counters.peek(request('x'))).snapshot.rebuilt).toBe(true);
    await server.kill();
    for (const work of [
      () => counters.peek(request('x')),
      () => counters.reserve(request('x')),
      () => settle(counters, 'x', 'dropped'),
      () => counters.tally(CAMPAIGN, NOON, windowsAt(NOON)),
      () => counters.overdue(CAMPAIGN, NOON),
      () => counters.setAgent(CAMPAIGN, agent('a'), 'ready'),
      () => counters.ping(),
    ]) {
      await expect(work()).rejects.toBeInstanceOf(CountersUnavailable);
    }
    await server.start();
    await until(() => isUp(counters));
    const empty = await counters.peek(request('x'));
    expect(empty.snapshot).toMatchObject({ rebuilt: false, inFlight: 0 });
    await ready(counters, 1);
    expect((await counters.peek(request('x'))).snapshot.rebuilt).toBe(true);
    await counters.close();
  });

  test('a restart that kept the data is not believed either: its last writes may be missing', async () => {
    const prefix = freshPrefix();
    const counters = await connectedCounters(server.url, prefix);
    await ready(counters, 1);
    const raw = new Redis(server.url);
    const dump = await raw.dumpBuffer(`${prefix}{c1}:tally`);
    raw.disconnect();
    await server.kill();
    await server.start();
    const fresh = new Redis(server.url);
    await fresh.restore(`${prefix}{c1}:tally`, 0, dump);
    fresh.disconnect();
    await until(() => isUp(counters));
    expect((await counters.peek(request('x'))).snapshot.rebuilt).toBe(false);
    await counters.close();
  });

  test('emptied while running: not rebuilt', async () => {
    const counters = await connectedCounters(server.url);
    await ready(counters, 1);
    const raw = new Redis(server.url);
    await raw.flushall();
    raw.disconnect();
    expect((await counters.peek(request('x'))).snapshot.rebuilt).toBe(false);
    await counters.close();
  });

  test('hanging: rejects within the bound; afterwards what could not be confirmed is not reserved', async () => {
    const counters = await connectedCounters(server.url, freshPrefix(), 150);
    await ready(counters, 2);
    await counters.reserve(request('held'));
    server.pause();
    // It hangs until both have rejected: without a bound they never would.
    const lost = counters.reserve(request('lost'));
    const repeated = counters.reserve(request('held'));
    await expect(lost).rejects.toBeInstanceOf(CountersUnavailable);
    await expect(repeated).rejects.toBeInstanceOf(CountersUnavailable);
    server.resume();
    await until(() => isUp(counters));
    await until(
      async () =>
        (await counters.tally(CAMPAIGN, NOON, windowsAt(NOON)).catch(() => undefined))?.inFlight === 1,
    );
    const cap = request('next', { number: request('lost').number });
    expect((await counters.peek(cap)).attempts.placed).toBe(0);
    expect(await settle(counters, 'held', 'connected')).toBe('settled');
    await counters.close();
  });

  test('on a line that is dead and does not say so: given up, and works on a new one', async () => {
    const proxy = await startProxy({ host: '127.0.0.1', port: server.port });
    const counters = openRedisCounters({
      ...{ url: `redis://127.0.0.1:${proxy.port}`, prefix: freshPrefix(), commandWithinMs: 150 },
      life: { believedMs: 60_000, beatEveryMs: 200 },
    });
    await until(() => isUp(counters));
    await ready(counters, 1);
    proxy.forgetAll();
    await expect(counters.reserve(request('lost'))).rejects.toBeInstanceOf(CountersUnavailable);
    await until(() => isUp(counters));
    expect((await counters.reserve(request('next'))).kind).toBe('reserved');
    await Promise.all([counters.close(), proxy.close()]);
  });

  test('an answer lost on the way: the reservation Redis made is given back', async () => {
    const proxy = await startProxy({ host: '127.0.0.1', port: server.port });
    const prefix = freshPrefix();
    const counters = await connectedCounters(`redis://127.0.0.1:${proxy.port}`, prefix);
    const watcher = await connectedCounters(server.url, prefix);
    await ready(counters, 2);
    const inFlight = async () => (await watcher.tally(CAMPAIGN, NOON, windowsAt(NOON))).inFlight;
    await counters.reserve(request('warm')); // the script is known to the server now
    proxy.swallowAnswerTo = { pattern: /swallowed/, ms: 100 };
    const lost = counters.reserve(request('swallowed'));
    await expect(lost).rejects.toBeInstanceOf(CountersUnavailable);
    expect(proxy.swallowed).toBe(1);
    await until(async () => (await inFlight()) === 1);
    await until(() => isUp(counters));
    expect((await counters.reserve(request('swallowed'))).kind).toBe('reserved');
    expect(await inFlight()).toBe(2);
    await Promise.all([counters.close(), watcher.close(), proxy.close()]);
  });

  test('a repeat at another sidecar whose answer is lost gives back nothing of what the first has reserved', async () => {
    const proxy = await startProxy({ host: '127.0.0.1', port: server.port });
    const prefix = freshPrefix();
    const first = await connectedCounters(server.url, prefix);
    const other = await connectedCounters(`redis://127.0.0.1:${proxy.port}`, prefix);
    await ready(first, 2);
    await other.reserve(request('warm')); // the script is known to the server now
    await first.reserve(request('repeated'));
    proxy.swallowAnswerTo = { pattern: /repeated/, ms: 100 };
    await expect(other.reserve(request('repeated'))).rejects.toBeInstanceOf(CountersUnavailable);
    expect(proxy.swallowed).toBe(1);
    await until(() => isUp(other));
    // Sent when the connection was back, and answered in order.
    await other.peek(request('warm'));
    expect((await first.tally(CAMPAIGN, NOON, windowsAt(NOON))).inFlight).toBe(2);
    expect((await first.peek(request('next', { number: request('repeated').number }))).attempts.placed).toBe(
      1,
    );
    const raw = new Redis(server.url);
    const claims = (await raw.hkeys(`${prefix}call:repeated`)).filter((field) => field.startsWith('by:'));
    expect(claims).toHaveLength(1);
    // However often it is asked for, few words are kept of it.
    for (let times = 0; times < 100; times += 1) await first.reserve(request('repeated'));
    expect(await raw.hlen(`${prefix}call:repeated`)).toBeLessThan(50);
    raw.disconnect();
    await Promise.all([first.close(), other.close(), proxy.close()]);
  });

  test('beside a sidecar of before: what nobody claims stands, and no sum is kept of a tally that is being rebuilt', async () => {
    const prefix = freshPrefix();
    const counters = await connectedCounters(server.url, prefix);
    const raw = new Redis(server.url);
    await counters.peek(request('x'));
    expect(await raw.hget(`${prefix}{${CAMPAIGN}}:tally`, 'earlier')).toBeNull();
    await ready(counters, 1);
    await counters.peek(request('x'));
    expect(await raw.hget(`${prefix}{${CAMPAIGN}}:tally`, 'earlier')).toBe('2026-11-01/2026-11-10 0 0');
    const first = await counters.reserve(request('1'));
    if (first.kind !== 'reserved') throw new Error(first.kind);
    await raw.hdel(`${prefix}call:1`, `by:${first.claim}`);
    const repeat = await counters.reserve(request('1'));
    if (repeat.kind !== 'reserved') throw new Error(repeat.kind);
    await counters.withdraw(call('1'), repeat.claim);
    expect((await counters.tally(CAMPAIGN, NOON, windowsAt(NOON))).inFlight).toBe(1);
    raw.disconnect();
    await counters.close();
  });

  test('of two that rebuild at once the first comes to its end; of one that died the next takes over', async () => {
    const prefix = freshPrefix();
    const [one, two] = [
      await connectedCounters(server.url, prefix),
      await connectedCounters(server.url, prefix),
    ];
    let goOn = (): void => undefined;
    const waits = new Promise<void>((resolve) => (goOn = resolve));
    let hasBegun = (): void => undefined;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    async function* slowly(): AsyncGenerator<RebuildStep> {
      // The steps are first asked for when the store knows of this rebuild.
      hasBegun();
      await waits;
      yield { request: request('1'), outcome: null };
    }
    const under = one.rebuild(CAMPAIGN, slowly(), NOON);
    await Promise.race([begun, under]);
    await expect(two.rebuild(CAMPAIGN, steps(), NOON)).rejects.toThrow('another rebuild is at it');
    goOn();
    await under;
    expect((await two.peek(request('x'))).snapshot).toMatchObject({ rebuilt: true, inFlight: 1 });
    // One that says no more that it goes on.
    const dying = one.rebuild(CAMPAIGN, never(), NOON);
    dying.catch(() => undefined);
    await until(async () => !(await two.peek(request('x'))).snapshot.rebuilt);
    await one.close();
    await until(
      () =>
        two.rebuild(CAMPAIGN, steps(), NOON).then(
          () => true,
          () => false,
        ),
      30_000,
      100,
    );
    expect((await two.peek(request('x'))).snapshot.rebuilt).toBe(true);
    await two.close();
  });

  test('no server at all at start: rejects, and works once it is there', async () => {
    await server.kill();
    const counters = openRedisCounters({ url: server.url, prefix: freshPrefix() });
    await expect(counters.peek(request('x'))).rejects.toBeInstanceOf(CountersUnavailable);
    await server.start();
    await until(() => isUp(counters));
    expect((await counters.peek(request('x'))).loggedIn).toBe(0);
    await counters.close();
  });
});

describe.skipIf(missing !== undefined)('a sidecar that shows no life', () => {
  let server: RedisServer;
  let raw: Redis;
  beforeAll(async () => {
    server = await startRedis();
    raw = new Redis(server.url);
  });
  afterAll(async () => {
    raw.disconnect();
    await server.stop();
  });

  /** A sign of life each 20 ms, believed for an hour: only time that the test makes pass ends a life. */
  const LIFE = { believedMs: 3_600_000, beatEveryMs: 20 };
  async function opened(prefix: string, life = LIFE) {
    const counters = openRedisCounters({ url: server.url, prefix, commandWithinMs: 10_000, life });
    await until(() => isUp(counters));
    return counters;
  }
  const readyOf = async (counters: Counters) =>
    (await counters.tally(CAMPAIGN, NOON, windowsAt(NOON))).agents.ready;
  /** The server's hour has passed for every sidecar that says nothing. */
  const hourPasses = async (prefix: string) => {
    for (const sidecar of await raw.zrange(`${prefix}alive`, 0, -1))
      await raw.zadd(`${prefix}alive`, 'XX', 1, sidecar);
  };

  test('its agents stop counting, each is told of once; those of the living stay', async () => {
    const prefix = freshPrefix();
    const [living, dying] = [await opened(prefix), await opened(prefix)];
    const lost: LostAgent[] = [];
    living.onAgentsLost((some) => lost.push(...some));
    await ready(living, 1);
    await dying.setAgent(CAMPAIGN, agent('b0'), 'ready');
    await dying.setAgent(CAMPAIGN, agent('b1'), 'promised');
    await dying.reserve(request('1', { agentsOf: 'this_sidecar' }));
    await dying.close();
    expect(await readyOf(living)).toBe(2);
    await hourPasses(prefix);
    await until(async () => (await readyOf(living)) === 1);
    await until(() => Promise.resolve(lost.length > 0));
    expect(lost).toHaveLength(2);
    expect(lost).toContainEqual({ campaignId: CAMPAIGN, agentId: 'b0', was: 'ready' });
    expect(lost).toContainEqual({ campaignId: CAMPAIGN, agentId: 'b1', was: 'promised' });
    // Its call is still in flight, and there is nobody for it.
    const { snapshot, loggedIn } = await living.peek(request('2', { agentsOf: 'this_sidecar' }));
    expect([snapshot.ready, loggedIn, snapshot.exposedElsewhere]).toEqual([1, 1, 1]);
    await living.close();
  });

  test('was only slow: it tells of its agents again, as they are now', async () => {
    const prefix = freshPrefix();
    const [living, slow] = [await opened(prefix), await opened(prefix, { ...LIFE, beatEveryMs: 300 })];
    await ready(living, 0);
    await slow.setAgent(CAMPAIGN, agent('b0'), 'ready');
    await slow.setAgent(CAMPAIGN, agent('b1'), 'ready');
    await slow.setAgent(CAMPAIGN, agent('b1'), 'logged_out');
    let gone = 0;
    living.onAgentsLost((some) => (gone += some.length));
    await until(async () => {
      await hourPasses(prefix);
      return gone > 0;
    });
    await until(async () => (await readyOf(living)) === 1);
    expect((await living.peek(request('1'))).loggedIn).toBe(1);
    await Promise.all([living.close(), slow.close()]);
  });
});
