/**
 * The two ways in which the exchange hears a called person talk: on the call's own channel, and on a second channel that listens
 * beside it. The first is a few milliseconds faster; the second goes on when the person's side stops sending packets (DTX, hold).
 */
export const EARS = ['channel', 'snoop'] as const;
export type Ear = (typeof EARS)[number];
