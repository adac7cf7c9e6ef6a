/**
 * What a pruning says of a month of the ledger (`ledger_pruned`): the heads at its end, by which the chains go on behind it, and a digest
 * of the entries that were left. The rest is in the archive, whose hash it names.
 */
import { type Parsed, parsed, problem } from './brand.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Hash } from './hash-chain.ts';
import { numberIn, objectIn, objectsIn, textIn } from './json-parts.ts';
import type { JsonObject, LedgerEntry } from './ledger-entry.ts';
import { ledgerMonthOf, ledgerMonthRange } from './ledger-month.ts';
import { addMs, addYears, DAY_MS, formatInstant, type Instant, parseInstant } from './time.ts';

/** Its entries are no sidecar's: they have a chain of their own. */
export const KEEPER_ID = 'keeper';

export interface PrunedMonth {
  readonly month: string;
  /** As `ledgerMonthOf` tells ids: the entries of the month have these and those between. */
  readonly fromId: number;
  readonly untilId: number;
  /** Entries that the month had before it was first pruned. */
  readonly entries: number;
  /** Of every writer so far, at the end of the month. */
  readonly heads: Readonly<Record<string, { readonly seq: number; readonly hash: Hash }>>;
  /** Entries that were left. */
  readonly kept: number;
  /** SHA-256 of `keptLine` of each of them, in the order of their ids. */
  readonly keptSha256: Hash;
  /** The entry that says all this. */
  readonly entryId: number;
  readonly entryHash: Hash;
  readonly at: Instant;
  readonly who: string;
  readonly why: string;
  /** The classes that were over, each with its years. */
  readonly classes: readonly { readonly name: string; readonly years: number }[];
  /** What has the entries that went. */
  readonly archive: { readonly file: string; readonly sha256: Hash };
}

/** An entry that says that a month was pruned, and cannot be right. */
export interface RefusedPruning {
  readonly entryId: number;
  readonly problem: string;
}

/** What the digest of kept entries is made of. */
export const keptLine = ({
  id,
  writer,
  seq,
  hash,
}: Pick<LedgerEntry, 'id' | 'seq' | 'hash'> & { readonly writer: string }): string =>
  `${id} ${writer} ${seq} ${hash}\n`;

/** The clock of who verifies may be behind that of who has pruned. */
const CLOCK_SLACK_MS = DAY_MS;

/**
 * The newest pruning of each month, in the order of their ids. An entry that does not say what it must is no pruning: its month then
 * verifies as nothing but broken. `now`: by the clock of who asks; what is stamped later has not happened.
 */
export const prunedMonths = (entries: Iterable<LedgerEntry>, now: Instant): readonly PrunedMonth[] =>
  readPrunings(entries, now).months;

export function readPrunings(
  entries: Iterable<LedgerEntry>,
  now: Instant,
): { readonly months: readonly PrunedMonth[]; readonly refused: readonly RefusedPruning[] } {
  const months = new Map<string, PrunedMonth>();
  const refused: RefusedPruning[] = [];
  for (const entry of [...entries].sort((a, b) => a.id - b.id)) {
    if (entry.kind !== 'ledger_pruned') continue;
    const body = bodyIn(entry);
    const month = textIn(body['month']) ?? '';
    const read = readPruned(entry, body, months.get(month), now);
    if (read.ok) months.set(month, read.value);
    else refused.push({ entryId: entry.id, problem: read.problem });
  }
  return { months: [...months.values()].sort((a, b) => a.fromId - b.fromId), refused };
}

/**
 * INVARIANT (a-pruning-is-a-months): only the keeper prunes, always a whole month, behind it, when the years of every class that it names are
 * over; and each entry that the month had before has stayed or is counted among those that went. `before`: the pruning of the same month
 * before it.
 */
