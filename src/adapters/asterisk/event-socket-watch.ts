/**
 * Notices an event socket that is dead and does not say so: the exchange lost its power, or a firewall forgot the connection. We only listen
 * on it, so nothing of ours would ever fail, no answer would be heard of any more, and calls would go on being permitted. So it is asked
 * for a sign of life (RFC 6455 section 5.5.2); Asterisk answers a ping at once (`ast_websocket_read`).
 */

/** Of the `ws` package. */
export interface WatchedSocket {
  on(event: 'open' | 'message' | 'pong' | 'close', heard: () => void): unknown;
  ping(): void;
}

const PING_EVERY_MS = 1_000;
/**
 * Counted, not timed: a process that has stood still counts one, and then reads what has come meanwhile. Few enough that a dead line is known
 * within seconds, enough for a packet that is sent again: every call is told of a connection that was lost.
 */
const UNANSWERED_MAX = 5;

/** `silent` is called once, when nothing at all has come in answer to several pings. Ends with the socket. */
export function watchSocket(socket: WatchedSocket, silent: () => void): void {
  let unanswered = 0;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => clearInterval(timer);
  const ask = (): void => {
    if (unanswered >= UNANSWERED_MAX) {
      end();
      silent();
      return;
    }
    unanswered += 1;
    socket.ping();
  };
  const heard = (): void => {
    unanswered = 0;
  };
  socket.on('open', () => {
    timer = setInterval(ask, PING_EVERY_MS).unref();
  });
  socket.on('message', heard);
  socket.on('pong', heard);
  socket.on('close', end);
}
