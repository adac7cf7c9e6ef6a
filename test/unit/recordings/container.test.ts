/** The container of a recording: what was written comes out, and nothing else ever does. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type MasterKey, open, seal } from '../../../src/adapters/recordings/container.ts';
import { RecordingDamaged } from '../../../src/ports/recording-vault.ts';

const KEY: MasterKey = { id: 'first', secret: randomBytes(32) };
const CHUNK = 64;
const TAG = 16;
const HEADER = 4 + 2 + KEY.id.length + 4 + 12 + 48;

async function* pieces(bytes: Uint8Array, size = 37): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  await Promise.resolve();
}
async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of stream) found.push(piece);
  return Buffer.concat(found);
}
const sealed = (plain: Uint8Array, key = KEY): Promise<Buffer> =>
  all(seal(pieces(plain), { key, randomBytes, chunkBytes: CHUNK }));
const opened = (container: Uint8Array, key = KEY): Promise<Buffer> =>
  all(
    open(pieces(container), (id) =>
      id === key.id ? Promise.resolve(key.secret) : Promise.reject(new Error(`no key ${id}`)),
    ),
  );

test('any bytes come out as they went in, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5 * CHUNK }), async (plain) => {
      expect(await opened(await sealed(plain))).toEqual(Buffer.from(plain));
    }),
  );
});

test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])(
  '%i bytes: no chunk is lost or added',
  async (bytes) => {
    const container = await sealed(randomBytes(bytes));
    const chunks = Math.max(1, Math.ceil(bytes / CHUNK));
    expect(container.length).toBe(HEADER + bytes + chunks * TAG);
  },
);

const FULL = CHUNK + TAG;
const damages: readonly (readonly [string, (container: Buffer) => Buffer])[] = [
  ['cut in a chunk', (c) => c.subarray(0, c.length - 1)],
  ['cut between chunks', (c) => c.subarray(0, HEADER + 2 * FULL)],
  ['cut behind the header', (c) => c.subarray(0, HEADER)],
  ['cut in the header', (c) => c.subarray(0, HEADER - 1)],
  ['empty', () => Buffer.alloc(0)],
  ['lengthened', (c) => Buffer.concat([c, Buffer.from([0])])],
  [
    'reordered',
    (c) =>
      Buffer.concat([
        c.subarray(0, HEADER),
        c.subarray(HEADER + FULL, HEADER + 2 * FULL),
        c.subarray(HEADER, HEADER + FULL),
        c.subarray(HEADER + 2 * FULL),
      ]),
  ],
  ['doubled', (c) => Buffer.concat([c.subarray(0, HEADER + FULL), c.subarray(HEADER)])],
  ['last chunk doubled', (c) => Buffer.concat([c, c.subarray(HEADER + 2 * FULL)])],
];

test.each(damages)('a file that was %s does not open', async (_name, damage) => {
  const container = await sealed(randomBytes(3 * CHUNK));
  await expect(opened(damage(container))).rejects.toThrow(RecordingDamaged);
});

test('no single bit of it can be changed', async () => {
  const container = await sealed(randomBytes(CHUNK + 5));
  await fc.assert(
    fc.asyncProperty(fc.nat(container.length * 8 - 1), async (bit) => {
      const changed = Buffer.from(container);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await expect(opened(changed)).rejects.toThrow();
    }),
  );
});

test('chunks of two recordings under one master key cannot be exchanged', async () => {
  const [one, other] = [await sealed(randomBytes(2 * CHUNK)), await sealed(randomBytes(2 * CHUNK))];
  const mixed = Buffer.concat([one.subarray(0, HEADER + FULL), other.subarray(HEADER + FULL)]);
  await expect(opened(mixed)).rejects.toThrow(RecordingDamaged);
});

test('another master key under the same name does not open it, and says whose key it is', async () => {
  const container = await sealed(randomBytes(10));
  await expect(opened(container, { ...KEY, secret: randomBytes(32) })).rejects.toThrow(/master key `first`/);
});

test('a header that asks for more memory than is reasonable is refused before anything is held', async () => {
  const container = await sealed(randomBytes(10));
  container.writeUInt32BE(0x7fffffff, 4 + 2 + KEY.id.length);
  await expect(opened(container)).rejects.toThrow(/chunks of 2147483647 bytes/);
});
