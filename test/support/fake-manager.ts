/** A manager on a port, as far as the transport of the AMI proxy can tell: a banner, a login, and answers as the test wants them. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { AmiAction } from '../../src/adapters/asterisk/ami-proxy/action.ts';
import { clientFraming } from '../../src/adapters/asterisk/ami-proxy/framing.ts';

export const BANNER = 'Asterisk Call Manager/11.0.0\r\n';

export interface FakeManager {
  readonly port: number;
  /** Bytes of each connection, in the order they were opened. */
  readonly heard: string[];
  readonly sockets: Socket[];
  /** Answers an action; undefined: as the manager would a Ping. Null: no answer yet. */
  answer: (action: AmiAction, socket: Socket) => string | null | undefined;
  close(): Promise<void>;
}

export async function fakeManager(
  login: { readonly user: string; readonly secret: string },
  tls?: { readonly cert: string; readonly key: string },
): Promise<FakeManager> {
  const accept = (socket: Socket): void => {
    const at = manager.heard.push('') - 1;
    manager.sockets.push(socket);
    const framing = clientFraming();
    let authenticated = false;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.write(BANNER);
    socket.on('end', () => socket.end());
    socket.on('data', (chunk: Buffer) => {
      manager.heard[at] = (manager.heard[at] ?? '') + chunk.toString('latin1');
      for (const { action } of framing.push(chunk)) {
        const id = action.first('ActionID');
        const echo = id === undefined ? '' : `ActionID: ${id}\r\n`;
        if (action.name === 'login' && !authenticated) {
          authenticated = action.first('Username') === login.user && action.first('Secret') === login.secret;
          const [response, message] = authenticated
            ? ['Success', 'Authentication accepted']
            : ['Error', 'Authentication failed'];
          socket.write(`Response: ${response}\r\n${echo}Message: ${message}\r\n\r\n`);
          if (!authenticated) socket.end();
          else socket.write('Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n');
        } else if (action.name === 'logoff') {
          socket.end(`Response: Goodbye\r\n${echo}Message: Thanks for all the fish.\r\n\r\n`);
        } else {
          const pong = `Response: Success\r\n${echo}Ping: Pong\r\nTimestamp: 1.000000\r\n\r\n`;
          const said = manager.answer(action, socket);
          if (said !== null) socket.write(said ?? pong);
        }
      }
    });
  };
  const server: Server =
    tls === undefined
      ? createServer({ allowHalfOpen: true }, accept)
      : createTlsServer({ allowHalfOpen: true, ...tls }, accept);
  const raw = new Set<Socket>();
  server.on('connection', (socket) => raw.add(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const manager: FakeManager = {
    port: address.port,
    heard: [],
    sockets: [],
    answer: () => undefined,
    async close() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of [...manager.sockets, ...raw]) socket.destroy();
      await closed;
    },
  };
  return manager;
}
