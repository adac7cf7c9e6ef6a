/** The judge of a proxy that has no other: what only reads passes, everything else is refused, known or not. */
import type { AmiAction, AmiJudge } from './action.ts';
import { amiError } from './wire.ts';

/** None of these can place, divert or end a call, set a variable, run a function or show a secret (Asterisk 22). */
export const READING_ACTIONS: ReadonlySet<string> = new Set([
  'agents',
  'bridgeinfo',
  'bridgelist',
  'coresettings',
  'coreshowchannelmap',
  'coreshowchannels',
  'corestatus',
  'devicestatelist',
  'events',
  'extensionstate',
  'extensionstatelist',
  'listcommands',
  'mailboxcount',
  'mailboxstatus',
  'modulecheck',
  'parkedcalls',
  'parkinglots',
  'ping',
  'pjsipshowaors',
  'pjsipshowcontacts',
  'pjsipshowendpoints',
  'presencestate',
  'presencestatelist',
  'queues',
  'queuestatus',
  'queuesummary',
  'status',
  'voicemailuserslist',
  'waitevent',
]);

/** Some of them read variables on the way, and a function in their place may run a program (`SHELL`). */
const namesFunction = (action: AmiAction): boolean =>
  action.all('Variables').some((names) => names.includes('('));

export const readOnlyJudge: AmiJudge = (action) =>
  READING_ACTIONS.has(action.name) && !namesFunction(action)
    ? { do: 'pass' }
    : { do: 'answer', bytes: amiError(action, 'Breakwater does not let this action through') };
