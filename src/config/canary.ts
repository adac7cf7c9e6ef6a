/** Calls to numbers of our own that show what the far end sees of our caller IDs: `canary` of `breakwater.yaml`. */
import { RECORDED_LEVELS } from '../domain/attestation.ts';
import type { CanarySettings } from '../domain/canary.ts';
import { isFictional, nanpParts, parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import type { Report } from './check-settings.ts';
import { group, integer, listOf, oneOf, text } from './schema-parts.ts';
import type { Settings } from './settings.ts';

export const CANARY_SCHEMA = group({
  numbers: listOf(
    text(
      {
        means: 'one of your own numbers at another carrier, whose calls come back to this exchange',
        expected: 'a telephone number in quotes, like "+13035550150"',
      },
      undefined,
      40,
    ),
    {
      means: 'your own numbers at other carriers, whose calls come back to this exchange; none: no canaries',
    },
  ),
  everyHours: integer(1, 720, { means: 'each caller ID is tried over each trunk this often' }, 12),
  retryMinutes: integer(
    5,
    1_440,
    { means: 'tried again this long after a canary that was missing or told less than before' },
    30,
  ),
  minutesBetween: integer(0, 1_440, { means: 'two canaries lie at least so far apart' }, 5),
  callsPerDayMax: integer(
    1,
    10_000,
    { means: 'most canaries in any 24 hours, those asked for included' },
    48,
  ),
  arrivesWithinSeconds: integer(5, 120, { means: 'a canary that has not come back by then is missing' }, 30),
  words: listOf(
    group({
      text: text({ means: "a carrier's word, in the echo header or as verstat" }, undefined, 64),
      level: oneOf(RECORDED_LEVELS, { means: 'the level it stands for' }),
    }),
    { means: "carriers' own words for levels" },
  ),
});

export function readCanary(yaml: Settings['canary'], rehearsal: boolean, report: Report): CanarySettings {
  const numbers = yaml.numbers.flatMap((given, index): PhoneNumber[] => {
    const at = `canary.numbers[${index}]`;
    const read = parsePhoneNumber(given);
    const parts = read.ok ? nanpParts(read.value) : undefined;
    if (!read.ok || parts === undefined) {
      report(at, 'is not a telephone number', given, 'a number like "+13035550150"');
      return [];
    }
    if (!rehearsal && isFictional(parts))
      report(at, 'is reserved for fiction', given, 'a number of your own');
    return [read.value];
  });
  const twice = numbers.findIndex((number, index) => numbers.indexOf(number) !== index);
  if (twice >= 0) report(`canary.numbers[${twice}]`, 'is listed twice', numbers[twice], 'each number once');
  return { ...yaml, numbers };
}
