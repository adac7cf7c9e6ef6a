/** Understood Originates -> bytes: the permitted call with what its permit demands, the vetoed one as a channel that fails. */
import type { AmiOriginationAnswer } from '../../../../ports/ami-originations.ts';
import type { AmiHeader } from '../action.ts';
import { amiMessage } from '../wire.ts';
import type { AccountDoors } from './account.ts';
import { callerHeader } from './caller.ts';
import { NOWHERE, type OriginateForm, TIMEOUT_DEFAULT_MS } from './originate.ts';
import { variableHeader } from './variables.ts';

type Permit = Extract<AmiOriginationAnswer, { kind: 'permit' }>;

/**
 * The rings that the law demands, and no longer ring than the permit allows. Null: there is no such time, so there is no such call.
 */
export function ringTimeoutMs(asked: number | null, permit: Permit): number | null {
  const { ringAtLeastSeconds, ringAtMostSeconds } = permit;
  if (!(ringAtLeastSeconds <= ringAtMostSeconds)) return null;
  return Math.min(
    Math.max(asked ?? TIMEOUT_DEFAULT_MS, ringAtLeastSeconds * 1_000),
    ringAtMostSeconds * 1_000,
  );
}

const CALL_ID = 'BREAKWATER_CALL_ID';

/** The agent's telephone must be there by then: behind it the number is dialed, and the permit is for now. */
const AGENT_WITHIN_MS = 5_000;

/** Ours stand first: of two values of one name the first wins, and the dialer has none of these names anyway. */
export function permittedOriginate(
  form: OriginateForm,
  permit: Permit,
  doors: AccountDoors,
  timeoutMs: number,
): Buffer {
  // A telephone must not be taken for the person: the dialplan's veto names the call to what it dials.
  const told = permit.variables.filter(([name]) => !(form.behindAgent && name === CALL_ID));
  const ownId = doors.channelId && !form.behindAgent ? permit.callId : null;
  return originate(form, {
    channel: form.channel,
    goes: form.goes,
    callerNumber: form.caller.number ?? permit.callerId,
    timeoutMs: form.behindAgent ? Math.min(form.timeoutMs ?? AGENT_WITHIN_MS, AGENT_WITHIN_MS) : timeoutMs,
    channelId: form.channelId ?? ownId,
    variables: [
      ...told.map(([name, value]) => variableHeader(`__${name}`, value)),
      ...factVariables(form),
      ...doors.variables.map(([name, value]) => variableHeader(`__${name}`, value)),
    ],
  });
}

/** A call among the account's own telephones and places: nobody is called. */
export const internalOriginate = (form: OriginateForm, doors: AccountDoors): Buffer =>
  originate(form, {
    channel: form.channel,
    goes: form.goes,
    callerNumber: form.caller.number,
    timeoutMs: form.timeoutMs,
    channelId: form.channelId,
    variables: doors.variables.map(([name, value]) => variableHeader(`__${name}`, value)),
  });

/**
 * The dialer's own bookkeeping runs to its end (`breakwater-vetoed` in the dialplan), and nobody is called. The call id is in the channel's
 * name only: as a variable it would have this channel taken for the call.
 */
export const vetoedOriginate = (
  form: OriginateForm,
  vetoed: { readonly callId: string; readonly reasons: readonly string[] },
): Buffer =>
  originate(form, {
    channel: vetoedChannel(vetoed.callId),
    goes: form.behindAgent ? NOWHERE : form.goes,
    callerNumber: form.caller.number,
    timeoutMs: null,
    channelId: form.channelId,
    variables: [
      variableHeader('__BREAKWATER_VERDICT', 'veto'),
      variableHeader('__BREAKWATER_REASON', vetoed.reasons[0] ?? ''),
      variableHeader('__BREAKWATER_REASONS', vetoed.reasons.join(',')),
    ],
  });

export const vetoedChannel = (callId: string): string =>
  `Local/veto-${callId === '' ? 'closed' : callId}@breakwater-vetoed/n`;

interface Written {
  readonly channel: string;
  readonly goes: readonly AmiHeader[];
  readonly callerNumber: string | null;
  readonly timeoutMs: number | null;
  readonly channelId: string | null;
  readonly variables: readonly AmiHeader[];
}

function originate(form: OriginateForm, written: Written): Buffer {
  const caller = callerHeader({ name: form.caller.name, number: written.callerNumber });
  return amiMessage([
    { name: 'Action', value: 'Originate' },
    ...header('ActionID', form.actionId),
    { name: 'Channel', value: written.channel },
    ...written.goes,
    ...header('CallerID', caller),
    ...header('Timeout', written.timeoutMs === null ? '' : String(written.timeoutMs)),
    ...header('Async', form.isAsync ? 'true' : ''),
    ...header('ChannelId', written.channelId ?? ''),
    ...form.others,
    ...written.variables,
    ...form.variables.map((each) => variableHeader(each.name, each.value)),
  ]);
}

/** The words of the facts again, as the second lock in the dialplan asks for them: it must be asked about the same call. */
function factVariables({ facts }: OriginateForm): readonly AmiHeader[] {
  const { zip, state, address, leadId, automated } = facts;
  const told = {
    ZIP: zip,
    STATE: state,
    ADDRESS: address,
    LEAD: leadId,
    AUTOMATED: automated ? 'yes' : null,
  };
  return Object.entries(told).flatMap(([name, value]) =>
    value === null ? [] : [variableHeader(`__BREAKWATER_${name}`, value)],
  );
}

const header = (name: string, value: string): readonly AmiHeader[] => (value === '' ? [] : [{ name, value }]);
