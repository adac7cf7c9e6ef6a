/**
 * Where a drop rate begins to worry a supervisor. Bands are shares of the campaign's own ceiling, so a campaign with a lower ceiling is
 * told as early as one with the law's; the ceiling itself comes from the law data. Integers: products are compared, never quotients.
 */
import type { Campaign } from './campaign.ts';
import { isAboveCeiling, type Tally } from './drop-budget.ts';

/** In rank order. `above`: more than the ceiling; exactly at it is still `warning`. */
export const DROP_BANDS = ['calm', 'caution', 'warning', 'above'] as const;
export type DropBand = (typeof DROP_BANDS)[number];

/** Where two bands begin, in basis points of live answers. */
export interface DropAlerts {
  readonly cautionBp: number;
  readonly warningBp: number;
}

/** Of the ceiling: 2.0 % and 2.5 % where it is 3 %. */
const SHARES = {
  caution: { numerator: 2, denominator: 3 },
  warning: { numerator: 5, denominator: 6 },
} as const;

const shareOf = (ceilingBp: number, { numerator, denominator }: (typeof SHARES)[keyof typeof SHARES]) =>
  Math.floor((ceilingBp * numerator) / denominator);

/** What a campaign has set, and for what it has not the house's shares of its ceiling. */
export const dropAlertsOf = ({
  dropRateMaxBp,
  dropAlerts,
}: Pick<Campaign, 'dropRateMaxBp' | 'dropAlerts'>): DropAlerts => ({
  cautionBp: dropAlerts?.cautionBp ?? shareOf(dropRateMaxBp, SHARES.caution),
  warningBp: dropAlerts?.warningBp ?? shareOf(dropRateMaxBp, SHARES.warning),
});

const reaches = ({ drops, liveAnswers }: Tally, bp: number): boolean =>
  liveAnswers > 0 && 10_000 * drops >= bp * liveAnswers;

export function dropBand(tally: Tally, ceilingBp: number, alerts: DropAlerts): DropBand {
  if (isAboveCeiling(tally, ceilingBp)) return 'above';
  if (reaches(tally, alerts.warningBp)) return 'warning';
  return reaches(tally, alerts.cautionBp) ? 'caution' : 'calm';
}
