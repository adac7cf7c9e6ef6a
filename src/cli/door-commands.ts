/** Commands of the further doors: files of requests and consents, declared emergencies, texts that wait for a person. */
import { type Command, Option } from 'commander';
import { SETTLEMENTS } from '../domain/unclear-request.ts';
import {
  type EmergencyArgs,
  emergencyDeclare,
  emergencyEnd,
  emergencyShow,
  type SettleArgs,
  unclearSettle,
  unclearShow,
} from './commands/doors.ts';
import { consentImport, optOutImport, type WishImportArgs } from './commands/import.ts';
import type { CommandKit, Of, Remote } from './command-kit.ts';
import { CommandFailed, EXIT } from './io.ts';

type Options = Remote & { readonly json?: boolean };

/** `optOuts` and `consents` are the commands that the imports hang on. */
export function addDoorCommands(
  { program, io, run, remote, connection }: CommandKit,
  { optOuts, consents }: { readonly optOuts: Command; readonly consents: Command },
): void {
  const imports = [
    [optOuts, 'requests not to be called', optOutImport],
    [consents, 'consents with all their elements', consentImport],
  ] as const;
  for (const [group, what, command] of imports) {
    remote(group.command('import <file>'))
      .description(`record a CSV file of ${what}; run again it writes nothing new`)
      .option('--seller <id>', 'the seller all of them are for (needed)')
      .option('--channel <text>', 'how they were said, where a line does not say it')
      .option('--rejected-to <file>', 'write every rejected line into this file')
      .action((file: string, _options: object, self: Command) =>
        run(async () => {
          // The command above has a `--seller` of its own and takes the word first, so it cannot be mandatory here.
          const options = self.optsWithGlobals<
            Omit<Of<WishImportArgs, 'file'>, 'seller'> & { seller?: string }
          >();
          const { seller } = options;
          if (seller === undefined) throw new CommandFailed(EXIT.usage, 'name the seller: --seller <id>');
          return command({ ...connection(options), seller, file }, io);
        }),
      );
  }

  const emergencies = program
    .command('emergency')
    .description('states of emergency in which sales calls are barred');
  remote(emergencies.command('declare <state>'))
    .description('no calls to this place on these days, on every sidecar')
    .requiredOption('--from <date>', 'first day in the place')
    .option('--until <date>', 'last day; left out while nobody knows it')
    .requiredOption('--source <text>', 'proclamation or notice')
    .requiredOption('--who <name>', 'who enters it')
    .action((state: string, options: Of<EmergencyArgs, 'state'> & { from: string; until?: string }) =>
      run(() => emergencyDeclare({ ...connection(options), state }, io)),
    );
  remote(emergencies.command('end <state>'))
    .description('end those declared for this place; rows of operator.yaml stay')
    .requiredOption('--until <date>', 'last day in the place')
    .requiredOption('--source <text>', 'proclamation or notice')
    .requiredOption('--who <name>', 'who enters it')
    .action((state: string, options: Of<EmergencyArgs, 'state'> & { until: string }) =>
      run(() => emergencyEnd({ ...connection(options), state }, io)),
    );
  remote(emergencies.command('show'))
    .description('all that were declared')
    .action((options: Options) => run(() => emergencyShow(connection(options), io)));

  const unclear = program
    .command('unclear')
    .description('what people wrote that may be a request not to be called');
  remote(unclear.command('show'))
    .description('what waits for a person, oldest first')
    .action((options: Options) => run(() => unclearShow(connection(options), io)));
  remote(unclear.command('settle <id>'))
    .description('say what it was; an opt-out is recorded')
    .addOption(new Option('--as <word>', 'what it was').choices(SETTLEMENTS).makeOptionMandatory())
    .requiredOption('--who <name>', 'who has read it')
    .requiredOption('--why <reason>', 'why')
    .action((id: string, options: Of<SettleArgs, 'id'>) =>
      run(() => unclearSettle({ ...connection(options), id }, io)),
    );
}
