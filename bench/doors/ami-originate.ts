/**
 * Originate actions through the AMI proxy, each screened to a durable decision and then vetoed or sent on: proxy, judge and use case as
 * they are shipped, PostgreSQL on the same machine; the dialer and the manager, which is none but answers as one, in another process.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { accountDoors } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from '../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import { openAmiProxy } from '../../src/adapters/asterisk/ami-proxy/proxy.ts';
import { amiOriginations } from '../../src/control/ami-originations.ts';
import { doorsSetting } from '../../test/support/ami-actions.ts';
import { benchClock, type DecideWorld } from '../support/decide-world.ts';
import type { Line } from './ami.ts';
import type { AmiDone, AmiTask } from './ami-asker.ts';
import { BENCH_DIALER } from './dialer.ts';
import { mixedRequests, openScreening, percentile } from './screening.ts';

const CONNECTIONS = 50;
const ROUND_MS = 5_000;
const ROUNDS = 3;
const STEADY_PER_SECOND = 1_000;

export async function benchOriginates(line: Line): Promise<void> {
  const screening = await openScreening();
  const asker = fork(resolve(import.meta.dirname, 'ami-asker.ts'), [], { execArgv: ['--import', 'tsx'] });
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const doors = accountDoors(
    doorsSetting({ campaign: screening.world.campaign.id, called: ['Local/9{number}@default'] }),
  );
  const proxy = await openAmiProxy({
    listen: { host: '127.0.0.1', port: 0, tls: null },
    upstream: { host: '127.0.0.1', port: await portOf(asker), user: 'any', secret: 'any', tls: null },
    accounts: [{ name: BENCH_DIALER.user, secret: { text: BENCH_DIALER.secret } }],
    limits: {
      anonymousMax: 100,
      connectionsPerAccount: 100,
      actionsPerSecond: 1_000_000,
      loginFailuresMax: 10,
      loginWithinMs: 10_000,
      judgeWithinMs: 2_000,
      bufferBytes: 1_048_576,
      stalledMs: 10_000,
    },
    judge: amiDoorsJudge({
      doorsOf: () => doors,
      originations: amiOriginations({
        screen: screening.screen,
        // The permit's call was not placed: its reservation is back already.
        withdraw: () => Promise.resolve(),
        originationFailed: () => undefined,
      }),
      log: quiet,
    }),
    clock: benchClock,
    log: quiet,
  });
  const actions = actionsOf(screening.world);
  const answered = { permitted: 0, vetoed: 0, placed: 0 };
  const ask = async (given: Pick<AmiTask, 'forMs' | 'perSecond'>): Promise<AmiDone> => {
    const task = { port: proxy.port, ...BENCH_DIALER, connections: CONNECTIONS, actions, ...given };
    asker.send(task satisfies AmiTask);
    const [done] = (await once(asker, 'message')) as [AmiDone];
    if (done.refused.length > 0) throw new Error(`refused: ${done.refused[0] ?? ''}`);
    answered.permitted += done.permitted;
    answered.vetoed += done.vetoed;
    answered.placed = done.placed;
    return done;
  };
  try {
    await ask({ forMs: ROUND_MS, perSecond: null });
    const fast: AmiDone[] = [];
    const steady: AmiDone[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      fast.push(await ask({ forMs: ROUND_MS, perSecond: null }));
      steady.push(await ask({ forMs: ROUND_MS, perSecond: STEADY_PER_SECOND }));
    }
    const best = fast.toSorted((a, b) => b.perSecond - a.perSecond)[0];
    const of = `ami-originate/connections=${CONNECTIONS}`;
    line(of, 'per_second', best?.perSecond ?? Number.NaN, '1/s');
    line(of, 'p99', percentile(best?.waits ?? [], 0.99), 'ms');
    for (const share of [0.5, 0.99]) {
      const waits = Math.min(...steady.map((each) => percentile(each.waits, share)));
      line(`ami-originate/steady=${STEADY_PER_SECOND}`, `p${share * 100}`, waits, 'ms');
    }
    line('ami-originate', 'permitted', answered.permitted, 'actions');
    line('ami-originate', 'vetoed', answered.vetoed, 'actions');
    line('ami-originate', 'placed_without_permit', answered.placed - answered.permitted, 'actions');
    const all = answered.permitted + answered.vetoed;
    line('ami-originate', 'answers_without_decision', all - (await screening.decisions()), 'actions');
  } finally {
    await proxy.close();
    asker.kill();
    await screening.close();
  }
}

async function portOf(asker: ChildProcess): Promise<number> {
  const [{ port }] = (await once(asker, 'message')) as [{ readonly port: number }];
  return port;
}

/** As predictive dialers send them. */
const actionsOf = (world: DecideWorld): readonly string[] =>
  mixedRequests(world).map(({ number, callerId, lead }) =>
    [
      'Action: Originate',
      'Exten: 8368',
      'Context: default',
      `Channel: Local/9${number?.slice(1) ?? ''}@default`,
      'Priority: 1',
      `Callerid: "V1123080000000004711" <${callerId?.slice(1) ?? ''}>`,
      'Timeout: 25000',
      'Async: true',
      ...(lead.state === null ? [] : [`Variable: BREAKWATER_STATE=${lead.state}`]),
    ].join('\r\n'),
  );
