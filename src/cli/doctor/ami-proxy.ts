/**
 * Doctor's look at the AMI proxy: does it listen and let its accounts in, does the exchange let the proxy in, and is there a way to the real
 * manager that leads past it. Changes nothing; nothing is sent to an address but the login and questions.
 */
import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { checkServerIdentity, connect as connectTls, TLSSocket } from 'node:tls';
import type { Finding } from '../wiring.ts';
import { amiAction, askOver, isAmiSuccess } from './ami.ts';
import { bad, ok, skipped } from './machine.ts';

export interface AmiProxyNeeds {
  readonly host: string;
  readonly port: number;
  /** PEM of what dialers are shown; null: they speak in the clear. */
  readonly certificate: string | null;
  readonly accounts: readonly { readonly name: string; readonly secret: string | null }[];
  /** The real manager, as the proxy reaches it; `authority` is PEM, null takes the system's. */
  readonly upstream: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly secret: string;
    readonly tls: { readonly authority: string | null; readonly name: string } | null;
  };
}

/** What dialers send; without one of them they would be refused by the exchange itself. */
const COMMANDS = ['Originate', 'Redirect', 'Hangup', 'Command', 'Getvar', 'Status'] as const;

export interface ProxySurroundings {
  readonly timeoutMs: number;
  /** Addresses of this machine besides loopback. */
  readonly addresses: readonly string[];
}

export const surroundings = (timeoutMs: number): ProxySurroundings => ({
  timeoutMs,
  addresses: Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address),
});

export async function amiProxyFindings(
  needs: AmiProxyNeeds,
  around: ProxySurroundings,
): Promise<readonly Finding[]> {
  return [
    await listening(needs, around.timeoutMs),
    ...(await exchangeBehind(needs.upstream, around.timeoutMs)),
    await wayPast(needs, around),
  ];
}

/** Logs in as the first account whose secret is here; a hash can prove nobody. */
async function listening(needs: AmiProxyNeeds, timeoutMs: number): Promise<Finding> {
  const check = 'ami proxy';
  const host = needs.host === '0.0.0.0' ? '127.0.0.1' : needs.host === '::' ? '::1' : needs.host;
  const where = `${needs.host}:${needs.port}`;
  if (needs.port === 0) return skipped(check, 'port 0: it takes any free one');
  if (needs.accounts.length === 0)
    return bad(check, 'it has no account: nobody gets in', 'name one in amiProxy.accounts');
  const account = needs.accounts.find(({ secret }) => secret !== null);
  const socket = await opened(openTo({ host, port: needs.port }, needs.certificate), timeoutMs);
  if (socket === null) {
    return skipped(check, `nobody listens on ${where}: the sidecar does not run, or its log says why`);
  }
  if (needs.certificate !== null && !isOurs(socket, needs.certificate)) {
    socket.destroy();
    return bad(check, `${where} shows another certificate`, 'start the sidecar anew, or free the port');
  }
  if (account === undefined) {
    socket.destroy();
    return ok(check, `${where} listens; the accounts have hashes only, so none can be tried`);
  }
  const login = loginOf(account.name, account.secret ?? '');
  const answers = await ask(socket, [login, amiAction('ping', { Action: 'Ping' })], timeoutMs);
  if (!isAmiSuccess(answers.get('login'))) {
    return bad(
      check,
      `${where} refuses the account \`${account.name}\``,
      'is it our proxy that listens there, started with this configuration, and does the exchange let it in?',
    );
  }
  return isAmiSuccess(answers.get('ping'))
    ? ok(check, `${where}, \`${account.name}\` gets through to the exchange`)
    : bad(check, `${where} answers no Ping`, 'look into the log of the sidecar');
}

async function exchangeBehind(
  { host, port, user, secret, tls }: AmiProxyNeeds['upstream'],
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const check = 'ami behind the proxy';
  const where = `${host}:${port}`;
  const socket = await opened(
    tls === null
      ? connectTcp({ host, port })
      : connectTls({
          host,
          port,
          ...(tls.authority === null ? {} : { ca: tls.authority }),
          ...(isIP(tls.name) === 0 ? { servername: tls.name } : {}),
          checkServerIdentity: (_, certificate) => checkServerIdentity(tls.name, certificate),
        }),
    timeoutMs,
  );
  if (socket === null)
    return [
      bad(check, `${where} does not answer`, 'is manager.conf enabled there, and its certificate known?'),
    ];
  const answers = await ask(
    socket,
    [
      loginOf(user, secret),
      amiAction('commands', { Action: 'ListCommands' }),
      amiAction('users', { Action: 'GetConfig', Filename: 'manager.conf' }),
    ],
    timeoutMs,
  );
  if (!isAmiSuccess(answers.get('login'))) {
    return [bad(check, `${where} refuses the login`, 'compare AMI_USER and AMI_SECRET with manager.conf')];
  }
  const allowed = answers.get('commands') ?? '';
  const barred = COMMANDS.filter((command) => !new RegExp(`^${command}: `, 'm').test(allowed));
  return [
    barred.length === 0
      ? ok(check, where)
      : bad(
          check,
          `the user may not ask for ${barred.join(', ')}: dialers would be refused`,
          'give it `read = all` and `write = all` in manager.conf',
        ),
    others(user, answers.get('users')),
  ];
}

