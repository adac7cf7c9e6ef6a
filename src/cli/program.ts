/** The command line: names, options and help. Every action is one call of a command function; this file decides nothing. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ATTESTATION_LEVELS } from '../domain/attestation.ts';
import { LIST_KINDS } from '../domain/facts.ts';
import { LINE_TYPES } from '../domain/origination.ts';
import { OVERRIDABLE } from '../domain/override.ts';
import { REASSIGNED_ANSWERS } from '../domain/reassigned.ts';
import { RELATIONSHIP_KINDS } from '../domain/relationship.ts';
import { DEFAULT_URL } from './client.ts';
import { call, type CallArgs, callShow } from './commands/call.ts';
import {
  campaignLever,
  type CampaignLeverArgs,
  campaignList,
  type CampaignListArgs,
} from './commands/campaign.ts';
import { check, type CheckArgs } from './commands/check.ts';
import { doctor } from './commands/doctor.ts';
import { evidence, type EvidenceArgs, evidenceVerify } from './commands/evidence.ts';
import { type LedgerArgs, ledgerExport, ledgerVerify, type LedgerVerifyArgs } from './commands/ledger.ts';
import { listImport, type ListImportArgs, listShow, type ListShowArgs } from './commands/list.ts';
import { prompts, type PromptsArgs } from './commands/prompts.ts';
import {
  attestDeclare,
  type AttestDeclareArgs,
  consentAdd,
  type ConsentAddArgs,
  optOut,
  type OptOutArgs,
} from './commands/records.ts';
import { replayCall, type ReplayArgs, rulesDiff, type RulesDiffArgs } from './commands/replay.ts';
import {
  consentConfirm,
  type ConsentConfirmArgs,
  overrideAdd,
  type OverrideAddArgs,
  reassignedAdd,
  type ReassignedAddArgs,
  relationshipAdd,
  type RelationshipAddArgs,
} from './commands/standing.ts';
import { EXIT, type ExitCode, guarded, type Io } from './io.ts';
import type { Place, Wiring } from './wiring.ts';

interface Remote {
  readonly url?: string;
  readonly token?: string;
  readonly timeout: number;
}

interface Local {
  readonly config: string;
}

/** Options of a command: what its function takes, without the positional argument. */
type Of<Args, Positional extends string = never> = Omit<Args, Positional | 'timeoutMs' | keyof Place> &
  Remote;
type LocalOf<Args> = Omit<Args, keyof Place> & Local;

/** `argv` without the interpreter and the script. Never throws; resolves to the exit code. */
export async function runCli(
  argv: readonly string[],
  io: Io,
  wiring: () => Promise<Wiring>,
  about: { readonly version: string; readonly nodeVersion: string },
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const run = async (command: () => Promise<number>): Promise<void> => {
    exitCode = await guarded(io, command as () => Promise<ExitCode>);
  };
  const program = buildProgram(io, wiring, about, run);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exitCode;
}

