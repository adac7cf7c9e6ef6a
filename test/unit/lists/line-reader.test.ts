import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LineCounts, lineReader } from '../../../src/adapters/files/line-reader.ts';
import { readListLine, UNSETTLED } from '../../../src/adapters/files/list-lines.ts';
import type { NumberPages } from '../../../src/adapters/files/number-pages.ts';
import { numberSet } from '../../../src/adapters/files/number-set.ts';

interface Read extends LineCounts {
  readonly numbers: NumberPages;
}

function read(content: string, cuts: readonly number[] = []): Read {
  const set = numberSet();
  const reader = lineReader(set);
  const bytes = Buffer.from(content);
  let start = 0;
  for (const cut of cuts) {
    reader.push(bytes.subarray(start, start + cut));
    start += cut;
  }
  reader.push(bytes.subarray(start));
  return { ...reader.finish(), numbers: set.finish() };
}

const held = ({ numbers }: Read): readonly string[] =>
  numbers.pages.flatMap((page) =>
    page.form === 'sorted' ? [...page.indices].map((index) => `${page.areaCode}${index + 2_000_000}`) : [],
  );

describe('reading a file', () => {
  test('a header names the column; what cannot be read is reported by line', () => {
    const content = read('# export\nname,phone\nJane,303-555-0123\nJoe,none\n"Doe, J.",+17205550199\n\n');
    expect(held(content)).toEqual(['3035550123', '7205550199']);
    expect(content).toMatchObject({
      ...{ lines: 6, adds: 2, rejectedCount: 1 },
      rejected: [{ line: 4, reason: '`none` is not a telephone number' }],
    });
  });

  test('a line between many of one shape is reported with its own number', () => {
    const good = '303,5550101\n';
    const content = read(`${good.repeat(1_000)}303,155010\n${good.repeat(500)}303,0550101\n${good}`);
    expect(content).toMatchObject({ lines: 1_503, adds: 1_501, rejectedCount: 2 });
    expect(content.rejected.map(({ line }) => line)).toEqual([1_001, 1_502]);
  });

  test('all rejected lines are counted and heard of, few are kept', () => {
    const heard: number[] = [];
    const reader = lineReader(numberSet(), { onRejected: ({ line }) => void heard.push(line) });
    reader.push(Buffer.from('x\n'.repeat(1_000)));
    const content = reader.finish();
    expect(content.rejectedCount).toBe(1_000);
    expect(content.rejected).toHaveLength(20);
    expect(heard).toHaveLength(1_000);
    expect(heard.at(-1)).toBe(1_000);
  });

  test('an endless line is one rejected line, and the next one is read', () => {
    const set = numberSet();
    const reader = lineReader(set);
    for (let piece = 0; piece < 10; piece += 1) reader.push(Buffer.alloc(5_000, '7'));
    reader.push(Buffer.from('\n3035550123'));
    expect(reader.finish()).toMatchObject({ lines: 2, rejectedCount: 1 });
    expect(set.finish().has(303, 3_550_123)).toBe(true);
  });

  test('changes are done in their order, and deletions that found nothing are counted', () => {
    const set = numberSet();
    const reader = lineReader(set, { mode: 'delta' });
    reader.push(
      Buffer.from('3035550101,A\n3035550102,A\n3035550101,D\n3035550103,D\n3035550104,D\n3035550104,A\n'),
    );
    expect(reader.finish()).toMatchObject({ adds: 3, deletes: 3, absent: 2, rejectedCount: 0 });
    expect([...(set.finish().pages[0] as { indices: Uint32Array }).indices]).toEqual([3_550_102, 3_550_104]);
  });
});

/** Lines of every shape that is scanned, near misses of them, and anything. */
const anyLine = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^([+]?1)?(303|720),?[2-9][0-9]{6}\r?$/) },
  { weight: 2, arbitrary: fc.stringMatching(/^([+]?1)?[0-39:/]0[3:],?[0-9:/]{7}\r?$/) },
  fc.constantFrom('3035550123', '303,5550124\r', '+1 720 555 0101', '# c', '', 'ä,ö', 'x'.repeat(5_000)),
  fc.string({ unit: 'binary', maxLength: 13 }).map((text) => text.replaceAll('\n', '')),
);
/** Runs of one shape, as files have them. */
const anyLines = fc
  .array(fc.tuple(anyLine, fc.integer({ min: 1, max: 4 })), { maxLength: 12 })
  .map((runs) => runs.flatMap(([line, times]) => Array.from({ length: times }, () => line)));

test('scanning says what reading line by line says', () => {
  fc.assert(
    fc.property(anyLines, (lines) => {
      const model = new Set<string>();
      const rejected: number[] = [];
      let format = UNSETTLED;
      lines.forEach((line, at) => {
        const tooLong = Buffer.byteLength(line) > 4_096;
        const answer = tooLong ? ({ kind: 'rejected' } as const) : readListLine(line, format);
        if (answer.kind === 'header') format = answer.format;
        else if (answer.kind !== 'nothing' && !tooLong) format = { ...format, settled: true };
        if (answer.kind === 'number') model.add(`${answer.place.areaCode}${answer.place.index + 2_000_000}`);
        if (answer.kind === 'rejected') rejected.push(at + 1);
      });
      const content = read(lines.map((line) => `${line}\n`).join(''));
      expect(content.lines).toBe(lines.length);
      expect(held(content)).toEqual([...model].sort());
      expect(content.rejectedCount).toBe(rejected.length);
      expect(content.rejected.map(({ line }) => line)).toEqual(rejected.slice(0, 20));
    }),
    { numRuns: 1_000 },
  );
});

test('pieces make no difference', () => {
  const cuts = fc.array(fc.nat(40), { maxLength: 12 });
  fc.assert(
    fc.property(anyLines, cuts, (lines, at) => {
      const whole = read(lines.join('\n'));
      const pieces = read(lines.join('\n'), at);
      expect(held(pieces)).toEqual(held(whole));
      expect({ ...pieces, numbers: null }).toEqual({ ...whole, numbers: null });
    }),
    { numRuns: 300 },
  );
});

test.each(['3035550101', '303,5550101', '13035550101', '+13035550101', '3035550101\r', '303,5550101\r'])(
  'one wrong byte anywhere in a run of %j is never taken for a digit',
  (good) => {
    for (let at = 0; at < good.length; at += 1) {
      for (const wrong of ['/', ':', ',', ' ', 'a', '\x7f', '0', '1', '9', '\u0010', '@', 'p']) {
        const line = `${good.slice(0, at)}${wrong}${good.slice(at + 1)}`;
        const content = read(`${good}\n${line}\n${good}\n`);
        const expected = readListLine(line, { column: 0, settled: true });
        const place = expected.kind === 'number' ? expected.place : null;
        const numbers = place === null ? [] : [`${place.areaCode}${place.index + 2_000_000}`];
        expect(held(content), JSON.stringify(line)).toEqual([...new Set(['3035550101', ...numbers])].sort());
        expect(content.lines, JSON.stringify(line)).toBe(3);
        expect(content.rejected.map((each) => each.line)).toEqual(expected.kind === 'rejected' ? [2] : []);
      }
    }
  },
);
