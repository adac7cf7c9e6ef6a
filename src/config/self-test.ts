/** Numbers that must be vetoed, screened every day: `selfTest` of `breakwater.yaml`. */
import { parseCampaignId, type CampaignId } from '../domain/ids.ts';
import { isFictional, nanpParts, parsePhoneNumber } from '../domain/phone-number.ts';
import { SEED_REASONS, type SelfTestSeed, type SelfTestSettings } from '../domain/self-test.ts';
import type { Report } from './check-settings.ts';
import { group, integer, listOf, oneOf, text } from './schema-parts.ts';
import type { Settings } from './settings.ts';

export const SEEDS_MAX = 100;

export const SELF_TEST_SCHEMA = group({
  everyHours: integer(1, 24, { means: 'the seeds are screened this often, and at each start' }, 24),
  seeds: listOf(
    group({
      number: text(
        {
          means: 'a number that stands on a do-not-call list; it is screened and never dialed',
          expected: 'a telephone number in quotes, like "+13035550150"',
        },
        undefined,
        40,
      ),
      expects: oneOf(
        SEED_REASONS,
        { means: 'the reason that must be among those of its veto' },
        'on_national_registry',
      ),
      campaigns: listOf(text({ means: 'a campaign id' }, undefined, 64), {
        means: 'campaigns it is screened for; none: every campaign',
      }),
    }),
    { means: 'numbers known to be listed, one for each list; none: no self-test' },
  ),
});

export function readSelfTest(
  yaml: Settings['selfTest'],
  campaigns: readonly CampaignId[],
  rehearsal: boolean,
  report: Report,
): SelfTestSettings {
  if (yaml.seeds.length > SEEDS_MAX)
    report('selfTest.seeds', 'has too many numbers', yaml.seeds.length, `at most ${SEEDS_MAX}`);
  const seeds = yaml.seeds.slice(0, SEEDS_MAX).flatMap((given, index): SelfTestSeed[] => {
    const at = `selfTest.seeds[${index}]`;
    const number = parsePhoneNumber(given.number);
    const parts = number.ok ? nanpParts(number.value) : undefined;
    if (!number.ok || parts === undefined) {
      report(`${at}.number`, 'is not a telephone number', given.number, 'a number like "+13035550150"');
      return [];
    }
    // Vetoed as what it is, whatever a list says of it, it would prove less than it seems to.
    if (!rehearsal && isFictional(parts))
      report(`${at}.number`, 'is reserved for fiction', given.number, 'a number of your own that is listed');
    const named = given.campaigns.flatMap((id, place): CampaignId[] => {
      const read = parseCampaignId(id);
      if (read.ok && campaigns.includes(read.value)) return [read.value];
      report(`${at}.campaigns[${place}]`, 'is no campaign', id, `one of ${campaigns.join(', ')}`);
      return [];
    });
    return [{ number: number.value, expects: given.expects, campaigns: named }];
  });
  const keys = seeds.map(({ number, expects }) => `${number} ${expects}`);
  const twice = keys.findIndex((key, index) => keys.indexOf(key) !== index);
  if (twice >= 0)
    report(`selfTest.seeds[${twice}]`, 'is listed twice', keys[twice], 'each number once for each reason');
  return { everyHours: yaml.everyHours, seeds };
}
