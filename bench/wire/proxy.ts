/** A TCP relay between the sidecar and the exchange that can be cut, refused or stalled without losing a byte. */
import { connect, createServer, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Ends every connection; new ones are served. */
  cut(): void;
  /** Ends every connection and takes no new one until `flow`. */
  refuse(): void;
  /** Bytes wait, both ways and on new connections too, until `flow`. */
  stall(): void;
  flow(): void;
  close(): Promise<void>;
}

export async function openRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  let mode: 'flow' | 'refuse' | 'stall' = 'flow';
  const server = createServer({ noDelay: true }, (client) => {
    if (mode === 'refuse') {
      client.destroy();
      return;
    }
    const exchange = connect({ ...target, noDelay: true });
    const pair = [
      [client, exchange],
      [exchange, client],
    ] as const;
    for (const [from, to] of pair) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => void to.write(bytes));
      from.on('error', () => from.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (mode === 'stall') from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    refuse() {
      mode = 'refuse';
      cut();
    },
    stall() {
      mode = 'stall';
      for (const socket of sockets) socket.pause();
    },
    flow() {
      mode = 'flow';
      for (const socket of sockets) socket.resume();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
