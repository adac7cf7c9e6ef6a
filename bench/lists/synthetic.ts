/** A made-up registry: sorted, 757,576 numbers an area code (a tenth of all, as in the real one), and who is on it by arithmetic. */
import { closeSync, openSync, writeSync } from 'node:fs';

export const PER_AREA_CODE = 757_576;
const FIRST_AREA_CODE = 201;
const GAP = 10;
const FIRST_INDEX = 2_000_000;
const ZERO = 48;

export type Format = 'registry' | 'plain';

export const areaCodesFor = (lines: number): number =>
  Math.max(1, Math.min(790, Math.round(lines / PER_AREA_CODE)));

/** Scattered, the same in every run. */
const within = (k: number, areaCode: number): number => (Math.imul(k + areaCode, 2_654_435_761) >>> 16) % GAP;

export function isListed(areaCode: number, index: number, areaCodes: number): boolean {
  const k = Math.floor(index / GAP);
  const known = areaCode >= FIRST_AREA_CODE && areaCode < FIRST_AREA_CODE + areaCodes;
  return known && k < PER_AREA_CODE && index % GAP === within(k, areaCode);
}

/** An area code of the registry and an index that is on it (`hit`) or anywhere, by a number from a generator. */
export function somePlace(areaCodes: number, dice: () => number, hit: boolean): [number, number] {
  const areaCode = FIRST_AREA_CODE + (dice() % areaCodes);
  const k = dice() % PER_AREA_CODE;
  return [areaCode, k * GAP + (hit ? within(k, areaCode) : dice() % GAP)];
}

/** Xorshift, so that two runs ask the same numbers. */
export function diceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** `swapped`: every number one further, so that every page of a second version differs. Returns the lines written. */
export function writeRegistry(path: string, areaCodes: number, format: Format, swapped = false): number {
  const file = openSync(path, 'w');
  const comma = format === 'registry' ? 1 : 0;
  const stride = 11 + comma;
  const bytes = Buffer.alloc(PER_AREA_CODE * stride);
  for (let code = 0; code < areaCodes; code += 1) {
    const areaCode = FIRST_AREA_CODE + code;
    for (let k = 0; k < PER_AREA_CODE; k += 1) {
      const at = k * stride;
      const index = k * GAP + within(k, areaCode) + (swapped ? GAP : 0);
      writeDigits(bytes, at, areaCode, 3);
      if (comma === 1) bytes[at + 3] = 44;
      writeDigits(bytes, at + 3 + comma, FIRST_INDEX + index, 7);
      bytes[at + stride - 1] = 10;
    }
    writeSync(file, bytes);
  }
  closeSync(file);
  return areaCodes * PER_AREA_CODE;
}

function writeDigits(bytes: Buffer, at: number, value: number, digits: number): void {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    bytes[place] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
