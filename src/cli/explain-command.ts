/** `attest explain`, beside the other commands of `attest`. */
import type { CommandKit, LocalOf } from './command-kit.ts';
import { attestExplain, type AttestExplainArgs } from './commands/explain-identity.ts';

/** After the group that makes `attest`. */
export function addExplainCommand({ program, io, wiring, run, local, json, place }: CommandKit): void {
  const attest =
    program.commands.find((command) => command.name() === 'attest') ??
    program.command('attest').description('STIR/SHAKEN attestation of caller IDs');
  local(json(attest.command('explain <header>')))
    .description('what an Identity header claims, and whether each check of it passes on this machine')
    .option('--from <number>', 'caller ID of the call; default: not compared')
    .option('--to <number>', 'called number of the call; default: not compared')
    .option('--date <text>', 'the Date header; default: not compared')
    .option('--at <instant>', 'when the call was seen, ISO 8601; default: now')
    .action((header: string, options: LocalOf<Omit<AttestExplainArgs, 'header'>>) =>
      run(async () => attestExplain({ ...place(options), header }, io, await wiring())),
    );
}
