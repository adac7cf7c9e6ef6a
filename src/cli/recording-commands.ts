/** Commands about recordings. */
import { Option } from 'commander';
import { HOLD_SCOPES, RECORDING_TRACKS } from '../domain/recording.ts';
import type { CommandKit, Of, Remote } from './command-kit.ts';
import {
  holdLift,
  type HoldLiftArgs,
  holdSet,
  type HoldSetArgs,
  holdShow,
  recordingFetch,
  type RecordingFetchArgs,
  recordingKey,
  recordingRefuse,
  recordingShow,
  type RefuseArgs,
} from './commands/recordings.ts';

type Options = Remote & { readonly json?: boolean };

export function addRecordingCommands({ program, io, run, remote, connection }: CommandKit): void {
  const recordings = program.command('recording').description('recordings: hear, hold, refuse, keys');
  remote(recordings.command('fetch <call-id>'))
    .description('one file, decrypted and checked; who and why are in the ledger first')
    .requiredOption('--to <file>', 'where to write it; must not be there')
    .addOption(
      new Option('--track <track>', 'mixed is both voices').choices(RECORDING_TRACKS).default('mixed'),
    )
    .requiredOption('--who <name>', 'who wants to hear it')
    .requiredOption('--why <reason>', 'why')
    .action((callId: string, options: Of<RecordingFetchArgs, 'callId'>) =>
      run(() => recordingFetch({ ...connection(options), callId }, io)),
    );
  remote(recordings.command('show <call-id>'))
    .description('what is kept, under which key, until when, and which holds bind it')
    .action((callId: string, options: Options) =>
      run(() => recordingShow({ ...connection(options), callId }, io)),
    );
  remote(recordings.command('refuse <call-id>'))
    .description('the person does not want to be recorded; the call goes on')
    .requiredOption('--who <name>', 'who says so for the person')
    .action((callId: string, options: Of<RefuseArgs, 'callId'>) =>
      run(() => recordingRefuse({ ...connection(options), callId }, io)),
    );
  recordings
    .command('key <file>')
    .description('make a master key, mode 0600; must not be there')
    .action((file: string) => run(() => recordingKey(file, io)));

  const holds = recordings.command('hold').description('legal holds: what they bind is not deleted');
  remote(holds.command('set'))
    .description('forbid the deletion of recordings')
    .addOption(new Option('--scope <scope>', 'what it binds').choices(HOLD_SCOPES).makeOptionMandatory())
    .requiredOption('--value <text>', 'the call id, telephone number or seller id')
    .requiredOption('--who <name>', 'who sets it')
    .requiredOption('--why <reason>', 'why')
    .action((options: Of<HoldSetArgs>) => run(() => holdSet(connection(options), io)));
  remote(holds.command('lift <hold-id>'))
    .description('recordings past their time are deleted again')
    .requiredOption('--who <name>', 'who lifts it')
    .requiredOption('--why <reason>', 'why')
    .action((id: string, options: Of<HoldLiftArgs, 'id'>) =>
      run(() => holdLift({ ...connection(options), id }, io)),
    );
  remote(holds.command('show'))
    .description('all that were ever set, newest first')
    .action((options: Options) => run(() => holdShow(connection(options), io)));
}
