/** Channel variables shared with `dialplan/breakwater.conf`; a name changed here changes there. */

export const MONITOR_VARIABLES = {
  /** Asterisk's absolute timeout of a channel, in seconds; 0 is off. */
  deadMan: 'TIMEOUT(absolute)',
  /** '' | heard | over | playing | done: how far the sidecar got; the dialplan's fallback reads it. */
  harbor: 'BREAKWATER_HARBOR',
} as const;

export const CALL_VARIABLES = {
  callId: 'BREAKWATER_CALL_ID',
  /** The call was screened before its channel was made, under this call id; `breakwater-veto` asks under it again. */
  decisionId: 'BREAKWATER_DECISION_ID',
  silenceMs: 'BREAKWATER_SILENCE_MS',
  talkThreshold: 'BREAKWATER_TALK_THRESHOLD',
  /** Sound of the safe-harbor message, without extension. */
  message: 'BREAKWATER_MESSAGE',
  optOutDigit: 'BREAKWATER_OPT_OUT_DIGIT',
  campaign: 'BREAKWATER_CAMPAIGN',
  /** Arguments of `AMD()`; unset, the exchange does not look for machines. */
  amd: 'BREAKWATER_AMD',
  /** The dead-man switch meanwhile. */
  amdSeconds: 'BREAKWATER_AMD_SECONDS',
} as const;
