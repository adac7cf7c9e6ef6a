/** Commands about the STIR/SHAKEN attestation of caller IDs. */
import { Option } from 'commander';
import { ATTESTATION_LEVELS } from '../domain/attestation.ts';
import type { CommandKit, Of } from './command-kit.ts';
import { attestCheck, type AttestCheckArgs } from './commands/attest-check.ts';
import { attestImport, type AttestImportArgs } from './commands/attest-import.ts';
import { canaryRun, type CanaryRunArgs } from './commands/canary.ts';
import {
  attestDeclare,
  type AttestDeclareArgs,
  attestStatus,
  type AttestStatusArgs,
} from './commands/attest.ts';

export function addAttestCommands({ program, io, run, remote, connection }: CommandKit): void {
  const attest = program.command('attest').description('STIR/SHAKEN attestation of caller IDs');

  remote(attest.command('declare <caller-id>'))
    .description('record that a caller ID is signed with a level, on the strength of a proof')
    .addOption(
      new Option('--level <level>', 'A full, B partial, C gateway')
        .choices(ATTESTATION_LEVELS)
        .makeOptionMandatory(),
    )
    .requiredOption('--proof <text>', 'reference of the proof: statement of the carrier, hash of a document')
    .requiredOption('--expires <instant>', 'when it must be confirmed again')
    .option('--trunk <endpoint>', 'the PJSIP endpoint it is of; default: every trunk')
    .option('--confirmed-at <instant>', 'default: now')
    .action((callerId: string, options: Of<AttestDeclareArgs, 'callerId'>) =>
      run(() => attestDeclare({ ...connection(options), callerId }, io)),
    );

  remote(attest.command('import <file>'))
    .description("record carriers' statements from a CSV or JSON file; run again it writes nothing new")
    .option('--document <file>', 'the statement itself, hashed here, where a line does not name its hash')
    .option('--expires <instant>', 'when they must be confirmed again, where a line does not say it')
    .action((file: string, options: Of<AttestImportArgs, 'file'>) =>
      run(() => attestImport({ ...connection(options), file }, io)),
    );

  const canary = attest.command('canary').description('calls to your own numbers, to see what arrives there');
  remote(canary.command('run'))
    .description('call now and wait for what comes back; not ok when it is missing or less than before')
    .option('--caller-id <number>', 'default: every caller ID')
    .option('--trunk <endpoint>', 'default: every trunk')
    .action((options: Of<CanaryRunArgs>) => run(() => canaryRun(connection(options), io)));

  remote(attest.command('check <caller-id>'))
    .description(
      'what is confirmed of one caller ID on each trunk, and whether an origination is vetoed for it',
    )
    .action((callerId: string, options: Of<AttestCheckArgs, 'callerId'>) =>
      run(() => attestCheck({ ...connection(options), callerId }, io)),
    );

  remote(attest.command('status'))
    .description('caller IDs by trunk: level, age, source, and what campaigns demand')
    .action((options: Of<AttestStatusArgs>) => run(() => attestStatus(connection(options), io)));
}
