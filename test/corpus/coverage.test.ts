/** The corpus reaches every provision of the law and every reason code: a new row without a case fails here, with its name. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REASONS } from '../../src/domain/decision.ts';
import { OVERRIDABLE } from '../../src/domain/override.ts';
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

/** Rows on which a permit only warns, and why nothing more can be said. */
const ONLY_WARNS: Readonly<Record<string, string>> = {
  registration_not_known: 'whether the place asks for a registration is not known',
  called_party_may_be_charged: 'nobody can tell who pays for a call to a mobile',
};

/** Codes that no rule gives, and where they are tested. */
const WITHOUT_RULE: Readonly<Record<string, string>> = {
  ledger_unavailable: 'given when the decision cannot be written: test/unit/control',
  rules_invalid: 'given when a rule throws: test/unit/rules/evaluate.test.ts',
  consent_not_for_texts: 'of text messages: test/unit/rules/texts.test.ts',
  opt_in_already_requested: 'of text messages: test/unit/rules/texts.test.ts',
  texts_not_configured: 'of text messages: test/unit/rules/texts.test.ts',
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
  const missing = rows.map(({ name }) => name).filter((name) => !reached.has(name));
  expect(missing).toEqual([]);
});

test('every default that can be overridden has a case in which the override decides, and shows', () => {
  const shown = cases.flatMap(({ given, decision }) =>
    decision.kind === 'permit' && given.warnings?.includes('override_applied') === true
      ? decision.warnings.flatMap(({ code, detail }) => (code === 'override_applied' ? [detail['what']] : []))
      : [],
  );
  // Of text messages: test/unit/rules/texts.test.ts.
  expect(OVERRIDABLE.filter((what) => !shown.includes(what))).toEqual(['text_double_opt_in']);
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
