/** The command line: every command is declared in a group and is one call of a command function; nothing is decided here. */
import { Command, CommanderError } from 'commander';
import { addAttestCommands } from './attest-commands.ts';
import { addCallCommands } from './call-commands.ts';
import { commandKit } from './command-kit.ts';
import { addEventCommands } from './event-commands.ts';
import { addExplainCommand } from './explain-command.ts';
import { EXIT, type ExitCode, guarded, type Io } from './io.ts';
import { addMachineCommands } from './machine-commands.ts';
import { addOperationCommands } from './operation-commands.ts';
import { addPrivacyCommands } from './privacy-commands.ts';
import { addRecordingCommands } from './recording-commands.ts';
import { addRecordCommands } from './record-commands.ts';
import { addSimulateCommand } from './simulate-command.ts';
import { addTokenCommands } from './token-commands.ts';
import type { Wiring } from './wiring.ts';

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

  const kit = commandKit({ program, io, wiring, run, nodeVersion: about.nodeVersion });
  addCallCommands(kit);
  addRecordCommands(kit);
  addAttestCommands(kit);
  addRecordingCommands(kit);
  addEventCommands(kit);
  addOperationCommands(kit);
  addMachineCommands(kit);
  addPrivacyCommands(kit);
  addTokenCommands(kit);
  addSimulateCommand(kit);
  addExplainCommand(kit);
  return program;
}
