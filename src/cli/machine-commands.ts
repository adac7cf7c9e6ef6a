/** Commands that work on this machine: ledger, replay, rules, lists, doctor, prompts. */
import { Option } from 'commander';
import { LIST_KINDS } from '../domain/facts.ts';
import { doctor } from './commands/doctor.ts';
import { type LedgerArgs, ledgerExport, ledgerVerify, type LedgerVerifyArgs } from './commands/ledger.ts';
import { ledgerArchive, type LedgerArchiveArgs } from './commands/ledger-archive.ts';
import { ledgerKeys, type LedgerKeysArgs } from './commands/ledger-keys.ts';
import { listImport, type ListImportArgs, listShow, type ListShowArgs } from './commands/list.ts';
import { prompts, type PromptsArgs } from './commands/prompts.ts';
import { replayCall, type ReplayArgs, rulesDiff, type RulesDiffArgs } from './commands/replay.ts';
import type { Wiring } from './wiring.ts';
import { type CommandKit, type Local, type LocalOf } from './command-kit.ts';
import { addRetentionCommands } from './retention-commands.ts';

export function addMachineCommands({
  program,
  io,
  wiring,
  run,
  local,
  json,
  place,
  nodeVersion,
}: CommandKit): void {
  const ledger = program.command('ledger').description('the append-only record');
  addRetentionCommands(ledger, { io, wiring, run, local, json, place });
  local(json(ledger.command('verify').description('check every hash chain, of the store or of an export')))
    .option('--file <path...>', 'exports, the older first; needs nothing else')
    .option('--heads <path>', 'what this command printed earlier with --json: nothing before it was changed')
    .option('--from <path>', 'what stands beside an archived month: the files go on from its end')
    .option('--checkpoints <path...>', 'signed heads that were kept outside: each must still stand')
    .option('--public-key <path...>', 'the keys that may have signed them')
    .option('--database <url>', 'a store; default: the configured one')
    .action((options: LocalOf<LedgerVerifyArgs>) =>
      run(async () => {
        const openLedger: Wiring['openLedger'] = async (at) => (await wiring()).openLedger(at);
        return ledgerVerify(place(options), io, { openLedger });
      }),
    );
  json(ledger.command('keys').description('make the key pair that heads of the ledger are signed with'))
    .requiredOption('--out <path>', 'where the private half goes; the public half stands beside it as .pub')
    .action((options: LedgerKeysArgs) => run(() => Promise.resolve(ledgerKeys(options, io))));
  local(json(ledger.command('archive').description('each month that is over as a file that verify reads')))
    .requiredOption('--to <folder>', 'where the files go; months that are there are not read again')
    .option('--database <url>', 'a store; default: the configured one')
    .action((options: LocalOf<LedgerArchiveArgs>) =>
      run(async () => ledgerArchive(place(options), io, await wiring())),
    );
  local(ledger.command('export').description('every entry as a line of JSON on stdout'))
    .option('--database <url>', 'a store; default: the configured one')
    .action((options: LocalOf<LedgerArgs>) =>
      run(async () => ledgerExport(place(options), io, await wiring())),
    );

  local(
    json(
      program.command('replay <call-id>').description('decide a recorded call again, from the ledger alone'),
    ),
  )
    .option('--file <path>', 'an export; needs nothing else')
    .option('--database <url>', 'a store; default: the configured one')
    .action((callId: string, options: LocalOf<Omit<ReplayArgs, 'callId'>>) =>
      run(async () => {
        const openLedger: Wiring['openLedger'] = async (at) => (await wiring()).openLedger(at);
        return replayCall({ ...place(options), callId }, io, { openLedger });
      }),
    );
  const rules = program.command('rules').description('the law and the settings that decide');
  local(
    json(
      rules.command('diff <from> <to>').description('which recorded decisions another policy would change'),
    ),
  )
    .requiredOption('--replay <day>', 'yesterday, today, or a date of UTC')
    .option('--file <path>', 'an export instead of the store')
    .option('--database <url>', 'a store; default: the configured one')
    .addHelpText('after', '\nFROM and TO: `recorded`, the head of a policy hash, or a configuration folder.')
    .action((from: string, to: string, options: LocalOf<Omit<RulesDiffArgs, 'from' | 'to'>>) =>
      run(async () => rulesDiff({ ...place(options), from, to }, io, await wiring())),
    );

  const lists = program.command('list').description('do-not-call lists on this machine');
  local(json(lists.command('import <file...>')))
    .description(
      'make a new version of a list of the files, all of it or nothing; a running sidecar takes it up',
    )
    .requiredOption('--name <name>', 'name of the list in reasons and evidence')
    .addOption(new Option('--kind <kind>', 'who keeps the list').choices(LIST_KINDS).makeOptionMandatory())
    .requiredOption('--obtained-on <date>', 'day the copy was obtained, for example 2026-11-20')
    .option('--jurisdiction <code>', 'the state of a state list')
    .option('--campaign <id>', 'the campaign of a campaign list')
    .option('--area-codes <codes>', 'what a registry or state copy was obtained for: all, or 303,720')
    .option('--delta', 'the files hold changes: each line says A or D behind its number')
    .option('--allow-older', 'the copy may be older than the version in force')
    .option('--rejected-to <file>', 'write every rejected line there, not only the first ones')
    .action((files: readonly string[], options: LocalOf<ListImportArgs>) =>
      run(async () => listImport({ ...place(options), files }, io, await wiring())),
    );
  local(json(lists.command('show [name]')))
    .description('the version in force of each list, where it came from, and how old it is')
    .option('--verify', 'read every page and compare its hash')
    .action((name: string | undefined, options: LocalOf<ListShowArgs>) =>
      run(async () => listShow({ ...place(options), name }, io, await wiring())),
    );

  local(json(program.command('doctor').description('look at everything a call depends on'))).action(
    (options: Local & { readonly json?: boolean }) =>
      run(async () => doctor({ ...place(options), nodeVersion }, io, await wiring())),
  );

  const messages = program.command('prompts').description('the recorded messages');
  for (const what of ['render', 'check'] as const) {
    local(
      json(
        messages
          .command(what)
          .description(what === 'render' ? 'speak them into files' : 'is each fit to be played?'),
      ),
    ).action((options: LocalOf<PromptsArgs>) =>
      run(async () => prompts(what, place(options), io, await wiring())),
    );
  }
}
