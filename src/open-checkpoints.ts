/** The part of `main.ts` that opens where checkpoints of the ledger are kept. */
import { createPrivateKey } from 'node:crypto';
import { checkpointFile } from './adapters/files/checkpoint-file.ts';
import { checkpointWebhook } from './adapters/webhooks/checkpoints.ts';
import type { Config } from './config/config.ts';
import {
  type CheckpointKeeper,
  type CheckpointKeeping,
  keepCheckpoints,
} from './control/keep-checkpoints.ts';
import { checkpointSigner } from './domain/checkpoint.ts';
import { MINUTE_MS } from './domain/time.ts';

/** Null where nobody has given a key. `nowMs`: the true time of day. */
export function openCheckpoints(
  { checkpoints }: Pick<Config, 'checkpoints'>,
  keeping: Pick<CheckpointKeeping, 'writer' | 'head' | 'clock' | 'log'>,
  nowMs: () => number,
): CheckpointKeeper | null {
  if (checkpoints === null) return null;
  const { key, file, target, everyMinutes } = checkpoints;
  return keepCheckpoints({
    ...keeping,
    sign: checkpointSigner(createPrivateKey(key)),
    outlets: [
      ...(file === null ? [] : [checkpointFile(file)]),
      ...(target === null ? [] : [checkpointWebhook(target, nowMs)]),
    ],
    everyMs: everyMinutes * MINUTE_MS,
  });
}
