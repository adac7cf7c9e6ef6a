/** The flags of `simulate`. */
import { InvalidArgumentError, Option } from 'commander';
import { POLICIES } from '../sim/policies.ts';
import { REGIMES } from '../sim/worlds.ts';
import { simulate, type SimulateArgs } from './commands/simulate.ts';
import { type CommandKit, count } from './command-kit.ts';

/** Bounds keep a slip of the finger from simulating for days. */
const AGENTS_MAX = 500;
const DAYS_MAX = 10_000;
const SECONDS_MAX = 86_400;

const countUpTo =
  (most: number) =>
  (text: string): number => {
    const value = count(text);
    if (value > most) throw new InvalidArgumentError(`expected a whole number from 1 to ${most}`);
    return value;
  };

const numberBetween =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d*\.?\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
    }
    return value;
  };

export function addSimulateCommand({
  program,
  io,
  run,
  json,
}: Pick<CommandKit, 'program' | 'io' | 'run' | 'json'>): void {
  json(program.command('simulate').description('play a campaign on a simulated call floor'))
    .addOption(new Option('--agents <n>', 'agents of the floor').argParser(countUpTo(AGENTS_MAX)).default(10))
    .addOption(
      new Option('--answer-rate <share>', 'of dials that are answered')
        .argParser(numberBetween(0.01, 1))
        .default(0.25),
    )
    .addOption(
      new Option('--days <n>', 'days of eight hours in a block').argParser(countUpTo(DAYS_MAX)).default(30),
    )
    .addOption(new Option('--regime <name>', 'how the day goes').choices(REGIMES).default('constant'))
    .addOption(
      new Option('--policy <name>', 'who decides how many lines').choices(POLICIES).default('breakwater'),
    )
    .addOption(
      new Option('--world <name>', 'R: realistic; E: memoryless, its optimum is known')
        .choices(['R', 'E'])
        .default('R'),
    )
    .addOption(new Option('--ring <s>', 'mean ring time').argParser(numberBetween(0.1, SECONDS_MAX)))
    .addOption(new Option('--handle <s>', 'mean talk time').argParser(numberBetween(1, SECONDS_MAX)))
    .addOption(
      new Option('--ceiling <percent>', 'of the drop rate').argParser(numberBetween(0.1, 100)).default(3),
    )
    .addOption(new Option('--seed <n>', 'the first seed').argParser(count).default(1))
    .addOption(
      new Option('--seeds <n>', 'blocks, each of the next seed').argParser(countUpTo(DAYS_MAX)).default(1),
    )
    .option('--tuned', "search VICIdial's best settings first; without it, its own defaults")
    .option('--html <file>', 'write a page with plots of the first block')
    .action((options: SimulateArgs) => run(() => simulate(options, io)));
}
