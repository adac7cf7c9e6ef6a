/** A signed POST for each checkpoint of the ledger, the document of `checkpoint.ts`. One attempt: the next checkpoint covers it. */
import type { SignedTarget } from '../../config/signed-target.ts';
import type { CheckpointOutlet } from '../../ports/checkpoint-outlets.ts';
import { signedPost } from './signed-post.ts';

export const checkpointWebhook = (target: SignedTarget, nowMs: () => number): CheckpointOutlet => ({
  kind: 'webhook',
  name: 'webhook',
  put: (checkpoint) => signedPost(target, { ...checkpoint }, nowMs),
});
