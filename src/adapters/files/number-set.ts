/**
 * A set of telephone numbers of the North American plan, lean enough for the national registry: per area code a small
 * hash set, and from some size on a bitmap of 8 million bits (1,000,000 bytes), one per possible `NXX XXXX`.
 */
import type { NanpNumber } from '../../domain/phone-number.ts';

/** An area code with more numbers than this is cheaper as a bitmap (a set takes some 30 bytes an entry). */
const SPARSE_MAX = 20_000;
const BITMAP_BYTES = 1_000_000;
/** Exchanges start at 200. */
const FIRST_EXCHANGE = 200;

interface Page {
  sparse: Set<number> | null;
  bits: Uint8Array | null;
}

/** Ten digits as a number -> area code and index within it; undefined when area code or exchange cannot exist. */
function placeOf(tenDigits: number): { readonly areaCode: number; readonly index: number } | undefined {
  const areaCode = Math.floor(tenDigits / 10_000_000);
  const index = (tenDigits % 10_000_000) - FIRST_EXCHANGE * 10_000;
  return areaCode >= 200 && areaCode <= 999 && index >= 0 ? { areaCode, index } : undefined;
}

export const tenDigitsOf = ({ areaCode, exchange, line }: NanpNumber): number =>
  Number(`${areaCode}${exchange}${line}`);

export interface NumberSet {
  /** `repeated` numbers are counted once; `impossible` ones (area code or exchange below 200) are not added. */
  add(tenDigits: number): 'added' | 'repeated' | 'impossible';
  has(tenDigits: number): boolean;
  readonly size: number;
  /** Area codes held as bitmaps; for tests and memory reports. */
  readonly bitmaps: number;
}

export function numberSet(): NumberSet {
  const pages = new Map<number, Page>();
  let size = 0;
  let bitmaps = 0;

  const spread = (page: Page, sparse: ReadonlySet<number>): void => {
    const bits = new Uint8Array(BITMAP_BYTES);
    for (const index of sparse) setBit(bits, index);
    page.bits = bits;
    page.sparse = null;
    bitmaps += 1;
  };

  return {
    add: (tenDigits) => {
      const place = placeOf(tenDigits);
      if (place === undefined) return 'impossible';
      let page = pages.get(place.areaCode);
      if (page === undefined) {
        page = { sparse: new Set(), bits: null };
        pages.set(place.areaCode, page);
      }
      if (holds(page, place.index)) return 'repeated';
      size += 1;
      if (page.bits !== null) setBit(page.bits, place.index);
      else if (page.sparse !== null) {
        page.sparse.add(place.index);
        if (page.sparse.size > SPARSE_MAX) spread(page, page.sparse);
      }
      return 'added';
    },
    has: (tenDigits) => {
      const place = placeOf(tenDigits);
      const page = place === undefined ? undefined : pages.get(place.areaCode);
      return place !== undefined && page !== undefined && holds(page, place.index);
    },
    get size() {
      return size;
    },
    get bitmaps() {
      return bitmaps;
    },
  };
}

function setBit(bits: Uint8Array, index: number): void {
  const at = index >>> 3;
  bits[at] = (bits[at] ?? 0) | (1 << (index & 7));
}

const holds = ({ sparse, bits }: Page, index: number): boolean =>
  bits !== null ? ((bits[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0 : sparse?.has(index) === true;
