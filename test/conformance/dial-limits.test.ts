/** Limits of pacer and operator, held in one step with the reservation: in process, and on a real Redis server. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { type DialLimits, NO_DIAL_LIMITS, reachedLimit } from '../../src/domain/dial-limits.ts';
import type { CampaignId } from '../../src/domain/ids.ts';
import { addMs } from '../../src/domain/time.ts';
import type { Counters } from '../../src/ports/counters.ts';
import { agent, answered, call, NOON, ready, request, settle } from '../support/reservations.ts';
import { connectedCounters } from '../support/redis.ts';
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

const limits = (change: Partial<DialLimits>): { readonly limits: DialLimits } => ({
  limits: { ...NO_DIAL_LIMITS, ...change },
});

const SOURCES = [
  { name: 'in process', skip: false, open: () => Promise.resolve(memoryCounters()) },
  { name: 'Redis', skip: missing !== undefined, open: () => connectedCounters(redis.url) },
];

for (const source of SOURCES) {
  describe.skipIf(source.skip)(`dial limits: ${source.name}`, () => {
    let counters: Counters;
    beforeEach(async () => {
      counters = await source.open();
      return () => counters.close();
    });

    test('no line beyond what the pacer allows, however many ask at once', async () => {
      await ready(counters, 2);
      await answered(counters, 500);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          counters.reserve(request(`p${at}`, limits({ paceLinesMax: 5 }))),
        ),
      );
      expect(answers.filter(({ kind }) => kind === 'reserved')).toHaveLength(5);
      expect(answers.find(({ kind }) => kind === 'refused')?.view).toMatchObject({
        admission: { admitted: true, overdial: true },
        limit: { limit: 'pace', max: 5 },
        snapshot: { inFlight: 5 },
      });
      await settle(counters, 'p0', 'no_answer');
      expect(await counters.reserve(request('p20', limits({ paceLinesMax: 5 })))).toMatchObject({
        kind: 'reserved',
        view: { limit: null },
      });
    });

    test('progressive-is-always-possible: one line per free agent whatever the pacer says', async () => {
      await ready(counters, 3);
      await answered(counters, 500);
      const none = limits({ paceLinesMax: 0 });
      for (const id of ['a', 'b', 'c']) {
        expect(await counters.reserve(request(id, none))).toMatchObject({ kind: 'reserved' });
      }
      expect(await counters.reserve(request('d', none))).toMatchObject({
        kind: 'refused',
        view: { limit: { limit: 'pace', max: 0 } },
      });
    });

    test("the operator's lines hold for free agents too", async () => {
      await ready(counters, 3);
      const two = limits({ linesMax: 2 });
      await counters.reserve(request('a', two));
      await counters.reserve(request('b', two));
      expect(await counters.reserve(request('c', two))).toMatchObject({
        kind: 'refused',
        view: { admission: { admitted: true, overdial: false }, limit: { limit: 'lines', max: 2 } },
      });
    });

    test('calls per second: any second, not the calendar’s; ended lines were opened too', async () => {
      await ready(counters, 50);
      const at = (id: string, ms: number) =>
        counters.reserve(request(id, { at: addMs(NOON, ms), ...limits({ callsPerSecondMax: 3 }) }));
      expect((await at('a', 0)).kind).toBe('reserved');
      expect((await at('b', 600)).kind).toBe('reserved');
      expect((await at('c', 900)).kind).toBe('reserved');
      await settle(counters, 'b', 'busy', addMs(NOON, 950));
      expect(await at('d', 999)).toMatchObject({
        kind: 'refused',
        view: { limit: { limit: 'calls_per_second', max: 3 } },
      });
      expect((await at('d', 1_000)).kind).toBe('reserved');
      expect((await at('e', 1_599)).kind).toBe('refused');
      expect((await at('e', 1_600)).kind).toBe('reserved');
    });

    test('a line that is open is not asked again, and a refused one is not counted', async () => {
      await ready(counters, 50);
      const one = limits({ callsPerSecondMax: 1, linesMax: 1 });
      await counters.reserve(request('a', one));
      expect(await counters.reserve(request('b', one))).toMatchObject({ kind: 'refused' });
      expect(await counters.reserve(request('a', one))).toMatchObject({
        kind: 'reserved',
        standing: true,
        view: { limit: null },
      });
      await counters.release(call('a'));
      const later = { at: addMs(NOON, 1_000), ...one };
      expect((await counters.peek(request('b', later))).limit).toBeNull();
    });

    test('the answer is that of `reachedLimit`', async () => {
      const bound = fc.option(fc.integer({ min: 0, max: 6 }), { nil: null });
      let campaign = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.record({ paceLinesMax: bound, linesMax: bound, callsPerSecondMax: bound }),
          fc.integer({ min: 0, max: 4 }),
          fc.integer({ min: 0, max: 6 }),
          async (asked, agents, open) => {
            const campaignId = `c-limits-${(campaign += 1)}` as CampaignId;
            await ready(counters, agents, campaignId);
            await counters.setAgent(campaignId, agent('busy'), 'busy');
            await Promise.all(
              Array.from({ length: 300 }, (_, at) =>
                counters.settle(
                  call(`${campaignId}-${at}`),
                  campaignId,
                  'connected',
                  NOON,
                  request('x').windows,
                  null,
                ),
              ),
            );
            const counting = limits({ callsPerSecondMax: 1_000 });
            for (let at = 0; at < open; at += 1) {
              await counters.reserve(request(`${campaignId}:${at}`, { campaignId, ...counting }));
            }
            const { limit, admission, snapshot } = await counters.peek(
              request(`${campaignId}:next`, { campaignId, ...limits(asked) }),
            );
            expect(snapshot.inFlight).toBe(open);
            expect(limit).toEqual(
              reachedLimit(asked, {
                lines: open + 1,
                overdial: admission.admitted && admission.overdial,
                openedLastSecond: open,
              }),
            );
          },
        ),
        { numRuns: 25 },
      );
    });
  });
}
