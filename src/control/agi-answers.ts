/**
 * Decision -> channel variables: the words a dialplan reads. `BREAKWATER_VERDICT` is always the last, so that an answer torn
 * anywhere reads as no verdict, which is a veto.
 */
import type { Decision, Obligation, ReasonCode } from '../domain/decision.ts';
import type { Outcome } from '../domain/call-result.ts';
import { campaignOf } from '../domain/facts.ts';
import type { AgiVariable } from '../ports/agi-scripts.ts';
import { CALL_VARIABLES } from './channel-variables.ts';
import type { ScreenAnswer, Screened } from './operations.ts';

/** When neither an obligation nor the campaign says how long it may ring. */
const RING_SECONDS_DEFAULT = 30;

export function answerOf(screened: ScreenAnswer): readonly AgiVariable[] {
  return screened.decision.kind === 'permit'
    ? permitVariables(screened, screened.decision.obligations)
    : vetoVariables(codesOf(screened.decision), screened.callId);
}

function permitVariables(screened: ScreenAnswer, obligations: readonly Obligation[]): readonly AgiVariable[] {
  const campaign = campaignOf(screened.facts);
  const disclose = obligations.some((obligation) => obligation.kind === 'disclose_recording');
  return [
    ['BREAKWATER_REASON', ''],
    ['BREAKWATER_REASONS', ''],
    ['BREAKWATER_CALL_ID', screened.callId],
    ['BREAKWATER_CALLER_ID', screened.request.callerId?.replace(/^\+/, '') ?? ''],
    ['BREAKWATER_DISCLOSE', disclose ? 'yes' : 'no'],
    [CALL_VARIABLES.message, screened.message?.replace(/^sound:/, '') ?? ''],
    ...(campaign === null ? [] : [[CALL_VARIABLES.optOutDigit, campaign.safeHarbor.optOutDigit] as const]),
    ['BREAKWATER_RING_SECONDS', String(ringSeconds(screened, obligations))],
    ['BREAKWATER_VERDICT', 'permit'],
  ];
}

/** A veto in our own words and in the idiom dialers read: dial status DNC, cause 34. */
export function vetoVariables(reasons: readonly ReasonCode[], callId: string): readonly AgiVariable[] {
  return [
    ['BREAKWATER_REASON', reasons[0] ?? ''],
    ['BREAKWATER_REASONS', reasons.join(',')],
    ['BREAKWATER_CALL_ID', callId],
    ['BREAKWATER_DISCLOSE', 'no'],
    ['BREAKWATER_RING_SECONDS', '0'],
    ['DIALSTATUS', 'DNC'],
    ['HANGUPCAUSE', '34'],
    ['BREAKWATER_VERDICT', 'veto'],
  ];
}

/** Each code once, in rank order. */
export function codesOf(decision: Decision): readonly ReasonCode[] {
  return decision.kind === 'permit' ? [] : [...new Set(decision.reasons.map((reason) => reason.code))];
}

/** The shortest of all that bind the call. */
function ringSeconds(screened: Screened, obligations: readonly Obligation[]): number {
  const bounds = obligations.flatMap((each) => (each.kind === 'ring_at_most_s' ? [each.seconds] : []));
  if (bounds.length > 0) return Math.min(...bounds);
  return campaignOf(screened.facts)?.ring.atMostSeconds ?? RING_SECONDS_DEFAULT;
}

/** `recorded`, `repeated`, `unscreened`, `nothing` (a vetoed call has no result), `late` or `failed`. */
export const resultVariables = (outcome: Outcome | null, receipt: string): readonly AgiVariable[] => [
  ['BREAKWATER_OUTCOME', outcome ?? ''],
  ['BREAKWATER_RESULT', receipt],
];
