/** Exports of a ledger of which months were pruned: sound around the gaps, and nothing in them can be taken out, changed or added. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyFiles, type VerifyOptions } from '../../src/cli/verify/verify-files.ts';
import { exportLine } from '../../src/control/export-line.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { type ChainHead, EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { keptLine, prunedMonths } from '../../src/domain/pruned-month.ts';
import { instant, type Instant } from '../../src/domain/time.ts';

const MONTH_IDS = 100_000_000_000;
const SEPTEMBER = 80 * MONTH_IDS;
const OCTOBER = SEPTEMBER + MONTH_IDS;
const NOVEMBER = OCTOBER + MONTH_IDS;

/** Six years on, and when the five years of September were over. */
const AT = instant(Date.UTC(2032, 9, 1));
const OVER = '2031-10-01T00:00:00.000Z';

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
  at = instant(1_000),
): LedgerEntry {
  const content = { kind, bodyText: canonicalJson(body), at };
  const link = nextLink(heads.get(writer) ?? EMPTY_CHAIN, writer as WriterId, content);
  heads.set(writer, link);
  return entryOf(link, id);
}

/** A `ledger_pruned` entry of September as `ledger prune` writes it. */
const prune = (
  left: readonly LedgerEntry[],
  { id = NOVEMBER + 1, writer = 'keeper', at = AT, ...body }: Partial<JsonObject> & PruneWith,
): LedgerEntry => {
  const said: JsonObject = {
    ...{
      month: '2026-09',
      fromId: SEPTEMBER,
      untilId: OCTOBER,
      entries: 5,
      removed: { decision: 5 - left.length },
    },
    ...{
      kept: left.length,
      keptSha256: sha256Hex(left.map(keptLine).join('')),
      who: 'jo',
      why: 'past its class',
    },
    classes: [{ name: 'five_years', years: 5, until: OVER }],
    archive: { file: 'ledger-2026-09.jsonl', sha256: 'a'.repeat(64) },
    ...body,
  };
  return append(writer, id, 'ledger_pruned', said, at);
};
interface PruneWith {
  readonly id?: number;
  readonly writer?: string;
  readonly at?: Instant;
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
  const pruning = prune(left, { heads: atEnd });
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
  verifyLedger(entries, {}, undefined, prunedMonths(entries, AT));

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
  const found = await verifyLedger([...left, ...october], {}, undefined, prunedMonths([pruning], AT));
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
  // Of an entry that is gone nobody here can say what it hashed to: told, not vouched for. Of one that was left they can.
  const inside = await verify(entries, known(1, 'f'.repeat(64)));
  expect(inside).toMatchObject({
    ok: true,
    gaps: [{ month: '2026-09', unheld: [{ writer: 'east', count: 1, fromSeq: 1, untilSeq: 1 }] }],
  });
  expect(await verify(entries, known(2, 'f'.repeat(64)))).toMatchObject({ ok: false, fault: 'head_differs' });
  const held = await verify(entries, known(3, september[4]!.hash));
  expect(held.ok && held.gaps?.map(({ unheld }) => unheld)).toEqual([undefined]);
  expect(await verify(entries, known(4, 'f'.repeat(64)))).toMatchObject({ ok: false, fault: 'head_differs' });
  expect(await verify(entries, known(9, 'f'.repeat(64)))).toMatchObject({ ok: false, fault: 'cut_off' });
});

test('of two prunings of a month the later one counts', async () => {
  const { october, pruning, left } = world();
  const [first] = left;
  const again = prune([first!], { id: NOVEMBER + 2, heads: pruning.body['heads']!, removed: { opt_out: 1 } });
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
  const pruning = prune([], {
    ...{ id: NOVEMBER + 2, month: '2026-10', fromId: OCTOBER, untilId: NOVEMBER, entries: 2 },
    ...{ removed: { decision: 2 }, heads: ended(september) },
    classes: [{ name: 'five_years', years: 5, until: '2031-11-01T00:00:00.000Z' }],
  });
  expect(await verifyStore([...september, pruning])).toMatchObject({ ok: false, fault: 'pruned_differs' });
});

