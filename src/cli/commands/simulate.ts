/** `simulate` plays blocks of a campaign on a simulated call floor with the production pacer, budget and counting. */
import { writeFile } from 'node:fs/promises';
import { type BlockReport, simulateBlock } from '../../sim/block.ts';
import { policyOf, type PolicyName, vicidialMethodOf } from '../../sim/policies.ts';
import { reportPage } from '../../sim/report-page.ts';
import { tuneVicidial } from '../../sim/tune-vicidial.ts';
import type { VicidialSettings } from '../../sim/vicidial.ts';
import {
  DEFAULT_TIMES,
  MINUTE_MS,
  type Regime,
  type World,
  type WorldName,
  worldOf,
} from '../../sim/worlds.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { many, table } from '../text.ts';

export interface SimulateArgs {
  readonly world: WorldName;
  readonly agents: number;
  /** 0 to 1. */
  readonly answerRate: number;
  /** Seconds; the world's own when left out. */
  readonly ring?: number | undefined;
  readonly handle?: number | undefined;
  readonly regime: Regime;
  readonly days: number;
  readonly policy: PolicyName;
  /** Percent. */
  readonly ceiling: number;
  /** First seed, and how many blocks. */
  readonly seed: number;
  readonly seeds: number;
  readonly tuned?: boolean | undefined;
  readonly html?: string | undefined;
  readonly json?: boolean | undefined;
}

const SAMPLE_MS = 30 * MINUTE_MS;
/** VICIdial is tuned on seeds that no report uses. */
const TUNE_SEED = 900_001;
const TUNE_DAYS = 5;

export async function simulate(args: SimulateArgs, io: Io): Promise<ExitCode> {
  const times = DEFAULT_TIMES[args.world];
  if (args.world === 'E' && args.regime !== 'constant') {
    throw new CommandFailed(EXIT.usage, `--regime \`${args.regime}\`: world E knows \`constant\` only`);
  }
  const world = worldOf(args.world, {
    agents: args.agents,
    answerRate: args.answerRate,
    ringMs: args.ring === undefined ? times.ringMs : 1_000 * args.ring,
    handleMs: args.handle === undefined ? times.handleMs : 1_000 * args.handle,
    regime: args.regime,
  });
  const ceilingBp = Math.round(100 * args.ceiling);
  const settings = await vicidialSettings(args, world, ceilingBp, io);
  const blocks: { readonly seed: number; readonly report: BlockReport }[] = [];
  const bar = progress(io, args.seeds * args.days, 'day');
  for (let seed = args.seed; seed < args.seed + args.seeds; seed += 1) {
    // Lets an interrupt in between blocks.
    await io.sleep(0);
    const policy = policyOf(args.policy, ceilingBp, settings);
    const sampleMs = args.html === undefined ? null : SAMPLE_MS;
    const { days } = args;
    const report = simulateBlock({ world, policy, seed, days, ceilingBp, sampleMs, onDay: () => bar(1) });
    if (world.name === 'E') bar(days - 1);
    blocks.push({ seed, report });
  }
  if (args.json === true)
    printJson(io, { ...shownArgs(args), ...(settings && { settings }), blocks: blocks.map(asJson) });
  else io.out(asTable(blocks));
  const [first] = blocks;
  if (args.html !== undefined && first !== undefined) await writePage(args.html, args, ceilingBp, first, io);
  return EXIT.ok;
}

/** A bar on stderr, a line each tenth. */
function progress(io: Io, total: number, of: string): (done: number) => void {
  let done = 0;
  let shown = 0;
  return (more) => {
    done += more;
    const tenths = Math.floor((10 * done) / total);
    if (tenths === shown) return;
    shown = tenths;
    io.err(`[${'#'.repeat(tenths)}${'.'.repeat(10 - tenths)}] ${done} of ${many(total, of)}`);
  };
}

async function vicidialSettings(
  { policy, tuned, seed, seeds, days }: SimulateArgs,
  world: World,
  ceilingBp: number,
  io: Io,
): Promise<VicidialSettings | undefined> {
  const method = vicidialMethodOf(policy);
  if (tuned !== true) return undefined;
  if (method === null)
    throw new CommandFailed(EXIT.usage, `--tuned is for VICIdial; the policy is \`${policy}\``);
  if (seed <= TUNE_SEED && TUNE_SEED < seed + seeds) {
    throw new CommandFailed(
      EXIT.usage,
      `--seed ${TUNE_SEED} is the one VICIdial is tuned on; choose another`,
    );
  }
  io.err('searching the best settings, on another seed');
  await io.sleep(0);
  const tuning = { world, methods: [method], seeds: [TUNE_SEED], days: Math.min(TUNE_DAYS, days), ceilingBp };
  return tuneVicidial(tuning)[0]?.settings;
}

const shownArgs = ({ world, agents, answerRate, regime, days, policy, ceiling }: SimulateArgs): object => ({
  world,
  agents,
  answer_rate: answerRate,
  regime,
  days,
  policy,
  ceiling_percent: ceiling,
});

const asJson = ({ seed, report }: { readonly seed: number; readonly report: BlockReport }): object => ({
  seed,
  utilization: report.utilization,
  drop_rate: report.dropRate,
  windows: report.windows,
  windows_above: report.windowsAbove,
  highest_day_prefix: report.highestDayPrefix,
  highest_block_prefix: report.highestBlockPrefix,
  dials: report.dials,
  connects: report.connects,
  agent_wait_mean_ms: Math.round(report.meanAgentWaitMs),
});

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function asTable(blocks: readonly { readonly seed: number; readonly report: BlockReport }[]): string {
  return table(
    ['SEED', 'BUSY', 'DROPPED', 'WINDOWS ABOVE', 'HIGHEST PREFIX', 'DIALS/CONNECT', 'AGENT WAIT'],
    blocks.map(({ seed, report }) => [
      seed,
      percent(report.utilization),
      percent(report.dropRate),
      `${report.windowsAbove} of ${report.windows}`,
      percent(report.highestDayPrefix),
      (report.dials / Math.max(1, report.connects)).toFixed(2),
      `${(report.meanAgentWaitMs / 1_000).toFixed(1)} s`,
    ]),
  );
}

async function writePage(
  file: string,
  args: SimulateArgs,
  ceilingBp: number,
  { seed, report }: { readonly seed: number; readonly report: BlockReport },
  io: Io,
): Promise<void> {
  const facts: readonly (readonly [string, string])[] = [
    ['policy', args.policy],
    ['world and regime', `${args.world}, ${args.regime}`],
    ['agents', String(args.agents)],
    ['answer rate', percent(args.answerRate)],
    ['ceiling', `${args.ceiling.toFixed(2)} %`],
    ['seed', String(seed)],
  ];
  const title = `${many(args.days, 'simulated day')} of ${many(args.agents, 'agent')}: ${args.policy}`;
  try {
    await writeFile(file, reportPage({ title, facts, report, ceilingBp }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(EXIT.usage, `--html \`${file}\` cannot be written: ${why}`);
  }
  io.err(`report written to ${file}`);
}
