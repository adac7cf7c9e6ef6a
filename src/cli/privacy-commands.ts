/** `privacy`: what a person may ask for. */
import type { CommandKit, LocalOf } from './command-kit.ts';
import { privacyExport, type PrivacyExportArgs } from './commands/privacy-export.ts';

export function addPrivacyCommands({ program, io, wiring, run, local, place }: CommandKit): void {
  const privacy = program.command('privacy').description('requests of people about what is kept on them');
  local(
    privacy.command('export <number>').description('everything that is kept on a number, as JSON with where'),
  )
    .option('--archive <folder>', 'look through archived months as well')
    .option('--database <url>', 'a store; default: the configured one')
    .action((number: string, options: LocalOf<Omit<PrivacyExportArgs, 'number'>>) =>
      run(async () => privacyExport({ ...place(options), number }, io, await wiring())),
    );
}
