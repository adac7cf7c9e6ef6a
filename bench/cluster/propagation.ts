/**
 * How long until the other sidecars act on what one has recorded: an entry in their feed (live page, pacer, webhooks hear of it there), a
 * request not to be called and a paused campaign in their decisions. The clock starts when the one that recorded says so.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../../src/domain/decision.ts';
import type { CallId } from '../../src/domain/ids.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { type PostgresSource, startRedis } from '../../test/support/stores.ts';
import { percentile, printOf, say } from './print.ts';
import { clockOffsetNow, fileConsents, HOME_NUMBERS, type Opened, openSidecar, seatAgents } from './world.ts';

const TIMES = 200;
const SIDECARS = 4;

export async function propagation(source: PostgresSource): Promise<void> {
  const [postgres, redis] = await Promise.all([source.start(), startRedis()]);
  const common = {
    ...{ postgresUrl: await postgres.freshDatabase(), redisUrl: redis.url, clockOffsetMs: clockOffsetNow() },
    ...{ attemptsMax: 1_000_000, agents: 50 },
  };
  const sidecars = await Promise.all(
    Array.from({ length: SIDECARS }, (_, index) =>
      openSidecar({ ...common, writer: `sidecar-${index + 1}` }),
    ),
  );
  const [first, ...others] = sidecars;
  if (first === undefined) throw new Error('no sidecars');
  await fileConsents(first, HOME_NUMBERS.slice(0, TIMES + 1));
  await seatAgents(first, common.agents);
  let asked = 0;
  /** As a dialer that places the call itself; a permit that comes is given back. */
  const decide = async (one: Opened, number: string): Promise<Decision> => {
    const callId = `p-${(asked += 1)}` as CallId;
    const { decision } = await one.running.operations.screen({
      ...{ callId, number, campaignId: one.campaign.id, callerId: null, at: null },
      ...{ lead: NO_LEAD_FACTS, automated: false, door: 'http' as const },
    });
    if (decision.kind === 'permit') await one.counters.release(callId);
    return decision;
  };
  for (const one of sidecars) {
    let decision = await decide(one, HOME_NUMBERS[TIMES] ?? '');
    for (let tries = 0; decision.kind === 'veto' && tries < 200; tries += 1) {
      await sleep(50);
      decision = await decide(one, HOME_NUMBERS[TIMES] ?? '');
    }
    if (decision.kind === 'veto') throw new Error(`never permitted: ${JSON.stringify(decision.reasons)}`);
  }

  const heard: number[] = [];
  const bound: number[] = [];
  const paused: number[] = [];
  let late = 0;
  for (let index = 0; index < TIMES; index += 1) {
    const number = HOME_NUMBERS[index];
    if (number === undefined) break;
    const feeds = others.map(
      ({ ledger }) =>
        new Promise<number>((resolve) => {
          const feed = ledger.subscribe((entry) => {
            if (entry.kind !== 'opt_out' || entry.body['number'] !== number) return;
            feed.unsubscribe();
            resolve(performance.now());
          });
        }),
    );
    const { seller } = first.campaign;
    await first.running.operations.optOut({ number, sellerId: seller.id, channel: 'voice', callId: null });
    const recordedAt = performance.now();
    // The very first decision after the answer; it may take its time, but it must be a veto.
    const decisions = await Promise.all(others.map((one) => decide(one, number)));
    bound.push(performance.now() - recordedAt);
    late += decisions.filter(({ kind }) => kind === 'permit').length;
    for (const at of await Promise.all(feeds)) heard.push(Math.max(0, at - recordedAt));
    if (index % 10 !== 0) continue;
    await first.running.operations.pause(first.campaign.id, 'bench', 'bench');
    const pausedAt = performance.now();
    const after = await Promise.all(others.map((one) => decide(one, HOME_NUMBERS[TIMES] ?? '')));
    paused.push(performance.now() - pausedAt);
    late += after.filter(({ kind }) => kind === 'permit').length;
    await first.running.operations.resume(first.campaign.id, 'bench', 'bench');
  }
  const print = printOf(`propagation to ${others.length} other sidecars`);
  for (const [name, waits] of Object.entries({
    feed: heard,
    opt_out_decided: bound,
    pause_decided: paused,
  })) {
    print(`${name}_p50`, percentile(waits, 0.5), 'ms');
    print(`${name}_p99`, percentile(waits, 0.99), 'ms');
  }
  print('permits_after_the_record', late, 'count');
  if (late > 0) {
    say('a sidecar permitted what another had recorded against');
    process.exitCode = 1;
  }
  for (const one of sidecars) await one.close();
  await Promise.all([postgres.stop(), redis.stop()]);
}
