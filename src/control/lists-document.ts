/**
 * The versions of the lists that a decision consulted are the same for thousands of decisions, and would be a third of each entry. They
 * stand in the ledger once for each content (`lists_document`), and a decision names the SHA-256 of their canonical JSON.
 * INVARIANT (lists-before-decision): the document is durable before a decision that names it is appended. Entries of earlier versions
 * carry the lists themselves; both are read for ever.
 */
import type { Json } from '../domain/canonical-json.ts';
import type { Fact, ListFacts, ListVersion } from '../domain/facts.ts';
import { type Hash, hashOf } from '../domain/hash-chain.ts';
import { isJsonObject, textIn } from '../domain/json-parts.ts';
import { type JsonObject, type LedgerDraft, type LedgerEntry, textOf } from '../domain/ledger-entry.ts';
import type { Ledger } from '../ports/ledger.ts';

/** Consulted lists by the hash that decisions name them by. */
export type ListsDocuments = ReadonlyMap<Hash, readonly ListVersion[]>;

/** What a decision's entry keeps of the lists: whatever else a look-up said of the number. */
export type RecordedLists = Omit<ListFacts, 'consulted'> & {
  /** Left out of the entry, as every member that is undefined. */
  readonly consulted: undefined;
  readonly listsHash: Hash;
};

export const recordedLists = (lists: ListFacts, listsHash: Hash): RecordedLists => ({
  ...lists,
  consulted: undefined,
  listsHash,
});

export const listsDocument = (listsHash: Hash, consulted: readonly ListVersion[]): LedgerDraft => ({
  kind: 'lists_document',
  dedupeKey: listsHash,
  body: { listsHash, consulted: consulted.map((each) => ({ ...each })) },
});

/** The lists in force are the same object for decision after decision. */
const hashes = new WeakMap<readonly ListVersion[], Hash>();

export function hashOfLists(consulted: readonly ListVersion[]): Hash {
  const known = hashes.get(consulted);
  if (known !== undefined) return known;
  const hash = hashOf(consulted as unknown as Json);
  hashes.set(consulted, hash);
  return hash;
}

/** By ledger, the documents that a receipt of this process has shown to be in it. */
const durable = new WeakMap<Ledger, Set<Hash>>();

/** Null when the lists are unknown. Rejects as the ledger does: then nothing may name them. */
export async function listsInLedger(ledger: Ledger, lists: Fact<ListFacts>): Promise<Hash | null> {
  if (!lists.known) return null;
  const { consulted } = lists.value;
  const hash = hashOfLists(consulted);
  const known = durable.get(ledger) ?? new Set();
  if (known.has(hash)) return hash;
  await ledger.append(listsDocument(hash, consulted));
  durable.set(ledger, known.add(hash));
  return hash;
}

/** What a `lists_document` entry keeps; throws when it is not the one its hash names. */
export function listsOfEntry(entry: LedgerEntry): readonly [Hash, readonly ListVersion[]] {
  const named = textOf(entry, 'listsHash');
  const found = hashOf(entry.body['consulted'] ?? null);
  if (found !== named) {
    throw new TypeError(`ledger entry ${entry.id}: the lists hash to ${found}, not to ${named}`);
  }
  return [named, entry.body['consulted'] as unknown as readonly ListVersion[]];
}

/** The hash that a decision's recorded lists fact names; null for lists that were unknown, and for those the entry carries itself. */
export function listsHashIn(fact: Json | undefined): Hash | null {
  const value = isJsonObject(fact) ? fact['value'] : undefined;
  return isJsonObject(value) ? textIn(value['listsHash']) : null;
}

/** A decision's recorded lists fact as the decision saw it. Throws when it names lists that are not in this ledger. */
export function listsFactOf(fact: Json | undefined, documents: ListsDocuments): Json | undefined {
  const hash = listsHashIn(fact);
  if (hash === null) return fact;
  const consulted = documents.get(hash);
  if (consulted === undefined) throw new TypeError(`the lists ${hash} are not in this ledger`);
  const { value } = fact as { readonly value: JsonObject };
  const named = Object.entries(value).filter(([name]) => name !== 'listsHash');
  return { known: true, value: { ...Object.fromEntries(named), consulted: consulted as unknown as Json } };
}
