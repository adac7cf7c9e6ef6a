/**
 * Numbers of one area code in about five bits each instead of a bit for every possible number (the split of Elias and Fano): a
 * registry lists one number in ten, so a page takes half a megabyte. One `Uint32Array`: how many numbers stand before each block of
 * 512 indices, then the blocks. A block has 64 groups of eight indices, each a 1 for every number and a 0 at its end, and behind
 * them the last three bits of every number. Where a block starts follows from the numbers before it.
 */

/** Indices of a block and of a group, as powers of two. */
const BLOCK_SHIFT = 9;
const GROUP_SHIFT = 3;
const GROUPS = 64;
const LOW_BITS = 3;
/** Bits that a number takes: its 1, and its last three. */
const NUMBER_BITS = 1 + LOW_BITS;
const WORD_BITS = 32;

/** `places`: indices a page can hold. */
export interface PackedShape {
  readonly blocks: number;
  /** First bit behind the counts. */
  readonly streamBit: number;
  /** Of the whole. */
  readonly words: number;
}

export function packedShape(places: number, numbers: number): PackedShape {
  const blocks = Math.ceil(places / (1 << BLOCK_SHIFT));
  const counts = blocks + 1;
  // One word more: the last three bits are read from two words at once.
  const stream = Math.ceil((blocks * GROUPS + numbers * NUMBER_BITS) / WORD_BITS) + 1;
  return { blocks, streamBit: counts * WORD_BITS, words: counts + stream };
}

const startOf = (shape: PackedShape, block: number, before: number): number =>
  shape.streamBit + block * GROUPS + before * NUMBER_BITS;

/** `bits`: a bitmap of all places, `numbers` of them set. */
export function packBits(bits: Uint8Array, numbers: number): Uint32Array {
  const shape = packedShape(bits.length * 8, numbers);
  const words = new Uint32Array(shape.words);
  let before = 0;
  for (let block = 0; block < shape.blocks; block += 1) {
    words[block] = before;
    const from = block * GROUPS;
    const count = bitsSet(bits, from, from + GROUPS);
    let group = startOf(shape, block, before);
    let low = group + GROUPS + count;
    for (let at = from; at < from + GROUPS; at += 1) {
      for (let rest = bits[at] ?? 0; rest !== 0; rest &= rest - 1) {
        words[group >>> 5] = (words[group >>> 5] ?? 0) | (1 << (group & 31));
        group += 1;
        const last = 31 - Math.clz32(rest & -rest);
        words[low >>> 5] = (words[low >>> 5] ?? 0) | (last << (low & 31));
        if ((low & 31) > WORD_BITS - LOW_BITS) {
          words[(low >>> 5) + 1] = (words[(low >>> 5) + 1] ?? 0) | (last >>> (WORD_BITS - (low & 31)));
        }
        low += LOW_BITS;
      }
      group += 1;
    }
    before += count;
  }
  words[shape.blocks] = before;
  return words;
}

/** The bitmap again. */
export function unpackBits(words: Uint32Array, bytes: number, numbers: number): Uint8Array {
  const bits = new Uint8Array(bytes);
  const shape = packedShape(bytes * 8, numbers);
  for (let block = 0; block < shape.blocks; block += 1) {
    const before = words[block] ?? 0;
    let group = startOf(shape, block, before);
    let low = group + GROUPS + (words[block + 1] ?? 0) - before;
    for (let at = block * GROUPS; at < (block + 1) * GROUPS; at += 1) {
      for (; isSet(words, group); group += 1, low += LOW_BITS) {
        bits[at] = (bits[at] ?? 0) | (1 << lastBits(words, low));
      }
      group += 1;
    }
  }
  return bits;
}

export function isPacked(words: Uint32Array, shape: PackedShape, index: number): boolean {
  const block = index >>> BLOCK_SHIFT;
  const before = words[block] ?? 0;
  const count = (words[block + 1] ?? 0) - before;
  if (count === 0) return false;
  const start = startOf(shape, block, before);
  const group = (index >>> GROUP_SHIFT) & (GROUPS - 1);
  let at = behindZeros(words, start, group);
  let low = start + GROUPS + count + (at - start - group) * LOW_BITS;
  for (; isSet(words, at); at += 1, low += LOW_BITS) {
    if (lastBits(words, low) === (index & 7)) return true;
  }
  return false;
}

/** The bit behind the `zeros`th 0 from `start` on. */
function behindZeros(words: Uint32Array, start: number, zeros: number): number {
  let at = start;
  let left = zeros;
  while (left > 0) {
    const inWord = at & 31;
    let open = ~(words[at >>> 5] ?? 0) >>> inWord;
    const found = bitsOf(open);
    if (found < left) {
      left -= found;
      at += WORD_BITS - inWord;
      continue;
    }
    for (; left > 1; left -= 1) open &= open - 1;
    return at + WORD_BITS - Math.clz32(open & -open);
  }
  return at;
}

const isSet = (words: Uint32Array, at: number): boolean => (((words[at >>> 5] ?? 0) >>> (at & 31)) & 1) === 1;

function lastBits(words: Uint32Array, at: number): number {
  const inWord = at & 31;
  const first = (words[at >>> 5] ?? 0) >>> inWord;
  if (inWord <= WORD_BITS - LOW_BITS) return first & 7;
  return (first | ((words[(at >>> 5) + 1] ?? 0) << (WORD_BITS - inWord))) & 7;
}

function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function bitsSet(bits: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 4) {
    count += bitsOf(
      (bits[at] ?? 0) | ((bits[at + 1] ?? 0) << 8) | ((bits[at + 2] ?? 0) << 16) | ((bits[at + 3] ?? 0) << 24),
    );
  }
  return count;
}
