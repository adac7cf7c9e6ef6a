/**
 * The screen pops of one agent as server-sent events. Nothing is kept and nothing can be resumed: whoever comes back is told of the call
 * the agent has then. A client that does not read is cut, never waited for.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Operations } from '../control/operations.ts';
import type { AgentId } from '../domain/ids.ts';
import { screenPopDocument } from '../domain/screen-pop.ts';
import { HttpProblem } from './problem.ts';

export interface ScreenLimits {
  /** Each client costs a socket. */
  readonly clientsMax: number;
  /** As long as this much waits in the socket, the client has not read. */
  readonly unreadBytesMax: number;
  readonly heartbeatMs: number;
}

export const SCREEN_LIMITS: ScreenLimits = {
  clientsMax: 1_000,
  unreadBytesMax: 64 * 1_024,
  heartbeatMs: 10_000,
};

export interface ScreenStreams {
  open(reply: FastifyReply, agentId: AgentId): void;
  /** Ends every client; they reconnect elsewhere or later. */
  close(): void;
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

export function createScreenStreams(operations: Operations, limits: ScreenLimits): ScreenStreams {
  const clients = new Set<ServerResponse>();
  let closed = false;

  function write(raw: ServerResponse, frame: string): void {
    if (raw.writableLength > limits.unreadBytesMax) raw.destroy();
    else raw.write(frame);
  }

  return {
    open(reply, agentId) {
      if (closed || clients.size >= limits.clientsMax) {
        void reply.header('retry-after', '5');
        throw new HttpProblem('too_many_feeds', `${limits.clientsMax} screens are connected`);
      }
      reply.hijack();
      const { raw } = reply;
      if (raw.destroyed) return;
      clients.add(raw);
      raw.writeHead(200, HEADERS);
      raw.write('retry: 1000\nevent: hello\ndata: {}\n\n');
      const beat = setInterval(() => write(raw, 'event: heartbeat\ndata: {}\n\n'), limits.heartbeatMs);
      beat.unref();
      const following = operations.followScreen(agentId, (pop) => {
        write(raw, `event: ${pop.event}\ndata: ${JSON.stringify(screenPopDocument(pop))}\n\n`);
      });
      raw.on('error', () => raw.destroy());
      raw.on('close', () => {
        following.unsubscribe();
        clearInterval(beat);
        clients.delete(raw);
      });
    },
    close() {
      closed = true;
      for (const raw of clients) raw.end();
    },
  };
}
