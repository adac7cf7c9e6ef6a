/**
 * The veto of the dialplan, with a full decision and a durable ledger, beside a bare FastAGI server that sets the same number of variables
 * and decides nothing; both in this process by turns, the channels in another. In the same run the floor: that bare server with one durable
 * row for each call. Then more connections a second than it can decide.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { startAgiServer } from '../../src/adapters/agi/server.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import type { AgiVariable } from '../../src/ports/agi-scripts.ts';
import { fakeDoor } from '../../test/support/agi-operations.ts';
import { bareServer, type Load, portOf } from '../support/agi-channels.ts';
import { benchClock, type DecideWorld } from '../support/decide-world.ts';
import type { AgiTask } from './agi-asker.ts';
import type { Line } from './ami.ts';
import { openDurableFloor } from './durable-floor.ts';
import { mixedRequests, openScreening, percentile } from './screening.ts';

const ROUNDS = 3;
const CALLS: Readonly<Record<number, number>> = { 1: 500, 10: 2_000, 50: 3_000, 200: 4_000 };
/**
 * A sidecar runs for days; the first thousands of decisions of a process are made by code that is not compiled yet, at several times the
 * cost. As many as a few seconds of `bench:decisions`.
 */
const WARM_UP_CALLS = 20_000;
const WARM_UP_CHANNELS = 50;
const CONNECTS_PER_SECOND = 2_000;
const CONNECTS_FOR_MS = 5_000;
/** Linux sends a SYN that was lost again after a second. */
const SYN_AGAIN_MS = 900;

/** As a permit has them. */
const BARE: readonly AgiVariable[] = [
  ['BREAKWATER_REASON', ''],
  ['BREAKWATER_REASONS', ''],
  ['BREAKWATER_CALL_ID', '1795293891.15'],
  ['BREAKWATER_CALLER_ID', '13035550100'],
  ['BREAKWATER_DISCLOSE', 'no'],
  ['BREAKWATER_MESSAGE', ''],
  ['BREAKWATER_OPT_OUT_DIGIT', '9'],
  ['BREAKWATER_RING_SECONDS', '20'],
  ['BREAKWATER_VERDICT', 'permit'],
];

export async function benchFastAgi(line: Line): Promise<void> {
  const screening = await openScreening();
  const seen = { turnedAway: 0 };
  const ours = await startAgiServer({
    host: '127.0.0.1',
    port: 0,
    scripts: agiScripts({ ...fakeDoor(), screen: screening.screen }),
    clock: benchClock,
    observe: (event) => void (seen.turnedAway += event.kind === 'turned_away' ? 1 : 0),
  });
  const bare = await bareServer(BARE);
  const durable = await openDurableFloor(screening.connection);
  const floor = await bareServer(BARE, () => durable.commit());
  const scripts = scriptsOf(screening.world);
  const asker = fork(resolve(import.meta.dirname, 'agi-asker.ts'), [], { execArgv: ['--import', 'tsx'] });
  const ask = async (task: AgiTask): Promise<Load> => {
    asker.send(task);
    const [done] = (await once(asker, 'message')) as [Load];
    return done;
  };
  let decided = WARM_UP_CALLS;
  try {
    const warmUp = { kind: 'channels', scripts, channels: WARM_UP_CHANNELS, calls: WARM_UP_CALLS } as const;
    await ask({ ...warmUp, port: portOf(bare) });
    await ask({ ...warmUp, port: ours.port });
    for (const [channels, calls] of Object.entries(CALLS).map(([at, of]) => [Number(at), of] as const)) {
      const load = (port: number): Promise<Load> => ask({ kind: 'channels', port, scripts, channels, calls });
      const rounds: Rounds<Load[]> = { ours: [], bare: [], floor: [] };
      await load(ours.port);
      decided += calls;
      for (let round = 0; round < ROUNDS; round += 1) {
        // By turns, so that whatever else the machine does meets both.
        if (round % 2 === 0) rounds.bare.push(await load(portOf(bare)));
        rounds.ours.push(await load(ours.port));
        if (round % 2 === 1) rounds.bare.push(await load(portOf(bare)));
        rounds.floor.push(await load(portOf(floor)));
        decided += calls;
      }
      tell(line, `fastagi/channels=${channels}`, rounds);
    }
    // Late and cut calls were decided all the same: 1 means that each answer stands on an entry.
    line('fastagi', 'decisions_per_call', (await screening.decisions()) / decided, 'ratio');
    await connects(line, ask, { port: ours.port, scripts }, seen);
  } finally {
    asker.kill();
    bare.close();
    floor.close();
    await ours.close();
    await durable.close();
    await screening.close();
  }
}

