/**
 * INVARIANT (counters-fenced) on real stores: a reservation that its server confirmed and then lost never lets a call through above a
 * ceiling. Two sidecars, one PostgreSQL; the counters of the one are left behind, or die under a Sentinel with their last writes unsent.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rebuildLost } from '../../src/control/rebuild-counters.ts';
import { consentDraft } from '../../src/control/record-entries.ts';
import { screenOrigination } from '../../src/control/screen-origination.ts';
import { countingWindows } from '../../src/control/counting-windows.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import type { AgentId, CallId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { Counters } from '../../src/ports/counters.ts';
import { connectedCounters, freshPrefix, isUp } from '../support/redis.ts';
import { FAILOVER_WITHIN_MS, type SentinelGroup, startSentinelGroup } from '../support/redis-groups.ts';
import { codesOf, requestOf } from '../support/rules-world.ts';
import { ON_DUTY, type OpenedSidecar, openSidecarOn } from '../support/sidecar-on-stores.ts';
import { SOLAR } from '../support/sim-world.ts';
import {
  announceMissing,
  type PostgresServer,
  postgresSources,
  redisMissing,
  type RedisServer,
  startRedis,
  until,
} from '../support/stores.ts';
import { writtenConsent } from '../support/written-consent.ts';

const [source] = (await postgresSources()).filter(({ missing: why }) => why === undefined);
const missing = (await redisMissing()) ?? (source === undefined ? 'no PostgreSQL' : undefined);
announceMissing('the fence of the counters', missing);

const NUMBERS = Array.from(
  { length: 40 },
  (_, line) => `+1303555${String(100 + line).padStart(4, '0')}` as PhoneNumber,
);

interface Gate {
  readonly reached: Promise<void>;
  readonly open: () => void;
}

/** A sidecar whose permits wait at a gate, before or after their entry is durable. */
function held(
  sidecar: Sidecar,
  where: 'before' | 'after',
): { readonly sidecar: Sidecar; readonly gate: Gate } {
  let [reached, open] = [() => {}, () => {}];
  const gate: Gate = {
    reached: new Promise((resolve) => (reached = resolve)),
    open: () => open(),
  };
  const opened = new Promise<void>((resolve) => (open = resolve));
  const append = async (draft: LedgerDraft) => {
    const isPermit = draft.kind === 'decision' && draft.body['verdict'] === 'permit';
    if (!isPermit) return sidecar.ledger.append(draft);
    if (where === 'after') {
      const receipt = await sidecar.ledger.append(draft);
      reached();
      await opened;
      return receipt;
    }
    reached();
    await opened;
    return sidecar.ledger.append(draft);
  };
  const ledger = new Proxy(sidecar.ledger, {
    get: (target, name) => (name === 'append' ? append : (Reflect.get(target, name) as unknown)),
  });
  return { sidecar: { ...sidecar, ledger }, gate };
}

