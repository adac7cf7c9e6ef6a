/**
 * The benchmark on the wire: what called persons hear, and when, measured at their own RTP by a listener that shares no code with
 * the sidecar. JSON lines on stdout, everything else on stderr. Needs root for nothing; everything stays on loopback.
 *
 *   npm run --silent bench:wire -- --case quiet [--calls N] [--at-once N] [--seed N] [--short]
 */
import { parseArgs } from 'node:util';
import { agent } from './wire/cases/agent.ts';
import { ALL_FAULTS, chaos } from './wire/cases/chaos.ts';
import { load } from './wire/cases/load.ts';
import { optOut } from './wire/cases/opt-out.ts';
import { quiet } from './wire/cases/quiet.ts';
import type { FaultKind } from './wire/chaos/faults.ts';
import { note } from './wire/figures.ts';
import { closeOpenWorlds, hasConnectSetting } from './wire/world.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    calls: { type: 'string' },
    'at-once': { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** chaos: only these faults. */
    fault: { type: 'string', multiple: true },
    /** chaos: only this wave of the seed. */
    wave: { type: 'string' },
    /** load: the first step, the step, and the last. */
    from: { type: 'string', default: '50' },
    step: { type: 'string', default: '25' },
    most: { type: 'string', default: '400' },
    short: { type: 'boolean', default: false },
  },
});

const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(`--${name} \`${text}\` is not usable; expected a whole number from 1`);
  }
  return value;
};
const seed = whole('seed', values.seed);
/** The number, or a small one for trying out. */
const calls = (full: number, short: number): number =>
  values.calls === undefined ? (values.short ? short : full) : whole('calls', values.calls);
const atOnce = (full: number, short: number): number =>
  values['at-once'] === undefined ? (values.short ? short : full) : whole('at-once', values['at-once']);

const isFault = (text: string): text is FaultKind => ALL_FAULTS.some((kind) => kind === text);

function faults(): readonly [FaultKind, ...FaultKind[]] {
  const asked: readonly string[] = values.fault ?? ALL_FAULTS;
  const [first, ...more] = asked.filter(isFault);
  const wrong = asked.find((text) => !isFault(text));
  if (wrong !== undefined || first === undefined) {
    throw new Error(`--fault \`${wrong ?? ''}\` is not known; expected one of ${ALL_FAULTS.join(', ')}`);
  }
  return [first, ...more];
}

const CASES: Readonly<Record<string, () => Promise<unknown>>> = {
  quiet: () => quiet({ calls: calls(2_000, 20), atOnce: atOnce(50, 10), floorEvery: 4, seed }),
  async agent() {
    const options = { calls: calls(500, 10), atOnce: atOnce(10, 5), seed };
    await agent({ ...options, atAnswer: false });
    if (hasConnectSetting()) await agent({ ...options, atAnswer: true });
    else note('agent: campaigns have no setting `connect`, so calls bridged at the answer are not measured');
  },
  'opt-out': () => optOut({ calls: calls(500, 10), atOnce: atOnce(25, 5), seed }),
  chaos: () =>
    chaos({
      calls: calls(1_000, 40),
      atOnce: atOnce(50, 20),
      seed,
      kinds: faults(),
      onlyWave: values.wave === undefined ? null : whole('wave', values.wave),
    }),
  load: () =>
    load({
      from: whole('from', values.from),
      step: whole('step', values.step),
      most: values.short ? whole('from', values.from) : whole('most', values.most),
      seed,
    }),
};

const INTERRUPTED = 130;
let ending: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    note(`${signal}: clearing up`);
    ending = closeOpenWorlds().finally(() => process.exit(INTERRUPTED));
  });
}

const asked = values.case ?? Object.keys(CASES);
for (const name of asked) {
  const run = CASES[name];
  if (run === undefined) {
    throw new Error(`--case \`${name}\` is not known; expected one of ${Object.keys(CASES).join(', ')}`);
  }
  note(`case ${name}, seed ${seed}`);
  try {
    await run();
  } catch (error) {
    // What the case complains of as its world is taken down is no news.
    await ending;
    throw error;
  }
}
