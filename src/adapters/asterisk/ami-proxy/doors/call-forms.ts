/**
 * The screened actions besides Originate: which forms of them divert, dial or change nothing that the account may not, and how they are
 * written anew. What is left out of the new action was not understood, and what was not understood and matters is refused.
 */
import type { AmiAction, AmiHeader } from '../action.ts';
import { amiMessage } from '../wire.ts';
import { type AccountDoors, matches } from './account.ts';
import { asRead } from './as-read.ts';
import { place } from './originate.ts';
import { DoorClosed, plain, shown } from './refusal.ts';
import { isFree } from './variables.ts';

/** The action that may go on; throws DoorClosed. */
export type ScreenedForm = (action: AmiAction, doors: AccountDoors) => Buffer;

export const SCREENED_FORMS: Readonly<Record<string, ScreenedForm>> = {
  redirect(action, doors) {
    const extra = action.first('ExtraChannel') ?? '';
    // Without an ExtraContext the second channel goes where the first one goes.
    const goesElsewhere = extra !== '' && (action.first('ExtraContext') ?? '') !== '';
    return written('Redirect', action, [
      required(action, 'Channel'),
      ...(extra === '' ? [] : [required(action, 'ExtraChannel')]),
      ...place(action, doors, ''),
      ...(goesElsewhere ? place(action, doors, 'Extra') : []),
    ]);
  },

  blindtransfer(action, doors) {
    const [exten, context] = [action.first('Exten') ?? '', action.first('Context') ?? ''];
    if (!matches(doors.destinations, `${exten}@${context}`)) {
      throw new DoorClosed(`the place ${shown(`${exten}@${context}`)} is not open to this account`);
    }
    return written('BlindTransfer', action, [
      required(action, 'Channel'),
      { name: 'Context', value: context },
      { name: 'Exten', value: exten },
    ]);
  },

  queueadd(action, doors) {
    const member = action.first('Interface') ?? '';
    if (!matches(doors.agents, member)) {
      throw new DoorClosed(`the member ${shown(member)} is no telephone of this account`);
    }
    const known = [
      'Queue',
      'Interface',
      'Penalty',
      'Paused',
      'Reason',
      'MemberName',
      'StateInterface',
      'Wrapuptime',
    ];
    return written(
      'QueueAdd',
      action,
      known.flatMap((name) => given(action, name)),
    );
  },

  setvar(action, doors) {
    const name = action.first('Variable') ?? '';
    const base = name.replace(/^_{1,2}/, '');
    if ((action.first('Channel') ?? '') === '') throw new DoorClosed('global variables are not open');
    if (!isFree(base) || !doors.setVariables.has(base)) {
      throw new DoorClosed(`the variable ${shown(name)} is not open to this account`);
    }
    return written('Setvar', action, [
      required(action, 'Channel'),
      { name: 'Variable', value: name },
      ...given(action, 'Value', 800),
    ]);
  },

  getvar(action) {
    const name = action.first('Variable') ?? '';
    if (!isReadable(name))
      throw new DoorClosed(
        `the variable ${shown(name)} is not open: only variables, and functions that read`,
      );
    return written('Getvar', action, [...given(action, 'Channel'), { name: 'Variable', value: name }]);
  },

  status(action) {
    const names = action.first('Variables') ?? '';
    const stranger = names === '' ? undefined : names.split(',').find((name) => !isReadable(name.trim()));
    if (stranger !== undefined)
      throw new DoorClosed(
        `the variable ${shown(stranger)} is not open: only variables, and functions that read`,
      );
    return written(
      'Status',
      action,
      ['Channel', 'Variables', 'AllVariables'].flatMap((name) => given(action, name, 800)),
    );
  },

  command(action, doors) {
    const command = action.first('Command') ?? '';
    if (!matches(doors.commands, command))
      throw new DoorClosed(`the command ${shown(command)} is not open to this account`);
    return written('Command', action, [{ name: 'Command', value: command }]);
  },

  hangup(action) {
    const channel = action.first('Channel') ?? '';
    // `/pattern/` hangs up every channel whose name it matches.
    if (channel.startsWith('/')) throw new DoorClosed('Channel is a pattern: expected one channel');
    return written('Hangup', action, [...given(action, 'Channel'), ...given(action, 'Cause')]);
  },

  userevent(action) {
    const ours = action.headers.find(({ name, value }) => /breakwater/i.test(name + value));
    if (ours !== undefined) throw new DoorClosed("events of Breakwater are not the dialer's to tell");
    return asRead(action);
  },
};

/** Variables, and functions that look and do nothing else. Others run programs, write files, ask servers, or delete what they read. */
const READING_FUNCTIONS: ReadonlySet<string> = new Set([
  'CALLERID',
  'CDR',
  'CHANNEL',
  'CONNECTEDLINE',
  'DEVICE_STATE',
  'EXTENSION_STATE',
  'GLOBAL',
  'GROUP_COUNT',
  'GROUP_MATCH_COUNT',
  'HANGUPCAUSE',
  'PJSIP_CONTACT',
  'QUEUE_MEMBER',
  'QUEUE_MEMBER_COUNT',
  'QUEUE_MEMBER_LIST',
  'QUEUE_VARIABLES',
  'QUEUE_WAITING_COUNT',
  'REDIRECTING',
  'TIMEOUT',
]);

function isReadable(name: string): boolean {
  const call = /^([A-Z0-9_]{1,40})\(([A-Za-z0-9_.@/:,;-]{0,120})\)$/.exec(name);
  return call === null ? /^[A-Za-z0-9_]{1,80}$/.test(name) : READING_FUNCTIONS.has(call[1] ?? '');
}

/** The first value, as Asterisk takes it; an empty one is left out, which says the same. */
const given = (action: AmiAction, name: string, charsMax?: number): readonly AmiHeader[] => {
  const value = action.first(name) ?? '';
  return value === '' ? [] : [{ name, value: plain(name, value, charsMax) }];
};

function required(action: AmiAction, name: string): AmiHeader {
  const [header] = given(action, name);
  if (header === undefined) throw new DoorClosed(`${name} is missing`);
  return header;
}

const written = (name: string, action: AmiAction, headers: readonly AmiHeader[]): Buffer =>
  amiMessage([{ name: 'Action', value: name }, ...given(action, 'ActionID'), ...headers]);
