/** A database server of MySQL's protocol on loopback, as far as the handshake and the bare success of a question. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface FakeMysql {
  readonly port: number;
  /** What each connection has sent in answer to the greeting; with TLS, behind it. */
  readonly heard: string[];
  /** Right behind the handshake it says nothing more. */
  isFrozen: boolean;
  close(): Promise<void>;
}

/** Long passwords, a database, protocol 4.1, transactions, secure connections, plug-ins. */
const CAPABILITIES = 0x0001 | 0x0008 | 0x0200 | 0x2000 | 0x8000 | 0x0008_0000;
const SPEAKS_TLS = 0x0800;
/** The client's wish for TLS, with its head. */
const TLS_REQUEST_BYTES = 36;
const HEAD_BYTES = 4;
const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0]);

function packet(sequence: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntLE(payload.length, 0, 3);
  head.writeUInt8(sequence, 3);
  return Buffer.concat([head, payload]);
}

/** Version 10 of the handshake. */
function greeting(capabilities: number): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(capabilities);
  return Buffer.concat([
    Buffer.from('\u000a8.0.30\0\u0001\0\0\0challeng\0', 'latin1'),
    flags.subarray(0, 2),
    // Character set utf8, status: each statement commits itself.
    Buffer.from([33, 2, 0]),
    flags.subarray(2),
    Buffer.from([21]),
    Buffer.alloc(10),
    Buffer.from('e of a test.\0mysql_native_password\0', 'latin1'),
  ]);
}

export async function fakeMysql(tls?: { readonly cert: string; readonly key: string }): Promise<FakeMysql> {
  const sockets = new Set<Socket>();

  function converse(socket: Socket, at: number): void {
    let isIn = false;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      mysql.heard[at] = (mysql.heard[at] ?? '') + chunk.toString('latin1');
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= HEAD_BYTES && rest.length >= HEAD_BYTES + rest.readUIntLE(0, 3)) {
        const sequence = rest.readUInt8(3);
        rest = rest.subarray(HEAD_BYTES + rest.readUIntLE(0, 3));
        if (!(isIn && mysql.isFrozen)) socket.write(packet(sequence + 1, OK));
        isIn = true;
      }
    });
  }

  const server = createServer((raw) => {
    sockets.add(raw);
    raw.on('error', () => raw.destroy());
    const at = mysql.heard.push('') - 1;
    raw.write(packet(0, greeting(tls === undefined ? CAPABILITIES : CAPABILITIES | SPEAKS_TLS)));
    if (tls === undefined) {
      converse(raw, at);
      return;
    }
    const upgrade = (): void => {
      if (raw.read(TLS_REQUEST_BYTES) === null) return;
      raw.off('readable', upgrade);
      const secure = new TLSSocket(raw, { isServer: true, ...tls });
      secure.on('error', () => secure.destroy());
      converse(secure, at);
    };
    raw.on('readable', upgrade);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const mysql: FakeMysql = {
    port: (server.address() as AddressInfo).port,
    heard: [],
    isFrozen: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return mysql;
}
