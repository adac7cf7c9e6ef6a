/**
 * A block of free loopback ports for one instance. Blocks are claimed by a lock file that names the owner's pid, so
 * instances of concurrent processes do not meet; a block is skipped when somebody else listens in it.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from './pid-lock.ts';

export interface PortBlock {
  readonly http: number;
  readonly ami: number;
  readonly sip: number;
  /** For whoever else belongs to the instance: called persons, gateways, a sidecar. */
  readonly spare: readonly number[];
  readonly rtp: { readonly from: number; readonly to: number };
  /** Where the people around this instance begin to take their own RTP ports. */
  readonly peopleRtp: { readonly from: number; readonly to: number };
  release(): void;
}

const FIRST_PORT = 10_000;
const BLOCK_SIZE = 800; // 40 single ports, then RTP for 190 calls on Asterisk's side and as many on the people's
const BLOCKS = 27; // up to 31,600: below the ephemeral ports of Linux
const SINGLE_PORTS = 40;

export async function claimPortBlock(): Promise<PortBlock> {
  const directory = join(tmpdir(), 'breakwater-ports');
  mkdirSync(directory, { recursive: true, mode: 0o777 });
  const start = process.pid % BLOCKS; // spreads concurrent processes
  for (let i = 0; i < BLOCKS; i++) {
    const block = (start + i) % BLOCKS;
    const lock = join(directory, `block-${block}`);
    const release = tryLock(lock);
    if (release === undefined) continue;
    const base = FIRST_PORT + block * BLOCK_SIZE;
    const single = Array.from({ length: SINGLE_PORTS }, (_, offset) => base + offset);
    if (await allFree(single)) {
      const [http, ami, sip, ...spare] = single as [number, number, number, ...number[]];
      const middle = base + SINGLE_PORTS + (BLOCK_SIZE - SINGLE_PORTS) / 2;
      return {
        http,
        ami,
        sip,
        spare,
        rtp: { from: base + SINGLE_PORTS, to: middle - 1 },
        peopleRtp: { from: middle, to: base + BLOCK_SIZE - 1 },
        release,
      };
    }
    release();
  }
  throw new Error(`no free block of ports between ${FIRST_PORT} and ${FIRST_PORT + BLOCKS * BLOCK_SIZE}`);
}

async function allFree(ports: readonly number[]): Promise<boolean> {
  const answers = await Promise.all(
    ports.map(async (port) => (await tcpFree(port)) && (await udpFree(port))),
  );
  return answers.every(Boolean);
}

/** A UDP port where nobody listens now: for a listener that the configuration of the exchange must name before either is there. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

function tcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function udpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
