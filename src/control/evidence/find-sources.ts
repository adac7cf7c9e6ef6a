/**
 * What the decisions of a dossier stand on: policy, campaign and lists as they were loaded before each. Read backwards from the newest
 * decision until everything that is named has been found: a call of years ago has its seller and its list as well as one of today.
 */
import { objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { listsHashIn } from '../lists-document.ts';
import { sourceKey } from './build-dossier.ts';
import type { DossierLimits, EntrySource } from './make-dossier.ts';

type SourceKind = Extract<EntryKind, 'policy_loaded' | 'campaign_loaded' | 'lists_document' | 'list_loaded'>;

/** A source that a decision names; `buildDossier` takes the newest before it, of its own writer if there is one. */
interface Named {
  readonly key: string;
  readonly decision: Pick<LedgerEntry, 'id' | 'writer'>;
}

export async function sourcesOf(
  source: EntrySource,
  found: readonly LedgerEntry[],
  limits: DossierLimits,
): Promise<readonly LedgerEntry[]> {
  const decisions = found.filter(({ kind }) => kind === 'decision');
  const permits = decisions.filter(({ body }) => body['verdict'] === 'permit');
  const find = (kind: SourceKind, named: readonly Named[]) => findNamed(source, kind, named, limits);
  const documents = await find(
    'lists_document',
    decisions.flatMap((decision) => {
      const listsHash = listsHashIn(objectIn(decision.body['facts'])?.['lists']);
      return listsHash === null ? [] : named('lists_document', decision, { listsHash });
    }),
  );
  const consulted = new Map(
    documents.map(({ body }) => [textIn(body['listsHash']), objectsIn(body['consulted'])]),
  );
  const listsOf = ({ body }: LedgerEntry): readonly JsonObject[] => {
    const fact = objectIn(body['facts'])?.['lists'];
    const hash = listsHashIn(fact);
    return hash === null
      ? objectsIn(objectIn(objectIn(fact)?.['value'])?.['consulted'])
      : (consulted.get(hash) ?? []);
  };
  return [
    ...documents,
    ...(await find(
      'policy_loaded',
      decisions.flatMap((each) => named('policy_loaded', each, each.body)),
    )),
    ...(await find(
      'campaign_loaded',
      permits.flatMap((each) => named('campaign_loaded', each, each.body)),
    )),
    ...(await find(
      'list_loaded',
      decisions.flatMap((each) => listsOf(each).flatMap((list) => named('list_loaded', each, list))),
    )),
  ];
}

function named(kind: SourceKind, decision: LedgerEntry, body: JsonObject): readonly Named[] {
  const key = sourceKey(kind, body);
  return key === null ? [] : [{ key, decision }];
}

async function findNamed(
  source: EntrySource,
  kind: SourceKind,
  wanted: readonly Named[],
  limits: DossierLimits,
): Promise<readonly LedgerEntry[]> {
  const open = new Map<string, Named[]>();
  for (const each of wanted) open.set(each.key, [...(open.get(each.key) ?? []), each]);
  const found = new Map<number, LedgerEntry>();
  let beforeId = Math.max(0, ...wanted.map(({ decision }) => decision.id));
  for (let looked = 0; open.size > 0 && looked < limits.sources;) {
    const read = await source.entries({ kinds: [kind], order: 'desc', beforeId, limit: limits.read });
    for (const entry of read) {
      const key = sourceKey(kind, entry.body) ?? '';
      const asking = open.get(key) ?? [];
      const answered = asking.filter(({ decision }) => entry.id < decision.id);
      if (answered.length === 0) continue;
      found.set(entry.id, entry);
      // Of another writer it is the answer only while no older one of its own is found; a document there is once.
      const left = asking.filter(
        (each) =>
          !answered.includes(each) || (kind !== 'lists_document' && each.decision.writer !== entry.writer),
      );
      if (left.length === 0) open.delete(key);
      else open.set(key, left);
    }
    const last = read.at(-1);
    if (last === undefined || read.length < limits.read) break;
    looked += read.length;
    beforeId = last.id;
    await source.turn();
  }
  return [...found.values()];
}
