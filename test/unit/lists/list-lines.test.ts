import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ListMode, readListLine, UNSETTLED } from '../../../src/adapters/files/list-lines.ts';

const SETTLED = { column: 0, settled: true };
const place = (tenDigits: number) => ({
  areaCode: Math.floor(tenDigits / 1e7),
  index: (tenDigits % 1e7) - 2_000_000,
});

describe('a line of a list file', () => {
  test.each([
    ['3035550123', 3035550123],
    ['+13035550123', 3035550123],
    ['1 (303) 555-0123', 3035550123],
    [' 303.555.0123 \r', 3035550123],
    ['\uFEFF3035550123', 3035550123],
    ['"3035550123","2026-11-01"', 3035550123],
    ['303,5550123', 3035550123],
    ['303;555-0123', 3035550123],
    ['3035550123\tJane', 3035550123],
  ])('%j is a number', (line, tenDigits) => {
    expect(readListLine(line, UNSETTLED)).toEqual({
      kind: 'number',
      place: place(tenDigits),
      change: 'add',
    });
  });

  test.each(['', '   ', '# a comment', '\r'])('%j says nothing', (line) => {
    expect(readListLine(line, UNSETTLED)).toEqual({ kind: 'nothing' });
  });

  test.each([
    ['phone', 0, []],
    ['Name,Phone Number,Date', 1, []],
    ['id;customer_phone', 1, []],
    ['Area Code,Phone Number', 0, []],
    ['Area Code,Number', 0, []],
    ['Account Number,Phone', 1, []],
    ['Name,Home Phone,Date,Mobile', 1, [3]],
    ['Phone,Phone Type', 0, []],
  ])('%j is a header', (line, column, others) => {
    expect(readListLine(line, UNSETTLED)).toMatchObject({
      kind: 'header',
      format: { column, settled: true, others },
    });
    expect(readListLine(line, SETTLED).kind).toBe('rejected');
  });

  const OF_HEADER = { column: 0, settled: true, others: [2] };
  test.each([
    ['3035550123,3035550124', SETTLED],
    ['303,5550123,(303) 555-0124', SETTLED],
    ['3035550123,Jane,303-555-0124', OF_HEADER],
    ['3035550123,Jane,303-555-0124 x5', OF_HEADER],
  ])('%j holds a second number, which would be lost', (line, format) => {
    for (const mode of ['full', 'delta'] as const) {
      expect(readListLine(`${line},A`, format, mode)).toMatchObject({
        kind: 'rejected',
        cause: 'a second telephone number stands in the line; expected one number a line',
      });
    }
  });

  test.each([
    ['3035550123,20261101,1', SETTLED],
    ['3035550123,2026110112,', OF_HEADER],
    ['3035550123,Jane,valid', OF_HEADER],
  ])('%j holds one number', (line, format) => {
    expect(readListLine(line, format)).toMatchObject({ kind: 'number', place: place(3_035_550_123) });
  });

  test.each([
    ['303555012', '`303555012` has 9 digits; expected 10'],
    ['1035550123', '`1035550123` is not a number of the North American plan'],
    ['3031550123', '`3031550123` is not a number of the North American plan'],
    ['Jane Doe', '`Jane Doe` is not a telephone number'],
    [',3035550123', 'no number in the line'],
    ['+443035550123', '`+443035550123` has 12 digits; expected 10'],
    ['303,555012', '`303` has 3 digits; expected 10'],
  ])('%j is rejected: %s', (line, reason) => {
    const cause = reason.replace(/^`.*` /, '');
    expect(readListLine(line, SETTLED)).toEqual({ kind: 'rejected', reason, cause });
  });

  test.each(['303-555-0101 x5', '(303) 555-0101 home', '303555010155', '1035550101', '+44 303 555 0101'])(
    'the cause why `%s` is rejected holds nothing of it',
    (line) => {
      const answer = readListLine(line, SETTLED);
      if (answer.kind !== 'rejected') throw new Error('the line was taken');
      expect(answer.reason).toContain(line);
      expect(answer.cause).not.toMatch(/303|555|0101/);
    },
  );
});

describe('a line of changes', () => {
  test.each([
    ['3035550123,A', 'add'],
    ['303,5550123,D', 'delete'],
    ['303,5550123,2026-11-20,d', 'delete'],
    ['+13035550123;added', 'add'],
    ['3035550123|-', 'delete'],
    ['"3035550123","remove"', 'delete'],
  ])('%j: %s', (line, change) => {
    expect(readListLine(line, SETTLED, 'delta')).toMatchObject({ kind: 'number', change });
  });

  test.each(['3035550123', '303,5550123', '3035550123,X', '3035550123,A,D', 'A,3035550123'])(
    '%j does not say what changed',
    (line) => {
      expect(readListLine(line, SETTLED, 'delta').kind).toBe('rejected');
    },
  );
});

test('nothing a line can hold throws, and a number is one of the plan', () => {
  const mode = fc.constantFrom<ListMode>('full', 'delta');
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[+]?[0-9 ().,;|"-]{0,20}[ADad]?$/),
  );
  fc.assert(
    fc.property(line, fc.nat(5), fc.boolean(), mode, (source, column, settled, kind) => {
      const answer = readListLine(source, { column, settled }, kind);
      expect(answer.kind).toMatch(/nothing|header|number|rejected/);
      if (answer.kind !== 'number') return;
      expect(answer.place.areaCode).toBeGreaterThanOrEqual(200);
      expect(answer.place.areaCode).toBeLessThanOrEqual(999);
      expect(answer.place.index).toBeGreaterThanOrEqual(0);
      expect(answer.place.index).toBeLessThan(8_000_000);
    }),
    { numRuns: 3_000 },
  );
});
