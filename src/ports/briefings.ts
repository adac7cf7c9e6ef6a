/** Turns a briefing into a sound that the exchange can play. */
import type { Briefing } from '../domain/briefing.ts';
import type { CallId } from '../domain/ids.ts';

export interface Briefings {
  /** Answers the media (`sound:...`). Rejects when it cannot be spoken, or too many others wait. */
  speak(callId: CallId, briefing: Briefing): Promise<string>;
  /** Removes the sound. One that is not there is not an error. */
  discard(callId: CallId): Promise<void>;
}
