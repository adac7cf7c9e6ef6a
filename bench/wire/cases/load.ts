/**
 * More and more answered calls at the same time, until a bound of the quiet case breaks: the last step that held is the number.
 * Persons, Asterisk, sidecar and PostgreSQL share the machine; their CPU time is told apart.
 */
import { readPostmaster } from '../../../src/adapters/postgres/postmaster.ts';
import { dropWave, type HeardCall, messageWaitMs, plainScript } from '../calls.ts';
import { diceOf } from '../dice.ts';
import { note, printer, printSpread, quantile } from '../figures.ts';
import { childrenOf, cpuMs, residentBytes } from '../processes.ts';
import { openWireWorld, type WireWorld } from '../world.ts';

export interface LoadOptions {
  /** Calls of the first step, and how many more each further step has. */
  readonly from: number;
  readonly step: number;
  readonly most: number;
  readonly seed: number;
}

/** Everybody answers within this time; a call with its message lasts twice as long. */
const ANSWERS_WITHIN_MS = 4_000;
const WAVES = 2;
/** The bounds of the quiet case, in ms. */
const P50_MAX = 510;
const P99_MAX = 560;
const MAX_MAX = 1_000;
const WHOLE = 0.95;

export interface LoadStep {
  readonly lines: number;
  /** Calls answered and not over, at the moment when they were most. */
  readonly held: number;
  readonly keeps: boolean;
}

export async function load(options: LoadOptions): Promise<readonly LoadStep[]> {
  const world = await openWireWorld({ name: 'wire-load', lines: options.most });
  try {
    const steps: LoadStep[] = [];
    for (let lines = options.from; lines <= options.most; lines += options.step) {
      const step = await climb(world, lines, options);
      steps.push(step);
      if (!step.keeps) break;
    }
    const best = steps.filter(({ keeps }) => keeps).at(-1);
    printer(`load/seed=${options.seed}`)('calls_held_with_all_bounds', best?.held ?? 0, '1');
    return steps;
  } finally {
    await world.close();
  }
}

async function climb(world: WireWorld, lines: number, options: LoadOptions): Promise<LoadStep> {
  const dice = diceOf(options.seed + lines);
  const sidecar = world.serve.sidecar().pid;
  const before = residentBytes(sidecar);
  const calls: HeardCall[] = [];
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentBytes(sidecar));
  }, 250);
  await world.listener.delay();
  const usage = await cpuOf(world);
  const startedAt = performance.now();
  for (let wave = 0; wave < WAVES; wave += 1) {
    const scripts = world.numbers.take(lines).map(plainScript);
    const answerAfterMs = (): number => dice.between(0, ANSWERS_WITHIN_MS);
    calls.push(...(await dropWave(world, { scripts, answerAfterMs })));
  }
  clearInterval(watch);
  const elapsedMs = performance.now() - startedAt;
  const used = await cpuOf(world);
  const waits = calls.map((call) => messageWaitMs(call) ?? Infinity);
  const unheard = calls.filter(({ hearing }) => hearing.messageShare < WHOLE).length;
  const held = mostAtOnce(calls);
  const keeps =
    unheard === 0 &&
    quantile(waits, 0.5) <= P50_MAX &&
    quantile(waits, 0.99) <= P99_MAX &&
    quantile(waits, 1) <= MAX_MAX;
  const print = printer(`load/lines=${lines}/seed=${options.seed}`);
  print('held_at_once', held, '1');
  printSpread(print, 'greeting_end_to_message', waits);
  print('never_heard', unheard, '1');
  print('keeps_all_bounds', keeps ? 1 : 0, '1');
  for (const [name, cpu] of Object.entries(used)) {
    print(`cpu_${name}`, (100 * (cpu - (usage[name] ?? 0))) / elapsedMs, '% of a core');
  }
  print('sidecar_resident', peak / 2 ** 20, 'MiB');
  print('sidecar_memory_per_call', (peak - before) / held / 1_024, 'KiB');
  const { p99Ms, maxMs } = await world.listener.delay();
  print('listener_loop_delay_p99', p99Ms, 'ms');
  print('listener_loop_delay_max', maxMs, 'ms');
  note(`load: ${lines} lines, ${held} held at once, bounds ${keeps ? 'kept' : 'broken'}`);
  return { lines, held, keeps };
}

export function mostAtOnce(calls: readonly HeardCall[]): number {
  const changes = calls.flatMap(({ record }) => [
    { at: record.answeredAt, by: 1 },
    { at: record.endedAt, by: -1 },
  ]);
  let [now, most] = [0, 0];
  for (const { by } of changes.sort((a, b) => a.at - b.at)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

async function cpuOf(world: WireWorld): Promise<Record<string, number>> {
  const store = (await readPostmaster(world.storeDirectory))?.pid;
  const database = store === undefined ? [] : [store, ...childrenOf(store)];
  return {
    asterisk: cpuMs(world.asterisk.pid),
    sidecar: cpuMs(world.serve.sidecar().pid),
    database: database.reduce((sum, pid) => sum + cpuMs(pid), 0),
    persons: cpuMs(world.listener.pid),
    benchmark: cpuMs(process.pid),
  };
}
