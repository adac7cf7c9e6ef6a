/**
 * The briefing of one call: spoken and heard while the phone rings, by the agent who is reserved for it; else from the promise on. It ends
 * when the person is connected.
 * INVARIANT (person-never-waits-for-a-briefing): nothing that connects the person waits for it. One that is not ready by then is left out,
 * and one that is being heard is stopped by a command beside the one that connects.
 */
import type { Agent } from '../callflow/state.ts';
import type { Briefing } from '../domain/briefing.ts';
import type { CallId } from '../domain/ids.ts';
import { messageOf } from './deadline.ts';
import type { Station } from './sidecar.ts';

export interface CallBriefing {
  /** To the agent, whom the person does not hear yet; as soon as it has been spoken. */
  tell(agent: Agent): void;
  /** The agent is about to be connected, or free for another call. */
  stop(): void;
  /** The call is over: its sound is removed. */
  end(): void;
}

/** What is played under it: `<call id>:briefing:<1, 2, ...>`, another one for each agent. */
export const BRIEFING_PLAYBACK = 'briefing';

/** Null where there is nothing to tell, or nobody to speak it. */
export function beginBriefing(
  { briefings, telephony, log }: Pick<Station, 'briefings' | 'telephony' | 'log'>,
  callId: CallId,
  briefing: Briefing | null,
): CallBriefing | null {
  if (briefings === undefined || briefing === null) return null;
  let media: string | null = null;
  let listener: string | null = null;
  let playing: { readonly id: string; readonly begun: Promise<void> } | null = null;
  let times = 0;
  const failed = (error: unknown): void => {
    log.warn({ callId, problem: messageOf(error) }, 'the agent is not told of the lead');
  };
  const play = (): void => {
    if (media === null || listener === null) return;
    const id = `${callId}:${BRIEFING_PLAYBACK}:${(times += 1)}`;
    playing = { id, begun: telephony.play(listener, id, media) };
    playing.begun.catch(failed);
  };
  const spoken = briefings.speak(callId, briefing).then((sound) => {
    media = sound;
    play();
  }, failed);
  const stop = (): void => {
    listener = null;
    const was = playing;
    playing = null;
    // Behind the answer to the command that plays it: a stop that overtook it would stop nothing.
    was?.begun.then(() => telephony.stopPlayback(was.id)).catch(failed);
  };
  return {
    tell(agent) {
      stop();
      listener = agent.channelId;
      play();
    },
    stop,
    end() {
      stop();
      spoken.then(() => briefings.discard(callId)).catch(failed);
    },
  };
}
