/**
 * The scripts behind `breakwater-inbound` of the dialplan: `inbound` says what is due before a caller is talked to, `inbound-over` that the
 * talk has ended. Whatever cannot be read or comes late is a call that is not recorded.
 */
import { type Instant, instant } from '../domain/time.ts';
import type { AgiAnswer, AgiRequest, AgiScript, AgiVariable } from '../ports/agi-scripts.ts';
import { InputProblem } from './operations.ts';
import type { InboundCalls, InboundTerms } from './recordings/inbound-calls.ts';

export const inboundScripts = (calls: InboundCalls): readonly (readonly [string, AgiScript])[] => [
  ['inbound', script((request) => begin(calls, request))],
  ['inbound-over', script((request) => end(calls, request))],
];

function script(answer: (request: AgiRequest) => Promise<AgiAnswer>): AgiScript {
  return {
    async answer(request) {
      try {
        return await answer(request);
      } catch (error) {
        if (!(error instanceof InputProblem)) throw error;
        return { ...told(NOT_RECORDED), message: error.message };
      }
    },
    fallback: () => NOT_RECORDED,
    withdraw: () => Promise.resolve(),
  };
}

/** The file is what the dialplan tests, and so the last to be set. */
const NOT_RECORDED: readonly AgiVariable[] = [['BREAKWATER_INBOUND_FILE', '']];

const told = (variables: readonly AgiVariable[]): AgiAnswer => ({ variables, reserved: null, message: null });

async function begin(calls: InboundCalls, { parameters, channel }: AgiRequest): Promise<AgiAnswer> {
  const terms = await calls.begin({
    callId: parameters.get('call') ?? channel.get('uniqueid') ?? null,
    campaignId: parameters.get('campaign') ?? '',
    callerNumber: parameters.get('number') ?? channel.get('callerid') ?? '',
  });
  return terms.kind === 'recorded'
    ? told(variablesOf(terms))
    : { ...told(NOT_RECORDED), message: `not recorded: ${terms.why}` };
}

function variablesOf({
  callId,
  disclosureMedia,
  files,
  beepSeconds,
}: InboundTerms & { kind: 'recorded' }): readonly AgiVariable[] {
  const [mixed, caller, agent] = files;
  const beep = beepSeconds === 0 ? '' : `B(${beepSeconds})`;
  return [
    ['BREAKWATER_INBOUND_CALL', callId],
    ['BREAKWATER_INBOUND_MESSAGE', disclosureMedia?.replace(/^sound:/, '') ?? ''],
    ['BREAKWATER_INBOUND_OPTIONS', `br(${caller})t(${agent})${beep}`],
    ['BREAKWATER_INBOUND_FILE', mixed],
  ];
}

async function end(calls: InboundCalls, { parameters }: AgiRequest): Promise<AgiAnswer> {
  const startedAt = epochMs(parameters.get('started'));
  if (startedAt === null) {
    throw new InputProblem('started', parameters.get('started') ?? '', 'milliseconds since 1970');
  }
  const receipt = await calls.end({
    callId: parameters.get('call') ?? '',
    startedAt,
    disclosedAt: epochMs(parameters.get('disclosed')),
  });
  return told([['BREAKWATER_INBOUND_RESULT', receipt]]);
}

/** 13 digits: from 2001 to 2286. */
const epochMs = (text: string | undefined): Instant | null =>
  text !== undefined && /^\d{13}$/.test(text) ? instant(Number(text)) : null;
