/** Alerts, their cases, the runbook and the dashboard speak of the same things, and of nothing that is not there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMPONENTS } from '../../src/control/operations.ts';
import { OUTCOMES } from '../../src/domain/call-result.ts';
import { REASONS } from '../../src/domain/decision.ts';
import { dashboardExpressions } from '../support/prometheus.ts';
import { ROOT } from './tree.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const RULES = (
  parse(read('deploy/prometheus/alerts.yml')) as { groups: readonly { rules: readonly Rule[] }[] }
).groups.flatMap(({ rules }) => rules);
const RUNBOOK = read('docs/operations.md');

/** Values that a matcher of this label may ask for; a value that nobody sends would never match, and say nothing. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  reason: [...Object.keys(REASONS), 'none'],
  outcome: OUTCOMES,
  component: COMPONENTS,
  window: ['today', 'block', 'rolling'],
  by: ['call', 'record'],
};

/** `alert: label="value"` for every value that nobody sends. */
const strayValues = (expression: string): readonly string[] =>
  [...expression.matchAll(/\b(\w+)=~?"([^"]*)"/g)].flatMap(([, label = '', value = '']) =>
    value.split('|').filter((each) => VALUES[label] !== undefined && !VALUES[label].includes(each)),
  );

test('every alert has a heading in the runbook, and every such heading an alert', () => {
  const headings = [...RUNBOOK.matchAll(/^### (Breakwater\w+)$/gm)].map(([, name]) => name);
  expect(RULES.length).toBeGreaterThan(25);
  expect(headings).toEqual(RULES.map(({ alert }) => alert));
});

test('an alert says how grave it is, what is wrong, and where the runbook speaks of it', () => {
  for (const { alert, labels, annotations } of RULES) {
    expect(['warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).not.toBe('');
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});

test('every alert has a case in which it fires and one in which it is quiet', () => {
  const cases = (parse(read('deploy/prometheus/alerts.test.yml')) as { tests: readonly { name: string }[] })
    .tests;
  expect(cases.map(({ name }) => name)).toEqual(
    RULES.flatMap(({ alert }) => [`${alert} fires`, `${alert} quiet`]),
  );
});

describe('matchers ask for values that are sent', () => {
  test('in alerts and on the dashboard', async () => {
    expect(
      [...RULES.map(({ expr }) => expr), ...(await dashboardExpressions())].flatMap(strayValues),
    ).toEqual([]);
  });
  test('and the check bites', () => {
    expect(strayValues('max(x{reason=~"list_stale|list_stael", window="day"})')).toEqual([
      'list_stael',
      'day',
    ]);
  });
});
