/**
 * An Originate as far as it is understood. A form that is not understood whole is closed: more than one number, an application that dials,
 * a place the account may not reach, a variable that steers. Nothing of the dialer's bytes goes on: the action is written anew.
 * INVARIANT (understood-or-closed): every header of the action that Asterisk would act upon is in `OriginateForm` or was refused.
 */
import { parsePhoneNumber } from '../../../../domain/phone-number.ts';
import { parseCallId } from '../../../../domain/ids.ts';
import type { AmiAction, AmiHeader } from '../action.ts';
import { type AccountDoors, matches } from './account.ts';
import { type Caller, readCaller } from './caller.ts';
import { DoorClosed, plain, shown } from './refusal.ts';
import { FACT_VARIABLES, type GivenVariable, givenVariables, valueOf } from './variables.ts';
import { leadOfCallCode, readVdacNote } from './vdac-note.ts';

export interface OriginateForm {
  readonly actionId: string;
  readonly channel: string;
  /** As dialed, of a called party; null: nobody is called but a telephone of the account's own. */
  readonly number: string | null;
  /** The channel is a telephone of the account's own, and the place it goes to dials the number. */
  readonly behindAgent: boolean;
  /** Where the answered channel goes: written as it stands. */
  readonly goes: readonly AmiHeader[];
  readonly caller: Caller;
  /** Null: none was given. */
  readonly timeoutMs: number | null;
  readonly isAsync: boolean;
  readonly channelId: string | null;
  /** Account, Codecs, OtherChannelId, as given. */
  readonly others: readonly AmiHeader[];
  /** The dialer's own; what it says in our words is in `facts`. */
  readonly variables: readonly GivenVariable[];
  readonly facts: OriginateFacts;
}

export interface OriginateFacts {
  /** Ours; '' when the dialer names one that the account does not know. */
  readonly campaignId: string;
  readonly zip: string | null;
  readonly state: string | null;
  readonly address: string | null;
  readonly leadId: string | null;
  readonly automated: boolean;
}

/** What Asterisk waits when no timeout is given (manager.c `action_originate`). */
export const TIMEOUT_DEFAULT_MS = 30_000;

/** Throws DoorClosed when any part of it is not the account's to send. */
export function readOriginate(action: AmiAction, doors: AccountDoors): OriginateForm {
  const channel = plain('Channel', action.first('Channel') ?? '');
  const dialed = doors.called.map((template) => template.match(channel)).find((found) => found !== null);
  if (dialed === undefined && !matches(doors.agents, channel)) {
    throw new DoorClosed(`the channel ${shown(channel)} is none that this account may dial`);
  }
  const called = dialed ?? calledBehind(action, doors);
  const behindAgent = dialed === undefined && called !== undefined;
  refuseHeader(action, 'PreDialGoSub');
  if (isTrue(action.first('EarlyMedia'))) throw new DoorClosed('EarlyMedia is not open');
  const taken = new Set(doors.variables.map(([name]) => name));
  const given = givenVariables(action, taken);
  const caller = readCaller(action.first('CallerID'));
  const channelId = idOf(action, 'ChannelId');
  // The id of a channel is a call id, and this one would be the telephone's, not the call's.
  if (behindAgent && channelId !== null)
    throw new DoorClosed('ChannelId is not open for a call behind a telephone');
  const otherId = idOf(action, 'OtherChannelId');
  return {
    actionId: plain('ActionID', action.first('ActionID') ?? ''),
    channel,
    number: called === undefined ? null : called.number,
    behindAgent,
    goes: behindAgent ? placeOf(action, '') : whereItGoes(action, doors),
    caller,
    timeoutMs: timeoutOf(action.first('Timeout')),
    isAsync: isTrue(action.first('Async')),
    channelId,
    others: [
      ...kept(action, 'Account', /^[A-Za-z0-9_.@-]{0,80}$/),
      ...kept(action, 'Codecs', /^[a-z0-9,!]{0,120}$/i),
      ...(otherId === null ? [] : [{ name: 'OtherChannelId', value: otherId }]),
    ],
    variables: given.filter(({ base }) => !FACT_VARIABLES.some((fact) => fact === base)),
    facts: factsOf(action, { doors, given, caller, number: called?.number ?? null }),
  };
}

/** Where a channel goes that nobody will answer. */
export const NOWHERE: readonly AmiHeader[] = [{ name: 'Application', value: 'NoOp' }];

/** What is left of a form that is not open: enough to end it, nothing to call anybody with. Throws for an ActionID that is no line. */
export function closedForm(action: AmiAction): OriginateForm {
  return {
    actionId: plain('ActionID', action.first('ActionID') ?? ''),
    channel: '',
    number: null,
    behindAgent: false,
    goes: NOWHERE,
    caller: callerOrNone(action.first('CallerID')),
    timeoutMs: null,
    isAsync: isTrue(action.first('Async')),
    channelId: null,
    others: [],
    variables: [],
    facts: { campaignId: '', zip: null, state: null, address: null, leadId: null, automated: false },
  };
}

