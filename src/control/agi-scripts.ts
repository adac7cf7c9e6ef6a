/**
 * The scripts behind `agi://host:4573/...`: `veto` asks before a call, `connected` says that an agent was bridged, `result` says
 * how it ended; those of calls that people place to us are in `inbound-scripts.ts`. Translates and decides nothing; what cannot be read is a veto.
 */
import type { Outcome } from '../domain/call-result.ts';
import type { ReasonCode } from '../domain/decision.ts';
import { type CallId, parseCallId } from '../domain/ids.ts';
import { LINE_TYPES } from '../domain/origination.ts';
import { parsePhoneNumber } from '../domain/phone-number.ts';
import type { AgiAnswer, AgiRequest, AgiScript, AgiScripts, AgiVariable } from '../ports/agi-scripts.ts';
import { answerOf, codesOf, resultVariables, vetoVariables } from './agi-answers.ts';
import { outcomeOf, REPORTABLE } from './agi-outcomes.ts';
import { identityScripts } from './identity-scripts.ts';
import { inboundScripts } from './inbound-scripts.ts';
import { InputProblem, type Operations, type ResultReport, type ScreenInput } from './operations.ts';

/** Control keeps this much of what was given for a number. */
const NUMBER_TEXT_MAX = 80;

type Door = Pick<Operations, 'screen' | 'withdraw' | 'reportResult' | 'inbound' | 'callers'>;

export function agiScripts(operations: Door): AgiScripts {
  return new Map([
    ['veto', vetoScript(operations)],
    ['connected', resultScript(operations, () => ({ outcome: 'connected', hangupCause: null }))],
    ['result', resultScript(operations, readResult)],
    ...inboundScripts(operations.inbound),
    ...identityScripts(operations),
  ]);
}

function vetoScript(operations: Door): AgiScript {
  return {
    answer: async (request) => {
      const input = screenInput(request);
      try {
        const screened = await operations.screen(input);
        // A channel that dials twice under one call id must not live on the permit of its first number.
        if (
          screened.request.numberText !== input.number.slice(0, NUMBER_TEXT_MAX) ||
          screened.request.campaignId !== input.campaignId
        ) {
          return refusal(
            ['fact_unavailable'],
            screened.callId,
            `call id \`${screened.callId}\` was used for another call`,
          );
        }
        const permitted = screened.decision.kind === 'permit';
        const message = permitted ? null : `veto ${codesOf(screened.decision).join(',')}`;
        // A repeated permit that is not delivered leaves the first one standing: its call may be ringing.
        const reserved = permitted && !screened.repeated ? screened.callId : null;
        return { variables: answerOf(screened), reserved, message };
      } catch (error) {
        if (!(error instanceof InputProblem)) throw error;
        const code = /campaign/i.test(error.field) ? 'campaign_unknown' : 'fact_unavailable';
        return refusal([code], callIdText(request), error.message);
      }
    },
    fallback: (request) => vetoVariables(['fact_unavailable'], callIdText(request)),
    withdraw: (callId) => operations.withdraw(callId, 'the permit did not reach the dialplan'),
  };
}

const refusal = (codes: readonly ReasonCode[], callId: string, message: string): AgiAnswer => ({
  variables: vetoVariables(codes, callId),
  reserved: null,
  message,
});

/**
 * Named parameters win over positional ones (number, campaign, caller ID), and these over what the channel itself says. A channel
 * without caller ID is screened as such, and so vetoed: `caller_id=campaign` asks for the campaign's first one instead, and then
 * the dialplan must set it from BREAKWATER_CALLER_ID.
 */
export function screenInput({ parameters, positional, channel }: AgiRequest): ScreenInput {
  const address = parameters.get('address');
  const callerId = parameters.get('caller_id') ?? given(positional[2]) ?? channel.get('callerid') ?? '';
  return {
    callId: callIdOf({ parameters, channel }),
    campaignId: parameters.get('campaign') ?? given(positional[1]) ?? '',
    number: parameters.get('number') ?? given(positional[0]) ?? dialled(channel),
    callerId: callerId === 'campaign' ? null : callerId,
    lead: {
      zip: parameters.get('zip') ?? null,
      state: parameters.get('state')?.toUpperCase() ?? null,
      ...(address === undefined ? {} : { address }),
      leadId: parameters.get('lead') ?? null,
      // A word that is none of ours says nothing.
      lineType: LINE_TYPES.find((each) => each === parameters.get('line_type')) ?? 'unknown',
    },
    automated: isYes(parameters.get('automated')),
    door: 'agi',
    at: null,
  };
}

