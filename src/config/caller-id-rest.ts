/** When a caller ID rests: `callerIds[].rest` of a campaign. */
import type { CallerIdSetting } from '../domain/campaign.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';

/** Nothing where it never rests: such a campaign is the same document as before there was a rest. */
export function readRest(
  rest: CampaignYaml['callerIds'][number]['rest'],
  path: string,
  report: Report,
): Pick<CallerIdSetting, 'rest'> {
  if (rest.blockedMin > rest.ofLast) {
    report(`${path}.blockedMin`, 'can never be reached', rest.blockedMin, `at most ofLast, ${rest.ofLast}`);
  }
  return rest.blockedMin === 0 ? {} : { rest: { ...rest } };
}
