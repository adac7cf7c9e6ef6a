/** INVARIANT (lists-before-decision): what a decision names of its lists is in the ledger before it, whoever wrote it. */
import { expect, test } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { hashOfLists, listsInLedger, listsOfEntry } from '../../../src/control/lists-document.ts';
import { known, type ListVersion, unknown } from '../../../src/domain/facts.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { JsonObject, LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import type { LocalDate } from '../../../src/domain/time.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { openWorld, personNumber, type World } from '../../support/sim-world.ts';

const version = (name: string, of: string): ListVersion => ({
  ...{ name, kind: 'litigator', jurisdiction: null, campaignId: null, version: of },
  obtainedOn: '2026-11-20' as LocalDate,
});
const ONE = [version('ours', '1')];
const TWO = [version('ours', '2')];

const factsOf = (consulted: readonly ListVersion[]) => known({ consulted, hits: [] });

function twoWriters() {
  const store = memoryLedgerStore();
  const open = (writer: string) =>
    openMemoryLedger({ writer: writer as WriterId, clock: fakeClock('2026-11-24T18:00:00Z'), store });
  return { store, one: open('one'), other: open('other') };
}

test('it is written once for each content, by the first writer that needs it', async () => {
  const { store, one, other } = twoWriters();
  const hashes: (string | null)[] = [];
  // A copy says the same as the original.
  for (const lists of [ONE, ONE, [...ONE], TWO, ONE]) hashes.push(await listsInLedger(one, factsOf(lists)));
  expect(await listsInLedger(other, factsOf(ONE))).toBe(hashes[0]);
  expect(store.entries.map(({ kind, writer }) => [kind, writer])).toEqual([
    ['lists_document', 'one'],
    ['lists_document', 'one'],
  ]);
  expect(new Map(store.entries.map(listsOfEntry))).toEqual(
    new Map([
      [hashOfLists(ONE), ONE],
      [hashOfLists(TWO), TWO],
    ]),
  );
});

test('another ledger has none of it', async () => {
  await listsInLedger(twoWriters().one, factsOf(ONE));
  const fresh = twoWriters();
  await listsInLedger(fresh.one, factsOf(ONE));
  expect(fresh.store.entries).toHaveLength(1);
});

test('unknown lists have no document', async () => {
  const { store, one } = twoWriters();
  expect(await listsInLedger(one, unknown('broken'))).toBeNull();
  expect(store.entries).toEqual([]);
});

test('as long as the ledger does not take it, nothing names it', async () => {
  const { store, one } = twoWriters();
  store.down = true;
  await expect(listsInLedger(one, factsOf(ONE))).rejects.toThrow();
  store.down = false;
  await listsInLedger(one, factsOf(ONE));
  expect(store.entries).toHaveLength(1);
});

const listsIn = (entry: LedgerEntry): unknown => (entry.body['facts'] as JsonObject)['lists'];

async function decide(world: World, number: string) {
  const answering = world.running.operations.screen(world.input(number));
  await world.clock.go(1_000);
  return (await answering).decision;
}

test('each decision stands below the lists it names, also when they change', async () => {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  await decide(world, personNumber(1));
  const { consulted } = await world.sidecar.lists.lookUp(personNumber(1) as never, {} as never);
  const newer = [...consulted, ...TWO];
  Object.assign(world.sidecar.lists, {
    lookUp: () => Promise.resolve({ consulted: newer, hits: ['ours'], notCovering: ['ours'] }),
  });
  await decide(world, personNumber(2));
  await decide(world, personNumber(2));
  const above = new Set<string>();
  const named: unknown[] = [];
  for (const entry of world.ledger.store.entries) {
    if (entry.kind === 'lists_document') above.add(listsOfEntry(entry)[0]);
    if (entry.kind === 'decision') named.push(listsIn(entry));
  }
  const [before, after] = [hashOfLists(consulted), hashOfLists(newer)];
  expect([...above]).toEqual([before, after]);
  const changed = { known: true, value: { listsHash: after, hits: ['ours'], notCovering: ['ours'] } };
  expect(named).toEqual([{ known: true, value: { listsHash: before, hits: [] } }, changed, changed]);
});

test('lists that cannot be written are a veto, and what was reserved is given back', async () => {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const append = world.ledger.append.bind(world.ledger);
  Object.assign(world.sidecar.ledger, {
    append: (draft: Parameters<typeof append>[0]) =>
      draft.kind === 'lists_document' ? Promise.reject(new Error('full')) : append(draft),
  });
  expect(await decide(world, personNumber(1))).toMatchObject({
    kind: 'veto',
    reasons: [{ code: 'ledger_unavailable' }],
  });
  expect(world.ledger.store.entries.some(({ kind }) => kind === 'decision')).toBe(false);
  expect(await world.tally()).toMatchObject({ inFlight: 0 });
});
