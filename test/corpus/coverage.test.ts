/** The corpus reaches every provision of the law and every reason code: a new row without a case fails here, with its name. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REASONS } from '../../src/domain/decision.ts';
import { type NamedCase, provisionRows } from '../support/provision-rows.ts';
import { type Case, decide, LAW } from '../support/rules-world.ts';

const here = new URL('.', import.meta.url);
const cases = readdirSync(here)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => {
    const file = JSON.parse(readFileSync(new URL(name, here), 'utf8')) as {
      readonly cases: (Case & NamedCase)[];
    };
    return file.cases;
  })
  .map((given) => ({ given, decision: decide(given) }));

/** Rows that no decision can stand on yet, with the reason. A row that is reached must leave this list. */
const NOT_YET: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(LAW.jurisdictions)
    .filter(({ relationship: row }) => row !== null && !(row.purchaseMonths === 0 && row.inquiryDays === 0))
    .map(({ code }) => [`${code} relationship`, 'no fact tells when the person last bought or asked']),
);

/** Duties on which a permit only warns today, with the reason. Once a rule vetoes on one of them it must leave this list. */
const ONLY_WARNS: Readonly<Record<string, string>> = {
  registration: 'no fact holds the registrations of a seller',
  mobile: 'no fact tells a mobile line',
  reassigned: 'no fact tells a reassigned number',
};

/** Codes that no rule gives, and where they are tested. */
const WITHOUT_RULE: Readonly<Record<string, string>> = {
  ledger_unavailable: 'given when the decision cannot be written: test/unit/control',
  rules_invalid: 'given when a rule throws: test/unit/rules/evaluate.test.ts',
};

const rows = provisionRows(LAW);
const reached = new Set(
  rows
    .filter((row) => cases.some(({ given, decision }) => row.reachedBy(given, decision)))
    .map(({ name }) => name),
);

test('the rows have names of their own, and there are many', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  expect(rows.length).toBeGreaterThan(300);
});

test('every provision is reached by a case', () => {
  const missing = rows
    .map(({ name }) => name)
    .filter((name) => !reached.has(name) && !Object.hasOwn(NOT_YET, name));
  expect(missing).toEqual([]);
});

test('what is excused is a row, and is not reached', () => {
  const names = rows.map(({ name }) => name);
  expect(Object.keys(NOT_YET).filter((name) => !names.includes(name) || reached.has(name))).toEqual([]);
});

test('only these duties end in a warning', () => {
  const warned = new Set(rows.flatMap(({ onlyWarns }) => onlyWarns ?? []));
  expect([...warned].toSorted()).toEqual(Object.keys(ONLY_WARNS).toSorted());
});

test('every reason code is expected by a case', () => {
  const expected = new Set(cases.flatMap(({ given }) => given.reasons ?? []));
  const missing = Object.keys(REASONS).filter(
    (code) => !expected.has(code) && !Object.hasOwn(WITHOUT_RULE, code),
  );
  expect(missing).toEqual([]);
  expect(Object.keys(WITHOUT_RULE).filter((code) => expected.has(code))).toEqual([]);
});
