/** Who may be promised to an answered call: agents of the pool, and members of queues where a campaign names some. */
import type { AgentPool } from './agents.ts';
import type { QueueDesk } from './queue-desk.ts';

/** The pool, with the desk in front of it for the campaigns that have queues. */
export const staffOf = (
  pool: AgentPool,
  desk: Pick<QueueDesk, 'promise' | 'give' | 'release' | 'busySince'>,
): AgentPool => ({
  ...pool,
  promise: (campaignId, callId) => desk.promise(campaignId, callId) ?? pool.promise(campaignId, callId),
  busy(campaignId) {
    const { since, leaving } = pool.busy(campaignId);
    return { since: [...since, ...desk.busySince(campaignId)], leaving };
  },
  talk(agent) {
    if (agent.queuedFor === undefined) pool.talk(agent);
    else desk.give(agent.queuedFor);
  },
  release(agent, after, wrapUpSeconds) {
    // Wrap-up begins when the exchange tells that the member's call is over.
    if (agent.queuedFor === undefined) pool.release(agent, after, wrapUpSeconds);
    else desk.release(agent.queuedFor);
  },
});
