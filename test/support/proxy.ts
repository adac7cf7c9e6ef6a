/** A TCP proxy that a test can break: refuse, hang, swallow the answer to a message, or act as one passes. For faults between two of us. */
import { connect, createServer, type Socket } from 'node:net';

/** The first chunk of that side that matches: `act` runs as it is on its way, or in its place. */
export interface Strike {
  readonly from: 'client' | 'target';
  readonly pattern: RegExp;
  readonly delivers: boolean;
  act(): void;
}

export interface Proxy {
  readonly port: number;
  /** `hang`: bytes are kept back both ways, new connections are taken and never served. `refuse`: everything is cut. */
  mode: 'pass' | 'hang' | 'refuse';
  /** When a chunk from the client matches, it is delivered, its answer is not, and the connection is cut after `ms`. */
  swallowAnswerTo: { readonly pattern: RegExp; readonly ms: number } | undefined;
  /** A chunk from the client that matches is delivered late. */
  delay: { readonly pattern: RegExp; readonly ms: number } | undefined;
  /** Once; undefined again when it has happened. */
  strike: Strike | undefined;
  /**
   * When a chunk from the client matches, it is delivered; as soon as the target has answered the client is cut, without the answer. The
   * target sees nothing of it until `cutAll`, as on a line that loses packets. Once; undefined again when it has happened.
   */
  strand: RegExp | undefined;
  /** How often an answer was swallowed. */
  swallowed: number;
  cutAll(): void;
  /** What is connected now is dead from here on and does not say so, as behind a firewall that forgets; who comes anew is served. */
  forgetAll(): void;
  close(): Promise<void>;
}

export async function startProxy(target: { host: string; port: number }): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let forgotten = new WeakSet<Socket>();
  const server = createServer((client) => {
    if (proxy.mode === 'refuse') return void client.destroy();
    const upstream = connect(target);
    let deaf = false;
    let strand: 'no' | 'at_answer' | 'done' = 'no';
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        if (socket === client && strand === 'done') return;
        client.destroy();
        upstream.destroy();
      });
    }
    /** False when the chunk must not go on. */
    const struck = (from: Strike['from'], chunk: Buffer, on: Socket): boolean => {
      const { strike } = proxy;
      if (strike?.from !== from || !strike.pattern.test(chunk.toString('latin1'))) return true;
      proxy.strike = undefined;
      if (strike.delivers) on.write(chunk);
      strike.act();
      return false;
    };
    client.on('data', (chunk) => {
      if (forgotten.has(client)) return;
      if (proxy.mode === 'hang' || !struck('client', chunk, upstream)) return;
      if (proxy.strand?.test(chunk.toString('latin1')) === true) {
        proxy.strand = undefined;
        strand = 'at_answer';
      }
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
      if (forgotten.has(client)) return;
      if (strand === 'at_answer') {
        strand = 'done';
        client.destroy();
      }
      if (strand === 'done') return;
      if (proxy.mode !== 'hang' && !deaf && struck('target', chunk, client)) client.write(chunk);
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
    strand: undefined,
    strike: undefined,
    swallowed: 0,
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    forgetAll() {
      forgotten = new WeakSet(sockets);
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      proxy.cutAll();
      await closed;
    },
  };
  return proxy;
}
