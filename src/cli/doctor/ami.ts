/** A few questions over AMI, for doctor only: log in, ask, leave. Values are checked so that none can add a header. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { bad, ok, skipped } from './machine.ts';
import type { DoctorConfig, Finding } from '../wiring.ts';

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

export type AmiNeeds = DoctorConfig['amiNeeds'];

/** Classes of `manager.conf` that the user needs to write. */
const writeClasses = ({ userEvents }: AmiNeeds): string => `system,config,call${userEvents ? ',user' : ''}`;

export interface AmiPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  readonly tls?: { readonly authority: string | null } | null;
}

function open({ host, port, tls = null }: AmiPlace): Socket {
  if (tls === null) return connect({ host, port });
  return connectTls({
    ...{ host, port, minVersion: 'TLSv1.2' },
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.authority === null ? {} : { ca: tls.authority }),
  });
}

const REPLIES_CHARS_MAX = 1_000_000;

/** Asks `askOver` a connection of its own. */
export const askAmi = (
  place: AmiPlace,
  actions: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, string>> => askOver(open(place), actions, timeoutMs);

/**
 * First message that answers each action, by ActionID, as header text; the promise ends with the connection or the deadline. `socket` is
 * connected or about to be, and is closed here.
 */
export function askOver(
  socket: Socket,
  actions: readonly string[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, string>> {
  return new Promise((resolve, reject) => {
    const answers = new Map<string, string>();
    let text = '';
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.setEncoding('utf8');
    socket.write(actions.join(''));
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

/** One action as text; throws for a value that would add a header. */
export const amiAction = (id: string, fields: Readonly<Record<string, string>>): string => {
  const lines = Object.entries({ ...fields, ActionID: id }).map(([name, value]) => {
    if (/[\r\n]/.test(value)) throw new Error(`AMI ${name} holds a line break`);
    return `${name}: ${value}\r\n`;
  });
  return `${lines.join('')}\r\n`;
};

export async function exchangeOverAmi(
  place: AmiPlace,
  timeoutMs: number,
  needs: AmiNeeds,
): Promise<readonly Finding[]> {
  const where = `${place.host}:${place.port}`;
  try {
    const actions = [
      amiAction('login', { Action: 'Login', Username: place.user, Secret: place.secret, Events: 'off' }),
      // Lists what this user may ask for, and nothing else.
      amiAction('commands', { Action: 'ListCommands' }),
      ...(needs.queues
        ? [amiAction('rights', { Action: 'GetConfig', Filename: 'manager.conf', Category: place.user })]
        : []),
      ...CONTEXTS.map((context) => amiAction(context, { Action: 'ShowDialPlan', Context: context })),
    ];
    const answers = await askAmi(place, actions, timeoutMs);
    if (!isAmiSuccess(answers.get('login'))) {
      return [bad('ami', `${where} refuses the login`, 'compare AMI_USER and AMI_SECRET with manager.conf')];
    }
    const missing = CONTEXTS.filter((context) => !isAmiSuccess(answers.get(context)));
    const allowed = answers.get('commands') ?? '';
    const isAllowed = (command: string): boolean => new RegExp(`^${command}: `, 'm').test(allowed);
    const wanted = [...COMMANDS, ...(needs.userEvents ? ['UserEvent'] : [])];
    const barred = wanted.filter((command) => !isAllowed(command));
    return [
      ok('ami', where),
      barred.length === 0
        ? ok('ami rights', `${wanted.length} commands are allowed`)
        : bad(
            'ami rights',
            `the user may not ask for ${barred.join(', ')}`,
            `give it \`write = ${writeClasses(needs)}\` in manager.conf`,
          ),
      ...(needs.queues ? [queues(isAllowed('QueueStatus'), answers.get('rights'))] : []),
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

/** Members of queues are told to users who may read agent events; `QueueStatus` is there for everybody where app_queue is. */
function queues(isLoaded: boolean, rights: string | undefined): Finding {
  const check = 'ami queues';
  if (!isLoaded)
    return bad(check, 'the exchange knows no QueueStatus', 'load app_queue.so: agents.queues needs it');
  const read = /^Line-\d+-\d+: *read *=>? *(.*)$/im.exec(rights ?? '')?.[1]?.trim();
  if (read === undefined) {
    return skipped(
      check,
      'whether the user may read agent events cannot be seen: it needs `agent` in `read`',
    );
  }
  const classes = read.split(/[\s,]+/).map((each) => each.toLowerCase());
  return classes.includes('agent') || classes.includes('all')
    ? ok(check, 'agent events are read')
    : bad(
        check,
        `the user reads \`${read}\``,
        'add `agent` to `read` in manager.conf: agents.queues needs it',
      );
}

export const isAmiSuccess = (message: string | undefined): boolean =>
  message !== undefined && /^Response: Success/m.test(message);
