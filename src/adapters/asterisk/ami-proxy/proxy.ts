/**
 * The AMI proxy: it listens where dialers connect, and holds one connection to the real manager for each of theirs. When it, its judge
 * or its exchange is gone, dialers see a lost connection or an error response; no action passes by itself.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { connect, createServer, isIP, type Server, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  createServer as createTlsServer,
} from 'node:tls';
import {
  AMI_ENDS,
  AMI_OUTCOMES,
  type AmiEnd,
  type AmiFigures,
  type AmiOutcome,
} from '../../../ports/ami-figures.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../../../ports/log.ts';
import type { AmiAccount } from './accounts.ts';
import type { AmiJudge } from './action.ts';
import { PLAIN_STYLE, styled, styleIn } from './event-style.ts';
import { type ActionRate, actionRate, type AmiLimits, loginFailures } from './limits.ts';
import { openSession } from './session.ts';
import type { Seat, Session, SessionHost } from './session-host.ts';
import { sparing } from './sparing.ts';
import { amiMessage } from './wire.ts';

export interface AmiProxyOptions {
  readonly listen: {
    readonly host: string;
    /** 0 takes a free one. */
    readonly port: number;
    /** PEM. Null: dialers speak in the clear. */
    readonly tls: { readonly certificate: string; readonly key: string } | null;
  };
  /** The real manager, and how we log in there; no dialer learns it. */
  readonly upstream: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly secret: string;
    /** `authority` is PEM, null takes the system's; `name` is whom the certificate must name. */
    readonly tls: { readonly authority: string | null; readonly name: string } | null;
  };
  readonly accounts: readonly AmiAccount[];
  readonly limits: AmiLimits;
  readonly judge: AmiJudge;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AmiProxy {
  readonly port: number;
  figures(): AmiFigures;
  /** Takes no new connections, judges nothing more, ends the open ones; resolves when all are closed. */
  close(): Promise<void>;
}

export class AmiListenFailed extends Error {
  override readonly name = 'AmiListenFailed';
  readonly code = 'ami_listen_failed';
}

/** A dialer with one connection for each action opens hundreds a second. */
const LISTEN_BACKLOG = 4_096;
const KEEP_ALIVE_MS = 60_000;
/** How its events look changes with the configuration of the exchange only. */
const STYLE_EVERY_MS = 10_000;
/** Connections that are over and wait for the other side to close, or that are still at the handshake of TLS. */
const LINGERING_MAX = 2_048;