/** Whoever else may log in at the real manager needs no proxy. */
function others(user: string, config: string | undefined): Finding {
  const check = 'ami users';
  if (!isAmiSuccess(config)) {
    return skipped(
      check,
      'who else may log in cannot be seen: the user may not read manager.conf (`config`)',
    );
  }
  const sections = sectionsOf(config ?? '');
  const names = sections
    .filter(({ name, lines }) => name !== 'general' && name !== user && lines.some(isSecret))
    .map(({ name }) => name);
  const general = sections.find(({ name }) => name === 'general')?.lines ?? [];
  if (general.some((line) => /^webenabled *= *(yes|true|y|t|1|on)$/i.test(line))) {
    return bad(
      check,
      'the manager answers over HTTP too: a dialer may use it past the proxy',
      'set `webenabled = no` in manager.conf',
    );
  }
  return names.length === 0
    ? ok(check, `nobody but \`${user}\` may log in at the exchange`)
    : bad(
        check,
        `${names.map((name) => `\`${name}\``).join(', ')} may log in at the exchange itself, past the veto`,
        'take them out of manager.conf, and give the dialers accounts of the proxy',
      );
}

const isSecret = (line: string): boolean => /^secret *=/i.test(line);

/** `Category-000001: name` and its `Line-000001-000000: key=value`. */
function sectionsOf(config: string): readonly { readonly name: string; readonly lines: readonly string[] }[] {
  const field = (pattern: RegExp): readonly RegExpMatchArray[] => [...config.matchAll(pattern)];
  return field(/^Category-(\d+): (.*?)\r?$/gm).map(([, at = '', name = '']) => ({
    name,
    lines: field(/^Line-(\d+)-\d+: (.*?)\r?$/gm).flatMap(([, of, line = '']) => (of === at ? [line] : [])),
  }));
}

/** Does the real manager answer where others than this machine reach it? */
async function wayPast(
  { upstream }: AmiProxyNeeds,
  { addresses, timeoutMs }: ProxySurroundings,
): Promise<Finding> {
  const check = 'way past the proxy';
  const { host, port } = upstream;
  const isHere = /^(127\.|::1$|localhost$)/.test(host) || addresses.includes(host);
  if (!isHere) {
    return skipped(check, `${host} is another machine: see that only this one reaches its port ${port}`);
  }
  const open = await Promise.all(
    addresses.map(async (address) => ((await isManager(address, port, timeoutMs)) ? [address] : [])),
  );
  const found = open.flat();
  return found.length === 0
    ? ok(check, `port ${port} answers on loopback only`)
    : bad(
        check,
        `the real manager answers on ${found.map((address) => `${address}:${port}`).join(', ')}: a dialer reaches it past the veto`,
        'set `bindaddr = 127.0.0.1` in manager.conf, or keep dialers out by a firewall',
      );
}

async function isManager(host: string, port: number, timeoutMs: number): Promise<boolean> {
  const socket = await opened(connectTcp({ host, port }), timeoutMs);
  if (socket === null) return false;
  return new Promise((resolve) => {
    // A port that is open and says nothing is TLS, or a manager that is busy: open all the same.
    const timer = setTimeout(() => end(true), timeoutMs);
    const end = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (chunk: Buffer) =>
      end(chunk.toString('latin1').startsWith('Asterisk Call Manager/')),
    );
    socket.once('close', () => end(false));
    socket.on('error', () => end(false));
  });
}

/** Whoever says nothing that can be understood has answered nothing. */
const ask: typeof askOver = (socket, actions, timeoutMs) =>
  askOver(socket, actions, timeoutMs).catch(() => new Map<string, string>());

const loginOf = (user: string, secret: string): string =>
  amiAction('login', { Action: 'Login', Username: user, Secret: secret, Events: 'off' });

/** The certificate is compared afterwards, and before anything is said: it may be signed by nobody we know. */
const openTo = (at: { readonly host: string; readonly port: number }, certificate: string | null): Socket =>
  certificate === null ? connectTcp(at) : connectTls({ ...at, rejectUnauthorized: false });

function isOurs(socket: Socket, certificate: string): boolean {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return shown?.fingerprint256 === new X509Certificate(certificate).fingerprint256;
}

/** Null: no connection within the bound. */
function opened(socket: Socket, timeoutMs: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(null), timeoutMs);
    const end = (answer: Socket | null): void => {
      clearTimeout(timer);
      socket.off('error', failed);
      if (answer === null) socket.destroy();
      resolve(answer);
    };
    const failed = (): void => end(null);
    socket.on('error', failed);
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => end(socket));
  });
}
