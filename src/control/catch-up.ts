/**
 * Calls and agents that we believe to be there, held against the channels that are: their end, or the agent's, may have been told
 * while nobody of us was listening. Without this a call of then is followed for ever and its agent never comes back.
 */
import type { CallId } from '../domain/ids.ts';
import type { LiveChannel } from '../ports/telephony.ts';
import type { Follower } from './follow-call.ts';
import type { Station } from './sidecar.ts';

/** A list of channels may be older than a call or an event on its way, so one look proves nothing. */
const GONE_AFTER_MS = 3_000;

export interface Believed {
  readonly calls: readonly CallId[];
  readonly agentChannels: readonly string[];
}

/** To be asked before the channels are listed: what comes later cannot be missing from the list. */
export const believed = (follower: Follower): Believed => ({
  calls: follower.followed(),
  agentChannels: follower.agentChannels(),
});

/** `settleGone` gives a call its result, if it has none; it is durable before the call is told of its end. */
export async function catchUp(
  sidecar: Station,
  follower: Follower,
  { calls, agentChannels }: Believed,
  alive: ReadonlyMap<string, LiveChannel>,
  settleGone: (callId: CallId) => Promise<void>,
): Promise<void> {
  for (const channelId of agentChannels) {
    // Or somebody has taken it out of our hands: nobody is at that desk.
    if (alive.get(channelId)?.inStasis !== true) follower.hear({ kind: 'agent_left', channelId });
  }
  for (const callId of calls) {
    const channel = alive.get(callId);
    if (follower.absentMs(callId, channel === undefined) >= GONE_AFTER_MS) {
      sidecar.log.warn({ callId }, 'a call has ended without our hearing of it');
      // A result that waits for the ledger is what happened; it must not find this one there.
      if (!follower.isSettling(callId)) await settleGone(callId);
      follower.tell(callId, { kind: 'ended', hangupCause: null, sipStatus: null });
    } else if (channel?.up === true && channel.inStasis && follower.missedEvents(callId)) {
      // How long the person has waited is unknown, so the greeting is taken as ended: an agent or the message, now.
      follower.tell(callId, { kind: 'entered' });
      follower.tell(callId, { kind: 'greeting_missed' });
    }
  }
}
