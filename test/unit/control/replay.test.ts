/** Every case of the corpus, written to a ledger as a decision and decided again from what the ledger holds. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { decisionDraft, toJson } from '../../../src/control/decision-entry.ts';
import { listsHashIn, listsInLedger, listsOfEntry } from '../../../src/control/lists-document.ts';
import {
  answersDiffer,
  decidingUnder,
  policyOfEntry,
  redecide,
  replay,
} from '../../../src/control/replay.ts';
import type { Json } from '../../../src/domain/canonical-json.ts';
import type { ListVersion } from '../../../src/domain/facts.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { JsonObject, LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import type { PolicyDocument } from '../../../src/domain/policy.ts';
import { evaluate, RULES } from '../../../src/rules/index.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { AT, CAMPAIGN, type Case, factsOf, LAW, policyOf, requestOf } from '../../support/rules-world.ts';

const CORPUS = new URL('../../corpus/', import.meta.url);
const CASES = readdirSync(CORPUS)
  .filter((name) => name.endsWith('.json'))
  .map(
    (name) =>
      [name, (JSON.parse(readFileSync(new URL(name, CORPUS), 'utf8')) as { cases: Case[] }).cases] as const,
  );

function documentFor(given: Case): PolicyDocument {
  const { law, rehearsal, clockGuardMs, permitValidMs } = policyOf(given);
  const { campaign } = factsOf(given);
  const settings = campaign.known ? campaign.value?.campaign : undefined;
  return { law, rehearsal, clockGuardMs, permitValidMs, campaigns: settings === undefined ? [] : [settings] };
}

/** `named`: the lists stand in a document of their own, as they do now; `inline`: in the decision, as they did before. */
type Form = 'named' | 'inline';

/** Documents as they are read back from the ledger. */
const DOCUMENTS = new Map<string, readonly ListVersion[]>();

/** As a stranger reads it: through the text that was hashed. */
async function recorded(given: Case, document: PolicyDocument, form: Form = 'named'): Promise<LedgerEntry> {
  const { policy } = decidingUnder(document);
  const request = requestOf(given);
  const facts = factsOf(given);
  const ledger = openMemoryLedger({
    writer: 'w' as WriterId,
    clock: fakeClock(AT),
    store: memoryLedgerStore(),
  });
  const decision = evaluate(RULES, request, facts, policy);
  const { callId } = request;
  const listsHash = form === 'inline' ? null : await listsInLedger(ledger, facts.lists);
  for (const each of await ledger.read({ kinds: ['lists_document'], limit: 10 })) {
    DOCUMENTS.set(...listsOfEntry({ ...each, body: JSON.parse(each.bodyText) as JsonObject }));
  }
  const { entry } = await ledger.append(
    decisionDraft(
      { callId, request, facts, decision, decidedAt: facts.now, policyHash: policy.hash, places: [] },
      new Map(document.campaigns.map((campaign) => [campaign.id, campaign])),
      listsHash,
    ),
  );
  return { ...entry, body: JSON.parse(entry.bodyText) as JsonObject };
}

/** The law is large, and most cases share it. */
const deciding = new Map<string, ReturnType<typeof decidingUnder>>();
const decidingFor = (document: PolicyDocument): ReturnType<typeof decidingUnder> => {
  const { law, ...others } = document;
  const key = law === LAW ? JSON.stringify(others) : JSON.stringify(document);
  const known = deciding.get(key) ?? decidingUnder(document);
  deciding.set(key, known);
  return known;
};

const factsIn = (entry: LedgerEntry): JsonObject => entry.body['facts'] as JsonObject;

test.each(CASES)('each case of %s is decided again to the byte', async (_, cases) => {
  for (const given of cases) {
    const document = documentFor(given);
    for (const form of ['named', 'inline'] as const) {
      const entry = await recorded(given, document, form);
      expect(listsHashIn(factsIn(entry)['lists']) !== null).toBe(
        form === 'named' && factsOf(given).lists.known,
      );
      expect(replay(entry, decidingFor(document), DOCUMENTS)).toMatchObject({ kind: 'same' });
    }
  }
});