interface Rounds<Of> {
  readonly ours: Of;
  readonly bare: Of;
  readonly floor: Of;
}

function tell(line: Line, of: string, rounds: Rounds<readonly Load[]>): void {
  const rates = rounds.ours.map(({ perSecond }, at) => perSecond / (rounds.bare[at]?.perSecond ?? 1));
  const [ours, bare] = [waitsOf(rounds.ours), waitsOf(rounds.bare)];
  const answers = rounds.ours.flatMap((done) => done.answers);
  line(of, 'throughput', percentile(perSecondOf(rounds.ours), 0.5), '1/s');
  line(of, 'bare_throughput', percentile(perSecondOf(rounds.bare), 0.5), '1/s');
  line(of, 'throughput_over_bare', percentile(rates, 0.5), 'ratio');
  line(of, 'p50', percentile(ours, 0.5), 'ms');
  line(of, 'p99', percentile(ours, 0.99), 'ms');
  line(of, 'bare_p99', percentile(bare, 0.99), 'ms');
  line(of, 'p99_over_bare', percentile(ours, 0.99) / percentile(bare, 0.99), 'ratio');
  line(of, 'floor_throughput', percentile(perSecondOf(rounds.floor), 0.5), '1/s');
  line(of, 'floor_p99', percentile(waitsOf(rounds.floor), 0.99), 'ms');
  line(of, 'permits', answers.filter(({ verdict }) => verdict === 'permit').length / answers.length, 'ratio');
  line(of, 'late', lateOf(answers), 'calls');
  line(
    of,
    'unanswered',
    rounds.ours.reduce((sum, each) => sum + each.unanswered, 0),
    'calls',
  );
}

/** What the kernel counts of lost SYNs is of the whole machine, so it can only be too much. */
async function connects(
  line: Line,
  ask: (task: AgiTask) => Promise<Load>,
  to: Pick<AgiTask, 'port' | 'scripts'>,
  seen: { readonly turnedAway: number },
): Promise<void> {
  const before = await lostSyns();
  const task = { kind: 'connects', perSecond: CONNECTS_PER_SECOND, forMs: CONNECTS_FOR_MS } as const;
  const { answers, perSecond, unanswered } = await ask({ ...task, ...to });
  const lost = (await lostSyns()) - before;
  const of = `fastagi/connects=${CONNECTS_PER_SECOND}`;
  const waits = answers.map(({ connectedMs }) => connectedMs);
  line(of, 'connects_per_second', perSecond, '1/s');
  line(of, 'syn_lost', lost, 'packets');
  line(of, 'connects_that_took_a_retry', waits.filter((each) => each >= SYN_AGAIN_MS).length, 'connects');
  line(of, 'connect_p99', percentile(waits, 0.99), 'ms');
  line(of, 'answered', answers.length, 'calls');
  line(of, 'late', lateOf(answers), 'calls');
  line(of, 'turned_away', seen.turnedAway, 'calls');
  line(of, 'unanswered', unanswered, 'calls');
}

/** `ListenDrops` of the side that listens and `TCPSynRetrans` of the side that connects. */
async function lostSyns(): Promise<number> {
  const lines = (await readFile('/proc/net/netstat', 'latin1')).split('\n');
  const [names = '', values = ''] = lines.filter((each) => each.startsWith('TcpExt:'));
  const numbers = values.split(' ');
  return names
    .split(' ')
    .reduce(
      (sum, name, at) => sum + (name === 'ListenDrops' || name === 'TCPSynRetrans' ? Number(numbers[at]) : 0),
      0,
    );
}

/** The arguments of the dialplan's veto, for the mix of `bench:decide`. */
const scriptsOf = (world: DecideWorld): readonly string[] =>
  mixedRequests(world).map(({ number, callerId, campaignId, lead }) => {
    const given = { campaign: campaignId, number: number?.slice(1), caller_id: callerId?.slice(1) };
    const state = lead.state === null ? {} : { state: lead.state };
    const query = new URLSearchParams({ ...definite(given), ...state, line_type: lead.lineType });
    return `veto?${query.toString()}`;
  });

const definite = (given: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])));

const perSecondOf = (rounds: readonly Load[]): readonly number[] => rounds.map(({ perSecond }) => perSecond);
const waitsOf = (rounds: readonly Load[]): readonly number[] =>
  rounds.flatMap(({ answers }) => answers.map(({ tookMs }) => tookMs));
/** Vetoed because the decision did not come in time. */
const lateOf = (answers: Load['answers']): number =>
  answers.filter(({ reason }) => reason === 'fact_unavailable').length;
