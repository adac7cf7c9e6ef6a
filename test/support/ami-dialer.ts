/** A dialer's raw socket to a manager or to the proxy: bytes out, bytes in, nothing understood. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { until } from './wait.ts';

export interface RawDialer {
  readonly socket: Socket;
  /** All that has come, one character per byte. */
  text(): string;
  send(text: string | Buffer): void;
  /** Waits until the text that has come holds `part`; answers that text. */
  told(part: string | RegExp, withinMs?: number): Promise<string>;
  /** Waits for `Response:` number `count`, to its blank line. */
  responses(count: number): Promise<string>;
  logIn(user: string, secret: string, more?: string): Promise<string>;
  /** Waits for the end of the connection. */
  ended(): Promise<string>;
  isOpen(): boolean;
  close(): void;
}

export interface DialerTls {
  readonly ca: string;
  readonly name: string;
}

export function rawDialer(port: number, tls?: DialerTls): RawDialer {
  const at = { host: '127.0.0.1', port, allowHalfOpen: true };
  const socket = tls === undefined ? connect(at) : connectTls({ ...at, ca: tls.ca, servername: tls.name });
  const chunks: Buffer[] = [];
  let open = true;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('end', () => (open = false));
  socket.on('error', () => (open = false));
  socket.on('close', () => (open = false));
  const text = (): string => {
    const whole = Buffer.concat(chunks);
    chunks.splice(0, chunks.length, whole);
    return whole.toString('latin1');
  };
  const told = async (part: string | RegExp, withinMs?: number): Promise<string> => {
    const there = (): boolean => (typeof part === 'string' ? text().includes(part) : part.test(text()));
    try {
      await until(`told ${String(part)}`, () => there() || !open, withinMs);
    } catch (error) {
      throw new Error(`${String(error)}; told: ${JSON.stringify(text().slice(-2_000))}`, {
        cause: error,
      });
    }
    if (!there())
      throw new Error(`the end came before ${String(part)}: ${JSON.stringify(text().slice(-2_000))}`);
    return text();
  };
  return {
    socket,
    text,
    send: (bytes) => void socket.write(bytes),
    told,
    async responses(count) {
      await until(`${count} responses`, () => ends(text()) >= count || !open);
      return text();
    },
    async logIn(user, secret, more = '') {
      socket.write(`Action: Login\r\nUsername: ${user}\r\nSecret: ${secret}\r\n${more}\r\n`);
      return told(/^Response: [^\r\n]*\r\n([^\r\n]+\r\n)*\r\n/m);
    },
    async ended() {
      await until('the end of the connection', () => !open);
      return text();
    },
    isOpen: () => open,
    close: () => socket.destroy(),
  };
}

const ends = (text: string): number => text.match(/^Response: (?:[^\r\n]+\r\n)+\r\n/gm)?.length ?? 0;
