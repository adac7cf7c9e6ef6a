/** `privacy`: what a person may ask for. */
import type { CommandKit, LocalOf } from './command-kit.ts';
import { privacyErase, type PrivacyEraseArgs } from './commands/privacy-erase.ts';
import { privacyExport, type PrivacyExportArgs } from './commands/privacy-export.ts';

export function addPrivacyCommands({ program, io, wiring, run, local, json, place }: CommandKit): void {
  const privacy = program.command('privacy').description('requests of people about what is kept on them');
  local(
    privacy.command('export <number>').description('everything that is kept on a number, as JSON with where'),
  )
    .option('--archive <folder>', 'look through archived months as well')
    .option('--database <url>', 'a store; default: the configured one')
    .action((number: string, options: LocalOf<Omit<PrivacyExportArgs, 'number'>>) =>
      run(async () => privacyExport({ ...place(options), number }, io, await wiring())),
    );
  local(
    json(
      privacy
        .command('erase <number>')
        .description('delete what no law obliges to keep; the person is not called again'),
    ),
  )
    .requiredOption('--who <name>', 'who carries it out')
    .requiredOption('--why <reason>', 'who asked, when and how')
    .option('--yes', 'do it; without, it is only told what would be done')
    .option('--database <url>', 'a store; default: the configured one')
    .action((number: string, options: LocalOf<Omit<PrivacyEraseArgs, 'number'>>) =>
      run(async () => privacyErase({ ...place(options), number }, io, await wiring())),
    );
}
