/** How old the copy of a list is where the person may be, and how old it may be (design ruling 8). */
import type { ListVersion } from '../domain/facts.ts';
import { type FederalLaw, ifInForce } from '../domain/law.ts';
import type { Policy } from '../domain/policy.ts';
import { daysBetween, type LocalDate } from '../domain/time.ts';
import type { DatedJurisdiction } from './call-bounds.ts';

export interface AgeLimit {
  readonly days: number;
  readonly basis: string;
}

/** Whole calendar days, over all places; below 0 where the copy has a later date than the place. */
export interface ListAge {
  readonly oldest: number;
  readonly youngest: number;
}

/** As a reason names a list. */
export const shownList = (list: ListVersion): Record<string, string | null> => ({
  list: list.name,
  version: list.version,
  obtained_on: list.obtainedOn,
});

/** A date that is none is a fault of ours, not a fresh list. */
function ageInDays(list: ListVersion, today: LocalDate): number {
  const days = daysBetween(list.obtainedOn, today);
  if (!Number.isInteger(days)) throw new RangeError(`list \`${list.name}\` has no calendar date`);
  return days;
}

export function ageOf(list: ListVersion, dated: readonly DatedJurisdiction[]): ListAge {
  const ages = dated.map(({ date }) => ageInDays(list, date));
  return { oldest: Math.max(...ages), youngest: Math.min(...ages) };
}

/** A zone may be a day behind the place where the list was fetched; more than that is a wrong date. */
export const isWithin = ({ oldest, youngest }: ListAge, { days }: AgeLimit): boolean =>
  oldest <= days && youngest >= -1;

/** The registry's: the smallest of the federal one and those of the places. */
export function registryAgeLimit(
  dated: readonly DatedJurisdiction[],
  policy: Policy,
  unknown: FederalLaw['unknownPlace'] | null,
): AgeLimit {
  const { registryMaxAgeDays } = policy.law.federal;
  let limit: AgeLimit = { days: registryMaxAgeDays.value, basis: registryMaxAgeDays.citation };
  for (const { jurisdiction, date } of dated) {
    const own = ifInForce(jurisdiction.doNotCall, date);
    if (own !== null && own.registryMaxAgeDays !== null && own.registryMaxAgeDays < limit.days) {
      limit = { days: own.registryMaxAgeDays, basis: own.citation };
    }
  }
  if (unknown !== null && unknown.registryMaxAgeDays < limit.days) {
    limit = { days: unknown.registryMaxAgeDays, basis: unknown.citation };
  }
  return limit;
}

/** Null: no law says how old a copy of this list may be. */
export function ageLimit(
  list: ListVersion,
  dated: readonly DatedJurisdiction[],
  policy: Policy,
  unknown: FederalLaw['unknownPlace'] | null,
): AgeLimit | null {
  if (list.kind === 'national') return registryAgeLimit(dated, policy, unknown);
  const { stateListMaxAgeDays } = policy.law.federal;
  const concerns = dated.some(({ jurisdiction }) => jurisdiction.code === list.jurisdiction);
  return list.kind === 'state' && concerns
    ? { days: stateListMaxAgeDays.value, basis: stateListMaxAgeDays.citation }
    : null;
}