describe.skipIf(missing !== undefined || process.env['TEST_BACKEND'] === 'containers')(
  'the fence of the counters',
  () => {
    let postgres: PostgresServer;
    let url = '';
    let opened: OpenedSidecar[] = [];
    let all: Counters[] = [];
    beforeAll(async () => {
      if (source === undefined) throw new Error('no PostgreSQL');
      postgres = await source.start();
    }, 120_000);
    afterAll(() => postgres.stop());
    beforeEach(async () => {
      url = await postgres.freshDatabase();
      opened = [];
      all = [];
      return async () => {
        for (const each of opened) await each.close();
        for (const each of all) await each.close();
      };
    });

    async function sidecarOn(writer: string, redis: string, prefix: string): Promise<Sidecar> {
      const counters = await connectedCounters(redis, prefix);
      const one = await openSidecarOn(url, writer, counters);
      all.push(counters);
      opened.push(one);
      return one.sidecar;
    }
    const consents = (sidecar: Sidecar) =>
      Promise.all(
        NUMBERS.map((number) => sidecar.ledger.append(consentDraft(writtenConsent(number, SOLAR.seller.id)))),
      );
    const rebuilds = (sidecar: Sidecar) => rebuildLost(sidecar, () => undefined);
    const seat = (sidecar: Sidecar, agents: number) =>
      Promise.all(
        Array.from({ length: agents }, (_, index) =>
          sidecar.counters.setAgent(SOLAR.id, `agent-${index}` as AgentId, 'ready', 'seen'),
        ),
      );
    const ask = async (sidecar: Sidecar, index: number) => {
      const { screened } = await screenOrigination(sidecar, ON_DUTY, {
        ...requestOf({ call: { number: NUMBERS[index] ?? '' } }),
        callId: `call-${index}` as CallId,
        placedBy: 'dialer',
      });
      return screened.decision;
    };
    const codes = async (sidecar: Sidecar, index: number) => codesOf(await ask(sidecar, index));
    const inFlight = async ({ counters, clock }: Sidecar) =>
      (await counters.tally(SOLAR.id, clock.now(), countingWindows(SOLAR, clock.now()))).inFlight;

    describe('counters that others have left behind', () => {
      let servers: readonly RedisServer[];
      let [left, right]: Sidecar[] = [];
      beforeAll(async () => {
        servers = await Promise.all([startRedis(), startRedis()]);
      });
      afterAll(() => Promise.all(servers.map((each) => each.stop())));
      beforeEach(async () => {
        const prefix = freshPrefix();
        left = await sidecarOn('left', servers[0]?.url ?? '', prefix);
        right = await sidecarOn('right', servers[1]?.url ?? '', prefix);
        await consents(left);
        await rebuilds(left);
        await seat(left, 1);
      });

      test('a permit that was on record before the others read is counted by them', async () => {
        const { sidecar, gate } = held(left!, 'after');
        const asked = ask(sidecar, 0);
        await gate.reached;
        await rebuilds(right!);
        await seat(right!, 1);
        expect(await inFlight(right!)).toBe(1);
        // The one agent has a line, known to the one who permits now.
        expect(await codes(right!, 1)).toEqual(['drop_budget_spent']);
        gate.open();
        await asked;
      });

      test('a permit that comes on record after they have read is void', async () => {
        const { sidecar, gate } = held(left!, 'before');
        const asked = ask(sidecar, 0);
        await gate.reached;
        await rebuilds(right!);
        await seat(right!, 1);
        expect(await codes(right!, 1)).toEqual(['permit']);
        gate.open();
        expect(codesOf(await asked)).toEqual(['fact_unavailable']);
      });

      test('left behind: vetoes everything, until it claims and counts again', async () => {
        expect(await codes(left!, 0)).toEqual(['permit']);
        await rebuilds(right!);
        await seat(right!, 2);
        expect(await codes(left!, 1)).toContain('fact_unavailable');
        expect(await codes(right!, 2)).toEqual(['permit']);
        expect(await rebuilds(left!)).toEqual([SOLAR.id]);
        // Its own old line and the one that was permitted elsewhere.
        expect(await inFlight(left!)).toBe(2);
        expect(await codes(right!, 3)).toContain('fact_unavailable');
      });

      test('whoever claims and dies leaves nothing behind that is believed', async () => {
        await rebuilds(right!);
        const dying = {
          ...left!,
          ledger: new Proxy(left!.ledger, {
            get: (target, name) =>
              name === 'read' && (Reflect.get(target, name) as unknown) !== undefined && claimed
                ? () => Promise.reject(new Error('killed'))
                : (Reflect.get(target, name) as unknown),
          }),
          countersFence: {
            ...left!.countersFence!,
            async claim(store: string) {
              await left!.countersFence?.claim(store);
              claimed = true;
            },
          },
        };
        let claimed = false;
        await expect(rebuilds(dying)).rejects.toThrow('killed');
        expect(claimed).toBe(true);
        expect(await codes(left!, 0)).toContain('fact_unavailable');
        expect(await rebuilds(left!)).toEqual([SOLAR.id]);
        expect(await codes(left!, 1)).toEqual(['permit']);
      });
    });

    describe('under Sentinels', () => {
      let group: SentinelGroup;
      beforeAll(async () => {
        group = await startSentinelGroup();
      }, 180_000);
      afterAll(() => group.stop());

      test('the primary is killed with confirmed reservations that the replica never got: they bind', async () => {
        const one = await sidecarOn('one', group.url, freshPrefix());
        await consents(one);
        await rebuilds(one);
        await seat(one, 3);
        expect(await codes(one, 0)).toEqual(['permit']);
        const before = one.counters.store();
        // Each of many finds the new primary, also one that was just looking when it was told of it.
        const others = await Promise.all(Array.from({ length: 8 }, () => connectedCounters(group.url)));
        all.push(...others);
        await group.cutReplication();
        expect(await codes(one, 1)).toEqual(['permit']);
        expect(await codes(one, 2)).toEqual(['permit']);
        await group.primary.kill();
        const seen: string[] = [];
        await until(
          async () => {
            seen.push(...(await codes(one, 3)));
            return (await isUp(one.counters)) && one.counters.store() !== before;
          },
          FAILOVER_WITHIN_MS,
          50,
        );
        // Not one while there were no counters, nor of counters that have forgotten.
        expect(new Set(seen)).toEqual(new Set(['fact_unavailable']));
        await until(async () => (await group.primaryPort()) === group.replica.port, FAILOVER_WITHIN_MS);
        for (const each of others) {
          await until(
            async () => (await isUp(each)) && each.store() === one.counters.store(),
            FAILOVER_WITHIN_MS,
          );
        }
        expect(await inFlight(one)).toBe(1);
        expect(await codes(one, 4)).toContain('fact_unavailable');
        await rebuilds(one);
        await seat(one, 3);
        expect(await inFlight(one)).toBe(3);
        // Three agents have three lines; a fourth agent has none.
        expect(await codes(one, 5)).toEqual(['drop_budget_spent']);
        await seat(one, 4);
        expect(await codes(one, 6)).toEqual(['permit']);
      }, 180_000);
    });
  },
);
