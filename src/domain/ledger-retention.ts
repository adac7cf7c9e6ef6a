/**
 * How long entries of the ledger are kept: classes from `config/rules/retention.yaml`, and when a month of the ledger is past one. Kinds
 * that no class names are kept for ever.
 */
import type { EntryKind } from './ledger-entry.ts';
import { addYears, type Instant, instant } from './time.ts';

export interface RetentionClass {
  readonly name: string;
  /** Calendar years after the end of the month; null: for ever. */
  readonly years: number | null;
  /** Years after the person asked for deletion (`person_erased`), of what is kept for ever otherwise; null: that ends nothing. */
  readonly afterErasureYears: number | null;
  readonly kinds: readonly EntryKind[];
  readonly citation: string;
}

/**
 * INVARIANT (kept-long-enough): a month is past a class when that many calendar years are over since its last instant and since the
 * newest stamp in it, whichever is later; 29 February becomes 1 March, never a day less. Null: never.
 */
export function pastClassAt({ years }: Pick<RetentionClass, 'years'>, monthEnds: Instant): Instant | null {
  return years === null ? null : addYears(monthEnds, years);
}

/** From when on the years of a month count: its own end, or the newest stamp in it where that is later. */
export const monthCountsFrom = (ends: Instant, newestStamp: Instant): Instant =>
  instant(Math.max(ends, newestStamp));

/** Kinds whose class is over in a month that counts from `from`, at `now`. A kind without a class is never among them. */
export function kindsPastClass(
  classes: readonly RetentionClass[],
  from: Instant,
  now: Instant,
): ReadonlySet<EntryKind> {
  return new Set(
    classes.flatMap((each) => {
      const past = pastClassAt(each, from);
      return past !== null && past <= now ? each.kinds : [];
    }),
  );
}

/** The first instant after `now` at which a class of the month ends; null when none will. */
export function nextPastClass(
  classes: readonly RetentionClass[],
  from: Instant,
  now: Instant,
): Instant | null {
  const later = classes
    .flatMap((each) => pastClassAt(each, from) ?? [])
    .filter((past) => past > now)
    .sort((a, b) => a - b);
  return later[0] ?? null;
}
