/**
 * The briefing of one call: spoken while the phone rings, heard by the agent from the promise until the person is connected.
 * INVARIANT (person-never-waits-for-a-briefing): nothing that connects the person waits for it. One that is not ready is left out, and
 * one that is being heard is stopped by a command beside the one that connects.
 */
import type { Agent } from '../callflow/state.ts';
import type { Briefing } from '../domain/briefing.ts';
import type { CallId } from '../domain/ids.ts';
import { messageOf } from './deadline.ts';
import type { Station } from './sidecar.ts';

export interface CallBriefing {
  /** To the agent, whom the person does not hear yet. */
  tell(agent: Agent): void;
  /** The agent is about to be connected, or free for another call. */
  stop(): void;
  /** The call is over: its sound is removed. */
  end(): void;
}

/** What is played under it: `<call id>:briefing`. */
export const BRIEFING_PLAYBACK = 'briefing';

/** Null where there is nothing to tell, or nobody to speak it. */
export function beginBriefing(
  { briefings, telephony, log }: Pick<Station, 'briefings' | 'telephony' | 'log'>,
  callId: CallId,
  briefing: Briefing | null,
): CallBriefing | null {
  if (briefings === undefined || briefing === null) return null;
  const playbackId = `${callId}:${BRIEFING_PLAYBACK}`;
  let media: string | null = null;
  let playing: Promise<void> | null = null;
  const failed = (error: unknown): void => {
    log.warn({ callId, problem: messageOf(error) }, 'the agent is not told of the lead');
  };
  const spoken = briefings.speak(callId, briefing).then((sound) => {
    media = sound;
  }, failed);
  const stop = (): void => {
    const begun = playing;
    playing = null;
    // Behind the answer to the command that plays it: a stop that overtook it would stop nothing.
    begun?.then(() => telephony.stopPlayback(playbackId)).catch(failed);
  };
  return {
    tell(agent) {
      if (media === null || agent.channelId === null) return;
      playing = telephony.play(agent.channelId, playbackId, media);
      playing.catch(failed);
    },
    stop,
    end() {
      stop();
      spoken.then(() => briefings.discard(callId)).catch(failed);
    },
  };
}
