/** Answers of the reassigned-numbers database in bulk: each line read, each answer once, and what must be asked next. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { reassignedDraft } from '../../../src/control/record-entries.ts';
import { readDraft } from '../../../src/domain/entry-bodies.ts';
import type { SellerId } from '../../../src/domain/ids.ts';
import { readReassigned, reassignedColumn } from '../../../src/domain/reassigned-fields.ts';
import type { LocalDate } from '../../../src/domain/time.ts';
import { buildServer, listen } from '../../../src/http/server.ts';
import { fakeIo } from '../../support/fake-io.ts';
import { FakeOperations } from '../../support/fake-operations.ts';
import { at } from '../../support/rules-world.ts';
import { temporaryDirectory } from '../../support/stores.ts';

const sellerId = 'solar-seller' as SellerId;
const context = {
  sellerId,
  queriedAt: at('2026-11-20T12:00:00Z'),
  since: null,
  now: at('2026-11-21T17:00:00Z'),
};
const whole = { number: '3035550101', since: '2026-05-31', answer: 'no' };

describe('a line', () => {
  test.each([
    ['2026-05-31', 'No', '2026-05-31', 'no'],
    ['05/31/2026', 'YES', '2026-05-31', 'yes'],
    ['5/1/26', 'No Data', '2026-05-01', 'no_data'],
    [' 12/31/2024 ', 'no_data', '2024-12-31', 'no_data'],
  ])('%s, %s', (since, answer, day, word) => {
    const read = readReassigned({ ...whole, since, answer }, context);
    expect(read).toMatchObject({
      ok: true,
      value: { since: day, answer: word, queriedAt: context.queriedAt },
    });
  });

  test.each<[Record<string, string>, string, string]>([
    [{ number: '303555010' }, 'number', '303555010'],
    [{ since: '2026-02-30' }, 'since', '2026-02-30'],
    [{ since: '31/5/2026' }, 'since', '31/5/2026'],
    [{ since: '20260531' }, 'since', '20260531'],
    // 1999 by its writer, 2099 as it stands; and a day that is nowhere yet.
    [{ since: '1/1/99' }, 'since', '1/1/99'],
    [{ since: '2026-11-22' }, 'since', '2026-11-22'],
    [{ since: '' }, 'since', ''],
    [{ answer: 'n' }, 'answer', 'n'],
    [{ answer: 'invalid TN' }, 'answer', 'invalid TN'],
    [{ answer: '' }, 'answer', ''],
    [{ queried_at: '2026-11-21T17:00:01Z' }, 'queried_at', '2026-11-21T17:00:01Z'],
    [{ queried_at: '2026-11-20' }, 'queried_at', '2026-11-20'],
    [{ check_id: 'a b' }, 'check_id', 'a b'],
    [{ note: 'x' }, 'note', 'x'],
  ])('%j is refused', (more, field, value) => {
    expect(readReassigned({ ...whole, ...more }, context)).toMatchObject({ ok: false, field, value });
  });

  test('what the file says once stands where the line does not say it, and nothing is guessed', () => {
    const undated = { number: whole.number, answer: whole.answer };
    const bare = { ...context, queriedAt: null };
    expect(readReassigned(whole, bare)).toMatchObject({ ok: false, field: 'queried_at' });
    const once = { ...context, since: '2026-01-01' as LocalDate };
    expect(readReassigned(undated, once)).toMatchObject({ ok: true, value: { since: '2026-01-01' } });
    expect(readReassigned(whole, once)).toMatchObject({ ok: true, value: { since: '2026-05-31' } });
    const own = { ...whole, queried_at: '2026-11-01T00:00:00Z' };
    expect(readReassigned(own, context)).toMatchObject({
      value: { queriedAt: at('2026-11-01T00:00:00Z') },
    });
  });

  test('the same answer of the same query has one id, in any spelling; of another query or seller another', () => {
    const idOf = (fields: object, more: object = {}) => {
      const read = readReassigned({ ...whole, ...fields }, { ...context, ...more });
      return read.ok ? read.value.checkId : '';
    };
    const later = { now: at('2026-12-01T00:00:00Z') };
    expect(idOf({ number: '(303) 555-0101', since: '5/31/2026', answer: 'NO' }, later)).toBe(idOf({}));
    const others = [
      idOf({ answer: 'yes' }),
      idOf({ since: '2026-05-30' }),
      idOf({}, { sellerId: 'other' }),
      idOf({}, { queriedAt: at('2026-11-20T12:00:01Z') }),
    ];
    expect(new Set([idOf({}), ...others]).size).toBe(5);
  });

  test('whatever stands in it is refused by field, or can be written', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('no', '5/31/26', '2026-05-31'),
    );
    const fields = fc.record(
      {
        number: fc.constantFrom('3035550101', ''),
        since: text,
        answer: text,
        queried_at: text,
        check_id: text,
        x: text,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, (given) => {
        const read = readReassigned(given, context);
        if (read.ok) expect(readDraft(reassignedDraft(read.value))).toMatchObject({ ok: true });
        else expect(read.field in given || ['number', 'since', 'answer'].includes(read.field)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('headings of others', () => {
    expect(
      ['TN', 'Phone Number', ' Date-of-Consent', 'Response', 'since', 'Query Date'].map(reassignedColumn),
    ).toEqual(['number', 'number', 'since', 'answer', 'since', 'query_date']);
  });
});

describe('the doors', () => {
  let operations: FakeOperations;
  let server: FastifyInstance;
  beforeEach(() => {
    operations = new FakeOperations();
    server = buildServer(operations, {
      host: '127.0.0.1',
      tokens: [],
      version: '0',
      webhooks: [],
      requestsPerSecondMax: 1_000_000,
    });
  });
  afterEach(() => server.close());

  const bodies = () => operations.doors.written.map(({ body }) => body);
  const post = async (payload: object) => {
    const url = '/v1/reassigned-checks/import';
    const response = await server.inject({ method: 'POST', url, payload });
    return { status: response.statusCode, body: JSON.parse(response.body) as object };
  };
  let url: string | undefined;
  beforeEach(() => {
    url = undefined;
  });
  const listening = async () => (url ??= await listen(server, '127.0.0.1', 0));
  async function command(csv: string, more: readonly string[]) {
    const directory = await temporaryDirectory();
    const file = join(directory.path, 'answers.csv');
    await writeFile(file, csv);
    const io = fakeIo({ BREAKWATER_URL: await listening() });
    const line = ['reassigned', 'import', file, '--seller', 'solar-seller', ...more];
    const run = () =>
      runCli(line, io, () => Promise.reject(new Error('needs none')), {
        version: '0',
        nodeVersion: 'v24.0.0',
      });
    return { io, run, directory };
  }
  const ASKED = ['--queried-at', '2026-11-20T12:00:00Z'];

  test.each([
    ['without a header', '3035550101,05/31/2026,No\n3035550102,2026-05-31,Yes\n3035550103,6/1/26,No Data\n'],
    [
      'with a header',
      '\uFEFFTN,Date,Response\r\n3035550101,05/31/2026,no\r\n3035550102,5/31/26,yes\r\n3035550103,2026-06-01,no data\r\n',
    ],
  ])('a file of the database %s, and the same file again', async (_name, csv) => {
    const { io, run, directory } = await command(csv, ASKED);
    expect(await run()).toBe(0);
    expect(bodies()).toMatchObject([
      {
        number: '+13035550101',
        since: '2026-05-31',
        answer: 'no',
        queriedAt: '2026-11-20T12:00:00.000Z',
        sellerId,
      },
      { number: '+13035550102', since: '2026-05-31', answer: 'yes' },
      { number: '+13035550103', since: '2026-06-01', answer: 'no_data' },
    ]);
    expect(await run()).toBe(0);
    expect(io.text()).toBe(
      '3 answers written, 0 stood already, 0 lines rejected\n0 answers written, 3 stood already, 0 lines rejected',
    );
    await directory.remove();
  });

  test('what cannot be used is told by line, and the rest goes in; an id that stands for another answer is no repeat', async () => {
    const csv = [
      'check_id,number,since,answer,queried_at',
      'q-1,+13035550101,2026-05-31,no,2026-11-20T12:00:00Z',
      'q-1,+13035550101,2026-05-31,yes,2026-11-20T12:00:00Z',
      'q-2,+1303555,2026-05-31,no,2026-11-20T12:00:00Z',
      'q-3,+13035550102,2026-05-31,maybe,2026-11-20T12:00:00Z',
      'q-4,+13035550103,2026-05-31,no,2026-11-22T00:00:00Z',
      'q-5,+13035550104,2026-05-31,no',
      'q-6,+13035550105,2026-05-31,no,2026-11-20T12:00:00Z',
    ].join('\n');
    const { io, run, directory } = await command(csv, ['--json']);
    expect(await run()).toBe(1);
    const { rejected, ...counts } = JSON.parse(io.text()) as {
      rejected: { line: number; field: string; value: string }[];
    };
    expect(counts).toEqual({ written: 2, standing: 0, adjusted: 0, rejected_count: 5 });
    expect(rejected.map(({ line, field, value }) => [line, field, value]).sort()).toEqual([
      [3, 'check_id', 'q-1'],
      [4, 'number', '+1303555'],
      [5, 'answer', 'maybe'],
      [6, 'queried_at', '2026-11-22T00:00:00Z'],
      [7, 'line', '4 fields'],
    ]);
    await directory.remove();
  });

  test.each<[string, readonly string[], string]>([
    [
      '3035550101,2026-05-31,no\n',
      [],
      'column `queried_at` is missing: say it once for all lines with --queried-at',
    ],
    [
      'number,answer\n3035550101,no\n',
      ASKED,
      'column `since` is missing: say it once for all lines with --since',
    ],
    ['number,since\n3035550101,2026-05-31\n', ASKED, 'column `answer` is missing'],
    ['number,date,since,answer\n', ASKED, 'column `since` stands twice'],
    ['number,query date,answer\n', ASKED, 'column `query_date` is not known'],
    ['3035550101,2026-05-31,no\n', ['--queried-at', '2026-11-20'], 'queried_at'],
    ['3035550101,2026-05-31,no\n', ['--queried-at', '2026-11-22T00:00:00Z'], 'an instant that has passed'],
    ['3035550101,no\n', [...ASKED, '--since', 'May'], '2 fields'],
  ])('%j %j writes nothing', async (csv, more, says) => {
    const { io, run, directory } = await command(csv, more);
    expect([1, 2]).toContain(await run());
    expect(io.errors.join('\n')).toContain(says);
    expect(bodies()).toEqual([]);
    await directory.remove();
  });

  test('a batch over HTTP: rows are texts by column, of a seller that is known', async () => {
    const rows = [whole, { ...whole, answer: 'perhaps' }];
    const batch = { seller: 'solar-seller', queried_at: '2026-11-20T12:00:00Z', rows };
    expect(await post(batch)).toMatchObject({
      status: 200,
      body: {
        written: 1,
        standing: 0,
        adjusted: 0,
        rejected: [{ index: 1, field: 'answer', value: 'perhaps' }],
      },
    });
    expect(await post({ ...batch, seller: 'sollar' })).toMatchObject({
      status: 400,
      body: { field: 'seller' },
    });
    expect(await post({ ...batch, queried_at: '2026-11-22T00:00:00Z' })).toMatchObject({
      status: 400,
      body: { field: 'queried_at' },
    });
    for (const odd of [{ rows: [] }, { rows: [{ number: 1 }] }, { since: 'May' }, { channel: 'file' }]) {
      expect(await post({ ...batch, ...odd })).toMatchObject({ status: 400 });
    }
    expect(bodies()).toHaveLength(1);
  });

  test.each([
    ['dialer', 403],
    ['supervisor', 403],
    ['compliance', 200],
  ] as const)('are for compliance: %s gets %i', async (scope, status) => {
    const token = { name: scope, sha256: createHash('sha256').update(scope).digest('hex'), scopes: [scope] };
    const guarded = buildServer(operations, { host: '127.0.0.1', tokens: [token], version: '0' });
    const headers = { authorization: `Bearer ${scope}` };
    const payload = { seller: 'solar-seller', queried_at: '2026-11-20T12:00:00Z', rows: [whole] };
    const answered = [
      await guarded.inject({ method: 'POST', url: '/v1/reassigned-checks/import', headers, payload }),
      await guarded.inject({ url: '/v1/reassigned-checks/due?seller=solar-seller', headers }),
    ];
    expect(answered.map(({ statusCode }) => statusCode)).toEqual([status, status]);
    await guarded.close();
  });

  test('whatever is sent as a batch, the door stands', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('3035550101', 'no', '2026-05-31'),
    );
    const row = fc.dictionary(
      fc.constantFrom('number', 'since', 'answer', 'queried_at', 'check_id', 'x'),
      value,
    );
    const batch = fc.record(
      {
        seller: fc.constantFrom('solar-seller', ''),
        queried_at: fc.oneof(fc.constant('2026-11-20T12:00:00Z'), value),
        since: fc.oneof(fc.constant('2026-05-31'), value),
        rows: fc.oneof(fc.array(row, { maxLength: 5 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(batch, async (given) => {
        const { status } = await post(given);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
    for (const { kind } of operations.doors.written) expect(kind).toBe('reassigned_checked');
  });

  describe('what is due', () => {
    const row = (line: number) => ({
      number: `303555${String(line).padStart(4, '0')}`,
      kind: 'written',
      given_at: '2026-06-01T18:00:00Z',
      disclosure_text: 'I agree to be called.',
      act: 'clicked',
      source: 'form',
    });
    const record = (rows: readonly Record<string, string>[]) =>
      operations.doors.importConsents({ sellerId, channel: 'file', rows });
    const page = async (query: string) => {
      const answer = await server.inject(`/v1/reassigned-checks/due?${query}`);
      return {
        status: answer.statusCode,
        body: JSON.parse(answer.body) as { due: { number: string; since: string }[]; next: string | null },
      };
    };

    test('page by page, to the end and not further; what was answered is due no more', async () => {
      await record([row(103), row(101), row(102), { ...row(104), given_at: '2026-11-20T00:00:00Z' }]);
      const first = await page('seller=solar-seller&limit=2');
      expect(first.body).toEqual({
        due: ['+13035550101', '+13035550102'].map((number) => ({
          number,
          since: '2026-06-01',
          problem: 'no answer is on record',
        })),
        next: '+13035550102',
      });
      const next = encodeURIComponent(first.body.next ?? '');
      const second = await page(`seller=solar-seller&limit=2&after=${next}`);
      expect(second.body).toMatchObject({ due: [{ number: '+13035550103' }], next: null });
      const rows = [{ number: '3035550102', since: '2026-06-01', answer: 'no' }];
      await post({ seller: 'solar-seller', queried_at: '2026-11-20T12:00:00Z', rows });
      const numbers = async (query: string) =>
        (await page(query)).body.due.map(({ number }) => number.slice(-3));
      expect(await numbers('seller=solar-seller')).toEqual(['101', '103']);
      // A month later the answer has aged, and the young consent with it.
      expect(await numbers('seller=solar-seller&at=2026-12-22T12:00:01Z')).toEqual([
        '101',
        '102',
        '103',
        '104',
      ]);
      expect(await numbers('seller=solar-seller&at=2026-12-21T12:00:00Z')).toEqual(['101', '103', '104']);
    });

    test.each([
      'seller=sollar',
      'seller=',
      '',
      'seller=solar-seller&limit=1001',
      'seller=solar-seller&at=May',
    ])('%s is refused', async (query) => {
      expect((await page(query)).status).toBe(400);
    });

    test('the command writes what the database takes, and takes what it gives back', async () => {
      const lines = Array.from({ length: 1_203 }, (_, index) => row(1_000 + index));
      for (let from = 0; from < lines.length; from += 500) await record(lines.slice(from, from + 500));
      const due = async (...more: string[]) => {
        const io = fakeIo({ BREAKWATER_URL: await listening() });
        const line = ['reassigned', 'due', '--seller', 'solar-seller', ...more];
        const versions = { version: '0', nodeVersion: 'v24.0.0' };
        const code = await runCli(line, io, () => Promise.reject(new Error('needs none')), versions);
        return { code, lines: io.text().split('\n'), errors: io.errors.join('\n') };
      };
      const asked = await due();
      expect(asked).toMatchObject({ code: 0, errors: '1203 numbers to ask about' });
      expect(asked.lines).toEqual(['number,since', ...lines.map(({ number }) => `${number},2026-06-01`)]);
      const answered = asked.lines.slice(1).map((line) => `${line},no`);
      expect((await due('--no-header')).lines).toEqual(asked.lines.slice(1));
      const { run, directory } = await command(answered.join('\n'), ASKED);
      expect(await run()).toBe(0);
      expect(await due()).toEqual({ code: 0, lines: ['number,since'], errors: '0 numbers to ask about' });
      await directory.remove();
    });
  });
});
