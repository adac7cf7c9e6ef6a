/**
 * The veto of the dialplan on a real Asterisk, with a full decision and a durable ledger, beside a bare FastAGI server that decides nothing
 * and sets one variable; both in this process by turns, asked by the same channels. In the same run the floor: that bare server with one
 * durable row for each call. Then more connections a second than it can decide.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAgiServer } from '../../src/adapters/agi/server.ts';
import { setVariable } from '../../src/adapters/agi/wire.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import type { AgiScripts } from '../../src/ports/agi-scripts.ts';
import { fakeDoor } from '../../test/support/agi-operations.ts';
import { agiEnvironment, agiLoad, bareServer, type Load, portOf } from '../support/agi-channels.ts';
import { benchClock, type DecideWorld } from '../support/decide-world.ts';
import { openAgiLoops } from './agi-loops.ts';
import { openDurableFloor } from './durable-floor.ts';
import type { AgiTask } from './agi-asker.ts';
import type { Line } from './ami.ts';
import { mixedRequests, openScreening, percentile } from './screening.ts';

const ROUNDS = 3;
const CHANNELS = [1, 10, 50, 200];
const ROUND_MS = 4_000;
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

const VERDICT = [setVariable('BREAKWATER_VERDICT', 'permit')];

export async function benchFastAgi(line: Line): Promise<void> {
  const screening = await openScreening();
  const seen = { turnedAway: 0, late: 0, cut: 0, permits: 0 };
  const steps = stepsOfChannels();
  let asked = 0;
  const scripts = agiScripts({
    ...fakeDoor(),
    async screen(input) {
      asked += 1;
      const answer = await screening.screen(input);
      if (answer.decision.kind === 'permit') seen.permits += 1;
      return answer;
    },
  });
  const ours = await startAgiServer({
    ...{ host: '127.0.0.1', port: 0, clock: benchClock },
    scripts: heard(scripts, steps.asks),
    observe({ kind }) {
      if (kind === 'turned_away') seen.turnedAway += 1;
      if (kind === 'late') seen.late += 1;
      if (kind === 'cut' || kind === 'unconfirmed') seen.cut += 1;
    },
  });
  const asks = (environment: string): void =>
    steps.asks(/^agi_uniqueid: (.*)$/m.exec(environment)?.[1] ?? '');
  const bare = await bareServer(VERDICT, asks);
  const durable = await openDurableFloor(screening.connection);
  const floor = await bareServer(VERDICT, (environment) => {
    asks(environment);
    return durable.commit();
  });
  const wishes = scriptsOf(screening.world);
  const loops = await openAgiLoops(wishes);
  const asker = fork(resolve(import.meta.dirname, 'agi-asker.ts'), [], { execArgv: ['--import', 'tsx'] });
  const side = async (port: number): Promise<Side> => {
    await loops.turnTo(port);
    steps.begin();
    await sleep(ROUND_MS);
    return steps.end();
  };
  try {
    await agiLoad(ours.port, WARM_UP_CHANNELS, WARM_UP_CALLS, (call) =>
      agiEnvironment(wishes[call % wishes.length] ?? '', `warm-up.${call}`),
    );
    await loops.turnTo(ours.port);
    for (const channels of CHANNELS) {
      await loops.ring(channels);
      const rounds: Rounds<Side[]> = { ours: [], bare: [], floor: [] };
      await side(ours.port);
      Object.assign(seen, { late: 0, cut: 0, permits: 0 });
      const before = asked;
      for (let round = 0; round < ROUNDS; round += 1) {
        // By turns, so that whatever else the machine does meets both.
        if (round % 2 === 0) rounds.bare.push(await side(portOf(bare)));
        rounds.ours.push(await side(ours.port));
        if (round % 2 === 1) rounds.bare.push(await side(portOf(bare)));
        rounds.floor.push(await side(portOf(floor)));
      }
      const of = `fastagi/channels=${channels}`;
      tell(line, of, rounds);
      line(of, 'permits', seen.permits / (asked - before), 'ratio');
      line(of, 'late', seen.late, 'calls');
      line(of, 'unanswered', seen.cut, 'calls');
    }
    await loops.close();
    // Late and cut calls were decided all the same: 1 means that each answer stands on an entry.
    line('fastagi', 'decisions_per_call', (await screening.decisions()) / asked, 'ratio');
    const ask = async (task: AgiTask): Promise<Load> => {
      asker.send(task);
      return ((await once(asker, 'message')) as [Load])[0];
    };
    await connects(line, ask, { port: ours.port, scripts: wishes }, seen);
  } finally {
    asker.kill();
    bare.close();
    floor.close();
    await ours.close();
    await durable.close();
    await screening.close();
  }
}

interface Side {
  readonly perSecond: number;
  /** From one question of a channel to its next: the whole step of its dialplan. */
  readonly stepsMs: readonly number[];
}

