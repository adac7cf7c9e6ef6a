/**
 * A consent as flat text fields: a line of a CSV file, or what a webhook's mapping found in an event. One reader for every door that
 * takes them in bulk, so that all of them refuse the same things; and the words for fields that wishes (`wish-fields.ts`) share. Pure.
 */
import type { Parsed } from './brand.ts';
import { type ConsentEntry, LEAD_SOURCE_TIERS } from './consent.ts';
import { sha256Hex } from './hash-chain.ts';
import { parseToken, type SellerId } from './ids.ts';
import { nanpParts, parsePhoneNumber, type PhoneNumber } from './phone-number.ts';
import { type Instant, parseInstant } from './time.ts';

/** By column; an empty text counts as absent. */
export type Fields = Readonly<Record<string, string>>;

/** What cannot be used, where it stands, and what could be. */
export interface FieldProblem {
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

export type FieldsRead<T> =
  { readonly ok: true; readonly value: T } | ({ readonly ok: false } & FieldProblem);

/** What the whole file or event says, and the instant it is read at. */
export interface FieldsContext {
  readonly sellerId: SellerId;
  /** Where a field does not say it. */
  readonly channel: string;
  readonly now: Instant;
}

export interface Column {
  readonly required: boolean;
  readonly maxLength: number;
  readonly expected: string;
}

export const column = (expected: string, maxLength: number, required = false): Column => ({
  required,
  maxLength,
  expected: `${expected}, at most ${maxLength} characters`,
});

export const NUMBER = column('a telephone number of the United States, for example +13035550101', 64, true);
export const INSTANT = 'an RFC 3339 instant with offset';
export const PAST_INSTANT = `${INSTANT} that has passed`;

/** 16 CFR 310.5(a)(8); 47 CFR 64.1200(f)(9): every element of the record. */
export const CONSENT_COLUMNS = {
  number: NUMBER,
  kind: column('written or express', 10, true),
  given_at: column(PAST_INSTANT, 40, true),
  disclosure_text: column('the exact text the person saw or heard', 10_000, true),
  act: column('the affirmative act', 1_000, true),
  source: column('where it was given: page address, paper form, call id', 1_000, true),
  consent_id: column('an id: letters, digits, dots, dashes or underscores', 64),
  signature: column('the signature as given', 1_000),
  not_condition_of_purchase: column('true or false', 5),
  expires_at: column(INSTANT, 40),
  page_url: column('the page it was given on; then ip and user_agent are needed', 2_000),
  ip: column('the address it was given from', 64),
  user_agent: column('the browser it was given with', 1_000),
  prefilled: column('what stood in the form before the person touched it', 2_000),
  lead_source_tier: column('1, 2, 3 or 4', 1),
  topic: column('what the calls may be about', 200),
} as const satisfies Record<string, Column>;

class Unusable extends Error {
  readonly problem: FieldProblem;
  constructor(problem: FieldProblem) {
    super(problem.expected);
    this.problem = problem;
  }
}

export interface Reader {
  /** Null when absent. */
  text(name: string): string | null;
  /** For a required column. */
  must(name: string): string;
  parsed<T>(name: string, text: string, parse: (text: string) => Parsed<T>): T;
  unusable(name: string, value: string): Unusable;
}

/** `read` either answers or throws `Unusable`, which is turned into the problem here and nowhere else. */
export function withFields<T>(
  fields: Fields,
  columns: Readonly<Record<string, Column>>,
  read: (reader: Reader) => T,
): FieldsRead<T> {
  const unusable = (name: string, value: string): Unusable =>
    new Unusable({ field: name, value, expected: columns[name]?.expected ?? 'no such field' });
  const text = (name: string): string | null => {
    const value = (fields[name] ?? '').trim();
    if (value === '') return null;
    if (value.length > (columns[name]?.maxLength ?? 0)) throw unusable(name, value);
    return value;
  };
  try {
    for (const [name, value] of Object.entries(fields)) {
      if (!Object.hasOwn(columns, name)) {
        const expected = `one of ${Object.keys(columns).join(', ')}`;
        throw new Unusable({ field: name, value, expected });
      }
      if (!value.isWellFormed() || value.includes('\0') || value.includes('�')) throw unusable(name, value);
    }
    const value = read({
      text,
      must: (name) => {
        const found = text(name);
        if (found === null) throw unusable(name, '');
        return found;
      },
      parsed: (name, given, parse) => {
        const answer = parse(given);
        if (!answer.ok) throw unusable(name, given);
        return answer.value;
      },
      unusable,
    });
    return { ok: true, value };
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, ...error.problem };
    throw error;
  }
}

/** A cut-off line must not become the number of somebody else: only whole numbers of the plan pass. */
export function numberOf(reader: Reader): PhoneNumber {
  const text = reader.must('number');
  const number = reader.parsed('number', text, parsePhoneNumber);
  if (nanpParts(number) === undefined) throw reader.unusable('number', text);
  return number;
}

/** A consent from tomorrow proves nothing today. */
export function pastInstant(reader: Reader, name: string, text: string, now: Instant): Instant {
  const at = reader.parsed(name, text, parseInstant);
  if (at > now) throw reader.unusable(name, text);
  return at;
}

/** Without an id of its own a record is known by its content. */
export function readConsent(fields: Fields, { sellerId, now }: FieldsContext): FieldsRead<ConsentEntry> {
  return withFields(fields, CONSENT_COLUMNS, (reader) => {
    const number = numberOf(reader);
    const kind = reader.must('kind');
    if (kind !== 'written' && kind !== 'express') throw reader.unusable('kind', kind);
    const expires = reader.text('expires_at');
    const condition = reader.text('not_condition_of_purchase') ?? 'false';
    if (condition !== 'true' && condition !== 'false') {
      throw reader.unusable('not_condition_of_purchase', condition);
    }
    const tierText = reader.text('lead_source_tier');
    const tier = LEAD_SOURCE_TIERS.find((each) => String(each) === tierText) ?? null;
    if (tierText !== null && tier === null) throw reader.unusable('lead_source_tier', tierText);
    const record: Omit<ConsentEntry, 'consentId'> = {
      number,
      sellerId,
      kind,
      givenAt: pastInstant(reader, 'given_at', reader.must('given_at'), now),
      expiresAt: expires === null ? null : reader.parsed('expires_at', expires, parseInstant),
      disclosureText: reader.must('disclosure_text'),
      act: reader.must('act'),
      signature: reader.text('signature'),
      source: reader.must('source'),
      notConditionOfPurchase: condition === 'true',
      pageUrl: reader.text('page_url'),
      ip: reader.text('ip'),
      userAgent: reader.text('user_agent'),
      prefilled: reader.text('prefilled'),
      leadSourceTier: tier,
      topic: reader.text('topic'),
    };
    const id = reader.text('consent_id');
    return {
      ...record,
      consentId:
        id === null
          ? `content-${sha256Hex(JSON.stringify(record)).slice(0, 40)}`
          : reader.parsed('consent_id', id, (text) => parseToken('consent id', text)),
    };
  });
}
