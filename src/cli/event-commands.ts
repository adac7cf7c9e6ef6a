/** Commands about events that programs outside are told. */
import type { CommandKit, Of, Remote } from './command-kit.ts';
import { eventResend, eventUndelivered, type ResendArgs } from './commands/events.ts';

type Options = Remote & { readonly json?: boolean };

export function addEventCommands({ program, io, run, remote, connection }: CommandKit): void {
  const events = program.command('event').description('events that programs outside are told');
  remote(events.command('undelivered'))
    .description('those that were not taken, oldest first')
    .action((options: Options) => run(() => eventUndelivered(connection(options), io)));
  remote(events.command('resend'))
    .description('send those again that were not taken')
    .option('--target <name>', 'of this target only')
    .action((options: Of<ResendArgs>) => run(() => eventResend(connection(options), io)));
}
