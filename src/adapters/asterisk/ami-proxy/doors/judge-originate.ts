/** One Originate from the reading to the answer. Only `permittedOriginate` dials anybody who is not of the account's own. */
import type { CallId } from '../../../../domain/ids.ts';
import type { AmiOriginationAnswer, AmiOriginations } from '../../../../ports/ami-originations.ts';
import type { AmiAction, AmiJudgement, AmiSession } from '../action.ts';
import type { SparingLog } from '../sparing.ts';
import type { AccountDoors } from './account.ts';
import { failedOriginate, isRefusal, vetoError } from './answers.ts';
import { closedForm, type OriginateForm, readOriginate } from './originate.ts';
import { DoorClosed, redacted } from './refusal.ts';
import { internalOriginate, permittedOriginate, ringTimeoutMs, vetoedOriginate } from './write-originate.ts';

interface Asked {
  readonly action: AmiAction;
  readonly session: AmiSession;
  readonly signal: AbortSignal;
  readonly doors: AccountDoors;
  readonly originations: AmiOriginations;
  readonly log: SparingLog;
}

type Vetoed = Omit<Extract<AmiOriginationAnswer, { kind: 'veto' }>, 'kind'>;

const UNSCREENED: Vetoed = { callId: '', reasons: ['fact_unavailable'] };

/** Throws DoorClosed for a form that is not open, UnwritableHeader for what no line can hold. */
export async function judgeOriginate(asked: Asked): Promise<AmiJudgement> {
  const { action, doors } = asked;
  let form: OriginateForm;
  try {
    form = readOriginate(action, doors);
  } catch (error) {
    // Who keeps books of calls is told by a call that fails; the words of the refusal are in the log.
    if (!(error instanceof DoorClosed) || doors.onVeto !== 'channel') throw error;
    const { account } = asked.session;
    asked.log.warn(
      `refused ${account} originate`,
      { account, problem: redacted(error.message) },
      'AMI proxy: Originate refused',
    );
    return { do: 'rewrite', bytes: vetoedOriginate(closedForm(action), UNSCREENED) };
  }
  if (form.number === null) return { do: 'rewrite', bytes: internalOriginate(form, doors) };
  const answer = await screen(asked, form, form.number);
  if (answer.kind === 'veto') return vetoed(asked, form, answer);
  return permitted(asked, form, answer);
}

/** Late, failed or gone: no call, and a permit that came all the same is given back. */
async function screen(
  { originations, signal, session, log }: Asked,
  form: OriginateForm,
  number: string,
): Promise<AmiOriginationAnswer> {
  const { channelId, caller, facts } = form;
  let answer: AmiOriginationAnswer;
  try {
    answer = await originations.screen({
      callId: channelId,
      ...facts,
      number: asOneNumber(number),
      callerId: caller.number,
    });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.error(
      'screening',
      { account: session.account, callId: channelId, problem },
      'AMI proxy: an Originate could not be screened: vetoed',
    );
    return { kind: 'veto', ...UNSCREENED };
  }
  if (answer.kind === 'veto') return answer;
  const { callId } = answer;
  const withdraw = (): Promise<void> =>
    giveBack(
      { originations, log },
      callId,
      'the permit was not carried out: the dialer is gone, or did not wait',
    );
  if (signal.aborted) {
    await withdraw();
    return { kind: 'veto', callId, reasons: ['fact_unavailable'] };
  }
  // Also behind the answer: whoever asked may find that the call cannot be sent any more.
  signal.addEventListener('abort', () => void withdraw(), { once: true });
  return answer;
}

async function permitted(
  asked: Asked,
  form: OriginateForm,
  permit: Extract<AmiOriginationAnswer, { kind: 'permit' }>,
): Promise<AmiJudgement> {
  const timeoutMs = ringTimeoutMs(form.timeoutMs, permit);
  try {
    if (timeoutMs !== null) {
      return {
        do: 'rewrite',
        bytes: permittedOriginate(form, permit, asked.doors, timeoutMs),
        answered(response) {
          if (isRefusal(form, response)) asked.originations.failed(permit.callId);
        },
      };
    }
  } catch (error) {
    await giveBack(asked, permit.callId, 'the call could not be written as one action');
    throw error;
  }
  await giveBack(asked, permit.callId, 'no ring is long enough and short enough');
  return vetoed(asked, form, { callId: permit.callId, reasons: ['fact_unavailable'] });
}

function vetoed({ action, doors }: Asked, form: OriginateForm, veto: Vetoed): AmiJudgement {
  switch (doors.onVeto) {
    case 'error':
      return { do: 'answer', bytes: vetoError(action, veto.reasons) };
    case 'failed':
      return { do: 'answer', ...failedOriginate(action, form) };
    case 'channel':
      return { do: 'rewrite', bytes: vetoedOriginate(form, veto) };
    default:
      return doors.onVeto satisfies never;
  }
}

async function giveBack(
  { originations, log }: Pick<Asked, 'originations' | 'log'>,
  callId: CallId,
  why: string,
): Promise<void> {
  try {
    await originations.withdraw(callId, why);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.error('give back', { callId, problem }, 'AMI proxy: permit not given back: its lease will end it');
  }
}

/**
 * What the exchange dials must be what is judged: a number of the North American plan, or none. Longer ones (011, 101XXXX) could be read
 * as another number than the one the network would ring.
 */
const asOneNumber = (dialed: string): string =>
  /^\+?1?[2-9]\d{9}$/.test(dialed) ? dialed : `dialed ${dialed}`;