function callerOrNone(header: string | undefined): Caller {
  try {
    return readCaller(header);
  } catch (error) {
    if (error instanceof DoorClosed) return { name: '', number: null };
    throw error;
  }
}

function whereItGoes(action: AmiAction, doors: AccountDoors): readonly AmiHeader[] {
  const application = action.first('Application') ?? '';
  if (application !== '') {
    const data = action.first('Data') ?? '';
    if (!matches(doors.applications, `${application}(${data})`)) {
      throw new DoorClosed(`the application ${shown(`${application}(${data})`)} is not open to this account`);
    }
    return [
      { name: 'Application', value: application },
      { name: 'Data', value: data },
    ];
  }
  return place(action, doors, '');
}

/** `Exten`, `Context` and `Priority`, each behind the prefix. Anywhere but at the first priority a dialplan's veto may be passed by. */
export function place(action: AmiAction, doors: AccountDoors, prefix: '' | 'Extra'): readonly AmiHeader[] {
  const { exten, context, priority } = namedPlace(action, prefix);
  if (!matches(doors.destinations, `${exten}@${context}`) || priority.trim() !== '1') {
    throw new DoorClosed(
      `the place ${shown(`${exten}@${context}`)}, priority ${shown(priority)}, is not open to this account`,
    );
  }
  return placeOf(action, prefix);
}

/** The called party of an Originate whose channel is a telephone; undefined: the place it goes to calls nobody that we know of. */
function calledBehind(action: AmiAction, doors: AccountDoors): { readonly number: string } | undefined {
  const { exten, context, priority } = namedPlace(action, '');
  if ((action.first('Application') ?? '') !== '' || priority.trim() !== '1') return undefined;
  return doors.behindAgents
    .map((template) => template.match(`${exten}@${context}`))
    .find((found) => found !== null);
}

function namedPlace(action: AmiAction, prefix: '' | 'Extra') {
  const named = (name: string): string => action.first(`${prefix}${name}`) ?? '';
  return { exten: named('Exten'), context: named('Context'), priority: named('Priority') };
}

function placeOf(action: AmiAction, prefix: '' | 'Extra'): readonly AmiHeader[] {
  const { exten, context } = namedPlace(action, prefix);
  return [
    { name: `${prefix}Exten`, value: exten },
    { name: `${prefix}Context`, value: context },
    { name: `${prefix}Priority`, value: '1' },
  ];
}

interface Heard {
  readonly doors: AccountDoors;
  readonly given: readonly GivenVariable[];
  readonly caller: Caller;
  readonly number: string | null;
}

function factsOf(action: AmiAction, { doors, given, caller, number }: Heard): OriginateFacts {
  const note = readVdacNote(action.first('VDACnote'));
  if (number !== null && note.number !== null && !isSameNumber(note.number, number)) {
    throw new DoorClosed('the channel and VDACnote name different numbers');
  }
  const theirs = valueOf(given, 'BREAKWATER_CAMPAIGN') ?? note.campaign;
  return {
    campaignId: campaignOf(doors, theirs),
    zip: valueOf(given, 'BREAKWATER_ZIP'),
    state: valueOf(given, 'BREAKWATER_STATE'),
    address: valueOf(given, 'BREAKWATER_ADDRESS'),
    leadId: valueOf(given, 'BREAKWATER_LEAD') ?? note.lead ?? leadOfCallCode(caller.name),
    automated: isTrue(valueOf(given, 'BREAKWATER_AUTOMATED') ?? undefined),
  };
}

/** A campaign that the account does not know is none: never the default. */
function campaignOf(doors: AccountDoors, theirs: string | null): string {
  if (theirs === null) return doors.campaign ?? '';
  return doors.campaigns.get(theirs) ?? (theirs === doors.campaign ? theirs : '');
}

function isSameNumber(one: string, other: string): boolean {
  const [a, b] = [parsePhoneNumber(one), parsePhoneNumber(other)];
  return a.ok && b.ok ? a.value === b.value : one === other;
}

function timeoutOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  if (!/^\d{1,9}\s*$/.test(text)) throw new DoorClosed(`Timeout ${shown(text)}: expected milliseconds`);
  return Number(text);
}

function idOf(action: AmiAction, name: string): string | null {
  const text = action.first(name) ?? '';
  if (text === '') return null;
  if (!parseCallId(text).ok)
    throw new DoorClosed(`${name} ${shown(text)}: expected 1 to 64 letters, digits, dots, dashes`);
  return text;
}

function kept(action: AmiAction, name: string, form: RegExp): readonly AmiHeader[] {
  const value = action.first(name) ?? '';
  if (value === '') return [];
  if (!form.test(value)) throw new DoorClosed(`${name} ${shown(value)} is not understood`);
  return [{ name, value }];
}

function refuseHeader(action: AmiAction, name: string): void {
  if (action.all(name).some((value) => value !== '')) throw new DoorClosed(`${name} is not open`);
}

/** `ast_true`, and more: what could be meant as yes is a yes. */
export const isTrue = (text: string | undefined): boolean =>
  text !== undefined && /^\s*(yes|true|y|t|1|on)\s*$/i.test(text);
