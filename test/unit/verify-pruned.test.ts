/** Exports of a ledger of which months were pruned: sound around the gaps, and nothing in them can be taken out, changed or added. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyFiles, type VerifyOptions } from '../../src/cli/verify/verify-files.ts';
import { exportLine } from '../../src/control/export-line.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { type ChainHead, EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { keptLine, prunedMonths } from '../../src/domain/pruned-month.ts';
import { instant } from '../../src/domain/time.ts';

const MONTH_IDS = 100_000_000_000;
const SEPTEMBER = 80 * MONTH_IDS;
const OCTOBER = SEPTEMBER + MONTH_IDS;
const NOVEMBER = OCTOBER + MONTH_IDS;

let folder: string;
let heads: Map<string, ChainHead>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-gaps-'));
  heads = new Map();
});
afterEach(() => rmSync(folder, { recursive: true }));

function append(
  writer: string,
  id: number,
  kind: EntryKind,
  body: JsonObject = { callId: `c${id}` },
): LedgerEntry {
  const content = { kind, bodyText: canonicalJson(body), at: instant(1_000) };
  const link = nextLink(heads.get(writer) ?? EMPTY_CHAIN, writer as WriterId, content);
  heads.set(writer, link);
  return entryOf(link, id);
}

const headsNow = (): Record<string, { seq: number; hash: string }> =>
  Object.fromEntries([...heads].map(([writer, { seq, hash }]) => [writer, { seq, hash }]));

/** Two writers; west has entries in September alone. */
function world(): {
  readonly september: readonly LedgerEntry[];
  readonly october: readonly LedgerEntry[];
  readonly pruning: LedgerEntry;
  readonly left: readonly LedgerEntry[];
} {
  const september = [
    append('east', SEPTEMBER + 1, 'decision'),
    append('east', SEPTEMBER + 2, 'opt_out'),
    append('west', SEPTEMBER + 3, 'opt_out'),
    append('west', SEPTEMBER + 4, 'call_result'),
    append('east', SEPTEMBER + 5, 'call_result'),
  ];
  const atEnd = headsNow();
  const october = [append('east', OCTOBER + 1, 'decision'), append('east', OCTOBER + 2, 'call_result')];
  const left = september.filter(({ kind }) => kind === 'opt_out');
  const pruning = append('keeper', NOVEMBER + 1, 'ledger_pruned', {
    ...{ month: '2026-09', fromId: SEPTEMBER, untilId: OCTOBER, entries: september.length },
    ...{ kept: left.length, keptSha256: sha256Hex(left.map(keptLine).join('')), heads: atEnd },
  });
  return { september, october, pruning, left };
}

let files = 0;
const write = (entries: readonly LedgerEntry[]): string => {
  const path = join(folder, `${(files += 1)}.jsonl`);
  writeFileSync(path, entries.map((entry) => `${exportLine(entry)}\n`).join(''));
  return path;
};
const verify = (entries: readonly LedgerEntry[], options: VerifyOptions = {}) =>
  verifyFiles([write(entries)], options);
/** The same by the way of the store. */
const verifyStore = (entries: readonly LedgerEntry[]) =>
  verifyLedger(entries, {}, undefined, prunedMonths(entries));

test('what a pruning left is sound, and every chain goes on behind it', async () => {
  const { october, pruning, left } = world();
  const entries = [...left, ...october, pruning];
  const sound = { ok: true, entries: 5, writers: 3 };
  expect(await verify(entries)).toMatchObject(sound);
  expect(await verifyStore(entries)).toMatchObject(sound);
  expect(await verify(entries)).toMatchObject({ heads: { west: { seq: 2 }, east: { seq: 5 } } });
});

test.each([
  ['an entry was taken out', (left: readonly LedgerEntry[]) => left.slice(1)],
  ['all of them were taken out', () => []],
  [
    'one that had gone is back',
    (left: readonly LedgerEntry[], all: readonly LedgerEntry[]) => [...left, all[4]!],
  ],
  [
    'one stands in the place of another',
    (left: readonly LedgerEntry[], all: readonly LedgerEntry[]) => [left[0]!, all[3]!],
  ],
])('%s: pruned_differs', async (_, change) => {
  const { september, october, pruning, left } = world();
  const entries = [...change(left, september), ...october, pruning];
  const fault = { ok: false, fault: 'pruned_differs', id: OCTOBER + 1 };
  expect(await verify(entries)).toMatchObject(fault);
  expect(await verifyStore(entries)).toMatchObject(fault);
});

