/**
 * Pages as files: `303.bitmap` is its 1,000,000 bytes, `917.sorted` its indices, four bytes each, low byte first; those of the numbers
 * that are said to be of a type have it in their name, `303.mobile.sorted`. Reading is
 * done in pieces with a turn of the event loop between them, and a page whose hash is not the manifest's is refused.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type ListManifest,
  type PageRecord,
  recordsByType,
  sha256Of,
  type TypePageRecord,
} from './list-manifest.ts';
import {
  BITMAP_BYTES,
  bitmapOf,
  type LineTypePages,
  type NumberPages,
  numberPages,
  packedPage,
  type Page,
  pageMemory,
} from './number-pages.ts';
import { inTurns } from './sliced.ts';

const INDEX_BYTES = 4;
/** Hashed at once, in about 0.1 ms. */
const PIECE_BYTES = 128 * 1_024;

type AnyRecord = PageRecord | TypePageRecord;

export const pageFile = (record: AnyRecord): string =>
  `${record.areaCode}${'lineType' in record ? `.${record.lineType}` : ''}.${record.form}`;

/** The same for pages that are the same, in whichever version they stand. */
export const pageKey = (record: AnyRecord): string => `${pageFile(record)} ${record.sha256}`;

export function pageBytes(page: Page): Uint8Array {
  if (page.form === 'bitmap') return page.bits;
  if (page.form === 'packed') return bitmapOf(page);
  const bytes = Buffer.alloc(page.indices.length * INDEX_BYTES);
  page.indices.forEach((index, at) => bytes.writeUInt32LE(index, at * INDEX_BYTES));
  return bytes;
}

export function recordOf(page: Page): PageRecord {
  const { areaCode, numbers } = page;
  const form = page.form === 'packed' ? 'bitmap' : page.form;
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
  const known = new Map(
    shared === null ? [] : recordedPages(shared).map(({ record, page }) => [pageKey(record), page]),
  );
  const scratch = new Uint8Array(BITMAP_BYTES);
  const load = async (records: readonly AnyRecord[]): Promise<readonly Page[]> => {
    const pages: Page[] = [];
    for (const record of records)
      pages.push(known.get(pageKey(record)) ?? (await loadPage(folder, record, scratch)));
    return pages;
  };
  const numbers = await load(manifest.pages);
  const lineTypes: LineTypePages[] = [];
  for (const { lineType, pages } of recordsByType(manifest)) {
    lineTypes.push({ lineType, numbers: numberPages(await load(pages)) });
  }
  return numberPages(numbers, lineTypes);
}

/** Every page of a version beside its record: those of all numbers, then those of each type. */
export function recordedPages({
  manifest,
  pages,
}: LoadedPages): readonly { readonly record: AnyRecord; readonly page: Page }[] {
  const found = [...pages.pages, ...pages.lineTypes.flatMap(({ numbers }) => numbers.pages)];
  const records = [...manifest.pages, ...recordsByType(manifest).flatMap((of) => of.pages)];
  return records.map((record, at) => {
    const page = found[at];
    if (page?.areaCode !== record.areaCode) throw new RangeError('a page without a record');
    return { record, page };
  });
}

/** `scratch` is overwritten by each page; what stays in memory is made of it. */
async function loadPage(folder: string, record: AnyRecord, scratch: Uint8Array): Promise<Page> {
  const name = pageFile(record);
  const size = record.form === 'bitmap' ? BITMAP_BYTES : record.numbers * INDEX_BYTES;
  const bytes = await readExactly(join(folder, name), scratch.subarray(0, size));
  if (bytes === undefined) throw new Error(`\`${name}\` cannot be read whole`);
  if ((await digestOf(bytes)) !== record.sha256)
    throw new Error(`\`${name}\` was changed: its hash is not the manifest's`);
  const { areaCode, numbers } = record;
  if (record.form === 'bitmap') {
    const page = await inTurns(packedPage({ areaCode, form: 'bitmap', numbers, bits: bytes }));
    if (page.form !== 'bitmap') return page;
    const bits = pageMemory(areaCode, size);
    bits.set(bytes);
    return { ...page, bits };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const indices = new Uint32Array(pageMemory(areaCode, size).buffer);
  for (let at = 0; at < numbers; at += 1) indices[at] = view.getUint32(at * INDEX_BYTES, true);
  return { areaCode, form: 'sorted', numbers, indices };
}

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
