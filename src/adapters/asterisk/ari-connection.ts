/**
 * One ARI connection through ari-client, with the guards that package needs: commands have a deadline, an event type that
 * the server's own model does not know is dropped instead of ending the process, and a lost socket is told.
 */
import ari, { type AriClient, type AriEvent } from 'ari-client';
import { TelephonyRefused, TelephonyUnavailable } from '../../ports/telephony.ts';
import { openPauseGuard } from './pause-guard.ts';

export interface AriSettings {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly application: string;
  /** Who may command the calls of this application; left out: nobody else could. */
  readonly tenure?: Tenure;
}

/** That the calls are ours, as the ledger knows it: one writer id, one session, one sidecar. */
export interface Tenure {
  /** Asked after this process has stood still. Rejects when another may have taken over meanwhile. */
  confirm(): Promise<void>;
  /** True when another has taken over for certain: then we must not take the application back. */
  isOver(): boolean;
}

export interface AriConnection {
  /** Null while connected. */
  problem(): string | null;
  /** Runs one command; rejects with `TelephonyUnavailable` when there is no answer in time. */
  command<T>(what: string, run: (client: AriClient) => Promise<T>): Promise<T>;
  close(): void;
}

export interface AriListener {
  event(event: AriEvent): void;
  connection(up: boolean): void;
  /** Another client has connected for our application and gets its events from now on; we never connect again. */
  replaced(): void;
}

const CONNECT_WITHIN_MS = 10_000;
const COMMAND_WITHIN_MS = 2_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

export function openAri(settings: AriSettings, listener: AriListener): AriConnection {
  let client: AriClient | null = null;
  let problem: string | null = 'not connected yet';
  let closed = false;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | null = null;
  const { tenure } = settings;
  const guard = tenure === undefined ? null : openPauseGuard(() => tenure.confirm());

  const down = (why: string): void => {
    if (closed) return;
    const wasUp = problem === null;
    problem = why;
    if (wasUp) listener.connection(false);
  };
  const up = (connected: AriClient): void => {
    guardMessages(connected);
    retryMs = FIRST_RETRY_MS;
    problem = null;
    listener.connection(true);
  };

  const replaced = (): void => {
    close(`another sidecar has taken over the application \`${settings.application}\``);
    listener.connection(false);
    listener.replaced();
  };
  const close = (why: string): void => {
    closed = true;
    if (retry !== null) clearTimeout(retry);
    guard?.stop();
    problem = why;
    client?.stop();
  };

  const open = async (): Promise<void> => {
    try {
      if (tenure?.isOver() === true) throw new Error('another sidecar has taken over our writer id');
      // The package may wait for ever for the description of the interface.
      await untilServed(settings);
      const connected = await within(
        'connect',
        () => ari.connect(settings.url, settings.user, settings.password),
        CONNECT_WITHIN_MS,
      );
      if (isClosed()) return;
      client = connected;
      connected.on('WebSocketConnected', () => up(connected));
      connected.on('WebSocketReconnecting', (error?: Error) => {
        down(`event socket lost${error === undefined ? '' : `: ${error.message}`}`);
      });
      // The package gives up in the end; then we start afresh.
      connected.on('WebSocketMaxRetries', () => {
        down('event socket lost');
        again();
      });
      connected.on('*', (event: AriEvent) => {
        // Sent to the older of two clients (Asterisk: ARI ApplicationReplaced); of ours only the newest is listened to.
        if (event.type !== 'ApplicationReplaced') listener.event(event);
        else if (client === connected) replaced();
      });
      await connected.start(settings.application, true);
    } catch (error) {
      down(error instanceof Error ? error.message : String(error));
      again();
    }
  };
  const isClosed = (): boolean => closed;
  const again = (): void => {
    // A start that fails is told twice: two clients would take each other's events away.
    if (closed || retry !== null) return;
    retry = setTimeout(() => {
      retry = null;
      void open();
    }, retryMs);
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  };
  void open();

  return {
    problem: () => problem,
    async command(what, run) {
      if (client === null || problem !== null)
        throw new TelephonyUnavailable(`${what}: ${problem ?? 'closed'}`);
      const confirmed = guard?.check();
      if (confirmed != null) await confirmed.catch(notOurs(what));
      const ours = client;
      return within(what, () => run(ours));
    },
    close() {
      close('closed');
    },
  };
}

const notOurs =
  (what: string) =>
  (cause: unknown): never => {
    throw new TelephonyUnavailable(`${what}: this process has stood still, and the call may be another's`, {
      cause,
    });
  };

/** What we use of ARI; each is a module of its own, and the discovery goes through them all. */
const SERVED = [
  'asterisk/ping',
  'channels',
  'bridges',
  'applications',
  'endpoints',
  'sounds',
  'api-docs/resources.json',
];

/** An exchange that is still starting answers 404 here and there, and ari-client does not survive a half discovery. */
async function untilServed({ url, user, password }: AriSettings): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  for (const path of SERVED) {
    const answer = await fetch(`${url}/ari/${path}`, {
      headers: { authorization },
      signal: AbortSignal.timeout(COMMAND_WITHIN_MS),
    });
    await answer.arrayBuffer();
    if (!answer.ok)
      throw new Error(
        `the exchange answers ${answer.status} to ${path}: still starting, or not for this user`,
      );
  }
}

/** ari-client throws inside its socket handler on bad JSON or an unknown event type, which would end the process. */
function guardMessages(client: AriClient): void {
  const socket = client._ws;
  for (const handler of socket.listeners('message') as ((...args: unknown[]) => void)[]) {
    socket.removeListener('message', handler);
    socket.on('message', (...args: unknown[]) => {
      try {
        handler.apply(socket, args);
      } catch {
        // Nothing we understand is lost: every event we use is in the model.
      }
    });
  }
}

function within<T>(what: string, run: () => Promise<T>, ms = COMMAND_WITHIN_MS): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TelephonyUnavailable(`${what}: no answer within ${ms} ms`));
    }, ms);
    Promise.resolve(run()).then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(typed(what, error));
      },
    );
  });
}

/** The package's errors carry the response body and no status: an answer is JSON with a `message`, all else is no answer. */
function typed(what: string, error: unknown): Error {
  const text = error instanceof Error ? error.message : String(error);
  try {
    const body = JSON.parse(text) as { readonly message?: unknown; readonly error?: unknown };
    const said = body.message ?? body.error;
    if (typeof said === 'string') return new TelephonyRefused(`${what}: ${said}`, null);
  } catch {
    // Not JSON: falls through to unavailable.
  }
  return new TelephonyUnavailable(`${what}: ${text}`);
}
