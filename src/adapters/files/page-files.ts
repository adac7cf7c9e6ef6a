/**
 * Pages as files: `303.bitmap` is its 1,000,000 bytes, `917.sorted` its indices, four bytes each, low byte first. Reading is
 * done in pieces off the event loop, and a page whose hash is not the manifest's is refused.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';
import { type ListManifest, type PageRecord, sha256Of } from './list-manifest.ts';
import { BITMAP_BYTES, type NumberPages, numberPages, type Page } from './number-pages.ts';

const INDEX_BYTES = 4;

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
  const bytes = await readExactly(join(folder, name), size);
  if (bytes === undefined) throw new Error(`\`${name}\` cannot be read whole`);
  // The one-shot digest works on a thread of its own; hashing in place would hold up decisions for milliseconds a page.
  const digest = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
  if (digest !== record.sha256) throw new Error(`\`${name}\` was changed: its hash is not the manifest's`);
  const { areaCode, numbers } = record;
  if (record.form === 'bitmap') return { areaCode, form: 'bitmap', numbers, bits: bytes };
  const view = new DataView(bytes.buffer);
  const indices = Uint32Array.from({ length: numbers }, (_, at) => view.getUint32(at * INDEX_BYTES, true));
  return { areaCode, form: 'sorted', numbers, indices };
}

/** Undefined when the file is not there or has another size. */
async function readExactly(path: string, size: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if ((await file.stat()).size !== size) return undefined;
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
