/**
 * Wording of the three texts that a campaign sends without an author: the one request to confirm, the one confirmation of a revocation
 * (47 CFR 64.1200(a)(12): no marketing in it), and the answer to HELP. Pure; English.
 */
import { type Parsed, parsed, problem } from './brand.ts';
import type { PhoneNumber } from './phone-number.ts';

export interface TextParts {
  readonly sellerName: string;
  readonly callbackNumber: PhoneNumber;
}

export type TextTemplate = 'optInRequest' | 'optOutConfirmation' | 'help';

export const DEFAULT_TEXTS: Readonly<Record<TextTemplate, string>> = {
  optInRequest:
    '{seller}: reply YES to confirm that you want our texts. Reply STOP for none. Help: reply HELP or call {number}.',
  optOutConfirmation: '{seller}: you will get no more texts or calls from us. Questions: {number}.',
  help: '{seller}: for help call {number}. Reply STOP for no more texts or calls.',
};

/** Two parts of a text in the seven-bit alphabet. */
export const TEXT_CHARACTERS_MAX = 306;

/** What each must say. A person who reads it must know who writes, and how to answer. */
const MUST_SAY: Readonly<Record<TextTemplate, readonly RegExp[]>> = {
  optInRequest: [/\{seller\}/, /\bYES\b/, /\bSTOP\b/],
  optOutConfirmation: [/\{seller\}/],
  help: [/\{seller\}/, /\{number\}/, /\bSTOP\b/],
};

/** An address is an offer to come back: none in a text that only asks or only confirms. */
const ADDRESS = /https?:|www\.|\b[a-z0-9-]+\.(?:com|net|org|io|co|us|biz|info|link|ly)\b/i;
const WITHOUT_ADDRESS: readonly TextTemplate[] = ['optInRequest', 'optOutConfirmation'];

/** The text as it is sent, or why the wording cannot be used. */
export function writeText(
  kind: TextTemplate,
  wording: string | null,
  { sellerName, callbackNumber }: TextParts,
): Parsed<string> {
  const template = wording ?? DEFAULT_TEXTS[kind];
  const missing = MUST_SAY[kind].filter((each) => !each.test(template));
  if (missing.length > 0) {
    return problem(`must hold ${missing.map(({ source }) => source.replaceAll(/\\b|\\/g, '')).join(', ')}`);
  }
  if (WITHOUT_ADDRESS.includes(kind) && ADDRESS.test(template)) return problem('must hold no address');
  const written = template.replaceAll('{seller}', sellerName).replaceAll('{number}', callbackNumber);
  if (/[{}]/.test(written)) return problem('has a placeholder besides {seller} and {number}');
  return written.length > TEXT_CHARACTERS_MAX
    ? problem(`is longer than ${TEXT_CHARACTERS_MAX} characters when it is filled in`)
    : parsed(written);
}
