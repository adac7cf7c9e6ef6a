/**
 * What may arrive at a manager behind the proxy, for the account of `ami-actions.ts`: written from what the account is allowed, and nothing
 * of it taken from the judge.
 */
import { amiDoor } from '../../src/config/ami-door-table.ts';
import { separate } from '../../src/adapters/asterisk/ami-proxy/doors/variables.ts';
import { COMMANDS_THAT_SHOW } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { PERMITTED } from './ami-actions.ts';
import { headerOf, type ModelMessage } from './manager-model.ts';

const CALLED = /^(?:Local\/9(.+)@default|PJSIP\/(.+)@carrier)$/;
const AGENT = /^PJSIP\/[a-z][a-z0-9]*$|^Local\/8600\d{3}@default$/i;
const PLACE = /^(?:8368|8600\d{3})@default,1$/;
/** Where the account has `behindAgents: ['9{number}@default']`. */
const BEHIND = /^9(.+)@default,1$/;
/** What stands at the account's telephones: an agent who waits longer than this is gone. */
const AGENT_RINGS_MAX_MS = 5_000;
const SHOWN: readonly RegExp[] = COMMANDS_THAT_SHOW.map(
  (command) => new RegExp(`^${command.replaceAll('{word}', '[^ ]+')}$`),
);
/** Of a session that has logged in: they do nothing but end it. */
const OF_THE_SESSION: ReadonlySet<string> = new Set(['login', 'challenge', 'logoff']);

/** The number as it would be dialed, where this Originate calls a person. */
export function calledNumber({ lines }: ModelMessage): string | null {
  const called = CALLED.exec(headerOf(lines, 'Channel'));
  return called === null ? null : (called[1] ?? called[2] ?? null);
}

/** The call id that stands among its variables. */
export const callIdOf = ({ lines }: ModelMessage): string | null =>
  variablesOf(lines)
    .find((item) => item.startsWith('__BREAKWATER_CALL_ID='))
    ?.replace(/^[^=]*=/, '') ?? null;

/** The number that a telephone of the account dials when it is there, where this Originate does that. */
export function numberBehind(message: ModelMessage): string | null {
  const { lines } = message;
  if (calledNumber(message) !== null || headerOf(lines, 'Application') !== '') return null;
  return BEHIND.exec(placeOf(lines, ''))?.[1] ?? null;
}

/** Why this message should not have come, or null; `behindAgents`: the account's telephones may dial when they are there. */
export function wrongOf(
  message: ModelMessage,
  isPermitted: (number: string) => boolean,
  behindAgents = false,
): string | null {
  const { lines, action, error } = message;
  const name = action.toLowerCase();
  const door = amiDoor(name);
  if (error !== null) return `the manager refuses it: ${error}`;
  if (OF_THE_SESSION.has(name)) return null;
  if (door === undefined) return `${action} is no action`;
  if (door.class === 'closed') return `${action} is closed`;
  switch (name) {
    case 'originate':
      return wrongCall(message, isPermitted, behindAgents ? numberBehind(message) : null);
    case 'redirect':
      return wrongPlace(lines, '') ?? wrongExtra(lines);
    case 'blindtransfer':
      return PLACE.test(`${headerOf(lines, 'Exten')}@${headerOf(lines, 'Context')},1`)
        ? null
        : 'a transfer elsewhere';
    case 'queueadd':
      return AGENT.test(headerOf(lines, 'Interface')) ? null : `member ${headerOf(lines, 'Interface')}`;
    case 'command': {
      const command = headerOf(lines, 'Command');
      return SHOWN.some((shown) => shown.test(command)) ? null : `command ${command}`;
    }
    case 'setvar':
      return 'Setvar: the account may set no variable';
    default:
      return null;
  }
}

function wrongCall(
  message: ModelMessage,
  isPermitted: (number: string) => boolean,
  behind: string | null,
): string | null {
  const { lines } = message;
  const channel = headerOf(lines, 'Channel');
  const number = calledNumber(message);
  if (number === null && !AGENT.test(channel)) return `${channel} is no telephone of the account`;
  if (number !== null && !isPermitted(number)) return `${number} was not permitted`;
  if (headerOf(lines, 'PreDialGoSub') !== '') return 'it has a PreDialGoSub';
  if (behind !== null) {
    if (!isPermitted(behind)) return `${behind} was not permitted`;
    const ringsMs = Number(headerOf(lines, 'Timeout'));
    if (!(ringsMs <= AGENT_RINGS_MAX_MS)) return `the telephone rings ${ringsMs} ms`;
    // The telephone must not bear the name of the call.
    return wrongVariables(
      lines,
      TOLD.filter((name) => name !== '__BREAKWATER_CALL_ID'),
    );
  }
  const application = headerOf(lines, 'Application');
  const run = `${application}(${headerOf(lines, 'Data')})`;
  if (application !== '' && run !== 'Queue(sales)') return `it runs ${run}`;
  return (
    (application === '' ? wrongPlace(lines, '') : null) ?? wrongVariables(lines, number === null ? [] : TOLD)
  );
}

function placeOf(lines: readonly string[], prefix: '' | 'Extra'): string {
  const [exten, context, priority] = ['Exten', 'Context', 'Priority'].map((name) =>
    headerOf(lines, `${prefix}${name}`),
  );
  return `${exten}@${context},${priority}`;
}

function wrongPlace(lines: readonly string[], prefix: '' | 'Extra'): string | null {
  const place = placeOf(lines, prefix);
  return PLACE.test(place) ? null : `it goes to ${place}`;
}

const wrongExtra = (lines: readonly string[]): string | null =>
  headerOf(lines, 'ExtraChannel') === '' || headerOf(lines, 'ExtraContext') === ''
    ? null
    : wrongPlace(lines, 'Extra');

/** What a permitted call bears. */
const TOLD: readonly string[] =
  PERMITTED.kind === 'permit' ? PERMITTED.variables.map(([name]) => `__${name}`) : [];

/** No name of ours and no function but those that the permit has told, each once and in its order. */
function wrongVariables(lines: readonly string[], told: readonly string[]): string | null {
  const ours = variablesOf(lines)
    .map((item) => item.split('=')[0] ?? '')
    .filter((name) => /breakwater|\(/i.test(name));
  const known = [...told, ...(ours.includes('__BREAKWATER_STATE') ? ['__BREAKWATER_STATE'] : [])];
  return ours.join() === known.join() ? null : `variables ${ours.join()}`;
}

const variablesOf = (lines: readonly string[]): readonly string[] =>
  lines
    .filter((line) => /^variable:/i.test(line))
    .flatMap((line) => separate(line.slice('variable:'.length).trimStart()));