function stepsOfChannels() {
  const last = new Map<string, number>();
  let stepsMs: number[] = [];
  let beganAt = 0;
  return {
    asks: (channel: string): void => {
      const now = performance.now();
      const before = last.get(channel);
      last.set(channel, now);
      if (before !== undefined && before >= beganAt) stepsMs.push(now - before);
    },
    begin(): void {
      stepsMs = [];
      beganAt = performance.now();
    },
    end: (): Side => ({ perSecond: (stepsMs.length / (performance.now() - beganAt)) * 1_000, stepsMs }),
  };
}

const heard = (scripts: AgiScripts, asks: (channel: string) => void): AgiScripts =>
  new Map(
    [...scripts].map(([name, script]) => [
      name,
      {
        ...script,
        answer: (request) => {
          asks(request.channel.get('uniqueid') ?? '');
          return script.answer(request);
        },
      },
    ]),
  );

interface Rounds<Of> {
  readonly ours: Of;
  readonly bare: Of;
  readonly floor: Of;
}

function tell(line: Line, of: string, rounds: Rounds<readonly Side[]>): void {
  const rates = rounds.ours.map(({ perSecond }, at) => perSecond / (rounds.bare[at]?.perSecond ?? 1));
  const [ours, bare] = [waitsOf(rounds.ours), waitsOf(rounds.bare)];
  line(of, 'throughput', percentile(perSecondOf(rounds.ours), 0.5), '1/s');
  line(of, 'bare_throughput', percentile(perSecondOf(rounds.bare), 0.5), '1/s');
  line(of, 'throughput_over_bare', percentile(rates, 0.5), 'ratio');
  line(of, 'p50', percentile(ours, 0.5), 'ms');
  line(of, 'bare_p50', percentile(bare, 0.5), 'ms');
  line(of, 'p99', percentile(ours, 0.99), 'ms');
  line(of, 'bare_p99', percentile(bare, 0.99), 'ms');
  line(of, 'p99_over_bare', percentile(ours, 0.99) / percentile(bare, 0.99), 'ratio');
  line(of, 'floor_throughput', percentile(perSecondOf(rounds.floor), 0.5), '1/s');
  line(of, 'floor_p99', percentile(waitsOf(rounds.floor), 0.99), 'ms');
}

/** What the kernel counts of lost SYNs is of the whole machine, so it can only be too much. */
async function connects(
  line: Line,
  ask: (task: AgiTask) => Promise<Load>,
  to: Pick<AgiTask, 'port' | 'scripts'>,
  seen: { readonly turnedAway: number },
): Promise<void> {
  const before = await lostSyns();
  const task = { perSecond: CONNECTS_PER_SECOND, forMs: CONNECTS_FOR_MS };
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

const perSecondOf = (rounds: readonly Side[]): readonly number[] => rounds.map(({ perSecond }) => perSecond);
const waitsOf = (rounds: readonly Side[]): readonly number[] => rounds.flatMap(({ stepsMs }) => stepsMs);
/** Vetoed because the decision did not come in time. */
const lateOf = (answers: Load['answers']): number =>
  answers.filter(({ reason }) => reason === 'fact_unavailable').length;