/** Rejects with AmiListenFailed, or with what is wrong with a certificate. */
export async function openAmiProxy(options: AmiProxyOptions): Promise<AmiProxy> {
  const { accounts, limits, clock, log } = options;
  const sessions = new Set<Session>();
  const failures = loginFailures(limits.loginFailuresMax);
  const books = new Map(accounts.map((account) => [account.name, bookOf(limits)]));
  const actions = counters(AMI_OUTCOMES);
  const endings = counters(AMI_ENDS);
  const tell = sparing(log, clock);
  let style = PLAIN_STYLE;
  let styleSeenMs: number | null = null;
  let anonymous = 0;
  let connections = 0;
  let closing = false;

  function enter(account: AmiAccount): Seat | null {
    const book = books.get(account.name);
    if (book === undefined || book.open >= limits.connectionsPerAccount) return null;
    book.open += 1;
    anonymous -= 1;
    return {
      mayAct: () => book.rate.take(clock.monotonic()),
      leave() {
        book.open -= 1;
      },
    };
  }

  const host: Omit<SessionHost, 'ended'> = {
    accounts,
    login: { user: options.upstream.user, secret: options.upstream.secret },
    judge: options.judge,
    clock,
    limits,
    newChallenge: () => String(randomInt(100_000_000, 1_000_000_000)),
    newToken: () => `breakwater-${randomBytes(12).toString('hex')}`,
    observe(chunk) {
      const nowMs = clock.monotonic();
      if (styleSeenMs !== null && nowMs - styleSeenMs < STYLE_EVERY_MS) return;
      const seen = styleIn(chunk);
      if (seen !== null) [style, styleSeenMs] = [seen, nowMs];
    },
    written: (event) => amiMessage(styled(event, style, clock.now())),
    announce(account, event, from) {
      for (const session of sessions) session.announce(account, event, from);
    },
    enter,
    loginFailed(remoteAddress, name) {
      failures.fail(remoteAddress, clock.monotonic());
      tell.warn('login', { remoteAddress, account: printable(name) }, 'AMI proxy: login refused');
    },
    count: (outcome) => (actions[outcome] += 1),
    unjudged: (account, action, problem) =>
      tell.error('unjudged', { account, action: printable(action), problem }, 'AMI proxy: not judged'),
  };

  function accept(client: Socket): void {
    const remoteAddress = client.remoteAddress ?? 'unknown';
    const shut = failures.isShut(remoteAddress, clock.monotonic());
    if (closing || shut || anonymous >= limits.anonymousMax) {
      const why = shut ? 'too many failed logins' : 'too many connections that have not logged in';
      client.on('error', () => undefined);
      client.destroy();
      tell.warn('turned away', { remoteAddress, why }, 'AMI proxy: connection turned away');
      return;
    }
    anonymous += 1;
    connections += 1;
    const connection = `ami-${connections}`;
    const upstream = dial(options.upstream);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
    }
    const ended = (why: AmiEnd, account: string | null): void => {
      endings[why] += 1;
      if (account === null) anonymous -= 1;
      if (QUIET_ENDS.has(why)) return;
      tell.warn(why, { why, account, connection, remoteAddress }, 'AMI proxy: connection ended');
    };
    const session = openSession({ client, upstream, connection, remoteAddress }, { ...host, ended });
    sessions.add(session);
    void session.closed.then(() => sessions.delete(session));
  }

  const server = serverFor(options, accept);
  /** Also those that are still at the handshake of TLS. */
  const sockets = new Set<Socket>();
  server.maxConnections =
    limits.anonymousMax + accounts.length * limits.connectionsPerAccount + LINGERING_MAX;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, options.listen.host, options.listen.port);
  server.on('error', (error) => log.error({ problem: error.message }, 'AMI proxy'));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.listen.port;
  log.info({ address: `${options.listen.host}:${port}`, accounts: accounts.length }, 'AMI proxy is up');

  return {
    port,
    figures: () => ({
      connections: [...books].map(([account, { open }]) => ({ account, open })),
      anonymous,
      actions: { ...actions },
      ends: { ...endings },
    }),
    async close() {
      closing = true;
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.stop();
      await Promise.all([...sessions].map(({ closed }) => closed));
      for (const socket of sockets) socket.destroy();
      await stopped;
    },
  };
}

/** Every connection ends; these are no news. */
const QUIET_ENDS: ReadonlySet<AmiEnd> = new Set(['dialer_left', 'login_refused', 'stopping']);

interface Book {
  open: number;
  readonly rate: ActionRate;
}

const bookOf = (limits: AmiLimits): Book => ({ open: 0, rate: actionRate(limits.actionsPerSecond) });

const counters = <Name extends AmiEnd | AmiOutcome>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

/** Of what a stranger has sent, in a log line. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);

function serverFor({ listen: { tls }, limits }: AmiProxyOptions, accept: (client: Socket) => void): Server {
  if (tls === null) return createServer({ allowHalfOpen: true }, accept);
  const server = createTlsServer(
    {
      cert: tls.certificate,
      key: tls.key,
      minVersion: 'TLSv1.2',
      allowHalfOpen: true,
      handshakeTimeout: limits.loginWithinMs,
    },
    accept,
  );
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}

function dial({ host, port, tls }: AmiProxyOptions['upstream']): Socket {
  if (tls === null) return connect({ host, port, allowHalfOpen: true });
  const { authority, name } = tls;
  const options: ConnectionOptions & { readonly allowHalfOpen: true } = {
    host,
    port,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    // RFC 6066 section 3: no address there.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    minVersion: 'TLSv1.2',
    allowHalfOpen: true,
    ...(authority === null ? {} : { ca: authority }),
  };
  return connectTls(options);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE' ? 'the port is in use; set another amiProxy.port' : cause.message;
      reject(new AmiListenFailed(`the AMI proxy cannot listen on \`${host}:${port}\`: ${why}`, { cause }));
    });
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
