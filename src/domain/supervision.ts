/** A supervisor at a talk. */

/**
 * `listen`: hears both, nobody hears the supervisor. `whisper`: hears both, and only the agent hears the supervisor. `barge`: a third
 * voice in the talk, heard by both.
 */
export const SUPERVISION_MODES = ['listen', 'whisper', 'barge'] as const;
export type SupervisionMode = (typeof SUPERVISION_MODES)[number];

/**
 * Why a supervisor is not let into a talk, with what it means.
 * Where the law wants everybody's consent to a recording, it wants it as well when a third person listens with a device (Cal. Penal
 * Code 632, 18 Pa.C.S. 5704 and their like), so nobody is let in there before the disclosure has been heard.
 */
export const SUPERVISION_REFUSALS = {
  not_talking: 'the call has no talk with an agent of ours that a supervisor could hear',
  not_a_supervisor: 'the campaign does not name this supervisor',
  supervisor_absent: 'the supervisor has not come in: call the extension supervisor-ID first',
  no_disclosure: 'the campaign plays no disclosure: a third ear needs recording.enabled',
  disclosure_not_heard: 'the disclosure has not been heard to its end',
  exchange_failed: 'the telephone exchange could not do it; nobody is listening',
} as const;
export type SupervisionRefusal = keyof typeof SUPERVISION_REFUSALS;

/** Why a supervision came to its end. */
export const SUPERVISION_ENDS = [
  'asked',
  'changed',
  'call_ended',
  'supervisor_left',
  'connection_lost',
  'exchange_failed',
] as const;
export type SupervisionEnd = (typeof SUPERVISION_ENDS)[number];
