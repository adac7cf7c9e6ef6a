/** A dialer of the benchmark: logs in, sends Pings one after the other, or takes events and looks at their order. */
import { connect, type Socket } from 'node:net';

export const BENCH_DIALER = { user: 'bench', secret: 'bench-of-the-proxy' };

export interface Side {
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}

export interface BenchDialer {
  readonly socket: Socket;
  /** Milliseconds from the action to the end of its response. */
  ping(): Promise<number>;
  close(): void;
}

/** Resolves when the login is accepted. `heard` gets what comes while no Ping waits. */
export async function benchDialer(
  side: Side,
  events: string,
  heard: (chunk: Buffer) => void = () => undefined,
): Promise<BenchDialer> {
  const socket = connect({ host: '127.0.0.1', port: side.port });
  socket.setNoDelay(true);
  let waiting: (() => void) | null = null;
  let text = '';
  const login = `Action: Login\r\nUsername: ${side.user}\r\nSecret: ${side.secret}\r\nEvents: ${events}\r\n\r\n`;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('data', (chunk: Buffer) => {
      if (waiting === null) {
        heard(chunk);
        return;
      }
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      text = '';
      const wake = waiting;
      waiting = null;
      wake();
    });
    waiting = resolve;
    socket.write(login);
  });
  return {
    socket,
    ping: () =>
      new Promise((resolve) => {
        const from = performance.now();
        waiting = () => resolve(performance.now() - from);
        socket.write('Action: Ping\r\n\r\n');
      }),
    close: () => socket.destroy(),
  };
}