describe('an entry that says a month was pruned, and cannot be right', () => {
  /** The owner of the store has deleted one entry of a month that is young, and has written what would explain it. */
  const forged = (body: Partial<JsonObject> & PruneWith) => {
    const { september, october } = world();
    heads.delete('keeper');
    const left = september.filter(({ id }) => id !== SEPTEMBER + 1);
    const atEnd = { west: { seq: 2, hash: september[3]!.hash }, east: { seq: 3, hash: september[4]!.hash } };
    return { entries: [...left, ...october, prune(left, { heads: atEnd, ...body })], september, left };
  };
  const found = async (body: Partial<JsonObject> & PruneWith, now = AT): Promise<readonly string[]> => {
    const { entries } = forged(body);
    const told: string[] = [];
    const onRefused = ({ problem }: { readonly problem: string }): void => void told.push(problem);
    expect(await verify(entries, { now, onRefused })).toMatchObject({ ok: false, fault: 'seq_gap' });
    expect(await verifyLedger(entries, {}, undefined, prunedMonths(entries, now))).toMatchObject({
      ok: false,
    });
    return told;
  };

  test('the same by the rules is one', async () => {
    expect(await verify(forged({}).entries, { now: AT })).toMatchObject({ ok: true });
  });

  test('that covers one entry alone', async () => {
    const only = {
      ...{ fromId: SEPTEMBER + 1, untilId: SEPTEMBER + 2, entries: 1, kept: 0, keptSha256: sha256Hex('') },
      ...{ removed: { decision: 1 }, heads: {} },
    };
    expect(await found(only)).toEqual([expect.stringContaining('has ids from')]);
  });

  test.each<readonly [string, Partial<JsonObject> & PruneWith, string]>([
    ['by a sidecar', { writer: 'zz' }, 'prunes nothing'],
    ['of a month with another name', { month: '2026-08' }, 'has ids from'],
    ['within the month', { id: OCTOBER - 1 }, 'is not behind'],
    ['before its class was over', { at: instant(Date.parse(OVER) - 1) }, 'was not over at'],
    [
      'of a class that is over too early',
      { classes: [{ name: 'c', years: 5, until: '2031-09-30T23:59:59.999Z' }] },
      'is not over before',
    ],
    ['of a class of no years', { classes: [{ name: 'c', years: 0, until: OVER }] }, 'is not over before'],
    ['of no class', { classes: [] }, 'no class'],
    ['that does not count what went', { removed: { decision: 2 } }, 'went and 4 stayed'],
    ['that took nothing out', { entries: 4, removed: {} }, 'went and 4 stayed'],
    ['without an archive', { archive: null }, 'what a pruning must'],
    ['with a head without a hash', { heads: { east: { seq: 3 } } }, 'what a pruning must'],
  ])('%s', async (_, body, problem) => {
    expect(await found(body)).toEqual([expect.stringContaining(problem)]);
  });

  test('that is stamped with an instant that has not come', async () => {
    expect(await found({}, instant(AT - 2 * 86_400_000))).toEqual([expect.stringContaining('has not come')]);
  });

  test('whose chains went on by more or less than it had entries', async () => {
    const { entries } = forged({ entries: 6, removed: { decision: 2 } });
    expect(await verify(entries, { now: AT })).toMatchObject({ ok: false, fault: 'pruned_differs' });
  });

  test('that contradicts the pruning of the month before it', async () => {
    const { october, pruning, left } = world();
    const atEnd = pruning.body['heads']!;
    for (const [body, problem] of [
      [{ removed: { opt_out: 2 } }, 'went and 1 stayed'],
      [{ entries: 6 }, 'said otherwise'],
      [{ heads: {} }, 'said otherwise'],
    ] as const) {
      const told: string[] = [];
      const onRefused = ({ problem: why }: { readonly problem: string }): void => void told.push(why);
      heads.set('keeper', pruning);
      const again = prune([left[0]!], { id: NOVEMBER + 2, heads: atEnd, removed: { opt_out: 1 }, ...body });
      const entries = [left[0]!, ...october, pruning, again];
      expect(await verify(entries, { now: AT, onRefused })).toMatchObject({ fault: 'pruned_differs' });
      expect(told).toEqual([expect.stringContaining(problem)]);
    }
  });
});
