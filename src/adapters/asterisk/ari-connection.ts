/**
 * One ARI connection through ari-client, with the guards that package needs: commands have a deadline, an event type that
 * the server's own model does not know is dropped instead of ending the process, a lost socket is told, also one that is lost without
 * a word, and it is connected again only by us, who ask first whether the application is still ours.
 */
import ari, { type AriClient, type AriEvent } from 'ari-client';
import { TelephonyRefused, TelephonyUnavailable } from '../../ports/telephony.ts';
import { watchSocket } from './event-socket-watch.ts';
import type { Gate } from './tenure.ts';
import { within } from './within.ts';

export interface AriSettings {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly application: string;
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

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const CONNECT_WITHIN_MS = 10_000;
const COMMAND_WITHIN_MS = 2_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

export function openAri(settings: AriSettings, listener: AriListener, gate: Gate): AriConnection {
  /** Knows the interface; kept over a lost socket, and learned anew when that one cannot be had again. */
  let client: AriClient | null = null;
  let problem: string | null = 'not connected yet';
  let closed = false;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | null = null;

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
    problem = why;
    client?._ws?.close();
  };
  const isClosed = (): boolean => closed;

  /** A client that has learned the interface. */
  const learn = async (): Promise<AriClient> => {
    // The package may wait for ever for the description of the interface.
    await untilServed(settings);
    const learned = await within(
      'connect',
      () => ari.connect(settings.url, settings.user, settings.password),
      CONNECT_WITHIN_MS,
    );
    learned.on('WebSocketConnected', () => {
      if (!isClosed()) up(learned);
    });
    learned.on('*', (event: AriEvent) => {
      if (isClosed()) return;
      // Sent to the older of two clients (Asterisk: ARI ApplicationReplaced); of ours only the newest is listened to.
      if (event.type !== 'ApplicationReplaced') listener.event(event);
      else if (client === learned) replaced();
    });
    return learned;
  };

  const open = async (): Promise<void> => {
    try {
      await gate.enter();
      const ours = client ?? (await learn());
      if (isClosed()) return;
      client = ours;
      const { opened, lost } = startSocket(ours, settings.application);
      await within('event socket', () => opened, CONNECT_WITHIN_MS).catch((error: unknown) => {
        ours._ws?.terminate();
        client = null;
        throw error;
      });
      void lost.then((why) => {
        down(`event socket lost: ${why}`);
        again();
      });
    } catch (error) {
      down(error instanceof Error ? error.message : String(error));
      again();
    }
  };
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
      const ours = client;
      const passed = gate.pass(what);
      if (passed !== null) await passed;
      return within(what, () => Promise.resolve(run(ours)), COMMAND_WITHIN_MS).catch((error: unknown) => {
        throw typed(what, error);
      });
    },
    close() {
      close('closed');
    },
  };
}

/**
 * Opens the event socket. The package would open another when it is lost, without asking anybody: its own ears for that are taken off.
 * `opened` rejects when it cannot be had; `lost` resolves with the reason when it ends.
 */
function startSocket(
  client: AriClient,
  application: string,
): { readonly opened: Promise<void>; readonly lost: Promise<string> } {
  const started = client.start(application, true);
  const socket = client._ws;
  const lost = new Promise<string>((resolve) => {
    for (const event of ['error', 'close']) socket?.removeAllListeners(event);
    if (socket !== undefined) {
      watchSocket(socket, () => {
        resolve('it has gone silent');
        socket.terminate();
      });
    }
    socket?.on('error', (error: Error) => {
      resolve(error.message);
      socket.terminate();
    });
    socket?.on('close', (code: number) => {
      // What still comes of it is of a connection that is no longer ours.
      socket.removeAllListeners('message');
      resolve(`closed with ${code}`);
    });
  });
  return {
    opened: Promise.race([started, lost.then((why) => Promise.reject(new Error(why)))]),
    lost,
  };
}

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
    }).catch((cause: unknown) => {
      throw new Error(`the exchange does not answer ${path}: ${messageOf(cause)}`, { cause });
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
  if (socket === undefined) return;
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

/** The package's errors carry the response body and no status: an answer is JSON with a `message`, all else is no answer. */
function typed(what: string, error: unknown): Error {
  if (error instanceof TelephonyUnavailable || error instanceof TelephonyRefused) return error;
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
