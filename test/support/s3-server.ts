/** A real S3 server on loopback (s3rver): knows its keys (but does not check version 4 signatures), keeps objects as files. Started and stopped as often as a test wants. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface S3rver {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}
type S3rverClass = new (options: {
  readonly address: string;
  readonly port: number;
  readonly silent: boolean;
  readonly directory: string;
  readonly configureBuckets: readonly { readonly name: string }[];
}) => S3rver;

// It has no types of its own.
const S3rver = createRequire(import.meta.url)('s3rver') as S3rverClass;

/** The only key pair it knows. */
export const S3_KEY = { accessKeyId: 'S3RVER', secret: 'S3RVER' } as const;
export const BUCKET = 'recordings';

export interface S3Server {
  readonly url: string;
  up(): Promise<void>;
  down(): Promise<void>;
  object(name: string): Promise<{ readonly bytes: Buffer; readonly headers: Headers } | null>;
  close(): Promise<void>;
}

export async function s3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-s3-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let running: S3rver | null = null;
  const server: S3Server = {
    url,
    async up() {
      const options = { address: '127.0.0.1', port, silent: true, directory };
      running = new S3rver({ ...options, configureBuckets: [{ name: BUCKET }] });
      await running.run();
    },
    async down() {
      await running?.close();
      running = null;
    },
    async object(name) {
      const response = await fetch(`${url}/${BUCKET}/${name}`, { headers: { connection: 'close' } });
      const bytes = Buffer.from(await response.arrayBuffer());
      return response.ok ? { bytes, headers: response.headers } : null;
    },
    async close() {
      await server.down();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return server;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
