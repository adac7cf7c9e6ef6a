/**
 * A person asked that what is kept on a number be deleted (`person_erased`), and what the law still wants kept of it. Consents are kept for
 * as long as anybody may call on them; after an erasure nobody may, so their years count from there.
 */
import type { EntryKind, LedgerEntry } from './ledger-entry.ts';
import { ledgerMonthRange } from './ledger-month.ts';
import { monthCountsFrom, pastClassAt, type RetentionClass } from './ledger-retention.ts';
import { addYears, type Instant, instant } from './time.ts';

/** From the register. */
export interface Erasure {
  readonly number: string;
  /** The entry that says it: what stands before it was meant, whatever the clocks of the writers said. */
  readonly entryId: number;
  readonly erasedAt: Instant;
}

/** A class of which the entries on some erased numbers may go, though it is not over for anybody else. */
export interface ErasedClass {
  readonly name: string;
  readonly years: number;
  readonly kinds: readonly EntryKind[];
  /** When the last of these erasures was that many years ago; past. */
  readonly until: Instant;
  /** By number the entry of the newest erasure whose years are over: entries that stand before it may go. */
  readonly erased: ReadonlyMap<string, number>;
}

/** INVARIANT (kept-long-enough): the years count from the erasure or from when the month counts, whichever is later. */
const pastErasureAt = (years: number, erasedAt: Instant, monthCounts: Instant): Instant =>
  addYears(instant(Math.max(erasedAt, monthCounts)), years);

/** Classes of a month that counts from `from` of which something may go at `now` because its person asked for it. */
export function erasedClasses(
  classes: readonly RetentionClass[],
  erasures: readonly Erasure[],
  from: Instant,
  now: Instant,
): readonly ErasedClass[] {
  return classes.flatMap(({ name, afterErasureYears: years, kinds }) => {
    if (years === null) return [];
    const over = erasures
      .map((each) => ({ ...each, until: pastErasureAt(years, each.erasedAt, from) }))
      .filter(({ until }) => until <= now)
      .sort((a, b) => a.entryId - b.entryId);
    if (over.length === 0) return [];
    const until = instant(Math.max(...over.map((each) => each.until)));
    const erased = new Map(over.map(({ number, entryId }) => [number, entryId]));
    return [{ name: `${name}_after_erasure`, years, kinds, until, erased }];
  });
}

/** An entry goes only by the number that it is of; one that merely mentions the number is somebody else's too. */
export function isErasable({ id, kind, body }: LedgerEntry, classes: readonly ErasedClass[]): boolean {
  const { number } = body;
  if (typeof number !== 'string') return false;
  return classes.some(({ kinds, erased }) => {
    const entryId = erased.get(number);
    return entryId !== undefined && id < entryId && kinds.includes(kind);
  });
}

/** What stays in the chain of one person, by class, and why. */
export interface KeptDuty {
  readonly class: string;
  readonly citation: string;
  readonly entries: number;
  readonly kinds: readonly EntryKind[];
  /** When the last of them is past its class, and pruning may take it; null: never. */
  readonly until: Instant | null;
}

const UNNAMED = { name: 'unnamed', citation: 'no class names these kinds: kept for ever', years: null };

/** Of the entries on a person that is erased at `erasedAt`; classes in the order of their first entry. */
export function keptDuties(
  entries: readonly LedgerEntry[],
  classes: readonly RetentionClass[],
  erasedAt: Instant,
): readonly KeptDuty[] {
  const duties = new Map<string, KeptDuty>();
  for (const { id, kind, at } of entries) {
    const of = classes.find(({ kinds }) => kinds.includes(kind)) ?? { ...UNNAMED, afterErasureYears: null };
    const from = monthCountsFrom(ledgerMonthRange(id).ends, at);
    const until =
      of.afterErasureYears === null
        ? pastClassAt(of, from)
        : pastErasureAt(of.afterErasureYears, erasedAt, from);
    const before = duties.get(of.name);
    duties.set(of.name, {
      ...{ class: of.name, citation: of.citation },
      entries: (before?.entries ?? 0) + 1,
      kinds: [...new Set([...(before?.kinds ?? []), kind])],
      until: latest(before === undefined ? until : before.until, until),
    });
  }
  return [...duties.values()];
}

const latest = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? null : instant(Math.max(a, b));
