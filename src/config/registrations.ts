/** A seller's registrations from a campaign file: places and days that exist, and one truth in all files of the seller. */
import type { SellerRegistration } from '../domain/campaign.ts';
import { type LocalDate, parseLocalDate } from '../domain/time.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';

type Row = CampaignYaml['seller']['registrations'][number];

/** Rows that cannot be read are reported and left out: then nothing is loaded. */
export function readRegistrations(
  rows: readonly Row[],
  states: readonly string[] | null,
  report: Report,
): readonly SellerRegistration[] {
  return rows.flatMap((row, index): SellerRegistration[] => {
    const at = `seller.registrations[${index}]`;
    const date = (key: string, text: string): LocalDate | undefined => {
      const answer = parseLocalDate(text);
      if (!answer.ok) report(`${at}.${key}`, 'is not a day', text, 'a date like 2026-11-21');
      return answer.ok ? answer.value : undefined;
    };
    if (states !== null && !states.includes(row.state)) {
      report(`${at}.state`, 'is no place of the law files', row.state, 'a two-letter code like CO');
    }
    const from = date('from', row.from);
    const until = row.until === 'never' ? null : date('until', row.until);
    const bondUntil = row.bondUntil === null ? null : date('bondUntil', row.bondUntil);
    if (from === undefined || until === undefined || bondUntil === undefined) return [];
    if (until !== null && until < from) {
      report(`${at}.until`, 'ends before it begins', until, `a date not before ${from}`);
    }
    if (row.bondUsd === 0 && bondUntil !== null) {
      report(`${at}.bondUntil`, 'is the end of no bond', bondUntil, 'null, or bondUsd above 0');
    }
    const bond = row.bondUsd === 0 ? null : { usd: row.bondUsd, until: bondUntil };
    return [{ state: row.state, number: row.number, from, until, bond, source: row.source }];
  });
}

/** The rows of `ours` that another file of the same seller tells differently, by place and number. */
export const contradicted = (
  ours: readonly SellerRegistration[],
  theirs: readonly SellerRegistration[],
): readonly SellerRegistration[] =>
  ours.filter((row) =>
    theirs.some(
      (other) =>
        other.state === row.state &&
        other.number === row.number &&
        JSON.stringify(other) !== JSON.stringify(row),
    ),
  );
