/** The AMI proxy's door: a dialer's Originate is screened as any other wish to call. Translates and decides nothing. */
import { assertInvariant } from '../domain/assert.ts';
import type { ReasonCode } from '../domain/decision.ts';
import type { AmiOrigination, AmiOriginationAnswer, AmiOriginations } from '../ports/ami-originations.ts';
import { answerOf, codesOf } from './agi-answers.ts';
import { CALL_VARIABLES } from './channel-variables.ts';
import { InputProblem, type Operations, type ScreenAnswer, type ScreenInput } from './operations.ts';

/** Of a permit's variables the verdict itself stays at home: inherited, it would answer a question that nobody has asked. */
const NOT_FOR_CHANNELS: readonly string[] = ['BREAKWATER_VERDICT', 'BREAKWATER_REASON', 'BREAKWATER_REASONS'];

export function amiOriginations(
  operations: Pick<Operations, 'screen' | 'withdraw' | 'originationFailed'>,
): AmiOriginations {
  return {
    async screen(origination) {
      try {
        return answered(await operations.screen(screenInput(origination)));
      } catch (error) {
        if (!(error instanceof InputProblem)) throw error;
        return veto([/campaign/i.test(error.field) ? 'campaign_unknown' : 'fact_unavailable'], '');
      }
    },
    withdraw: (callId, why) => operations.withdraw(callId, why),
    failed: (callId) => operations.originationFailed(callId),
  };
}

function screenInput(origination: AmiOrigination): ScreenInput {
  const { callId, campaignId, number, callerId, zip, state, address, leadId, automated } = origination;
  return {
    callId,
    campaignId,
    number,
    callerId,
    lead: {
      zip,
      state: state?.toUpperCase() ?? null,
      ...(address === null ? {} : { address }),
      leadId,
      lineType: 'unknown',
    },
    automated,
    door: 'ami',
    at: null,
  };
}

/** INVARIANT (one-permit-one-call): an id that was decided before gets no second call, even while its permit still holds. */
function answered(screened: ScreenAnswer): AmiOriginationAnswer {
  const { decision, callId, request } = screened;
  if (decision.kind === 'veto') {
    const [first = 'fact_unavailable', ...more] = codesOf(decision);
    return veto([first, ...more], callId);
  }
  if (screened.repeated || request.callerId === null) return veto(['fact_unavailable'], callId);
  const bounds = (kind: 'ring_at_least_s' | 'ring_at_most_s'): readonly number[] =>
    decision.obligations.flatMap((each) => (each.kind === kind ? [each.seconds] : []));
  const atLeast = bounds('ring_at_least_s');
  const atMost = bounds('ring_at_most_s');
  assertInvariant(atLeast.length > 0 && atMost.length > 0, 'permit-bounds-the-ring', callId);
  return {
    kind: 'permit',
    callId,
    callerId: request.callerId.replace(/^\+/, ''),
    ringAtLeastSeconds: Math.max(...atLeast),
    ringAtMostSeconds: Math.min(...atMost),
    variables: [
      ...answerOf(screened).filter(([name]) => !NOT_FOR_CHANNELS.includes(name)),
      [CALL_VARIABLES.decisionId, callId],
      [CALL_VARIABLES.campaign, request.campaignId],
    ],
  };
}

const veto = (reasons: readonly [ReasonCode, ...ReasonCode[]], callId: string): AmiOriginationAnswer => ({
  kind: 'veto',
  callId,
  reasons,
});
