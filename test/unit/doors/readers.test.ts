/** The pure readers of the doors: CSV lines, columns, words that revoke, events. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvReader, type CsvProblem, type CsvRecord } from '../../../src/adapters/files/csv-reader.ts';
import { optOutDraft } from '../../../src/control/doors/opt-out-entry.ts';
import { readDraft } from '../../../src/domain/entry-bodies.ts';
import type { SellerId } from '../../../src/domain/ids.ts';
import { readConsent } from '../../../src/domain/request-fields.ts';
import { readRevocationText } from '../../../src/domain/revocation-text.ts';
import { readEvent, type WebhookMapping } from '../../../src/domain/webhook-event.ts';
import { readOptOut, readRevocation } from '../../../src/domain/wish-fields.ts';
import { at, LAW } from '../../support/rules-world.ts';

const context = { sellerId: 'sunrise' as SellerId, channel: 'file', now: at('2026-11-24T18:00:00Z') };

function read(text: string, piece = 7): readonly (CsvRecord | CsvProblem)[] {
  const reader = csvReader();
  const found: (CsvRecord | CsvProblem)[] = [];
  for (let from = 0; from < text.length; from += piece)
    found.push(...reader.push(text.slice(from, from + piece)));
  return [...found, ...reader.finish()];
}

describe('CSV', () => {
  const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
  test('whatever is quoted comes back, in pieces of any size', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é') });
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 20 }), (given, piece) => {
        const text = given.map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
        expect(read(text, piece).map((each) => ('fields' in each ? each.fields : each))).toEqual(given);
      }),
    );
  });

  test('a stray quote costs its own line, not the lines behind it', () => {
    const found = read('number,name\n+13035550101,"cut\n+13035550102,Ann\n"x"y,z\n+13035550103,Bo');
    expect(
      found.map((each) => ('fields' in each ? each.fields[0] : `${each.line}: ${each.problem}`)),
    ).toEqual([
      'number',
      '2: a quote is not closed',
      '+13035550102',
      '4: a quote stands inside a field',
      '+13035550103',
    ]);
    expect(read('a\n"b\nc')).toEqual([
      { line: 1, fields: ['a'] },
      { line: 2, problem: 'a quote is not closed' },
      { line: 3, fields: ['c'] },
    ]);
  });

  test('a line without an end does not fill the memory', () => {
    const found = read(`a\n${'x'.repeat(200_000)}\nb`, 50_000);
    expect(found).toMatchObject(
      [{ line: 1 }, { line: 2, problem: /longer/ }, { line: 3, fields: ['b'] }].map((each) =>
        'problem' in each ? { line: 2, problem: 'the line is longer than 65536 characters' } : each,
      ),
    );
  });
});

describe('columns', () => {
  test('a line of its own date keeps it, a line without one has the same key tomorrow', () => {
    const dated = readOptOut({ number: '303-555-0101', requested_at: '2026-11-20T10:00:00-07:00' }, context);
    expect(dated).toMatchObject({
      ok: true,
      value: { number: '+13035550101', requestedAt: at('2026-11-20T17:00:00Z'), channel: 'file' },
    });
    const today = readOptOut({ number: '+13035550101' }, context);
    const tomorrow = readOptOut({ number: '3035550101' }, { ...context, now: at('2026-11-25T18:00:00Z') });
    expect(today.ok && tomorrow.ok && today.value.key === tomorrow.value.key).toBe(true);
    expect(dated.ok && today.ok && dated.value.key !== today.value.key).toBe(true);
  });

  test.each([
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '1601-01-01T00:00:00Z',
    '1899-12-30T00:00:00-05:00',
    '1970-01-01T00:00:00Z',
    '1980-01-01T00:00:00Z',
    '2001-01-01T00:00:00Z',
    '+012026-11-20T00:00:00Z',
  ])('a wish of %s is said now: that is where calendars begin, or end', (requested_at) => {
    for (const reader of [readOptOut, readRevocation]) {
      const read = reader({ number: '3035550101', requested_at }, context);
      expect(read).toMatchObject({ ok: true, value: { requestedAt: context.now } });
      expect(read.ok && read.value.adjusted).toHaveLength(1);
    }
  });

  test.each([
    ['2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z'],
    ['2026-11-20T00:00:00.000-05:00', '2026-11-21T05:00:00Z'],
    ['2026-11-20T00:00+0100', '2026-11-20T23:00:00Z'],
    ['2026-11-20T00:00:01Z', '2026-11-20T00:00:01Z'],
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'],
  ])('%s is said at %s at the latest: midnight stands for a day', (requested_at, latest) => {
    const read = readRevocation({ number: '3035550101', requested_at }, context);
    expect(read).toMatchObject({ ok: true, value: { requestedAt: at(latest), adjusted: [] } });
  });

  test('midnight of today is now', () => {
    const read = readRevocation({ number: '3035550101', requested_at: '2026-11-24T00:00:00Z' }, context);
    expect(read).toMatchObject({ ok: true, value: { requestedAt: context.now } });
  });

  test.each([
    ['an opt-out', readOptOut],
    ['a revocation', readRevocation],
  ])('%s from a clock ahead of ours counts from now, and is the same one later', (_name, reader) => {
    const fields = { number: '3035550101', requested_at: '2026-11-24T18:00:01Z' };
    const early = reader(fields, context);
    expect(early).toMatchObject({ ok: true, value: { requestedAt: context.now } });
    const later = reader(fields, { ...context, now: at('2026-11-25T18:00:00Z') });
    expect(later).toMatchObject({ ok: true, value: { requestedAt: at('2026-11-24T18:00:01Z') } });
    expect(early.ok && later.ok && early.value.key === later.value.key).toBe(true);
  });

  test.each([
    [{ number: '+1303555010' }, 'number', '+1303555010'],
    [{ number: '+442071838750' }, 'number', '+442071838750'],
    [{ number: '' }, 'number', ''],
    [{ number: '+3035550142' }, 'number', '+3035550142'],
    [{ number: '0303 555 0142' }, 'number', '0303 555 0142'],
    [{ number: '001 303 555 0142' }, 'number', '001 303 555 0142'],
    [{ number: ['3035550101'] }, 'number', '["3035550101"]'],
    [{ name: 'Ann' }, 'number', ''],
  ])('%j is refused: nobody knows whose wish it is', (fields, field, value) => {
    expect(readOptOut(fields, context)).toMatchObject({ ok: false, field, value });
  });

  test.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ requested_at: '2026-11-20' }, { adjusted: ['requested_at: left out, `2026-11-20` is no instant'] }],
    [{ date: '2026-11-20' }, { adjusted: ['date: left out, no known field'] }],
    [{ name: 'x'.repeat(201) }, { name: 'x'.repeat(200), adjusted: ['name: cut to 200 of 201 characters'] }],
    [{ name: `${'x'.repeat(199)}😀` }, { name: 'x'.repeat(199) }],
    [
      { goods: 'roo\0f\ud800' },
      { goods: 'roo\ufffdf\ufffd', adjusted: ['goods: characters that cannot be kept were replaced'] },
    ],
    [{ channel: { said: 'mail' } }, { channel: 'file', adjusted: ['channel: left out, no text'] }],
    [
      { name: 'Ann', goods: ' ' },
      { name: 'Ann', goods: null, adjusted: [] },
    ],
  ])('INVARIANT (wish-is-taken): %j beside a number loses no wish', (fields, read) => {
    const found = readOptOut({ number: 3_035_550_101, ...fields }, context);
    expect(found).toMatchObject({ ok: true, value: { number: '+13035550101', ...read } });
  });

  test('whatever stands beside the number, the wish is taken and can be kept', () => {
    const fields = fc.dictionary(
      fc.string(),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue()),
    );
    fc.assert(
      fc.property(fields, (beside) => {
        const found = readOptOut({ ...beside, number: '3035550101' }, context);
        expect(found.ok).toBe(true);
        if (!found.ok) return;
        const draft = optOutDraft(found.value, 'key');
        expect(readDraft(draft)).toMatchObject({ ok: true });
      }),
    );
  });

  test('a consent without an id is known by its content', () => {
    const fields = {
      number: '+13035550101',
      kind: 'written',
      given_at: '2026-11-01T12:00:00Z',
      disclosure_text: 'I agree, and more.',
      act: 'checked the box',
      source: 'form 7',
      not_condition_of_purchase: 'true',
      lead_source_tier: '2',
    };
    const one = readConsent(fields, context);
    const other = readConsent({ ...fields, act: 'signed' }, context);
    expect(one).toMatchObject({
      ok: true,
      value: { leadSourceTier: 2, notConditionOfPurchase: true, topic: null },
    });
    expect(one).toEqual(readConsent({ ...fields, signature: ' ' }, context));
    expect(one.ok && other.ok && one.value.consentId !== other.value.consentId).toBe(true);
    expect(readConsent({ ...fields, lead_source_tier: '5' }, context)).toMatchObject({
      field: 'lead_source_tier',
    });
    expect(readConsent({ ...fields, not_condition_of_purchase: 'yes' }, context)).toMatchObject({
      ok: false,
    });
    expect(readConsent({ ...fields, given_at: '2027-01-01T00:00:00Z' }, context)).toMatchObject({
      ok: false,
    });
  });
});

describe('words that revoke', () => {
  const rows = LAW.federal.revocationWords;
  test('each word of the rule is in the data, under its paragraph', () => {
    for (const word of ['stop', 'quit', 'end', 'revoke', 'opt out', 'cancel', 'unsubscribe']) {
      const basis = '47 CFR 64.1200(a)(10)';
      expect(readRevocationText(word, rows)).toEqual({ kind: 'revocation', word, language: 'en', basis });
    }
  });

  test.each([
    'STOP',
    ' Stop. ',
    's.t.o.p!',
    'STOPALL',
    'stop please',
    'Please, STOP now',
    'opt-out',
    'OptOut',
    'Cancelar por favor',
  ])('`%s` revokes', (text) => expect(readRevocationText(text, rows).kind).toBe('revocation'));

  test.each(['', "don't stop", 'non-stop', 'ok', 'the end of my day', 'stopp', 'who is this?', 'please'])(
    '`%s` is for a person to read',
    (text) => expect(readRevocationText(text, rows)).toEqual({ kind: 'unclear' }),
  );
});

describe('events', () => {
  const mapping: WebhookMapping = {
    source: 'crm',
    id: '/event/id',
    kind: '/event/type',
    kinds: [
      { value: 'unsubscribed', means: 'opt_out' },
      { value: 'agreed', means: 'consent' },
    ],
    seller: 'sunrise',
    sellerPointer: null,
    fields: [{ column: 'number', pointer: '/contact/phones/0' }],
  };
  test('what the pointers name is read, the rest is not', () => {
    const event = {
      event: { id: 7, type: 'unsubscribed' },
      contact: { phones: ['+13035550101'], note: 'x' },
    };
    expect(readEvent(event, mapping)).toEqual({
      ok: true,
      value: {
        ...{ id: '7', means: 'opt_out', seller: 'sunrise', adjusted: [] },
        fields: { number: '+13035550101' },
      },
    });
  });
  test.each([
    [{}, '/event/type'],
    [{ event: { id: 'a' } }, '/event/type'],
    [{ event: { id: 'a', type: 'opened' } }, '/event/type'],
    [{ event: { id: 'x'.repeat(129), type: 'agreed' } }, '/event/id'],
    [{ event: { type: 'agreed' } }, '/event/id'],
  ])('%j is refused at its place', (event, field) => {
    expect(readEvent(event, mapping)).toMatchObject({ ok: false, field });
  });
  test.each([
    [undefined, null, /^\/event\/id: missing/],
    ['x'.repeat(129), /^hash-[0-9a-f]{64}$/, /^\/event\/id: kept as its hash/],
    ['a\ud800', /^hash-[0-9a-f]{64}$/, /^\/event\/id: kept as its hash/],
  ])('a wish whose event has the id %j is taken all the same', (id, read, adjusted) => {
    const event = { event: { ...(id === undefined ? {} : { id }), type: 'unsubscribed' } };
    const found = readEvent(event, mapping);
    if (!found.ok) throw new Error(found.expected);
    if (read === null) expect(found.value.id).toBeNull();
    else expect(found.value.id).toMatch(read);
    expect(found.value.adjusted).toEqual([expect.stringMatching(adjusted)]);
  });
  test('any JSON is answered', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (event) => {
        expect(typeof readEvent(event as never, mapping).ok).toBe('boolean');
      }),
    );
  });
});
