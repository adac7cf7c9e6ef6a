/** What a campaign file says of text messages: senders that are its own, and wordings that say what they must. */
import { expect, test } from 'vitest';
import { loosenedSettings } from '../../../src/config/house-defaults.ts';
import { DEFAULT_TEXTS, writeText } from '../../../src/domain/text-templates.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { world } from './world.ts';

const FILE = 'config/campaigns/solar.yaml';

function withTexts(texts: string) {
  const made = world();
  made.write(FILE, `${made.read(FILE)}\ntexts:\n${texts}\n`);
  return made;
}

test('left out where there is no sender, so that the policy is that of before', () => {
  const loaded = world().load();
  expect(loaded.ok && loaded.config.campaigns.some((each) => 'texts' in each)).toBe(false);
});

test('read with defaults, placeholders filled in', () => {
  const loaded = withTexts(`  senders: ['303 555 0101', '55512']`).load();
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const solar = loaded.config.campaigns.find(({ id }) => id === 'solar');
  expect(solar?.texts).toMatchObject({
    senders: ['+13035550101', '55512'],
    doubleOptIn: true,
    limit: { max: 1, perHours: 24 },
    deliverWithinSeconds: 300,
  });
  expect(solar?.texts?.templates.help).toMatch(/^Sunrise Solar: for help call \+13035550100\./);
});

test('double opt-in switched off is told at start, for it counts only under an override', () => {
  const loaded = withTexts(`  senders: ['55512']\n  doubleOptIn: false`).load();
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  expect(loosenedSettings(loaded.config)).toContain('campaign solar: texts.doubleOptIn');
});

test.each([
  [`  senders: ['+13035550177']`, /texts\.senders\[0\]: is no caller ID, got `\+13035550177`/],
  [`  senders: ['1234']`, /texts\.senders\[0\]: is no caller ID/],
  [`  senders: ['55512', '55512']`, /texts\.senders: has one twice/],
  [`  senders: ['55512']\n  max: 9`, /texts\.max: .*`9`.*from 1 to 3/],
  [`  senders: ['55512']\n  perHours: 1`, /texts\.perHours: .*`1`/],
  [`  senders: ['55512']\n  optInText: 'Reply YES'`, /texts\.optInText: must hold \{seller\}, STOP/],
  [
    `  senders: ['55512']\n  stopText: '{seller}: bye, see www.example.com'`,
    /texts\.stopText: must hold no address/,
  ],
  [`  senders: ['55512']\n  helpText: '{seller} {number} STOP {name}'`, /texts\.helpText: has a placeholder/],
])('%s', (texts, problem) => {
  expect(withTexts(texts).problems()).toEqual([expect.stringMatching(problem)]);
});

test('our own wordings pass, filled in with the longest name that is allowed', () => {
  const parts = { sellerName: 'x'.repeat(100), callbackNumber: '+13035550100' as PhoneNumber };
  for (const kind of Object.keys(DEFAULT_TEXTS) as (keyof typeof DEFAULT_TEXTS)[])
    expect(writeText(kind, null, parts)).toMatchObject({ ok: true });
  expect(writeText('help', `{seller} {number} STOP ${'x'.repeat(200)}`, parts)).toMatchObject({ ok: false });
});
