/** A signed POST for each dial level, the document of `dial-level-notice.ts`. One attempt; `control/tell-levels.ts` repeats it. */
import type { SignedTarget } from '../../config/signed-target.ts';
import { dialLevelDocument } from '../../domain/dial-level-notice.ts';
import type { LevelOutlet } from '../../ports/level-outlets.ts';
import { signedPost } from './signed-post.ts';

export const levelWebhook = (target: SignedTarget, nowMs: () => number): LevelOutlet => ({
  name: 'webhook',
  renewMs: null,
  send: (notice) => signedPost(target, dialLevelDocument(notice), nowMs),
  onForgotten: () => undefined,
});
