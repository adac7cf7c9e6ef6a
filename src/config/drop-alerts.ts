/** Where the live page's alert bands begin: in order, and under the campaign's ceiling. */
import type { Campaign } from '../domain/campaign.ts';
import { dropAlertsOf } from '../domain/drop-alert.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';

/** Nothing where both are left to the ceiling: such a campaign is the same document as before there were bands. */
export function readDropAlerts(
  { dropAlerts: { cautionBp, warningBp } }: Pick<CampaignYaml, 'dropAlerts'>,
  dropRateMaxBp: number,
  report: Report,
): Pick<Campaign, 'dropAlerts'> {
  if (cautionBp === null && warningBp === null) return {};
  const dropAlerts = {
    ...(cautionBp === null ? {} : { cautionBp }),
    ...(warningBp === null ? {} : { warningBp }),
  };
  const bands = dropAlertsOf({ dropRateMaxBp, dropAlerts });
  if (bands.warningBp > dropRateMaxBp) {
    report(
      'dropAlerts.warningBp',
      'is above the ceiling',
      bands.warningBp,
      `at most dropRateMaxBp, ${dropRateMaxBp}`,
    );
  }
  if (bands.cautionBp > bands.warningBp) {
    report(
      'dropAlerts.cautionBp',
      'is above the warning',
      bands.cautionBp,
      `at most dropAlerts.warningBp, ${bands.warningBp}`,
    );
  }
  return { dropAlerts };
}
