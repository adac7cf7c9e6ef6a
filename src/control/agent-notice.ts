/**
 * What the agent of one call is told of it before and while they talk: the briefing by voice, the screen pop as an event. Begins with the
 * agent who is reserved while the telephone rings. One agent at a time; who is told follows what the call does and decides nothing.
 */
import type { Agent } from '../callflow/state.ts';
import type { ScreenEvent } from '../domain/screen-pop.ts';
import type { Clock } from '../ports/clock.ts';
import type { ScreenPopTarget } from '../ports/screen-pops.ts';
import type { CallBriefing } from './call-briefing.ts';
import type { FollowedCall } from './follow-call.ts';

export interface AgentNotice {
  /** The agent waits for this person. Said again of the same agent, nothing is told again. */
  expect(agent: Agent): void;
  /** The two are about to be brought together: what the agent still hears ends now. */
  connecting(agent: Agent): void;
  connected(): void;
  /** This agent does not wait for the person any more, or has talked to them. Of any other agent nothing is told. */
  leave(channelId: string | null): void;
  /** The call is over. */
  end(): void;
}

type ToldOf = Pick<FollowedCall, 'callId' | 'campaign' | 'number' | 'lead'>;

/** `briefing`: null where nothing is read out. Agents behind a place in the dialplan are told nothing: who will answer is not known. */
export function noticeFor(
  { clock, screens }: { readonly clock: Clock; readonly screens: ScreenPopTarget },
  { callId, campaign, number, lead }: ToldOf,
  briefing: CallBriefing | null,
): AgentNotice {
  let told: { readonly agent: Agent; connected: boolean } | null = null;

  const pop = ({ agentId }: Agent, event: ScreenEvent): void => {
    screens.tell({ event, at: clock.now(), agentId, callId, campaignId: campaign.id, number, ...lead });
  };
  const withdraw = (): void => {
    const was = told;
    if (was === null) return;
    told = null;
    briefing?.stop();
    pop(was.agent, was.connected ? 'ended' : 'released');
  };
  const begin = (agent: Agent): boolean => {
    if (agent.channelId === null || told?.agent.channelId === agent.channelId) return false;
    withdraw();
    told = { agent, connected: false };
    pop(agent, 'reserved');
    return true;
  };

  return {
    expect(agent) {
      if (begin(agent)) briefing?.tell(agent);
    },
    connecting(agent) {
      briefing?.stop();
      begin(agent);
    },
    connected() {
      if (told === null) return;
      told.connected = true;
      pop(told.agent, 'connected');
    },
    leave(channelId) {
      if (told?.agent.channelId === channelId) withdraw();
    },
    end() {
      withdraw();
      briefing?.end();
    },
  };
}
