/** Bounds that more than one part of the call machine reckons with; milliseconds. */

/** Soft words may follow loud ones: a voice is believed to have ended when it does not come back so soon. */
export const BELIEVED_AFTER_MS = 250;
