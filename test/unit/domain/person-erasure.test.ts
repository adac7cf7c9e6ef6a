/** What goes of an erased person when the duty to keep it ends, and not a day before. */
import { expect, test } from 'vitest';
import { memoryRecords } from '../../../src/adapters/memory/records.ts';
import type { SellerId } from '../../../src/domain/ids.ts';
import type { LedgerDraft, LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import type { RetentionClass } from '../../../src/domain/ledger-retention.ts';
import { erasedClasses, isErasable, keptDuties } from '../../../src/domain/person-erasure.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { formatInstant, type Instant, instant } from '../../../src/domain/time.ts';
import * as draft from '../../support/entries.ts';

const at = (text: string): Instant => instant(Date.parse(text));
const FIVE: RetentionClass = {
  ...{ name: 'five', years: 5, afterErasureYears: null, kinds: ['decision'], citation: 'a' },
};
const CONSENTS: RetentionClass = {
  ...{ name: 'consents', years: null, afterErasureYears: 5, kinds: ['consent_recorded'], citation: 'b' },
};
const EVER: RetentionClass = {
  ...{ name: 'ever', years: null, afterErasureYears: null, kinds: ['opt_out'], citation: 'c' },
};
const CLASSES = [FIVE, CONSENTS, EVER];
/** Ids of October and of November 2026. */
const OCTOBER = 8_100_000_000_000;
const NOVEMBER = 8_200_000_000_000;
const ERASED = { number: draft.NUMBER, entryId: NOVEMBER + 7, erasedAt: at('2026-11-20T12:00:00Z') };
const OCTOBER_ENDS = at('2026-11-01T00:00:00Z');

const entry = ({ kind, body }: LedgerDraft, stamp: string, id = OCTOBER): LedgerEntry =>
  ({ id, kind, body, at: at(stamp) }) as unknown as LedgerEntry;
const classesAt = (now: string, from = OCTOBER_ENDS) => erasedClasses(CLASSES, [ERASED], from, at(now));

test('nothing of an erased person goes before the years are over since the erasure', () => {
  expect(classesAt('2031-11-20T11:59:59.999Z')).toEqual([]);
  expect(classesAt('2031-11-20T12:00:00.000Z')).toMatchObject([
    { name: 'consents_after_erasure', years: 5, kinds: ['consent_recorded'] },
  ]);
});

test('nor before they are over since the month, where that counts from later', () => {
  const from = at('2027-01-01T00:00:00Z');
  expect(classesAt('2031-12-31T23:59:59.999Z', from)).toEqual([]);
  const [found] = classesAt('2032-01-01T00:00:00.000Z', from);
  expect(found?.until).toBe(at('2032-01-01T00:00:00.000Z'));
});

test.each([
  ['a consent of before', draft.consent(0), NOVEMBER + 6, true],
  ['a consent of after', draft.consent(0), NOVEMBER + 8, false],
  ['a request not to be called', draft.optOut(0), OCTOBER, false],
  ['a call, which has a class of its own', draft.permit('c1'), OCTOBER, false],
  [
    'a consent of somebody else that mentions the number',
    { ...draft.consent(0), body: { ...draft.consent(0).body, number: '+13035550199', topic: draft.NUMBER } },
    OCTOBER,
    false,
  ],
])('%s may go when the years are over: %#', (_, of, id, may) => {
  const classes = classesAt('2040-01-01T00:00:00Z');
  expect(isErasable(entry(of, '2026-11-20T11:00:00Z', id), classes)).toBe(may);
  expect(isErasable(entry(of, '2026-11-20T11:00:00Z', id), [])).toBe(false);
});

test('a second erasure whose years are not over keeps what came between the two', () => {
  const again = { number: draft.NUMBER, entryId: NOVEMBER + 100, erasedAt: at('2030-01-01T00:00:00Z') };
  const classes = erasedClasses(CLASSES, [ERASED, again], OCTOBER_ENDS, at('2032-01-01T00:00:00Z'));
  expect(isErasable(entry(draft.consent(0), '2026-10-01T00:00:00Z', NOVEMBER), classes)).toBe(true);
  expect(isErasable(entry(draft.consent(0), '2026-10-01T00:00:00Z', NOVEMBER + 50), classes)).toBe(false);
});

test('what stays is told by class, with until when', () => {
  const entries = [
    entry(draft.permit('c1'), '2026-10-02T00:00:00Z'),
    entry(draft.permit('c2'), '2026-11-02T00:00:00Z', NOVEMBER),
    entry(draft.consent(0), '2026-10-02T00:00:00Z'),
    entry(draft.optOut(0), '2026-10-02T00:00:00Z'),
    entry(draft.progress('c1'), '2026-10-02T00:00:00Z'),
  ];
  const told = keptDuties(entries, CLASSES, ERASED.erasedAt).map((each) => [
    ...[each.class, each.entries, each.until === null ? null : formatInstant(each.until)],
  ]);
  expect(told).toEqual([
    ['five', 2, '2031-12-01T00:00:00.000Z'],
    ['consents', 1, '2031-11-20T12:00:00.000Z'],
    ['ever', 1, null],
    ['unnamed', 1, null],
  ]);
});

test('a copy of the records in memory drops what could let the number be called, and keeps what forbids it', async () => {
  const records = memoryRecords(() => false);
  const drafts = [
    ...[draft.consent(0), draft.confirmation(1, 'k0'), draft.relationship('r1', '2026-10-01')],
    ...[draft.reassigned(2, 'no'), draft.revocation(3)],
    { kind: 'person_erased', body: { number: draft.NUMBER } } as const,
  ];
  for (const each of drafts) records.project(entry(each, '2026-11-20T12:00:00Z'));
  const standing = await records.standing({
    number: draft.NUMBER as PhoneNumber,
    sellerId: 's1' as SellerId,
    callerId: '+13035550199' as PhoneNumber,
  });
  expect(standing.consent).toMatchObject({ newest: null, confirmedAt: null });
  expect(standing.consent.revokedAt).not.toBeNull();
  expect(JSON.stringify(standing)).not.toContain('order 7');
});
