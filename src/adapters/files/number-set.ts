/**
 * A set of telephone numbers while it is being read: a bitmap per area code, made when its first number comes. The memory of
 * a bitmap is only taken from the system where bits are set. `numberPages` is what a finished list is kept as.
 */
import type { ToldLineType } from '../../domain/origination.ts';
import {
  AREA_CODES,
  bitmapOf,
  BITMAP_BYTES,
  FIRST_CODE,
  type LineTypePages,
  type NumberPages,
  numberPages,
  type Page,
  packedPage,
  pageOf,
  type Place,
} from './number-pages.ts';
import { atOnce, type Sliced } from './sliced.ts';

export interface NumberSet {
  /** The bitmap of an area code from 200 to 999, to be written to. */
  bitmap(areaCode: number): Uint8Array;
  /** Of a number in the set. Takes no other type away: the strictest of those said counts. */
  setLineType(place: Place, type: ToldLineType): void;
  /** As if nothing had been said of its line. */
  forgetLineType(place: Place): void;
  /** As if nobody had said that it is a landline. */
  forgetLandline(place: Place): void;
  /** What is in it now. The set MUST NOT be written to afterwards: the pages are its own bitmaps. */
  finish(): NumberPages;
  /** As `finish`, in slices and in the memory of a sidecar: bitmaps are packed. */
  finishPacked(): Sliced<NumberPages>;
}

/** `base`: a set that starts with these numbers; their pages are copied when they are first written to. */
export function numberSet(base: NumberPages = numberPages([])): NumberSet {
  const numbers = bareSet(base);
  // One more set for each type of which something is said; a list that says nothing of its lines has none.
  const types = new Map<ToldLineType, BareSet>(
    base.lineTypes.map((of) => [of.lineType, bareSet(of.numbers)] as const),
  );
  const ofType = (type: ToldLineType): BareSet => {
    const set = types.get(type) ?? bareSet(numberPages([]));
    types.set(type, set);
    return set;
  };
  const forget = (set: BareSet, { areaCode, index }: Place): void => {
    if (set.hasPage(areaCode)) clearBit(set.bitmap(areaCode), index);
  };
  return {
    bitmap: (areaCode) => numbers.bitmap(areaCode),
    setLineType: ({ areaCode, index }, type) => setBit(ofType(type).bitmap(areaCode), index),
    forgetLineType(place) {
      for (const set of types.values()) forget(set, place);
    },
    forgetLandline(place) {
      const landlines = types.get('landline');
      if (landlines !== undefined) forget(landlines, place);
    },
    finish: () => atOnce(finishing(false)),
    finishPacked: () => finishing(true),
  };

  function* finishing(isPacked: boolean): Sliced<NumberPages> {
    const pages = yield* numbers.finishing(isPacked);
    const lineTypes: LineTypePages[] = [];
    for (const [lineType, set] of types) {
      lineTypes.push({ lineType, numbers: numberPages(yield* set.finishing(isPacked)) });
    }
    return numberPages(pages, lineTypes);
  }
}

interface BareSet {
  bitmap(areaCode: number): Uint8Array;
  hasPage(areaCode: number): boolean;
  finishing(isPacked: boolean): Sliced<readonly Page[]>;
}

function bareSet(base: NumberPages): BareSet {
  const bitmaps = new Array<Uint8Array | undefined>(AREA_CODES).fill(undefined);
  const before = new Map(base.pages.map((page) => [page.areaCode, page]));
  return {
    bitmap(areaCode) {
      const at = areaCode - FIRST_CODE;
      const bits = bitmaps[at];
      if (bits !== undefined) return bits;
      const page = before.get(areaCode);
      const made = page === undefined ? new Uint8Array(BITMAP_BYTES) : bitmapOf(page);
      bitmaps[at] = made;
      return made;
    },
    hasPage: (areaCode) => bitmaps[areaCode - FIRST_CODE] !== undefined || before.has(areaCode),
    *finishing(isPacked) {
      const pages: Page[] = base.pages.filter(({ areaCode }) => bitmaps[areaCode - FIRST_CODE] === undefined);
      for (const [at, bits] of bitmaps.entries()) {
        if (bits === undefined) continue;
        const page = pageOf(at + FIRST_CODE, bits);
        yield;
        if (page !== undefined) pages.push(isPacked ? yield* packedPage(page) : page);
        bitmaps[at] = undefined;
      }
      return pages.sort((a, b) => a.areaCode - b.areaCode);
    },
  };
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3] = (bits[index >>> 3] ?? 0) | (1 << (index & 7));
}

/** True when the number was there. */
export function clearBit(bits: Uint8Array, index: number): boolean {
  const before = bits[index >>> 3] ?? 0;
  bits[index >>> 3] = before & ~(1 << (index & 7));
  return (before & (1 << (index & 7))) !== 0;
}