/** Exported so that the documentation's commands can be held against it without running one. */
export function buildProgram(
  io: Io,
  wiring: () => Promise<Wiring>,
  about: { readonly version: string; readonly nodeVersion: string },
  run: (command: () => Promise<number>) => Promise<void>,
): Command {
  const program = new Command('breakwater')
    .description('holds the US telemarketing rules call by call, beside Asterisk')
    .version(about.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    })
    .addHelpText('after', '\nExit codes: 0 permit or done, 1 veto or not as it should be, 2 usage, 3 fault.');

  const local = (command: Command): Command =>
    command.option(
      '--config <directory>',
      'folder with breakwater.yaml (or BREAKWATER_CONFIG)',
      io.env['BREAKWATER_CONFIG'] ?? 'config',
    );
  const remote = (command: Command): Command =>
    json(command)
      .option('--url <address>', `the sidecar (or BREAKWATER_URL; default ${DEFAULT_URL})`)
      .option('--token <token>', 'bearer token (better: BREAKWATER_TOKEN, which no process list shows)')
      .addOption(
        new Option('--timeout <ms>', 'longest wait for one answer').argParser(count).default(10_000),
      );
  const json = (command: Command): Command => command.option('--json', 'for machines');
  const connection = <T extends Remote>(options: T) => ({ ...options, timeoutMs: options.timeout });
  const place = <T extends Local>(options: T) => ({
    ...options,
    configDirectory: options.config,
    env: io.env,
  });

  local(program.command('serve').description('run the sidecar until it is told to stop')).action(
    (options: Local) =>
      run(async () => {
        const wired = await wiring();
        const { configDirectory, env } = place(options);
        return wired.serve({
          configDirectory,
          env,
          stdout: (text) => io.out(text),
          stderr: (text) => io.err(text),
        });
      }),
  );

  remote(lead(program.command('check <number>').description('would this call be permitted? records nothing')))
    .option('--at <instant>', 'as of this instant, for example 2026-11-26T13:00:00Z')
    .action((number: string, options: Of<CheckArgs, 'number'>) =>
      run(() => check({ ...connection(options), number }, io)),
    );

  const calls = remote(lead(program.command('call').description('place one call, or show one'), false))
    .argument('[number]', 'the called party')
    .option('--call-id <id>', 'an id of your own; asking again rings nobody twice')
    .option('--wait', 'follow the call to its end and print the timeline; exit 0 unless dropped or failed')
    .addOption(
      new Option('--wait-seconds <s>', 'give up following after this long').argParser(count).default(300),
    )
    .action(
      (
        number: string | undefined,
        options: Of<CallArgs, 'number' | 'campaign'> & { readonly campaign?: string },
      ) =>
        run(async () => {
          const { campaign } = options;
          if (number === undefined || campaign === undefined) {
            io.err('call needs a number and --campaign, or `call show ID`');
            return EXIT.usage;
          }
          return call({ ...connection(options), number, campaign }, io);
        }),
    );
  remote(calls.command('show <id>').description('what the ledger knows of a call')).action(
    (id: string, _options: Remote, command: Command) =>
      run(() => callShow({ ...connection(command.optsWithGlobals<Remote>()), id }, io)),
  );

  const campaigns = program.command('campaign').description('campaigns and their two levers');
  remote(campaigns.command('list').description('drop rates, budget and dial level of each')).action(
    (options: Of<CampaignListArgs>) => run(() => campaignList(connection(options), io)),
  );
  for (const lever of ['pause', 'resume'] as const) {
    remote(
      campaigns
        .command(`${lever} <id>`)
        .description(lever === 'pause' ? 'place no more calls' : 'place calls again'),
    )
      .requiredOption('--why <reason>', 'stands in the ledger')
      .option('--who <name>', 'stands in the ledger', io.env['USER'] ?? 'cli')
      .action((id: string, options: Of<CampaignLeverArgs, 'id'>) =>
        run(() => campaignLever(lever, { ...connection(options), id }, io)),
      );
  }

  remote(
    program.command('opt-out <number>').description('this person does not want to be called by a seller'),
  )
    .option('--seller <id>', 'the seller it was said to')
    .option('--campaign <id>', 'or a campaign of that seller')
    .option('--channel <text>', 'how it was said: letter, e-mail, call back', 'cli')
    .option('--call-id <id>', 'the call it was said in')
    .action((number: string, options: Of<OptOutArgs, 'number'>) =>
      run(() => optOut({ ...connection(options), number }, io)),
    );

  const consents = program.command('consent').description('consent records');
  remote(consents.command('add <number>'))
    .description('record a consent with all its elements')
    .requiredOption('--seller <id>', 'the seller it names')
    .addOption(new Option('--kind <kind>', 'what kind').choices(['written', 'express']).default('written'))
    .requiredOption('--disclosure-text <text>', 'the exact text the person saw or heard')
    .requiredOption('--act <text>', 'the affirmative act')
    .requiredOption('--source <text>', 'where it was given: page address, paper form, call id')
    .option('--signature <text>', 'as given')
    .option('--not-condition-of-purchase', 'the text says that consent is not a condition of purchase')
    .option('--page <url>', 'the page it was given on; then --ip and --user-agent are needed')
    .option('--ip <address>', 'the address it was given from')
    .option('--user-agent <text>', 'the browser it was given with')
    .option('--prefilled <text>', 'what stood in the form before the person touched it')
    .addOption(
      new Option('--tier <1-4>', "1 the seller's own form, 4 a bought lead of unknown path").argParser(count),
    )
    .option('--given-at <instant>', 'default: now')
    .option('--expires <instant>', 'default: never')
    .option('--id <id>', 'an id of the record; default: a new one')
    .action((number: string, options: Of<ConsentAddArgs, 'number'>) =>
      run(() => consentAdd({ ...connection(options), number }, io)),
    );

  remote(
    consents.command('confirm <number>').description('the person has confirmed a consent (double opt-in)'),
  )
    .requiredOption('--seller <id>', 'the seller it names')
    .requiredOption('--id <id>', 'the id of the consent')
    .option('--channel <text>', 'how: link in a mail, reply, call back', 'cli')
    .action((number: string, options: Of<ConsentConfirmArgs, 'number'>) =>
      run(() => consentConfirm({ ...connection(options), number }, io)),
    );

  remote(program.command('relationship').description('business with a person').command('add <number>'))
    .description('record a purchase or an inquiry')
    .requiredOption('--seller <id>', 'the seller it was with')
    .addOption(new Option('--kind <kind>', 'what it was').choices(RELATIONSHIP_KINDS).makeOptionMandatory())
    .requiredOption('--on <date>', 'the day of it')
    .requiredOption('--subject <text>', 'what was bought or asked about')
    .requiredOption('--source <text>', 'where it can be looked up: order, ticket, call id')
    .option('--contract-until <date>', 'last day of an open contract, account or debt')
    .option('--id <id>', 'an id of the record; default: a new one')
    .action((number: string, options: Of<RelationshipAddArgs, 'number'>) =>
      run(() => relationshipAdd({ ...connection(options), number }, io)),
    );

  remote(
    program
      .command('reassigned')
      .description('answers of the reassigned-numbers database')
      .command('add <number>'),
  )
    .description('record an answer')
    .requiredOption('--seller <id>', 'the seller that asked')
    .requiredOption('--since <date>', 'the date that was asked about')
    .addOption(new Option('--answer <word>', 'as given').choices(REASSIGNED_ANSWERS).makeOptionMandatory())
    .option('--queried-at <instant>', 'default: now')
    .option('--id <id>', 'an id of the query; default: a new one')
    .action((number: string, options: Of<ReassignedAddArgs, 'number'>) =>
      run(() => reassignedAdd({ ...connection(options), number }, io)),
    );

  remote(program.command('override').description('looser than the default').command('add <what>'))
    .description(`until a day, with a name and a reason: ${OVERRIDABLE.join(', ')}`)
    .requiredOption('--seller <id>', 'the seller it is for')
    .requiredOption('--state <code>', 'the place it is for')
    .requiredOption('--who <name>', 'who decided')
    .requiredOption('--why <reason>', 'with its paragraph')
    .requiredOption('--until <instant>', 'when it ends; one that has passed ends it now')
    .option('--id <id>', 'an id of the override; default: a new one')
    .action((what: string, options: Of<OverrideAddArgs, 'what'>) =>
      run(() => overrideAdd({ ...connection(options), what }, io)),
    );

  remote(
    program
      .command('attest')
      .description('STIR/SHAKEN attestation of caller IDs')
      .command('declare <caller-id>'),
  )
    .description('record that a caller ID is signed with a level, on the strength of a proof')
    .addOption(
      new Option('--level <level>', 'A full, B partial, C gateway')
        .choices(ATTESTATION_LEVELS)
        .makeOptionMandatory(),
    )
    .requiredOption('--proof <text>', 'reference of the proof: statement of the carrier, hash of a document')
    .requiredOption('--expires <instant>', 'when it must be confirmed again')
    .option('--confirmed-at <instant>', 'default: now')
    .action((callerId: string, options: Of<AttestDeclareArgs, 'callerId'>) =>
      run(() => attestDeclare({ ...connection(options), callerId }, io)),
    );

  const dossiers = remote(
    program.command('evidence').description('everything on record about a number, with its proof'),
  )
    .argument('[number]', 'the called party')
    .option('--html <file>', 'write it as a page for people')
    .option('--after <id>', 'decisions and calls after this entry; a long history comes in several documents')
    .action((number: string | undefined, options: Of<EvidenceArgs, 'number'>) =>
      run(async () => {
        if (number === undefined) {
          io.err('evidence needs a number, or `evidence verify FILE`');
          return EXIT.usage;
        }
        return evidence({ ...connection(options), number }, io);
      }),
    );
  dossiers
    .command('verify <file>')
    .description('check a dossier written with --json: every hash again, and every word against them')
    .action((file: string, _options: object, command: Command) =>
      run(() => evidenceVerify({ file, json: command.optsWithGlobals<{ json?: boolean }>().json }, io)),
    );

  const ledger = program.command('ledger').description('the append-only record');
  local(json(ledger.command('verify').description('check every hash chain, of the store or of an export')))
    .option('--file <path>', 'an export; needs nothing else')
    .option('--database <url>', 'a store; default: the configured one')
    .action((options: LocalOf<LedgerVerifyArgs>) =>
      run(async () => {
        const openLedger: Wiring['openLedger'] = async (at) => (await wiring()).openLedger(at);
        return ledgerVerify(place(options), io, { openLedger });
      }),
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
      run(async () => doctor({ ...place(options), nodeVersion: about.nodeVersion }, io, await wiring())),
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
  return program;
}

/** What the dialer knows of the lead; the same options for `check` and `call`. */
function lead(command: Command, campaignNeeded = true): Command {
  const campaign = new Option('--campaign <id>', 'the campaign');
  return command
    .addOption(campaignNeeded ? campaign.makeOptionMandatory() : campaign)
    .option('--caller-id <number>', "default: the campaign's first")
    .option('--zip <code>', 'as stored with the lead')
    .option('--state <code>', 'as stored with the lead')
    .addOption(
      new Option('--line-type <type>', 'unknown counts as mobile').choices(LINE_TYPES).default('unknown'),
    )
    .option('--lead <id>', "the dialer's id of the lead")
    .option('--automated', 'a recorded message without an agent');
}
function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('expected a positive whole number');
  return Number(text);
}
