/**
 * The file format of an encrypted recording, version 1; docs/recordings.md describes it byte by byte.
 * AES-256-GCM in chunks under a key of the file's own, which is wrapped by a master key that the header names. The nonce of a chunk is
 * its number and whether it is the last, so a file that was cut, reordered, doubled or lengthened does not open (the STREAM
 * construction: Hoang, Reyhanitabar, Rogaway, Vizar 2015). Every chunk authenticates the header.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { RecordingDamaged } from '../../ports/recording-vault.ts';
import { byteReader } from './byte-reader.ts';

const CIPHER = 'aes-256-gcm';
const MAGIC = Buffer.from('BWRC');
const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
/** A header that asks for more is not ours, and would make us hold it in memory. */
const CHUNK_BYTES_MAX = 1024 * 1024;

export interface MasterKey {
  /** 1 to 64 letters, digits, dots, dashes or underscores. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

export interface SealOptions {
  readonly key: MasterKey;
  /** Bytes nobody can guess. */
  readonly randomBytes: (count: number) => Buffer;
  readonly chunkBytes?: number;
}

/** The container of a plain stream, piece by piece. */
export async function* seal(
  plain: AsyncIterable<Uint8Array>,
  { key, randomBytes, chunkBytes = CHUNK_BYTES }: SealOptions,
): AsyncGenerator<Buffer> {
  const fileKey = randomBytes(KEY_BYTES);
  const header = sealedHeader(key, fileKey, chunkBytes, randomBytes(NONCE_BYTES));
  yield header;
  const bound = headerHash(header);
  const reader = byteReader(plain);
  for (let index = 0; ; index += 1) {
    const chunk = await reader.take(chunkBytes);
    const last = await reader.isAtEnd();
    yield gcmSeal(fileKey, chunkNonce(index, last), bound, chunk);
    if (last) return;
  }
}

/** The plain bytes of a container; each piece is authentic, and only the end tells that it was whole. */
export async function* open(
  container: AsyncIterable<Uint8Array>,
  secretOf: (keyId: string) => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  const reader = byteReader(container);
  const { header, chunkBytes, fileKey } = await readHeader(reader, secretOf);
  const bound = headerHash(header);
  for (let index = 0; ; index += 1) {
    const sealed = await reader.take(chunkBytes + TAG_BYTES);
    const last = await reader.isAtEnd();
    yield gcmOpen(fileKey, chunkNonce(index, last), bound, sealed, `chunk ${index}`);
    if (last) return;
  }
}

function sealedHeader(key: MasterKey, fileKey: Buffer, chunkBytes: number, nonce: Buffer): Buffer {
  const id = Buffer.from(key.id);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(chunkBytes);
  const head = Buffer.concat([MAGIC, Buffer.from([VERSION, id.length]), id, size]);
  return Buffer.concat([head, nonce, gcmSeal(key.secret, nonce, head, fileKey)]);
}

async function readHeader(
  reader: ReturnType<typeof byteReader>,
  secretOf: (keyId: string) => Promise<Buffer>,
): Promise<{ readonly header: Buffer; readonly chunkBytes: number; readonly fileKey: Buffer }> {
  const start = await reader.take(MAGIC.length + 2);
  const idBytes = start[MAGIC.length + 1] ?? 0;
  if (!start.subarray(0, MAGIC.length).equals(MAGIC))
    throw new RecordingDamaged('not an encrypted recording');
  if (start[MAGIC.length] !== VERSION)
    throw new RecordingDamaged(`version ${String(start[MAGIC.length])} is not known`);
  const rest = await reader.take(idBytes + 4);
  const wrapped = await reader.take(NONCE_BYTES + KEY_BYTES + TAG_BYTES);
  if (rest.length !== idBytes + 4 || wrapped.length !== NONCE_BYTES + KEY_BYTES + TAG_BYTES) {
    throw new RecordingDamaged('the header is cut off');
  }
  const keyId = rest.subarray(0, idBytes).toString();
  const chunkBytes = rest.readUInt32BE(idBytes);
  if (chunkBytes === 0 || chunkBytes > CHUNK_BYTES_MAX)
    throw new RecordingDamaged(`chunks of ${chunkBytes} bytes`);
  const head = Buffer.concat([start, rest]);
  const nonce = wrapped.subarray(0, NONCE_BYTES);
  const what = `its key under master key \`${keyId}\``;
  const fileKey = gcmOpen(await secretOf(keyId), nonce, head, wrapped.subarray(NONCE_BYTES), what);
  return { header: Buffer.concat([head, wrapped]), chunkBytes, fileKey };
}

const headerHash = (header: Buffer): Buffer => createHash('sha256').update(header).digest();

/** Eleven bytes of number, one that is 1 in the last chunk: no two chunks of a file share one, and no two files share a key. */
function chunkNonce(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(index, 5, 6);
  nonce[NONCE_BYTES - 1] = last ? 1 : 0;
  return nonce;
}

function gcmSeal(key: Buffer, nonce: Buffer, bound: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(bound);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function gcmOpen(key: Buffer, nonce: Buffer, bound: Buffer, sealed: Buffer, what: string): Buffer {
  if (sealed.length < TAG_BYTES) throw new RecordingDamaged(`${what} is cut off`);
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    throw new RecordingDamaged(`${what} does not open: the file was changed, or the key is another`);
  }
}
