/**
 * Fuzz of one public door, or of all one after the other: `npm run bench:fuzz -- --door http --seconds 600 --seed 7`. The same seed sends the
 * same inputs (their order among lanes is the network's). One JSON line per figure; failing inputs are kept in `--keep`, and end it with 1.
 */
import { parseArgs } from 'node:util';
import { findAsterisk } from '../scripts/asterisk/find-asterisk.ts';
import { exchangeEnv, openServeFloor, openServeWorld } from '../test/support/serve-world.ts';
import { fuzzAgi } from './fuzz/agi.ts';
import { fuzzAmi } from './fuzz/ami.ts';
import { fuzzCsv } from './fuzz/csv.ts';
import { fuzzHepPort } from './fuzz/hep.ts';
import { fuzzHttp } from './fuzz/http.ts';
import { keeper, type Keeper } from './fuzz/keep.ts';
import { type Fuzzing, fuzzing } from './fuzz/run.ts';
import { fuzzSse } from './fuzz/sse.ts';
import { openTarget, type Target } from './fuzz/target.ts';
import { fuzzWs, openFrameWire } from './fuzz/ws.ts';
import { fuzzYaml } from './fuzz/yaml.ts';

interface Run {
  readonly seed: number;
  readonly seconds: number;
  readonly keep: Keeper;
}

const onSidecar =
  (door: string, fuzz: (target: Target, turns: Fuzzing) => Promise<void>) =>
  async (run: Run): Promise<number> => {
    const target = await openTarget();
    try {
      return await onTarget(door, run, target, fuzz);
    } finally {
      await target.close();
    }
  };

async function onTarget(
  door: string,
  run: Run,
  target: Target,
  fuzz: (target: Target, turns: Fuzzing) => Promise<void>,
): Promise<number> {
  const check = (): Promise<void> => target.check(run.keep);
  await fuzz(target, fuzzing({ ...run, door, check, settled: target.settled }));
  return target.memory().growthMb;
}

const inProcess =
  (door: string, fuzz: (turns: Fuzzing) => Promise<void>) =>
  async (run: Run): Promise<number> => {
    let [settledMb, mostMb, isSettled] = [0, 0, false];
    const check = (): Promise<void> => {
      const mb = Math.round(process.memoryUsage.rss() / 1_048_576);
      if (isSettled) mostMb = Math.max(mostMb, mb);
      else settledMb = Math.max(settledMb, mb);
      if (isSettled && mostMb - settledMb > 400) run.keep.failed(`memory grew to ${mostMb} MB`);
      return Promise.resolve();
    };
    await fuzz(fuzzing({ ...run, door, check, settled: () => void (isSettled = true) }));
    return Math.max(0, mostMb - settledMb);
  };

/** On a real Asterisk, with a wire between. */
async function onExchange(run: Run): Promise<number> {
  await findAsterisk();
  const closing: (() => Promise<void> | void)[] = [];
  try {
    const world = await openServeWorld();
    closing.push(() => world.close());
    const floor = await openServeFloor(world, 'fuzz', [
      { numbers: ['13035550110'], behaviour: { kind: 'busy' } },
      { numbers: ['13035550119'], behaviour: { kind: 'answers' } },
    ]);
    closing.push(() => floor.close());
    const { hostname: host, port } = new URL(floor.asterisk.ari.url);
    const wire = await openFrameWire({ host, port: Number(port) });
    closing.push(() => wire.close());
    const ari = { ARI_URL: `http://127.0.0.1:${wire.port}` };
    const target = await openTarget({ ...exchangeEnv(floor.asterisk), ...ari });
    closing.push(() => target.close());
    const grown = await onTarget('ws', run, target, (one, turns) => fuzzWs(one, turns, wire));
    // What was broken is whole again without anybody's help.
    await target.world
      .sidecar()
      .ready(60_000)
      .catch((error: unknown) => run.keep.failed(`not ready again: ${String(error)}`));
    return grown;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

const DOORS: Readonly<Record<string, (run: Run) => Promise<number>>> = {
  http: onSidecar('http', fuzzHttp),
  sse: onSidecar('sse', fuzzSse),
  agi: onSidecar('agi', fuzzAgi),
  ami: onSidecar('ami', fuzzAmi),
  hep: onSidecar('hep', fuzzHepPort),
  ws: onExchange,
  csv: inProcess('csv', fuzzCsv),
  yaml: inProcess('yaml', fuzzYaml),
};

const { values } = parseArgs({
  options: {
    door: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'string', default: 'fuzz-failures' },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (!Number.isInteger(seconds) || seconds < 1)
  throw new Error(`--seconds \`${values.seconds}\` is no whole number`);
if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed \`${values.seed}\` is no whole number`);
const only = values.door;
if (only !== undefined && DOORS[only] === undefined)
  throw new Error(`--door \`${only}\` is not known; expected one of ${Object.keys(DOORS).join(', ')}`);

for (const [door, run] of Object.entries(DOORS)) {
  if (only !== undefined && only !== door) continue;
  process.stderr.write(`fuzzing ${door} for ${seconds} s with seed ${seed}\n`);
  const keep = keeper(values.keep, door, seed);
  let growthMb = 0;
  try {
    growthMb = await run({ seed, seconds, keep });
  } catch (error) {
    keep.failed(`the run ended: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
  }
  const say = (metric: string, value: number, unit: string): void =>
    void process.stdout.write(
      `${JSON.stringify({ bench: 'fuzz', case: door, seed, metric, value, unit })}\n`,
    );
  say('inputs', keep.inputs, 'inputs');
  say('failures', keep.failures.length, 'failures');
  say('memory_growth', growthMb, 'MB');
  if (keep.failures.length > 0) process.exitCode = 1;
}
