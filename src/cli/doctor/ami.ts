/** A few questions over AMI, for doctor only: log in, ask, leave. Values are checked so that none can add a header. */
import { connect } from 'node:net';
import { bad, ok } from './machine.ts';
import type { Finding } from '../wiring.ts';

/** The contexts of `dialplan/breakwater.conf` that calls depend on. */
export const CONTEXTS = [
  'breakwater-veto',
  'breakwater-out',
  'breakwater-dial',
  'breakwater-answered',
  'breakwater-taken',
  'breakwater-safe-harbor',
  'breakwater-keys',
  'breakwater-disclosure',
  'breakwater-agent',
  'breakwater-hangup',
] as const;

/** What the sidecar asks of AMI; without `Setvar`, of class `call`, each message would be cut short and begun again by the dialplan. */
const COMMANDS = ['MixMonitor', 'StopMixMonitor', 'DBGetTree', 'DBDel', 'DBPut', 'Setvar'] as const;

export interface AmiPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

const REPLIES_CHARS_MAX = 1_000_000;

/** First message that answers each action, by ActionID, as header text; the promise ends with the connection or the deadline. */
function ask(
  place: AmiPlace,
  actions: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, string>> {
  return new Promise((resolve, reject) => {
    const answers = new Map<string, string>();
    const socket = connect({ host: place.host, port: place.port });
    let text = '';
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(actions.join('')));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > REPLIES_CHARS_MAX) socket.destroy(new Error('answers too long'));
      const messages = text.split('\r\n\r\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const id = /^ActionID: (.*)$/m.exec(message)?.[1]?.trim();
        if (id !== undefined && /^Response: /m.test(message) && !answers.has(id)) answers.set(id, message);
      }
      if (answers.size === actions.length) socket.end();
    });
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answers);
    });
  });
}

const action = (id: string, fields: Readonly<Record<string, string>>): string => {
  const lines = Object.entries({ ...fields, ActionID: id }).map(([name, value]) => {
    if (/[\r\n]/.test(value)) throw new Error(`AMI ${name} holds a line break`);
    return `${name}: ${value}\r\n`;
  });
  return `${lines.join('')}\r\n`;
};

export async function exchangeOverAmi(place: AmiPlace, timeoutMs: number): Promise<readonly Finding[]> {
  const where = `${place.host}:${place.port}`;
  try {
    const actions = [
      action('login', { Action: 'Login', Username: place.user, Secret: place.secret, Events: 'off' }),
      // Lists what this user may ask for, and nothing else.
      action('commands', { Action: 'ListCommands' }),
      ...CONTEXTS.map((context) => action(context, { Action: 'ShowDialPlan', Context: context })),
    ];
    const answers = await ask(place, actions, timeoutMs);
    if (!isSuccess(answers.get('login'))) {
      return [bad('ami', `${where} refuses the login`, 'compare AMI_USER and AMI_SECRET with manager.conf')];
    }
    const missing = CONTEXTS.filter((context) => !isSuccess(answers.get(context)));
    const allowed = answers.get('commands') ?? '';
    const barred = COMMANDS.filter((command) => !new RegExp(`^${command}: `, 'm').test(allowed));
    return [
      ok('ami', where),
      barred.length === 0
        ? ok('ami rights', `${COMMANDS.length} commands are allowed`)
        : bad(
            'ami rights',
            `the user may not ask for ${barred.join(', ')}`,
            'give it `write = system,config,call` in manager.conf',
          ),
      missing.length === 0
        ? ok('dialplan', `${CONTEXTS.length} contexts are loaded`)
        : bad(
            'dialplan',
            `not loaded: ${missing.join(', ')}`,
            'add `#include "breakwater.conf"` to extensions.conf, copy dialplan/breakwater.conf beside it, `dialplan reload`; the AMI user needs `config` for this check',
          ),
    ];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [bad('ami', `${where}: ${why}`, 'is Asterisk running, and manager.conf enabled on this address?')];
  }
}

const isSuccess = (message: string | undefined): boolean =>
  message !== undefined && /^Response: Success/m.test(message);