/** The extension when it is a number, else the number dialled; an extension such as `s` is left to be vetoed. */
function dialled(channel: ReadonlyMap<string, string>): string {
  const extension = channel.get('extension') ?? '';
  return parsePhoneNumber(extension).ok ? extension : (channel.get('dnid') ?? extension);
}

/** The channel's unique id is the call id unless another is named; one that is no call id makes way for a made one. */
function callIdOf({ parameters, channel }: Pick<AgiRequest, 'parameters' | 'channel'>): string | null {
  const uniqueId = channel.get('uniqueid');
  return parameters.get('call') ?? (uniqueId !== undefined && parseCallId(uniqueId).ok ? uniqueId : null);
}

const callIdText = (request: AgiRequest): string => callIdOf(request) ?? '';

interface ReadResult {
  readonly outcome: Outcome | null;
  readonly hangupCause: number | null;
  /** As `ResultReport.unsaid`. */
  readonly unsaid?: boolean;
}

function resultScript(operations: Door, read: (request: AgiRequest) => ReadResult): AgiScript {
  return {
    answer: async (request) => {
      try {
        const { outcome, hangupCause, unsaid = false } = read(request);
        if (outcome === null) return told(resultVariables(null, 'nothing'));
        const report: ResultReport = {
          callId: required(request),
          campaignId: request.parameters.get('campaign') ?? null,
          number: readable(request.parameters.get('number')),
          outcome,
          hangupCause,
          sipStatus: integer(request, 'sip', 699),
          source: 'agi',
          unsaid,
        };
        return told(resultVariables(outcome, await operations.reportResult(report)));
      } catch (error) {
        if (!(error instanceof InputProblem)) throw error;
        return { ...told(resultVariables(null, 'failed')), message: error.message };
      }
    },
    fallback: (_request, why) => resultVariables(null, why),
    withdraw: () => Promise.resolve(),
  };
}

const told = (variables: readonly AgiVariable[]): AgiAnswer => ({ variables, reserved: null, message: null });

function readResult(request: AgiRequest): ReadResult {
  const { parameters, positional } = request;
  const hangupCause = integer(request, 'hangupcause', 127, given(positional[1]));
  const outcome = outcomeOf({
    outcome: parameters.get('outcome') ?? null,
    dialStatus: parameters.get('dialstatus') ?? given(positional[0]) ?? null,
    hangupCause,
    answeredSeconds: integer(request, 'answered', 86_400, given(positional[2])),
    connected: isYes(parameters.get('connected')),
    amdStatus: parameters.get('amd') ?? null,
    endedBy: parameters.get('ended_by') ?? null,
  });
  if (outcome.ok) {
    const unsaid = outcome.value === 'dropped' && !parameters.has('outcome');
    return { outcome: outcome.value, hangupCause, unsaid };
  }
  throw new InputProblem('outcome', parameters.get('outcome') ?? '', REPORTABLE.join(', '));
}

function required(request: AgiRequest): CallId {
  const text = callIdText(request);
  const read = parseCallId(text);
  if (!read.ok) throw new InputProblem('call', text.slice(0, 80), 'the call id of the decision');
  return read.value;
}

/** A result is not lost for a telephone number that cannot be read. */
const readable = (number: string | undefined): string | null =>
  number !== undefined && parsePhoneNumber(number).ok ? number : null;

/** A number that cannot be read is as good as none: the conservative outcome follows. */
function integer({ parameters }: AgiRequest, name: string, max: number, otherwise?: string): number | null {
  const text = parameters.get(name) ?? otherwise;
  if (text === undefined || !/^\d{1,6}$/.test(text)) return null;
  const value = Number(text);
  return value <= max ? value : null;
}

const given = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : text;

const isYes = (text: string | undefined): boolean => text !== undefined && /^(1|yes|true)$/i.test(text);
