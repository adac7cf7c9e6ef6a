import { describe, expect, test } from 'vitest';
import { makeDossier } from '../../src/control/evidence/make-dossier.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { instant } from '../../src/domain/time.ts';

/** Entries of writers a and b in turn. */
function chain(length: number): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (let id = 1; id <= length; id += 1) {
    const writer = (id % 2 === 1 ? 'a' : 'b') as WriterId;
    const head = entries.findLast((entry) => entry.writer === writer) ?? EMPTY_CHAIN;
    const content = { kind: 'call_progress', bodyText: canonicalJson({ id }), at: instant(id) } as const;
    entries.push(entryOf(nextLink(head, writer, content), id * 10));
  }
  return entries;
}

/** The entry with other content and a hash that fits it: what a careful forger writes. */
function forged(entry: LedgerEntry, change: Partial<LedgerEntry>): LedgerEntry {
  const { kind, bodyText, at, prevHash, seq, writer } = { ...entry, ...change };
  return entryOf(nextLink({ seq: seq - 1, hash: prevHash }, writer, { kind, bodyText, at }), entry.id);
}

test('a sound ledger: counts, writers and heads', async () => {
  const entries = chain(6);
  expect(await verifyLedger(entries)).toEqual({
    ok: true,
    entries: 6,
    writers: 2,
    heads: { a: { seq: 3, hash: entries[4]!.hash }, b: { seq: 3, hash: entries[5]!.hash } },
  });
  expect(await verifyLedger([])).toEqual({ ok: true, entries: 0, writers: 0, heads: {} });
});

test('an export continues from the heads of the one before', async () => {
  const entries = chain(6);
  const first = await verifyLedger(entries.slice(0, 4));
  expect(first.ok && (await verifyLedger(entries.slice(4), first.heads))).toMatchObject({
    ok: true,
    entries: 2,
  });
  expect(await verifyLedger(entries.slice(4))).toMatchObject({ ok: false, fault: 'seq_gap', seq: 3 });
});

describe('the first broken entry is named', () => {
  const swap = (index: number, entry: (old: LedgerEntry) => LedgerEntry): LedgerEntry[] =>
    chain(8).map((old, at) => (at === index ? entry(old) : old));
  const cases: [string, LedgerEntry[], object][] = [
    [
      'body text changed',
      swap(2, (old) => ({ ...old, bodyText: '{"id":4}' })),
      { fault: 'hash_differs', id: 30, writer: 'a', seq: 2, entries: 2 },
    ],
    [
      'parsed body changed',
      swap(2, (old) => ({ ...old, body: { id: 4 } })),
      { fault: 'body_differs', id: 30 },
    ],
    [
      'stamp changed',
      swap(3, (old) => ({ ...old, at: instant(9) })),
      { fault: 'hash_differs', id: 40, writer: 'b' },
    ],
    ['entry missing', chain(8).filter(({ id }) => id !== 30), { fault: 'seq_gap', id: 50, seq: 3 }],
    ['first entry missing', chain(8).slice(1), { fault: 'seq_gap', id: 30, seq: 2 }],
    ['entry doubled', [...chain(8), { ...chain(8)[7]!, id: 90 }], { fault: 'seq_gap', id: 90 }],
    ['entries exchanged', swap(2, () => chain(8)[4]!), { fault: 'seq_gap', id: 50 }],
    ['ids out of order', [...chain(2)].reverse(), { fault: 'id_order', id: 10 }],
    [
      'forged with a fitting hash: its successor tells',
      swap(2, (old) => forged(old, { bodyText: '{"id":4}' })),
      { fault: 'link_broken', id: 50, writer: 'a', seq: 3 },
    ],
    [
      'moved to another writer',
      swap(3, (old) => forged(old, { writer: 'a' as WriterId, seq: 3 })),
      { fault: 'link_broken', id: 40 },
    ],
  ];
  test.each(cases)('%s', async (_what, entries, expected) => {
    expect(await verifyLedger(entries)).toMatchObject({ ok: false, ...expected });
  });
});

describe('large entries', () => {
  /** Entries of writer a with bodies of about `chars` characters. */
  function large(count: number, chars: number): LedgerEntry[] {
    const entries: LedgerEntry[] = [];
    for (let id = 1; id <= count; id += 1) {
      const bodyText = canonicalJson({ id, text: 'x'.repeat(chars) });
      const content = { kind: 'policy_document', bodyText, at: instant(id) } as const;
      entries.push(entryOf(nextLink(entries.at(-1) ?? EMPTY_CHAIN, 'a' as WriterId, content), id));
    }
    return entries;
  }

  test('leave the event loop to others after each 100,000 characters', async () => {
    let turns = 0;
    const turn = () => Promise.resolve((turns += 1)).then(() => undefined);
    // Three of 40,000 make a turn, so twelve make four; one of 400,000 makes one each.
    expect((await verifyLedger(large(12, 40_000), {}, turn)).ok).toBe(true);
    expect(turns).toBe(4);
    await verifyLedger(large(3, 400_000), {}, turn);
    expect(turns).toBe(7);
  });

  test('so does a dossier, which is made while calls are held to their two seconds', async () => {
    const entries = large(5, 400_000);
    let turns = 0;
    const dossier = await makeDossier(
      {
        entries: ({ afterId = 0, kinds, number, order }) =>
          Promise.resolve(
            kinds !== undefined || number !== undefined
              ? []
              : order === 'desc'
                ? entries.slice(-1)
                : entries.filter(({ id }) => id > afterId),
          ),
        turn: () => Promise.resolve((turns += 1)).then(() => undefined),
      },
      { number: '+13035550123' as PhoneNumber, afterId: 0, asOf: instant(9) },
    );
    expect(dossier.proof.chains.sound).toBe(true);
    expect(turns).toBe(5);
  });
});
