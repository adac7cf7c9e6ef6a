/** Commands about the STIR/SHAKEN attestation of caller IDs. */
import { Option } from 'commander';
import { ATTESTATION_LEVELS } from '../domain/attestation.ts';
import type { CommandKit, Of } from './command-kit.ts';
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

  remote(attest.command('status'))
    .description('caller IDs by trunk: level, age, source, and what campaigns demand')
    .action((options: Of<AttestStatusArgs>) => run(() => attestStatus(connection(options), io)));
}
