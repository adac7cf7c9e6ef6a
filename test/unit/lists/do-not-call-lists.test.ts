import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadDoNotCallLists } from '../../../src/adapters/files/do-not-call-lists.ts';
import { readListLine, UNSETTLED } from '../../../src/adapters/files/list-lines.ts';
import { numberSet } from '../../../src/adapters/files/number-set.ts';
import { listReader } from '../../../src/adapters/files/read-list.ts';
import type { ListSetting } from '../../../src/config/config.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import { parsePhoneNumber, type PhoneNumber } from '../../../src/domain/phone-number.ts';

const phone = (text: string): PhoneNumber => {
  const answer = parsePhoneNumber(text);
  if (!answer.ok) throw new Error(answer.problem);
  return answer.value;
};
const campaign = (id: string): Campaign => ({ id }) as unknown as Campaign;

function folder() {
  const base = mkdtempSync(join(tmpdir(), 'breakwater-lists-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  return (
    name: string,
    content: string,
    setting: Partial<Record<keyof ListSetting, unknown>> = {},
  ): ListSetting => {
    const path = join(base, name);
    writeFileSync(path, content);
    const base_ = { name, kind: 'national', jurisdiction: null, campaignId: null, path };
    return { ...base_, obtainedOn: '2026-11-20', version: 'v1', ...setting } as unknown as ListSetting;
  };
}

function read(content: string) {
  const reader = listReader();
  reader.push(Buffer.from(content));
  return reader.finish();
}

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
    expect(readListLine(line, UNSETTLED)).toEqual({ kind: 'number', tenDigits });
  });

  test.each(['', '   ', '# a comment', '\r'])('%j says nothing', (line) => {
    expect(readListLine(line, UNSETTLED)).toEqual({ kind: 'nothing' });
  });

  test.each([
    ['phone', 0],
    ['Name,Phone Number,Date', 1],
    ['id;customer_phone', 1],
    ['Area Code,Phone Number', 0],
  ])('%j is a header', (line, column) => {
    expect(readListLine(line, UNSETTLED)).toEqual({ kind: 'header', column });
    expect(readListLine(line, { column: 0, settled: true }).kind).toBe('rejected');
  });

  test.each([
    ['303555012', '`303555012` has 9 digits; expected 10'],
    ['1035550123', '`1035550123` is not a number of the North American plan'],
    ['3031550123', '`3031550123` is not a number of the North American plan'],
    ['Jane Doe', '`Jane Doe` is not a telephone number'],
    [',3035550123', 'no number in the line'],
    ['+443035550123', '`+443035550123` has 12 digits; expected 10'],
  ])('%j is rejected: %s', (line, reason) => {
    expect(readListLine(line, { column: 0, settled: true })).toEqual({ kind: 'rejected', reason });
  });

  test('nothing a line can hold throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(5), fc.boolean(), (line, column, settled) => {
        expect(readListLine(line, { column, settled }).kind).toMatch(/nothing|header|number|rejected/);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('reading a file', () => {
  test('a header names the column; what cannot be read is reported by line', () => {
    const content = read('# export\nname,phone\nJane,303-555-0123\nJoe,none\n"Doe, J.",+17205550199\n\n');
    expect(content.numbers.size).toBe(2);
    expect(content.numbers.has(7205550199)).toBe(true);
    expect(content).toMatchObject({
      lines: 6,
      rejectedCount: 1,
      rejected: [{ line: 4, reason: '`none` is not a telephone number' }],
    });
  });

  test('all rejected lines are counted, few are kept', () => {
    const content = read('x\n'.repeat(1_000));
    expect(content.rejectedCount).toBe(1_000);
    expect(content.rejected).toHaveLength(20);
  });

  test('an endless line is one rejected line, and the next one is read', () => {
    const reader = listReader();
    for (let piece = 0; piece < 10; piece += 1) reader.push(Buffer.alloc(5_000, '7'));
    reader.push(Buffer.from('\n3035550123'));
    const content = reader.finish();
    expect(content).toMatchObject({ lines: 2, rejectedCount: 1 });
    expect(content.numbers.has(3035550123)).toBe(true);
  });

  test('pieces make no difference', () => {
    const line = fc.oneof(
      fc.constantFrom('3035550123', '303,5550124\r', '+1 720 555 0101', '# c', '', 'ä,ö', 'x'.repeat(5_000)),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(300), { maxLength: 8 }),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.join('\n'));
          const pieces = listReader();
          let start = 0;
          for (const cut of cuts) {
            pieces.push(bytes.subarray(start, start + cut));
            start += cut;
          }
          pieces.push(bytes.subarray(start));
          const { numbers, ...rest } = pieces.finish();
          const whole = read(lines.join('\n'));
          expect(rest).toEqual({
            lines: whole.lines,
            rejected: whole.rejected,
            rejectedCount: whole.rejectedCount,
          });
          expect(numbers.size).toBe(whole.numbers.size);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the number set', () => {
  test('holds what was added and nothing else, before and after it turns into a bitmap', () => {
    const set = numberSet();
    const added: number[] = [];
    for (let n = 0; n < 30_000; n += 1) added.push(3032000000 + n * 233);
    for (const number of added) expect(set.add(number)).toBe('added');
    expect(set.add(3032000000)).toBe('repeated');
    expect(set.add(7202000000)).toBe('added');
    expect(set.size).toBe(30_001);
    expect(set.bitmaps).toBe(1);
    expect(added.every((number) => set.has(number))).toBe(true);
    expect(added.some((number) => set.has(number + 1))).toBe(false);
    expect(set.has(7202000001)).toBe(false);
  });

  test('is a set, for any numbers', () => {
    const number = fc.integer({ min: 2002000000, max: 9999999999 });
    fc.assert(
      fc.property(fc.array(number), fc.array(number), (added, asked) => {
        const set = numberSet();
        const model = new Set(added.filter((n) => n % 10_000_000 >= 2_000_000));
        for (const n of added) set.add(n);
        expect(set.size).toBe(model.size);
        for (const n of [...added, ...asked]) expect(set.has(n)).toBe(model.has(n));
      }),
    );
  });

  test.each([0, 1, 1995550100, 3031999999, 99999999999, -1])('%d is no number', (tenDigits) => {
    expect(numberSet().add(tenDigits)).toBe('impossible');
    expect(numberSet().has(tenDigits)).toBe(false);
  });
});

describe('lists of a campaign', () => {
  test('all lists bind all campaigns, a campaign list binds its own; hits name the lists', async () => {
    const file = folder();
    const answer = await loadDoNotCallLists([
      file('national', '3035550101\n3035550102\n'),
      file('texas', '3035550102\n', { kind: 'state', jurisdiction: 'TX' }),
      file('solar-own', '3035550102\n', { kind: 'campaign', campaignId: 'solar' }),
      file('litigators', '3035550103\n', { kind: 'litigator' }),
      file('ours', '', { kind: 'internal' }),
    ]);
    if (!answer.ok) throw new Error(answer.problems.join());
    const solar = await answer.lists.lookUp(phone('+13035550102'), campaign('solar'));
    expect(solar.hits).toEqual(['national', 'texas', 'solar-own']);
    expect(solar.consulted.map(({ name }) => name)).toEqual([
      'national',
      'texas',
      'solar-own',
      'litigators',
      'ours',
    ]);
    expect(solar.consulted[1]).toEqual({
      name: 'texas',
      kind: 'state',
      jurisdiction: 'TX',
      campaignId: null,
      version: 'v1',
      obtainedOn: '2026-11-20',
    });
    const other = await answer.lists.lookUp(phone('+13035550102'), campaign('windows'));
    expect(other.hits).toEqual(['national', 'texas']);
    expect(other.consulted).toHaveLength(4);
    const foreign = await answer.lists.lookUp(phone('+442071838750'), campaign('solar'));
    expect(foreign.hits).toEqual([]);
    expect(answer.loaded[0]).toMatchObject({
      count: 2,
      sha256: sha256Hex('3035550101\n3035550102\n'),
      rejectedCount: 0,
    });
  });

  test('one bad list refuses all, and each bad one is named', async () => {
    const file = folder();
    const gone = { ...file('gone', ''), path: '/nowhere/list.txt' };
    const answer = await loadDoNotCallLists([
      file('good', '3035550101\n'),
      file('prose', 'Dear all,\nhello\n'),
      gone,
      file('empty', ''),
    ]);
    expect(answer.ok ? [] : answer.problems.map((line) => line.replace(/`\/[^`]*`/, '`…`'))).toEqual([
      'list `prose`: `…` holds no number, 2 lines were rejected; line 1: `Dear all` is not a telephone number',
      'list `gone`: `…` cannot be read: ENOENT',
      'list `empty`: `…` is empty; a copy of the national registry holds numbers',
    ]);
  });
});
