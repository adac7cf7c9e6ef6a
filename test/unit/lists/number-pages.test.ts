import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitmapOf, type NumberPages, placeOf, SORTED_MAX } from '../../../src/adapters/files/number-pages.ts';
import { clearBit, numberSet, setBit } from '../../../src/adapters/files/number-set.ts';
import { atOnce } from '../../../src/adapters/files/sliced.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';

const NUMBERS = fc.array(
  fc.tuple(
    fc.constantFrom(200, 303, 720, 999),
    fc.oneof(fc.nat(7_999_999), fc.constantFrom(0, 7, 8, 7_999_999)),
  ),
);
const setOf = (numbers: readonly (readonly [number, number])[], base?: NumberPages) => {
  const set = numberSet(base);
  for (const [areaCode, index] of numbers) setBit(set.bitmap(areaCode), index);
  return set;
};

describe('the numbers of a list', () => {
  test('are a set', () => {
    fc.assert(
      fc.property(NUMBERS, NUMBERS, (added, asked) => {
        const pages = setOf(added).finish();
        const model = new Set(added.map(([areaCode, index]) => `${areaCode} ${index}`));
        expect(pages.size).toBe(model.size);
        for (const [areaCode, index] of [...added, ...asked]) {
          expect(pages.has(areaCode, index)).toBe(model.has(`${areaCode} ${index}`));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('of an area code are sorted while they are few, a bitmap when they are many, and the same either way', () => {
    const few = Array.from({ length: SORTED_MAX }, (_, n) => [303, n * 233] as const);
    const many = [...few, [303, 7_999_999] as const, [720, 5] as const];
    const sparse = setOf(few).finish();
    const dense = setOf(many).finish();
    expect(sparse.pages.map(({ form }) => form)).toEqual(['sorted']);
    expect(dense.pages.map(({ areaCode, form, numbers }) => [areaCode, form, numbers])).toEqual([
      [303, 'bitmap', SORTED_MAX + 1],
      [720, 'sorted', 1],
    ]);
    for (const [areaCode, index] of few) {
      expect(sparse.has(areaCode, index) && dense.has(areaCode, index)).toBe(true);
      expect(sparse.has(areaCode, index + 1) || dense.has(areaCode, index + 1)).toBe(false);
    }
  });

  test('are the same without the empty exchanges, which take no memory', () => {
    const whole = Array.from({ length: 800 }, (_, exchange) => [999, exchange * 10_000 + 7] as const);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(799), { maxLength: 20 }),
        fc.array(fc.nat(7_999_999)),
        (some, asked) => {
          // Dense enough for a bitmap; the edges of every exchange drawn.
          const lines = Array.from({ length: 33_000 }, (_, n) => [303, 5_000_000 + n] as const);
          const edges = some.flatMap((at) => [
            [303, at * 10_000] as const,
            [303, at * 10_000 + 9_999] as const,
          ]);
          const all = [...lines, ...edges];
          const plain = setOf(all).finish();
          const packed = atOnce(setOf(all).finishPacked());
          expect(packed.pages.map(({ form, numbers }) => [form, numbers])).toEqual([['packed', plain.size]]);
          const [page] = packed.pages;
          if (page?.form !== 'packed') return;
          const exchanges = new Set(all.map(([, index]) => Math.floor(index / 10_000)));
          expect(page.packed.bits.length).toBe((exchanges.size + 1) * 1_250);
          for (const [areaCode, index] of [...edges, ...asked.map((index) => [303, index] as const)]) {
            expect(packed.has(areaCode, index)).toBe(plain.has(areaCode, index));
          }
          expect(Buffer.compare(bitmapOf(page), bitmapOf(plain.pages[0]!))).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
    const full = [...whole, ...Array.from({ length: 33_000 }, (_, n) => [999, 5_000_000 + n] as const)];
    expect(atOnce(setOf(full).finishPacked()).pages.map(({ form }) => form)).toEqual(['bitmap']);
  });

  test('may start from others, which stay as they are', () => {
    const before = setOf([
      [303, 1],
      [720, 2],
    ]).finish();
    const set = setOf([[303, 3]], before);
    expect(clearBit(set.bitmap(303), 1)).toBe(true);
    expect(clearBit(set.bitmap(303), 9)).toBe(false);
    const after = set.finish();
    expect([after.has(303, 1), after.has(303, 3), after.has(720, 2), after.size]).toEqual([
      false,
      true,
      true,
      2,
    ]);
    expect([before.has(303, 1), before.has(303, 3), before.size]).toEqual([true, false, 2]);
    expect(after.pages[1]).toBe(before.pages[1]);
  });
});

test.each([
  ['+13035550123', { areaCode: 303, index: 3_550_123 }],
  ['+1200' + '2000000', { areaCode: 200, index: 0 }],
  ['+1999' + '9999999', { areaCode: 999, index: 7_999_999 }],
  ['+11995550123', undefined],
  ['+13031550123', undefined],
  ['+442071838750', undefined],
  ['+4420718387', undefined],
  ['+23035550123', undefined],
])('the place of %s', (number, place) => {
  expect(placeOf(number as PhoneNumber)).toEqual(place);
});
