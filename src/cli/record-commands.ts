/** Commands that enter or show what is on record about people, sellers and caller IDs. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { OVERRIDABLE } from '../domain/override.ts';
import { REASSIGNED_ANSWERS } from '../domain/reassigned.ts';
import { RELATIONSHIP_KINDS } from '../domain/relationship.ts';
import { evidence, type EvidenceArgs, evidenceVerify } from './commands/evidence.ts';
import {
  reassignedAdd,
  type ReassignedAddArgs,
  reassignedDue,
  type ReassignedDueArgs,
} from './commands/reassigned.ts';
import { consentAdd, type ConsentAddArgs, optOut, type OptOutArgs } from './commands/records.ts';
import { reassignedImport, type ReassignedImportArgs } from './commands/import.ts';
import {
  consentConfirm,
  type ConsentConfirmArgs,
  overrideAdd,
  type OverrideAddArgs,
  relationshipAdd,
  type RelationshipAddArgs,
} from './commands/standing.ts';
import { EXIT } from './io.ts';
import { type CommandKit, count, type Of } from './command-kit.ts';
import { addDoorCommands } from './door-commands.ts';

export function addRecordCommands(kit: CommandKit): void {
  const { program, io, run, remote, connection } = kit;
  const optOuts = remote(
    program.command('opt-out <number>').description('this person does not want to be called by a seller'),
  )
    .option('--seller <id>', 'the seller it was said to')
    .option('--campaign <id>', 'or a campaign of that seller')
    .option('--channel <text>', 'how it was said: letter, e-mail, call back; default: cli')
    .option('--call-id <id>', 'the call it was said in')
    .action((number: string, options: Of<OptOutArgs, 'number'>) =>
      run(() => optOut({ ...connection(options), number }, io)),
    );

  const consents = program.command('consent').description('consent records');
  addDoorCommands(kit, { optOuts, consents });
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
    .option('--topic <text>', 'what the calls may be about')
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

  const reassigned = program.command('reassigned').description('answers of the reassigned-numbers database');
  remote(reassigned.command('add <number>'))
    .description('record an answer')
    .requiredOption('--seller <id>', 'the seller that asked')
    .requiredOption('--since <date>', 'the date that was asked about')
    .addOption(new Option('--answer <word>', 'as given').choices(REASSIGNED_ANSWERS).makeOptionMandatory())
    .option('--queried-at <instant>', 'default: now')
    .option('--id <id>', 'an id of the query; default: a new one')
    .action((number: string, options: Of<ReassignedAddArgs, 'number'>) =>
      run(() => reassignedAdd({ ...connection(options), number }, io)),
    );
  remote(reassigned.command('import <file>'))
    .description(
      'record a CSV file of answers, also as the database gives it back; run again it writes nothing new',
    )
    .requiredOption('--seller <id>', 'the seller that asked')
    .option('--queried-at <instant>', 'when the database was asked, where a line does not say it')
    .option('--since <date>', 'the date that was asked about, where a line does not say it')
    .option('--rejected-to <file>', 'write every rejected line into this file')
    .action((file: string, options: Of<ReassignedImportArgs, 'file'>) =>
      run(() => reassignedImport({ ...connection(options), file }, io)),
    );

  remote(reassigned.command('due'))
    .description('numbers with a consent that the database must be asked about, as CSV for it')
    .requiredOption('--seller <id>', 'the seller that calls')
    .option('--at <instant>', 'as if it were then: what will be due; default: now')
    .option('--no-header', 'only lines of numbers and dates')
    .action((options: Of<ReassignedDueArgs>) => run(() => reassignedDue(connection(options), io)));

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
}