test('a writer whose every entry stood in the month is missed as well', async () => {
  const { october, pruning, left } = world();
  const [east] = left;
  expect(await verify([east!, ...october, pruning])).toMatchObject({ ok: false, fault: 'pruned_differs' });
});

test('an entry that was left and changed has another hash', async () => {
  const { october, pruning, left } = world();
  const changed = { ...left[0]!, bodyText: '{"callId":"x"}', body: { callId: 'x' } };
  expect(await verify([changed, left[1]!, ...october, pruning])).toMatchObject({ fault: 'hash_differs' });
});

test('behind the gap a chain goes on from nowhere but the end of the month', async () => {
  const { october, pruning, left } = world();
  expect(await verify([...left, october[1]!, pruning])).toMatchObject({ fault: 'seq_gap', id: OCTOBER + 2 });
});

test('without the entry that says it a pruned month is a broken one', async () => {
  const { october, left } = world();
  expect(await verify([...left, ...october])).toMatchObject({ ok: false, fault: 'seq_gap' });
});

test('what says that a month was pruned has to stand in a chain itself', async () => {
  const { october, pruning, left } = world();
  const found = await verifyLedger([...left, ...october], {}, undefined, prunedMonths([pruning]));
  expect(found).toMatchObject({ ok: false, fault: 'pruned_differs' });
});

test('archived months hold the month whole beside the entry that says it was pruned', async () => {
  const { september, october, pruning } = world();
  expect(await verify([...september, ...october, pruning])).toMatchObject({ ok: true, entries: 8 });
});

test('files that go on from a later month know nothing of the gap before them', async () => {
  const { october, pruning } = world();
  const from = headsNow();
  delete from['keeper'];
  from['east'] = { seq: 4, hash: october[0]!.hash };
  expect(await verify([october[1]!, pruning], { from })).toMatchObject({ ok: true, entries: 2 });
});

test('kept heads: within the gap only its end can be held against them', async () => {
  const { september, october, pruning, left } = world();
  const entries = [...left, ...october, pruning];
  const known = (seq: number, hash: string) => ({ known: { east: { [String(seq)]: hash } } });
  expect(await verify(entries, known(3, september[4]!.hash))).toMatchObject({ ok: true });
  expect(await verify(entries, known(3, 'f'.repeat(64)))).toMatchObject({ ok: false, fault: 'head_differs' });
  expect(await verify(entries, known(4, 'f'.repeat(64)))).toMatchObject({ ok: false, fault: 'head_differs' });
  expect(await verify(entries, known(9, 'f'.repeat(64)))).toMatchObject({ ok: false, fault: 'cut_off' });
});

test('of two prunings of a month the later one counts', async () => {
  const { october, pruning, left } = world();
  const [first] = left;
  const again = append('keeper', NOVEMBER + 2, 'ledger_pruned', {
    ...pruning.body,
    ...{ kept: 1, keptSha256: sha256Hex(keptLine(first!)) },
  });
  expect(await verify([first!, ...october, pruning, again])).toMatchObject({ ok: true });
  expect(await verify([...left, ...october, pruning, again])).toMatchObject({ fault: 'pruned_differs' });
});

test.each([
  [
    'before it',
    (all: readonly LedgerEntry[]) => ({ east: { seq: 1, hash: all[0]!.hash }, west: headsNow()['west']! }),
  ],
  ['with another entry', () => ({ east: { seq: 3, hash: 'f'.repeat(64) }, west: headsNow()['west']! })],
  ['without a writer', () => ({ east: headsNow()['east']! })],
])('a month that is said to have ended %s than what stands before it has not', async (_, ended) => {
  const { september } = world();
  heads.delete('keeper');
  const pruning = append('keeper', NOVEMBER + 2, 'ledger_pruned', {
    ...{ month: '2026-10', fromId: OCTOBER, untilId: NOVEMBER, entries: 2 },
    ...{ kept: 0, keptSha256: sha256Hex(''), heads: ended(september) },
  });
  expect(await verifyStore([...september, pruning])).toMatchObject({ ok: false, fault: 'pruned_differs' });
});
