/**
 * A signed POST for each screen pop, the document of `screen-pop.ts`. Those of
 * one agent go one after the other. One that fails is lost: by the time it could be tried again another call may be there.
 */
import type { SignedTarget } from '../../config/signed-target.ts';
import type { AgentId } from '../../domain/ids.ts';
import { type ScreenPop, screenPopDocument } from '../../domain/screen-pop.ts';
import type { Log } from '../../ports/log.ts';
import type { ScreenPopTarget } from '../../ports/screen-pops.ts';
import { signedPost } from './signed-post.ts';

/** Of one agent: what comes then would be told of calls that are over. */
const WAITING_MAX = 8;

interface Line {
  waiting: number;
  last: Promise<void>;
}

export function screenWebhook(
  target: SignedTarget,
  given: { readonly nowMs: () => number; readonly log: Log },
): ScreenPopTarget {
  const lines = new Map<AgentId, Line>();

  /** Nothing of the lead: the log is kept. */
  function complain({ callId, agentId, event }: ScreenPop, error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    given.log.warn({ callId, agentId, event, problem }, 'a screen pop was not taken');
  }

  return {
    tell(pop) {
      const line = lines.get(pop.agentId) ?? { waiting: 0, last: Promise.resolve() };
      if (line.waiting >= WAITING_MAX) {
        complain(pop, new Error(`${line.waiting} wait already`));
        return;
      }
      lines.set(pop.agentId, line);
      line.waiting += 1;
      line.last = line.last
        .then(() => signedPost(target, screenPopDocument(pop), given.nowMs))
        .catch((error: unknown) => complain(pop, error))
        .finally(() => {
          line.waiting -= 1;
          if (line.waiting === 0) lines.delete(pop.agentId);
        });
    },
  };
}
