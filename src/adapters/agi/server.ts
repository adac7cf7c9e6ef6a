/**
 * The FastAGI door: one TCP listener, a bounded number of sessions, an orderly close. Every way in which it can fail to answer
 * (turned away, cut, crashed, closed) leaves the verdict variable unset, which the dialplan reads as a veto.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { AgiScripts } from '../../ports/agi-scripts.ts';
import type { Clock } from '../../ports/clock.ts';
import { type AgiBounds, type AgiEvent, converse } from './conversation.ts';
import { openSession } from './session.ts';

/** A full backlog drops the SYN, and then Asterisk waits two seconds whatever the dialplan's bound says. */
const LISTEN_BACKLOG = 4_096;
/** 4,000 calls a second at the longest answer, rounded up; beyond that a veto at once beats a late one. */
export const SESSIONS_MAX = 2_048;

/** A decision that has not come this long after `close` is left to its lease. */
const CLOSE_WITHIN_MS = 5_000;

export const AGI_BOUNDS: AgiBounds = {
  environmentMs: 1_000,
  answerMs: 450,
  deliveryMs: 50,
  confirmMs: 3_000,
};

export interface AgiServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly scripts: AgiScripts;
  readonly clock: Clock;
  /** Default 450; the rest of the bounds follow `AGI_BOUNDS`. */
  readonly answerMs?: number;
  readonly bounds?: Partial<AgiBounds>;
  readonly sessionsMax?: number;
  readonly observe?: (event: AgiEvent) => void;
}

export interface AgiServer {
  readonly port: number;
  sessions(): number;
  /** Takes no new sessions, lets the open ones end within their bounds; resolves when every permit is delivered or withdrawn. */
  close(): Promise<void>;
}

export class AgiListenFailed extends Error {
  override readonly name = 'AgiListenFailed';
  readonly code = 'agi_listen_failed';
}

export async function startAgiServer(options: AgiServerOptions): Promise<AgiServer> {
  const answerMs = options.answerMs ?? options.bounds?.answerMs ?? AGI_BOUNDS.answerMs;
  const bounds: AgiBounds = { ...AGI_BOUNDS, ...options.bounds, answerMs };
  const sessionsMax = options.sessionsMax ?? SESSIONS_MAX;
  const observe = options.observe ?? ((): void => undefined);
  const around = { scripts: options.scripts, clock: options.clock, bounds, observe };
  const conversations = new Set<Promise<void>>();
  let open = 0;

  const server = createServer((socket: Socket) => {
    if (open >= sessionsMax) {
      socket.on('error', () => undefined);
      socket.destroy();
      observe({ kind: 'turned_away' });
      return;
    }
    open += 1;
    socket.once('close', () => (open -= 1));
    const session = openSession(socket);
    const conversation = converse(session, around)
      .catch((error: unknown) => {
        session.close(); // a bug of ours: unset is a veto
        observe({ kind: 'failed', script: '', error });
      })
      .finally(() => conversations.delete(conversation));
    conversations.add(conversation);
  });
  await listen(server, options.host, options.port);
  server.on('error', (error) => observe({ kind: 'failed', script: '', error }));

  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    sessions: () => open,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const patience = new Promise<void>((resolve) => options.clock.after(CLOSE_WITHIN_MS, resolve));
      await Promise.race([patience, Promise.all([closed, ...conversations])]);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE'
          ? 'the port is in use; is another sidecar running? set another AGI port'
          : cause.code === 'EADDRNOTAVAIL'
            ? 'the address is not one of this machine'
            : cause.code === 'EACCES'
              ? 'not allowed; ports below 1024 need a privilege'
              : cause.message;
      reject(new AgiListenFailed(`FastAGI cannot listen on \`${host}:${port}\`: ${why}`, { cause }));
    });
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