function readPruned(
  entry: LedgerEntry,
  body: JsonObject,
  before: PrunedMonth | undefined,
  now: Instant,
): Parsed<PrunedMonth> {
  const said = saidOf(entry, body);
  if (said === undefined) return problem('it does not say what a pruning must');
  const { month, fromId, untilId, entries, kept } = said;
  if (entry.writer !== KEEPER_ID)
    return problem(`writer \`${entry.writer}\` prunes nothing, \`${KEEPER_ID}\` does`);
  const range = ledgerMonthRange(fromId);
  if (ledgerMonthOf(fromId) !== month || fromId !== range.fromId || untilId !== range.untilId) {
    const is = `${ledgerMonthOf(fromId)} has ids from ${range.fromId} until ${range.untilId}`;
    return problem(`it names ids from ${fromId} until ${untilId} of \`${month}\`; ${is}`);
  }
  if (entry.id < untilId)
    return problem(`it stands in \`${ledgerMonthOf(entry.id)}\`, which is not behind ${month}`);
  if (entry.at > addMs(now, CLOCK_SLACK_MS))
    return problem(`its stamp ${formatInstant(entry.at)} has not come yet`);
  const young = classProblem(objectsIn(body['classes']), range.ends, entry.at);
  if (young !== undefined) return problem(young);
  const had = before?.kept ?? entries;
  const removed = sumOf(objectIn(body['removed']));
  if (removed === null || removed < 1 || removed + kept !== had)
    return problem(`of ${had} entries ${String(removed)} went and ${kept} stayed`);
  if (before !== undefined && !(before.entries === entries && sameHeads(before, said)))
    return problem(`entry ${before.entryId} said otherwise how ${month} was before`);
  return parsed(said);
}

/** Of an entry that somebody has changed there may be nothing to read. */
function bodyIn(entry: LedgerEntry): JsonObject {
  try {
    return objectIn(entry.body) ?? {};
  } catch {
    return {};
  }
}

function saidOf({ id, at, hash }: LedgerEntry, body: JsonObject): PrunedMonth | undefined {
  const [month, keptSha256, who, why] = [body['month'], body['keptSha256'], body['who'], body['why']].map(
    textIn,
  );
  const [fromId, untilId, entries, kept] = [
    body['fromId'],
    body['untilId'],
    body['entries'],
    body['kept'],
  ].map(countIn);
  const archive = objectIn(body['archive']);
  const [file, sha256] = [textIn(archive?.['file']), textIn(archive?.['sha256'])];
  const heads = headsIn(objectIn(body['heads']));
  if (month == null || keptSha256 == null || who == null || why == null) return undefined;
  if (fromId == null || untilId == null || entries == null || kept == null) return undefined;
  if (file === null || sha256 === null || heads === undefined) return undefined;
  const classes = objectsIn(body['classes']).map((each) => ({
    name: textIn(each['name']) ?? '',
    years: numberIn(each['years']) ?? 0,
  }));
  return {
    ...{ month, fromId, untilId, entries, kept, keptSha256, heads },
    ...{ entryId: id, entryHash: hash, at, who, why, classes, archive: { file, sha256 } },
  };
}

const countIn = (value: JsonObject[string] | undefined): number | null =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : null;

/** Undefined unless every writer has its place and its hash. */
function headsIn(heads: JsonObject | null): PrunedMonth['heads'] | undefined {
  if (heads === null) return undefined;
  const read = Object.entries(heads).flatMap(([writer, head]) => {
    const { seq, hash } = objectIn(head) ?? {};
    return countIn(seq) !== null && typeof hash === 'string'
      ? [[writer, { seq: Number(seq), hash }] as const]
      : [];
  });
  return read.length === Object.keys(heads).length ? Object.fromEntries(read) : undefined;
}

/** The years themselves are `config/rules/retention.yaml`'s, of which the entry says what was over. */
function classProblem(classes: readonly JsonObject[], ends: Instant, at: Instant): string | undefined {
  if (classes.length === 0) return 'it names no class that was over';
  for (const each of classes) {
    const years = countIn(each['years']) ?? 0;
    const until = parseInstant(textIn(each['until']) ?? '');
    const name = textIn(each['name']) ?? '';
    if (years < 1 || !until.ok || until.value < addYears(ends, years))
      return `class \`${name}\` of ${years} years is not over before ${formatInstant(addYears(ends, years))}`;
    if (at < until.value) return `class \`${name}\` was not over at ${formatInstant(at)}`;
  }
  return undefined;
}

/** Null: not all of them are counts. */
function sumOf(counts: JsonObject | null): number | null {
  const read = Object.values(counts ?? {}).map(countIn);
  return read.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

const sameHeads = (one: PrunedMonth, other: PrunedMonth): boolean =>
  canonicalJson(one.heads) === canonicalJson(other.heads);