describe('what is not the same is told', () => {
  const document = documentFor({});

  const changed = async (path: readonly string[], value: Json): Promise<LedgerEntry> => {
    const entry = await recorded({}, document);
    const body = JSON.parse(entry.bodyText) as Record<string, Json>;
    let place = body as Record<string, unknown>;
    for (const step of path.slice(0, -1)) place = place[step] as Record<string, unknown>;
    place[path.at(-1) ?? ''] = value;
    return { ...entry, body };
  };

  test('a fact that was changed', async () => {
    const entry = await changed(['facts', 'attempts', 'value', 'placed'], 9);
    expect(replay(entry, decidingUnder(document), DOCUMENTS)).toMatchObject({
      kind: 'differs',
      recorded: { kind: 'permit' },
      again: { kind: 'veto', reasons: [{ code: 'too_many_attempts' }] },
    });
  });

  test('a decision that was changed', async () => {
    const entry = await changed(['decision', 'obligations'], []);
    expect(replay(entry, decidingUnder(document), DOCUMENTS).kind).toBe('differs');
  });

  test('lists that are not in the ledger, and lists that are not what their hash names', async () => {
    const entry = await recorded({}, document);
    expect(replay(entry, decidingUnder(document), new Map())).toMatchObject({
      kind: 'impossible',
      problem: expect.stringContaining('are not in this ledger') as string,
    });
    const hash = listsHashIn(factsIn(entry)['lists']) ?? '';
    const body = { listsHash: hash, consulted: [] };
    expect(() => listsOfEntry({ ...entry, kind: 'lists_document', body })).toThrow(/hash to/);
  });

  test('facts that are none', async () => {
    expect(replay(await changed(['facts'], null), decidingUnder(document), DOCUMENTS).kind).toBe(
      'impossible',
    );
  });

  test('another policy', async () => {
    const other = { ...document, clockGuardMs: 61_000 };
    expect(replay(await recorded({}, document), decidingUnder(other), DOCUMENTS)).toMatchObject({
      kind: 'impossible',
      problem: expect.stringContaining('decided under policy') as string,
    });
  });
});

describe('another policy', () => {
  const document = documentFor({});
  const with_ = (patch: object): PolicyDocument => ({ ...document, campaigns: [{ ...CAMPAIGN, ...patch }] });

  test('answers otherwise only where it is another answer', async () => {
    const entry = await recorded({ facts: { placed: 2 } }, document);
    const before = redecide(entry, decidingUnder(document), DOCUMENTS);
    const after = (patch: object) => redecide(entry, decidingUnder(with_(patch)), DOCUMENTS);
    expect(answersDiffer(before, after({ attempts: { max: 2, perHours: 24 } }))).toBe(true);
    expect(answersDiffer(before, after({ ring: { atLeastSeconds: 15, atMostSeconds: 20 } }))).toBe(true);
    expect(answersDiffer(before, after({ offer: 'roof tiles' }))).toBe(false);
  });

  test('without the campaign knows no such campaign', async () => {
    const entry = await recorded({}, document);
    expect(redecide(entry, decidingUnder({ ...document, campaigns: [] }), DOCUMENTS)).toMatchObject({
      kind: 'veto',
      reasons: [{ code: 'campaign_unknown' }],
    });
  });
});

test('a kept document must be the one its hash names', async () => {
  const document = documentFor({});
  const ledger = openMemoryLedger({
    writer: 'w' as WriterId,
    clock: fakeClock(AT),
    store: memoryLedgerStore(),
  });
  const keep = async (changes: object): Promise<LedgerEntry> => {
    const { hash } = decidingUnder(document).policy;
    const body = { policyHash: hash, document: toJson({ ...document, ...changes }) };
    return (await ledger.append({ kind: 'policy_document', body })).entry;
  };
  expect(policyOfEntry(await keep({})).campaigns).toEqual(
    toJson({ campaigns: document.campaigns })['campaigns'],
  );
  const forged = await keep({ clockGuardMs: 0 });
  expect(() => policyOfEntry(forged)).toThrow(/hashes to/);
});
