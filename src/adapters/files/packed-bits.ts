/**
 * A bitmap without its empty bytes: of the registry, where about one number in ten is listed, nearly half of the bytes are. For every
 * block of 64 bytes it is known which are there and where they start, so a look-up touches two places in memory. Never changed once made.
 */
import type { Sliced } from './sliced.ts';

const BLOCK_BYTES = 64;
/** Of a block: where its bytes start, and 64 bits that say which of them are there. */
const WORDS_PER_BLOCK = 3;
/** Of the bitmap, looked through in one slice, in about 0.1 ms. */
const SLICE_BYTES = 64 * 1_024;

export interface PackedBits {
  readonly blocks: Uint32Array;
  /** The bytes that are not 0, in their order. */
  readonly bytes: Uint8Array;
}

/** Memory of that many bytes, all 0. */
export type Memory = (size: number) => Uint8Array;

/**
 * Null when that would not save an eighth. `bits`: its length is a multiple of 64, and it MUST NOT change meanwhile.
 * `memory` is asked once, for all of it.
 */
export function* packing(bits: Uint8Array, memory: Memory): Sliced<PackedBits | null> {
  const count = bits.length / BLOCK_BYTES;
  const headBytes = count * WORDS_PER_BLOCK * Uint32Array.BYTES_PER_ELEMENT;
  let there = 0;
  for (let at = 0; at < bits.length; at += 1) {
    if (at % SLICE_BYTES === 0) yield;
    if (bits[at] !== 0) there += 1;
  }
  if (headBytes + there > bits.length - (bits.length >>> 3)) return null;
  const all = memory(headBytes + there);
  const blocks = new Uint32Array(all.buffer, all.byteOffset, count * WORDS_PER_BLOCK);
  const bytes = all.subarray(headBytes);
  let next = 0;
  for (let block = 0; block < count; block += 1) {
    const start = block * BLOCK_BYTES;
    if (start % SLICE_BYTES === 0) yield;
    const head = block * WORDS_PER_BLOCK;
    blocks[head] = next;
    for (let at = 0; at < BLOCK_BYTES; at += 1) {
      const byte = bits[start + at] ?? 0;
      if (byte === 0) continue;
      const word = head + 1 + (at >>> 5);
      blocks[word] = (blocks[word] ?? 0) | (1 << (at & 31));
      bytes[next] = byte;
      next += 1;
    }
  }
  return { blocks, bytes };
}

export function hasBit({ blocks, bytes }: PackedBits, index: number): boolean {
  const at = index >>> 3;
  const block = (at >>> 6) * WORDS_PER_BLOCK;
  const within = at & (BLOCK_BYTES - 1);
  const low = blocks[block + 1] ?? 0;
  const mask = within < 32 ? low : (blocks[block + 2] ?? 0);
  const bit = 1 << (within & 31);
  if ((mask & bit) === 0) return false;
  const before = countOnes(mask & (bit - 1)) + (within < 32 ? 0 : countOnes(low));
  return ((bytes[(blocks[block] ?? 0) + before] ?? 0) & (1 << (index & 7))) !== 0;
}

/** The bitmap it was made of, `size` bytes long. */
export function unpacked({ blocks, bytes }: PackedBits, size: number): Uint8Array {
  const bits = new Uint8Array(size);
  let next = 0;
  for (let block = 0; block * BLOCK_BYTES < size; block += 1) {
    for (let at = 0; at < BLOCK_BYTES; at += 1) {
      const mask = blocks[block * WORDS_PER_BLOCK + 1 + (at >>> 5)] ?? 0;
      if ((mask & (1 << (at & 31))) === 0) continue;
      bits[block * BLOCK_BYTES + at] = bytes[next] ?? 0;
      next += 1;
    }
  }
  return bits;
}

/** Of 32 bits. */
export function countOnes(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
