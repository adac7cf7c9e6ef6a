/** A TCP proxy that a test can break: refuse, hang, or swallow the answer to a message. For faults between us and a store. */
import { connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** `hang`: bytes are kept back both ways, new connections are taken and never served. `refuse`: everything is cut. */
  mode: 'pass' | 'hang' | 'refuse';
  /** When a chunk from the client matches, it is delivered, its answer is not, and the connection is cut after `ms`. */
  swallowAnswerTo: { readonly pattern: RegExp; readonly ms: number } | undefined;
  /** A chunk from the client that matches is delivered late. */
  delay: { readonly pattern: RegExp; readonly ms: number } | undefined;
  /** How often an answer was swallowed. */
  swallowed: number;
  cutAll(): void;
  close(): Promise<void>;
}

export async function startProxy(target: { host: string; port: number }): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (proxy.mode === 'refuse') return void client.destroy();
    const upstream = connect(target);
    let deaf = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (proxy.mode === 'hang') return;
      const swallow = proxy.swallowAnswerTo;
      if (swallow?.pattern.test(chunk.toString('latin1')) === true) {
        proxy.swallowAnswerTo = undefined;
        proxy.swallowed += 1;
        deaf = true;
        setTimeout(() => client.destroy(), swallow.ms);
      }
      if (proxy.delay?.pattern.test(chunk.toString('latin1')) === true) {
        setTimeout(() => upstream.write(chunk), proxy.delay.ms);
      } else {
        upstream.write(chunk);
      }
    });
    upstream.on('data', (chunk) => {
      if (proxy.mode !== 'hang' && !deaf) client.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const proxy: Proxy = {
    port: address.port,
    mode: 'pass',
    swallowAnswerTo: undefined,
    delay: undefined,
    swallowed: 0,
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      proxy.cutAll();
      await closed;
    },
  };
  return proxy;
}
