/** A signed POST for each ledger entry, the document of `event-delivery.ts`. One attempt; `control/deliver-events.ts` repeats it. */
import type { EventWebhook } from '../../config/event-webhooks.ts';
import { eventDocument } from '../../domain/event-delivery.ts';
import type { EventTarget } from '../../ports/event-targets.ts';
import { signedPost } from './signed-post.ts';

export const eventWebhook = (
  { name, kinds, attemptsMax, target }: EventWebhook,
  nowMs: () => number,
): EventTarget => ({
  name,
  kinds,
  attemptsMax,
  send: (entry) => signedPost(target, eventDocument(entry), nowMs),
});
