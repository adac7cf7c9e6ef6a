/** What a campaign may send as text messages: `texts` of its file. Without a sender it sends none. */
import type { CallerIdSetting, Campaign, Seller } from '../domain/campaign.ts';
import { parsePhoneNumber } from '../domain/phone-number.ts';
import { type TextTemplate, writeText } from '../domain/text-templates.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';
import { flag, group, integer, listOf, nullableText, text } from './schema-parts.ts';

/** As calls to one number: no state allows more contacts, and a setting cannot ask for it. */
const LIMIT_MAX = 3;
const HOURS_MIN = 24;
const HOURS_MAX = 7 * 24;

export const TEXTS_SCHEMA = group({
  senders: listOf(
    text(
      { means: 'number or short code', expected: 'a caller ID of the campaign, or 5 or 6 digits, in quotes' },
      undefined,
      40,
    ),
    { means: 'who its text messages come from; none: it sends none' },
  ),
  doubleOptIn: flag(
    {
      means:
        'nothing but one request is sent before the person has confirmed the consent; false counts only under an override',
    },
    true,
  ),
  max: integer(1, LIMIT_MAX, { means: 'most text messages to one number' }, 1),
  perHours: integer(HOURS_MIN, HOURS_MAX, { means: 'in this rolling window' }, HOURS_MIN),
  deliverWithinSeconds: integer(
    1,
    3_600,
    { means: 'the gateway delivers within this; calling hours leave room for it' },
    300,
  ),
  optInText: nullableText({
    means: 'the request to confirm, with {seller}, YES and STOP; null takes ours',
  }),
  stopText: nullableText({
    means: 'the one text after a revocation, with {seller}; null takes ours',
  }),
  helpText: nullableText({
    means: 'the answer to HELP, with {seller}, {number} and STOP; null takes ours',
  }),
});

/** A short code is leased from carriers and is no telephone number. */
const SHORT_CODE = /^\d{5,6}$/;

export function readTexts(
  { texts: yaml }: Pick<CampaignYaml, 'texts'>,
  { seller, callerIds }: { readonly seller: Seller; readonly callerIds: readonly CallerIdSetting[] },
  report: Report,
): Pick<Campaign, 'texts'> {
  const senders = yaml.senders.flatMap((given, index): readonly string[] => {
    if (SHORT_CODE.test(given)) return [given];
    const number = parsePhoneNumber(given);
    if (number.ok && callerIds.some((each) => each.number === number.value)) return [number.value];
    report(`texts.senders[${index}]`, 'is no caller ID', given, 'one of callerIds, or a short code');
    return [];
  });
  const twice = senders.find((each, index) => senders.indexOf(each) !== index);
  if (twice !== undefined) report('texts.senders', 'has one twice', twice, 'each sender once');
  const parts = { sellerName: seller.name, callbackNumber: seller.callbackNumber };
  const write = (key: string, kind: TextTemplate, wording: string | null): string => {
    const written = writeText(kind, wording, parts);
    if (!written.ok)
      report(`texts.${key}`, written.problem, wording, 'a wording as docs/messages.md describes it');
    return written.ok ? written.value : '';
  };
  const templates = {
    optInRequest: write('optInText', 'optInRequest', yaml.optInText),
    optOutConfirmation: write('stopText', 'optOutConfirmation', yaml.stopText),
    help: write('helpText', 'help', yaml.helpText),
  };
  if (senders.length === 0) return {};
  const { doubleOptIn, max, perHours, deliverWithinSeconds } = yaml;
  return { texts: { senders, doubleOptIn, limit: { max, perHours }, deliverWithinSeconds, templates } };
}
