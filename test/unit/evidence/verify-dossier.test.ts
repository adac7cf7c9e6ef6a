/** A dossier file in a stranger's hands: whatever is changed in it shows, without a sidecar. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyDossier } from '../../../src/control/evidence/verify-dossier.ts';
import { canonicalJson, type Json } from '../../../src/domain/canonical-json.ts';
import { type ChainedEntry, entryHash } from '../../../src/domain/hash-chain.ts';
import { openEvidenceWorld } from '../../support/evidence-world.ts';

type Path = readonly (string | number)[];
type Document = Record<string, unknown>;

let text: string;
const fresh = (): Document => JSON.parse(text) as Document;

beforeAll(async () => {
  text = JSON.stringify(await (await openEvidenceWorld()).dossier());
});

function* leaves(value: unknown, path: Path = []): Generator<{ readonly path: Path; readonly value: Json }> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* leaves(item, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) yield* leaves(item, [...path, name]);
  } else yield { path, value: value as Json };
}

/** Something else of the same kind: one letter of a text, one more of a number. */
function other(value: Json): Json {
  if (typeof value === 'string') {
    const middle = Math.floor(value.length / 2);
    return `${value.slice(0, middle)}${value[middle] === 'b' ? 'c' : 'b'}${value.slice(middle + 1)}`;
  }
  if (typeof value === 'number') return value + 1;
  return value === null ? 'known after all' : !value;
}

function set(document: Document, path: Path, value: unknown): Document {
  let at = document as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  at[path.at(-1) ?? ''] = value;
  return document;
}

/** The sidecar's own word: nothing in the entries says it. Listed under `proof.not_proven`. */
const WORD_OF_THE_SIDECAR =
  /^(made_by\.|asked\.(acts_left_out|through_id)$|proof\.chains\.(entries|fault|unchecked_because|sound|writers\.0\.(entries|head_hash))$)/;

test('an untouched file is sound', () => {
  expect(verifyDossier(fresh())).toMatchObject({ ok: true, number: '+13035550101' });
});

test('blanks and the order of names do not matter', () => {
  expect(verifyDossier(JSON.parse(canonicalJson(fresh() as never)))).toMatchObject({ ok: true });
});

test('each hash can be computed by hand as docs/evidence.md says', () => {
  const { entries } = fresh()['proof'] as { entries: Record<string, unknown>[] };
  for (const { at, body, kind, prev_hash: prevHash, seq, writer, hash } of entries) {
    const bytes = JSON.stringify({ at, body, kind, prevHash, seq, writer });
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
  }
});

test('every single value, changed, is found', () => {
  const unnoticed: string[] = [];
  let changed = 0;
  for (const { path, value } of leaves(fresh())) {
    changed += 1;
    const found = verifyDossier(set(fresh(), path, other(value)));
    if (found.ok) unnoticed.push(path.join('.'));
  }
  expect(changed).toBeGreaterThan(500);
  expect(unnoticed.filter((path) => !WORD_OF_THE_SIDECAR.test(path))).toEqual([]);
});

test('every list with one of its members taken out is found', () => {
  const lists = new Map<string, Path>();
  for (const { path } of leaves(fresh())) {
    path.forEach((step, depth) => {
      if (typeof step === 'number') lists.set(path.slice(0, depth + 1).join('.'), path.slice(0, depth + 1));
    });
  }
  const unnoticed = [...lists.values()].filter((path) => {
    const document = fresh();
    let at: unknown = document;
    for (const step of path.slice(0, -1)) at = (at as Record<string | number, unknown>)[step];
    (at as unknown[]).splice(Number(path.at(-1)), 1);
    return verifyDossier(document).ok;
  });
  expect(lists.size).toBeGreaterThan(100);
  expect(unnoticed).toEqual([]);
});

describe('names the first that differs', () => {
  const entriesOf = (document: Document) =>
    (document['proof'] as { entries: Record<string, string | number>[] }).entries;

  test('a changed body', () => {
    const document = fresh();
    const entry = entriesOf(document).find(({ kind }) => kind === 'consent_recorded')!;
    entry['body'] = String(entry['body']).replace('by an autodialer', 'at any time');
    expect(verifyDossier(document)).toMatchObject({
      ok: false,
      where: `proof.entries[${entriesOf(document).indexOf(entry)}].hash`,
      detail: expect.stringContaining('its content hashes to') as string,
    });
  });

  test('an opt-out that was taken out of the readable part', () => {
    const document = set(fresh(), ['revocations'], []);
    expect(verifyDossier(document)).toEqual({
      ok: false,
      where: 'revocations',
      detail: '0 are given, the entries make 1',
    });
  });

  test('a changed body with a hash made to fit, where its neighbour is there', () => {
    const document = fresh();
    const entries = entriesOf(document);
    const index = entries.findIndex((each, at) => entries[at + 1]?.['seq'] === Number(each['seq']) + 1);
    const entry = entries[index]!;
    entry['body'] = String(entry['body']).replace(/}$/, ',"zz":1}');
    const {
      writer,
      seq,
      at,
      kind,
      body,
      prev_hash: prevHash,
    } = entry as never as ChainedEntry & { prev_hash: string };
    entry['hash'] = entryHash({ writer, seq, at, kind, body, prevHash });
    expect(verifyDossier(document)).toMatchObject({
      ok: false,
      where: `proof.entries[${index + 1}].prev_hash`,
    });
  });

  test('a disposition made better', () => {
    const document = fresh();
    const calls = document['calls'] as { record: { disposition: { value: string } } }[];
    calls[1]!.record.disposition.value = 'connected';
    expect(verifyDossier(document)).toEqual({
      ok: false,
      where: 'calls[1].record.disposition.value',
      detail: '`connected` is given, the entries make `dropped`',
    });
  });

  test.each([
    ['no object', [], ''],
    ['another format', { format: 'breakwater-dossier/1' }, 'format'],
    ['nothing asked', { format: 'breakwater-dossier/2' }, 'asked'],
    [
      'no entries',
      {
        format: 'breakwater-dossier/2',
        made_by: {},
        asked: { number: 'x', through_id: 1 },
        proof: { chains: {} },
      },
      'proof.entries',
    ],
  ])('%s', (_, document, where) => {
    expect(verifyDossier(document)).toMatchObject({ ok: false, where });
  });
});
