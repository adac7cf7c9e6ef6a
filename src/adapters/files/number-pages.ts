/**
 * The numbers of one list, ready to be asked: one page per area code. A page is a bitmap of 8 million bits, one per possible
 * `NXX XXXX`, or for an area code with few numbers their sorted indices. A sidecar leaves out empty exchanges. Never
 * changed once made, so versions may share pages.
 */
import type { AreaCoverage } from '../../domain/area-coverage.ts';
import { TOLD_LINE_TYPES, type ToldLineType } from '../../domain/origination.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { hasBit, type PackedBits, packing, unpacked } from './packed-bits.ts';
import type { Sliced } from './sliced.ts';

/** 800 exchanges of 10,000 lines, a bit each. */
export const BITMAP_BYTES = 1_000_000;
export const INDICES = BITMAP_BYTES * 8;
/** Up to this many numbers an area code is kept as sorted indices (4 bytes each, at most 128 kB). */
export const SORTED_MAX = 32_768;
/** Area codes and exchanges start at 200. */
export const FIRST_CODE = 200;
export const AREA_CODES = 800;

export type Page =
  | {
      readonly areaCode: number;
      readonly form: 'bitmap';
      readonly numbers: number;
      readonly bits: Uint8Array;
    }
  | {
      readonly areaCode: number;
      /** A bitmap in memory without its empty exchanges; on disk it is whole. */
      readonly form: 'packed';
      readonly numbers: number;
      readonly packed: PackedBits;
    }
  | {
      readonly areaCode: number;
      readonly form: 'sorted';
      readonly numbers: number;
      readonly indices: Uint32Array;
    };

/** Where a number stands: its area code, and 0 to 7,999,999 within it. */
export interface Place {
  readonly areaCode: number;
  readonly index: number;
}

export interface NumberPages {
  has(areaCode: number, index: number): boolean;
  /** Different numbers. */
  readonly size: number;
  /** In order of area code; none without a number. */
  readonly pages: readonly Page[];
  /** What the list says of the line of a number that is on it; null when it says nothing. */
  lineType(areaCode: number, index: number): ToldLineType | null;
  /** Numbers of which it says something, strictest type first; none without a number. */
  readonly lineTypes: readonly LineTypePages[];
}

/** The numbers of a list that are said to be of one type. */
export interface LineTypePages {
  readonly lineType: ToldLineType;
  readonly numbers: NumberPages;
}

/** `lineTypes`: in any order, each type at most once. */
export function numberPages(pages: readonly Page[], lineTypes: readonly LineTypePages[] = []): NumberPages {
  const table = new Array<Page | undefined>(AREA_CODES).fill(undefined);
  for (const page of pages) table[page.areaCode - FIRST_CODE] = page;
  const told = TOLD_LINE_TYPES.flatMap((type) =>
    lineTypes.filter(({ lineType, numbers }) => lineType === type && numbers.size > 0),
  );
  return {
    lineType: (areaCode, index) => told.find(({ numbers }) => numbers.has(areaCode, index))?.lineType ?? null,
    lineTypes: told,
    has(areaCode, index) {
      const page = table[areaCode - FIRST_CODE];
      if (page === undefined) return false;
      if (page.form === 'packed') return hasBit(page.packed, index);
      return page.form === 'bitmap'
        ? ((page.bits[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0
        : isAmong(page.indices, index);
    },
    size: pages.reduce((sum, page) => sum + page.numbers, 0),
    pages,
  };
}

/**
 * Area codes said to be covered of which there is no number. Each in service has numbers on the national registry, so there one of
 * these means that its file was forgotten, as an empty registry means a download that failed.
 */
export function emptyCodes(coverage: AreaCoverage | null, { pages }: NumberPages): readonly string[] {
  if (coverage === null || coverage === 'all') return [];
  const there = new Set(pages.map(({ areaCode }) => String(areaCode)));
  return coverage.filter((code) => !there.has(code));
}

function isAmong(sorted: Uint32Array, index: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === index;
}

/** The leanest page for a bitmap, or undefined when no number is set. */
export function pageOf(areaCode: number, bits: Uint8Array): Page | undefined {
  const numbers = countBits(bits);
  if (numbers === 0) return undefined;
  if (numbers > SORTED_MAX) return { areaCode, form: 'bitmap', numbers, bits };
  const indices = new Uint32Array(numbers);
  let found = 0;
  const words = wordsOf(bits);
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === 0) continue;
    for (let byteAt = at * 4; byteAt < at * 4 + 4; byteAt += 1) {
      for (let byte = bits[byteAt] ?? 0; byte !== 0; byte &= byte - 1) {
        indices[found] = byteAt * 8 + (31 - Math.clz32(byte & -byte));
        found += 1;
      }
    }
  }
  return { areaCode, form: 'sorted', numbers, indices };
}

/** The page as a sidecar keeps it: without its empty exchanges, when it has any; then its bitmap is not needed any more. */
export function* packedPage(page: Page): Sliced<Page> {
  if (page.form !== 'bitmap') return page;
  const { areaCode, numbers, bits } = page;
  const packed = yield* packing(bits, (size) => pageMemory(areaCode, size));
  return packed === null ? page : { areaCode, form: 'packed', numbers, packed };
}

/** One page in this many is counted by the garbage collector: some 60 MB of a registry, enough for a collection a version. */
const COUNTED_EVERY = 4;

/**
 * Memory of the shared kind, which nobody else sees here, does not count towards the next full collection of garbage; counted, a
 * registry caused a dozen of them, the longest pauses of a new version. Some of it must count, or replaced versions would stay.
 */
export const pageMemory = (areaCode: number, size: number): Uint8Array =>
  areaCode % COUNTED_EVERY === 0 ? new Uint8Array(size) : new Uint8Array(new SharedArrayBuffer(size));

/** A bitmap of a page's numbers that may be written to. */
export function bitmapOf(page: Page): Uint8Array {
  if (page.form === 'bitmap') return page.bits.slice();
  if (page.form === 'packed') return unpacked(page.packed);
  const bits = new Uint8Array(BITMAP_BYTES);
  for (const index of page.indices) bits[index >>> 3] = (bits[index >>> 3] ?? 0) | (1 << (index & 7));
  return bits;
}

const wordsOf = (bits: Uint8Array): Uint32Array =>
  new Uint32Array(bits.buffer, bits.byteOffset, bits.byteLength >>> 2);

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (const word of wordsOf(bits)) {
    if (word === 0) continue;
    const pairs = word - ((word >>> 1) & 0x55555555);
    const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
    count += Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

const ONE = 49;
const ZERO = 48;

/** Undefined for a number that is not `+1 NXX NXX XXXX`; those are on no list of this kind. */
export function placeOf(number: PhoneNumber): Place | undefined {
  if (number.length !== 12 || number.charCodeAt(1) !== ONE) return undefined;
  let areaCode = 0;
  for (let at = 2; at < 5; at += 1) areaCode = areaCode * 10 + number.charCodeAt(at) - ZERO;
  let index = -FIRST_CODE * 10_000;
  let rest = 0;
  for (let at = 5; at < 12; at += 1) rest = rest * 10 + number.charCodeAt(at) - ZERO;
  index += rest;
  return areaCode >= FIRST_CODE && index >= 0 ? { areaCode, index } : undefined;
}
