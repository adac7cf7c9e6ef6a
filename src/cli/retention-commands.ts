/** `ledger prune` and `ledger hold`: how long entries stay, and what must stay whatever its age. */
import { type Command, Option } from 'commander';
import { LEDGER_HOLD_SCOPES } from '../domain/ledger-hold.ts';
import type { CommandKit, LocalOf } from './command-kit.ts';
import {
  ledgerHoldLift,
  type LedgerHoldLiftArgs,
  ledgerHoldSet,
  type LedgerHoldSetArgs,
  ledgerHoldShow,
} from './commands/ledger-hold.ts';
import type { LedgerArgs } from './commands/ledger.ts';
import { ledgerPrune, type LedgerPruneArgs } from './commands/ledger-prune.ts';

const STORE = ['--database <url>', 'a store; default: the configured one'] as const;

export function addRetentionCommands(
  ledger: Command,
  {
    io,
    wiring,
    run,
    local,
    json,
    place,
  }: Pick<CommandKit, 'io' | 'wiring' | 'run' | 'local' | 'json' | 'place'>,
): void {
  local(
    json(
      ledger.command('prune').description('take entries past their class out of months that are archived'),
    ),
  )
    .requiredOption('--archive <folder>', 'what `ledger archive` wrote; each month is verified in it first')
    .option('--checkpoints <path...>', 'signed heads that were kept outside: each must stand in the archive')
    .option('--public-key <path...>', 'the keys that may have signed them')
    .option('--prune', 'do it; without, it is only told what would be done')
    .option('--who <name>', 'who has it done')
    .option('--why <reason>', 'why')
    .option(...STORE)
    .action((options: LocalOf<LedgerPruneArgs>) =>
      run(async () => ledgerPrune(place(options), io, await wiring())),
    );

  const holds = ledger.command('hold').description('legal holds: months that they bind are not pruned');
  local(
    json(
      holds.command('set').description('forbid the pruning of months with a campaign, a number, or of all'),
    ),
  )
    .addOption(
      new Option('--scope <scope>', 'what it binds').choices(LEDGER_HOLD_SCOPES).makeOptionMandatory(),
    )
    .option('--value <text>', 'the campaign id or the telephone number')
    .requiredOption('--who <name>', 'who sets it')
    .requiredOption('--why <reason>', 'why')
    .option(...STORE)
    .action((options: LocalOf<LedgerHoldSetArgs>) =>
      run(async () => ledgerHoldSet(place(options), io, await wiring())),
    );
  local(json(holds.command('lift <hold-id>').description('months past their class may be pruned again')))
    .requiredOption('--who <name>', 'who lifts it')
    .requiredOption('--why <reason>', 'why')
    .option(...STORE)
    .action((id: string, options: LocalOf<Omit<LedgerHoldLiftArgs, 'id'>>) =>
      run(async () => ledgerHoldLift({ ...place(options), id }, io, await wiring())),
    );
  local(json(holds.command('show').description('all that were ever set, newest first')))
    .option(...STORE)
    .action((options: LocalOf<LedgerArgs>) =>
      run(async () => ledgerHoldShow(place(options), io, await wiring())),
    );
}
