/** The part of `main.ts` that opens the folder of recordings and its targets. */
import { folderVault } from './adapters/recordings/folder-vault.ts';
import { masterKeys } from './adapters/recordings/master-keys.ts';
import { s3Target } from './adapters/recordings/s3-target.ts';
import { webhookTarget } from './adapters/recordings/webhook-target.ts';
import type { Config } from './config/config.ts';
import type { ArchiveParts } from './control/recordings/keeper.ts';
import type { RecordingRecords } from './ports/recording-records.ts';

/** Undefined where nobody has said where the exchange writes: then there is nothing to keep. `nowMs`: the true time of day. */
export function openArchive(
  { asterisk, recordings }: Pick<Config, 'asterisk' | 'recordings'>,
  records: RecordingRecords,
  nowMs: () => number,
): ArchiveParts | undefined {
  const { monitorDirectory } = asterisk;
  if (monitorDirectory === null) return undefined;
  const { encryption, keys, keyCommandMs, directory, pushes, sweepMs, deleteAfterRetention } = recordings;
  return {
    records,
    vault: folderVault({
      monitorDirectory,
      directory,
      keys: encryption === 'off' ? null : masterKeys(keys, keyCommandMs),
      nowMs,
    }),
    targets: pushes.map((push) => (push.kind === 's3' ? s3Target(push, nowMs) : webhookTarget(push, nowMs))),
    sweepMs,
    deleteAfterRetention,
  };
}
