/**
 * How long a person who has answered may wait for an agent to become free. What is left behind the wait must hold a connection, and the
 * message should that fail: by us, or by the dead-man switch when we die while the person waits (47 CFR 64.1200(a)(7)).
 */

/** The dead-man switch of a call that we take from a dialer, as `breakwater-taken` of the dialplan sets it. */
const TAKEN_SWITCH_MS = 300;

/**
 * Measured: 3 to 10 ms from the command to the channel in our hands, and 20 ms by which the ear beside the call is slower than the
 * other; the rest is for a busy machine. With 100 the message of a person whose sidecar was killed as it took them began up to
 * 2,067 ms after the greeting where seven programs shared two cores.
 */
const START_MS = 200;

/** From our giving up to the first word of the message, whoever plays it: we, or the dialplan when we die in between. */
export const MESSAGE_MARGIN_MS = TAKEN_SWITCH_MS + START_MS;

/** A bridge of two channels that are there takes a few milliseconds. */
export const SHORTEST_CONNECT_MS = 200;

/** A wait may last until so long after the greeting; not above 0: nobody can wait. */
export const longestWaitMs = (connectWithinMs: number): number =>
  connectWithinMs - MESSAGE_MARGIN_MS - SHORTEST_CONNECT_MS;
