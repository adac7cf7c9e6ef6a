/**
 * Reads what a dossier needs and checks the chains. Every read is bounded and small: the process that answers here also holds calls
 * to their two seconds, and nothing may keep it busy for long.
 */
import type { EntryKind, LedgerEntry } from '../../domain/ledger-entry.ts';
import { ENTRY_KINDS } from '../../domain/ledger-entry.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { type PrunedMonth, prunedMonths } from '../../domain/pruned-month.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import type { LedgerQuery } from '../../ports/ledger.ts';
import { verifyLedger } from '../verify-ledger.ts';
import { VERSION } from '../../domain/version.ts';
import { ACT_KINDS, buildDossier, callIdsOf } from './build-dossier.ts';
import type { Chains, Dossier, PrunedView } from './dossier.ts';
import { sourcesOf } from './find-sources.ts';

export interface DossierQuery {
  readonly number: PhoneNumber;
  /** Decisions and calls after this entry; 0 from the beginning. */
  readonly afterId: number;
  readonly asOf: Instant;
}

export interface EntrySource {
  entries(query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  /** Resolves when others have had the event loop. */
  turn(): Promise<void>;
}

export const DOSSIER_LIMITS = {
  /** Consents and revocations of one number. */
  acts: 1_000,
  /** Other entries of one number in one document. */
  page: 500,
  /** Entries of one call. */
  perCall: 50,
  /** Loaded lists, policies and campaigns, of each kind, that are looked through for those a decision names, newest first. */
  sources: 100_000,
  /** More than this is left to `ledger verify`. */
  chain: 250_000,
  /** Entries of one read: about ten milliseconds of hashing. */
  read: 250,
} as const;
export type DossierLimits = Readonly<Record<keyof typeof DOSSIER_LIMITS, number>>;

export async function makeDossier(
  source: EntrySource,
  query: DossierQuery,
  limits: DossierLimits = DOSSIER_LIMITS,
): Promise<Dossier> {
  const { number, afterId, asOf } = query;
  const [newest] = await source.entries({ order: 'desc', limit: 1 });
  const throughId = newest?.id ?? 0;
  const acts = await source.entries({ number, kinds: ACT_KINDS, order: 'desc', limit: limits.acts + 1 });
  const rest = await readPaged(source, { number, kinds: NO_ACTS, afterId }, limits.page + 1, limits);
  const page = rest.slice(0, limits.page);
  const calls: LedgerEntry[] = [];
  for (const callId of callIdsOf(page)) {
    calls.push(...(await source.entries({ callId, limit: limits.perCall })));
  }
  const found = [...acts.slice(0, limits.acts), ...page, ...calls];
  return buildDossier(
    {
      made_by: { program: 'breakwater', version: VERSION },
      asked: {
        number,
        as_of: formatInstant(asOf),
        through_id: throughId,
        after_id: afterId,
        next_after: rest.length > page.length ? (page.at(-1)?.id ?? null) : null,
        acts_left_out: acts.length > limits.acts,
      },
      chains: await checkChains(source, throughId, asOf, limits),
    },
    [...found, ...(await sourcesOf(source, found, limits))],
  );
}

const NO_ACTS: readonly EntryKind[] = ENTRY_KINDS.filter(
  (kind) => !(ACT_KINDS as readonly string[]).includes(kind),
);

async function readPaged(
  source: EntrySource,
  query: Omit<LedgerQuery, 'limit'>,
  atMost: number,
  limits: DossierLimits,
): Promise<readonly LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  for (let { afterId = 0 } = query; found.length < atMost;) {
    const limit = Math.min(limits.read, atMost - found.length);
    const read = await source.entries({ ...query, afterId, limit });
    found.push(...read);
    if (read.length < limit) break;
    afterId = read.at(-1)?.id ?? afterId;
  }
  return found;
}

const viewOf = ({ month, entryId, at, entries, kept, who, why, archive }: PrunedMonth): PrunedView => ({
  ...{ month, entry: entryId, recorded_at: formatInstant(at), entries, kept, who, why },
  ...{ archive_file: archive.file, archive_sha256: archive.sha256 },
});

/** Every chain from its first entry to the newest that the dossier may use. */
async function checkChains(
  source: EntrySource,
  throughId: number,
  asOf: Instant,
  limits: DossierLimits,
): Promise<Chains> {
  let count = 0;
  const isCutShort = (): boolean => count > limits.chain;
  const upTo = async function* (): AsyncGenerator<LedgerEntry> {
    for (let afterId = 0; ;) {
      const read = await source.entries({ afterId, limit: limits.read });
      for (const entry of read) {
        if (entry.id > throughId) return;
        count += 1;
        if (isCutShort()) return;
        yield entry;
      }
      if (read.length < limits.read) return;
      afterId = read.at(-1)?.id ?? afterId;
    }
  };
  const prunings = await source.entries({ kinds: ['ledger_pruned'], limit: limits.acts });
  const pruned = prunedMonths(
    prunings.filter(({ id }) => id <= throughId),
    asOf,
  );
  const found = await verifyLedger(upTo(), {}, () => source.turn(), pruned, isCutShort);
  const nothing = { sound: null, unchecked_because: null, fault: null, entries: found.entries, writers: [] };
  if (!found.ok) {
    const fault = `${found.fault} at entry ${found.id} (writer ${found.writer}, seq ${found.seq}): ${found.detail}`;
    return { ...nothing, sound: false, fault };
  }
  if (isCutShort()) {
    const because = `the ledger has more than ${limits.chain} entries; check an export with \`ledger verify\``;
    return { ...nothing, unchecked_because: because };
  }
  const writers = Object.entries(found.heads)
    .map(([writer, { seq, hash }]) => ({ writer, entries: seq, head_hash: hash }))
    .sort((a, b) => (a.writer < b.writer ? -1 : 1));
  if (found.gaps === undefined) return { ...nothing, sound: true, writers };
  return { ...nothing, sound: true, writers, pruned: found.gaps.map(viewOf) };
}
