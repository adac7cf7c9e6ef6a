/**
 * The two ways in which the exchange hears a called person talk: on the call's own channel, and on a second channel that listens
 * beside it. The first is a few milliseconds faster; the second goes on when the person's side stops sending packets (DTX, hold).
 */
export const EARS = ['channel', 'snoop'] as const;
export type Ear = (typeof EARS)[number];

/** Soft words may follow loud ones: a voice above noise is believed to have ended when it does not come back so soon; milliseconds. */
export const BELIEVED_AFTER_MS = 250;
