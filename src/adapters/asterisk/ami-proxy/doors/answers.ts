/** What a dialer is told of an action that Asterisk never sees, in the words and the order in which Asterisk would tell it (manager.c). */
import type { AmiAction, AmiHeader, AmiJudgement } from '../action.ts';
import { amiError, amiResponse } from '../wire.ts';
import type { OriginateForm } from './originate.ts';

export const closedAnswer = (action: AmiAction, why: string): Buffer =>
  amiError(action, `Permission denied: ${why}`);

export const missingAction = (action: AmiAction): Buffer => amiError(action, 'Missing action in request');

/** As Asterisk answers a name that it does not know; none of ours is told, because it may well know it. */
export function unknownAction(action: AmiAction): Buffer {
  const name = action.all('Action').find((value) => value !== '') ?? '';
  const printable = name.replaceAll(/[\0\r\n]/g, '').slice(0, 400);
  return amiError(
    action,
    `Invalid/unknown command: ${printable}. Use Action: ListCommands to show available commands.`,
  );
}

export const vetoError = (action: AmiAction, reasons: readonly string[]): Buffer =>
  amiError(action, `Vetoed: ${reasons.join(',')}`);

/** A call that came to nothing: what Asterisk answers to an Originate whose channel cannot be made. */
export function failedOriginate(
  action: AmiAction,
  form: OriginateForm,
): Omit<Extract<AmiJudgement, { do: 'answer' }>, 'do'> {
  if (!form.isAsync) return { bytes: amiError(action, 'Originate failed') };
  const value = (name: string): string => form.goes.find((header) => header.name === name)?.value ?? '';
  const goes: readonly AmiHeader[] =
    value('Application') === ''
      ? ['Context', 'Exten'].map((name) => ({ name, value: value(name) }))
      : ['Application', 'Data'].map((name) => ({ name, value: value(name) }));
  const event: readonly AmiHeader[] = [
    { name: 'Event', value: 'OriginateResponse' },
    { name: 'Privilege', value: 'call,all' },
    ...(form.actionId === '' ? [] : [{ name: 'ActionID', value: form.actionId }]),
    { name: 'Response', value: 'Failure' },
    { name: 'Channel', value: form.channel },
    ...goes,
    { name: 'Reason', value: '0' },
    { name: 'Uniqueid', value: form.channelId ?? '<unknown>' },
    { name: 'CallerIDNum', value: form.caller.number ?? '<unknown>' },
    { name: 'CallerIDName', value: form.caller.name === '' ? '<unknown>' : form.caller.name },
  ];
  const queued = amiResponse('Success', action, [
    { name: 'Message', value: 'Originate successfully queued' },
  ]);
  return { bytes: queued, event };
}

/**
 * True when the manager's response to an Originate says that its channel has not been answered: no channel could be made, or nobody took it
 * in time. Behind a line of the exchange (Local) a telephone may have been answered though the line was not; there only a refusal
 * before anything was dialed tells.
 */
export function isRefusal(form: Pick<OriginateForm, 'actionId' | 'channel'>, response: string): boolean {
  const [status, ...lines] = response.split('\r\n');
  if (status !== 'Response: Error') return false;
  const id = lines.find((line) => line.startsWith('ActionID: '))?.slice('ActionID: '.length) ?? '';
  if (id !== form.actionId) return false;
  return !/^local\//i.test(form.channel) || !lines.includes('Message: Originate failed');
}
