/**
 * Pages as files: `303.bitmap` is its 1,000,000 bytes, `917.sorted` its indices, four bytes each, low byte first. Reading is
 * done in pieces with a turn of the event loop between them, and a page whose hash is not the manifest's is refused.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { type ListManifest, type PageRecord, sha256Of } from './list-manifest.ts';
import { BITMAP_BYTES, type NumberPages, numberPages, type Page } from './number-pages.ts';

const INDEX_BYTES = 4;
/** Hashed at once, in about 0.1 ms. */
const PIECE_BYTES = 128 * 1_024;
/** One page in this many is counted by the garbage collector: some 80 MB of a registry, enough for a collection a version. */
const COUNTED_EVERY = 4;

export const pageFile = ({ areaCode, form }: Pick<PageRecord, 'areaCode' | 'form'>): string =>
  `${areaCode}.${form}`;

export function pageBytes(page: Page): Uint8Array {
  if (page.form === 'bitmap') return page.bits;
  const bytes = Buffer.alloc(page.indices.length * INDEX_BYTES);
  page.indices.forEach((index, at) => bytes.writeUInt32LE(index, at * INDEX_BYTES));
  return bytes;
}

export function recordOf(page: Page): PageRecord {
  const { areaCode, form, numbers } = page;
  return { areaCode, form, numbers, sha256: sha256Of(pageBytes(page)) };
}

/** Pages that are in memory already, by hash: a new version shares what did not change. */
export interface LoadedPages {
  readonly manifest: ListManifest;
  readonly pages: NumberPages;
}

/** Rejects with the first page that is missing or is not what was imported. */
export async function loadPages(
  folder: string,
  manifest: ListManifest,
  shared: LoadedPages | null = null,
): Promise<NumberPages> {
  const known = new Map(shared?.manifest.pages.map((record, at) => [keyOf(record), shared.pages.pages[at]]));
  const pages: Page[] = [];
  for (const record of manifest.pages) {
    pages.push(known.get(keyOf(record)) ?? (await loadPage(folder, record)));
  }
  return numberPages(pages);
}

const keyOf = ({ areaCode, form, sha256 }: PageRecord): string => `${areaCode} ${form} ${sha256}`;

async function loadPage(folder: string, record: PageRecord): Promise<Page> {
  const name = pageFile(record);
  const size = record.form === 'bitmap' ? BITMAP_BYTES : record.numbers * INDEX_BYTES;
  const bytes = await readExactly(join(folder, name), memoryFor(record.areaCode, size));
  if (bytes === undefined) throw new Error(`\`${name}\` cannot be read whole`);
  if ((await digestOf(bytes)) !== record.sha256)
    throw new Error(`\`${name}\` was changed: its hash is not the manifest's`);
  const { areaCode, numbers } = record;
  if (record.form === 'bitmap') return { areaCode, form: 'bitmap', numbers, bits: bytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const indices = new Uint32Array(numbers);
  for (let at = 0; at < numbers; at += 1) indices[at] = view.getUint32(at * INDEX_BYTES, true);
  return { areaCode, form: 'sorted', numbers, indices };
}

/**
 * Memory of the shared kind, which nobody else sees here, does not count towards the next full collection of garbage; counted, a
 * registry caused a dozen of them, the longest pauses of a new version. Some of it must count, or replaced versions would stay.
 */
const memoryFor = (areaCode: number, size: number): Uint8Array =>
  areaCode % COUNTED_EVERY === 0 ? new Uint8Array(size) : new Uint8Array(new SharedArrayBuffer(size));

/** In pieces, so that decisions wait for none of them. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    hash.update(bytes.subarray(at, at + PIECE_BYTES));
    await turn();
  }
  return hash.digest('hex');
}

/** Undefined when the file is not there or has another size. */
async function readExactly(path: string, memory: Uint8Array): Promise<Uint8Array | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const size = memory.length;
    if ((await file.stat()).size !== size) return undefined;
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(memory, at, size - at, at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
    }
    return memory;
  } finally {
    await file.close();
  }
}
