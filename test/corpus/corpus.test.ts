/** Every case of `*.json`: a request, what was known, the instant, and the verdict with its reasons in rank order. Old cases stay. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Case, codesOf, decide } from '../support/rules-world.ts';

interface CorpusCase extends Case {
  readonly name: string;
  /** The paragraph the case stands on. */
  readonly law: string;
  readonly verdict: 'permit' | 'veto';
  readonly reasons?: readonly string[];
  /** Kinds of obligations that must be among those of the permit. */
  readonly obligations?: readonly string[];
  readonly withoutObligations?: readonly string[];
  readonly warnings?: readonly string[];
}

interface CorpusFile {
  readonly about: string;
  readonly cases: readonly CorpusCase[];
}

const here = new URL('.', import.meta.url);
const files = readdirSync(here).filter((name) => name.endsWith('.json'));

/** A misspelt key would silently test the default world. */
const KEYS = [
  'name',
  'law',
  'call',
  'at',
  'rehearsal',
  'loosenedGuardMs',
  'campaign',
  'operator',
  'facts',
  'verdict',
  'reasons',
  'obligations',
  'withoutObligations',
  'warnings',
];
const FACT_KEYS = [
  'unknown',
  'draining',
  'campaignKnown',
  'paused',
  'promptProblem',
  'measured',
  'consent',
  'confirmedAt',
  'purchase',
  'inquiry',
  'reassigned',
  'overrides',
  'revokedAt',
  'otherSellers',
  'requestedAt',
  'unclearAt',
  'emergencies',
  'listHits',
  'listsWithout',
  'listsNotCovering',
  'listLineTypes',
  'listDates',
  'lineTypesFrom',
  'placed',
  'countedHours',
  'droppedAt',
  'attestation',
  'admission',
  'limit',
  'loggedIn',
  'restsUntil',
];

describe.each(files)('corpus %s', (file) => {
  const { cases } = JSON.parse(readFileSync(new URL(file, here), 'utf8')) as CorpusFile;
  test('names are unique and every key is known', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    for (const each of cases) {
      expect(Object.keys(each).filter((key) => !KEYS.includes(key))).toEqual([]);
      expect(Object.keys(each.facts ?? {}).filter((key) => !FACT_KEYS.includes(key))).toEqual([]);
    }
  });
  test.each(cases)('$name', (each) => {
    const decision = decide(each);
    const said = `${each.law}\n${JSON.stringify(decision, null, 1)}`;
    expect(codesOf(decision), said).toEqual(each.verdict === 'permit' ? ['permit'] : each.reasons);
    if (decision.kind === 'permit') {
      const kinds = decision.obligations.map(({ kind }) => kind);
      expect(kinds, said).toEqual(expect.arrayContaining([...(each.obligations ?? [])]));
      for (const kind of each.withoutObligations ?? []) expect(kinds, said).not.toContain(kind);
    }
    const warned = decision.warnings.map(({ code }) => code);
    expect(warned, said).toEqual(expect.arrayContaining([...(each.warnings ?? [])]));
  });
});
