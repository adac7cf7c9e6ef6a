/**
 * Answers of the reassigned-numbers database as flat text fields, in the house's own columns or as the database gives them back. A caller
 * sends it numbers, each with a date, and has each back with yes, no or no data (FCC DA 20-423, DA 21-1649). Pure.
 */
import { type Parsed, parsed, problem } from './brand.ts';
import { sha256Hex } from './hash-chain.ts';
import { parseToken, type SellerId } from './ids.ts';
import { REASSIGNED_ANSWERS, type ReassignedAnswer, type ReassignedCheck } from './reassigned.ts';
import {
  column,
  type Column,
  type Fields,
  type FieldsRead,
  NUMBER,
  numberOf,
  PAST_INSTANT,
  pastInstant,
  withFields,
} from './request-fields.ts';
import { addMs, formatInstant, HOUR_MS, type Instant, type LocalDate, parseLocalDate } from './time.ts';

export const REASSIGNED_COLUMNS = {
  number: NUMBER,
  since: column('the date that was asked about, not after the query, like 2026-05-31 or 5/31/2026', 10),
  answer: column('yes, no or no data', 10, true),
  queried_at: column(PAST_INSTANT, 40),
  check_id: column('an id: letters, digits, dots, dashes or underscores', 64),
} as const satisfies Record<string, Column>;

/** What stands above the columns of files that others make. A heading that may mean two things is not among them. */
const HEADINGS: Readonly<Record<keyof typeof REASSIGNED_COLUMNS, readonly string[]>> = {
  number: ['tn', 'phone', 'phone_number', 'telephone', 'telephone_number'],
  since: ['date', 'consent_date', 'date_of_consent'],
  answer: ['response', 'result', 'disconnected', 'permanently_disconnected'],
  queried_at: [],
  check_id: [],
};

/** Order of a file without a header: what was sent, and the answer behind it. */
export const UNHEADED_COLUMNS = ['number', 'since', 'answer'] as const;

/** The column that a heading stands for; the heading in small letters where it stands for none. */
export function reassignedColumn(heading: string): string {
  const plain = heading
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');
  const [known] = Object.entries(HEADINGS).find(([, others]) => others.includes(plain)) ?? [];
  return known ?? plain;
}

/** What a whole file says of its lines, and the instant it is read at. */
export interface ReassignedContext {
  readonly sellerId: SellerId;
  /** For lines that do not say it; null: each must. */
  readonly queriedAt: Instant | null;
  readonly since: LocalDate | null;
  readonly now: Instant;
}

/** Without an id of its own an answer is known by its content: the same line of the same query is the same answer. */
export function readReassigned(fields: Fields, context: ReassignedContext): FieldsRead<ReassignedCheck> {
  const { sellerId, now } = context;
  return withFields(fields, REASSIGNED_COLUMNS, (reader) => {
    const number = numberOf(reader);
    const sinceText = reader.text('since');
    const since = sinceText === null ? context.since : reader.parsed('since', sinceText, parseAskedDate);
    if (since === null) throw reader.unusable('since', '');
    const answer = reader.parsed('answer', reader.must('answer'), parseAnswer);
    const queriedText = reader.text('queried_at');
    const queriedAt =
      queriedText === null ? context.queriedAt : pastInstant(reader, 'queried_at', queriedText, now);
    if (queriedAt === null) throw reader.unusable('queried_at', '');
    if (since > latestDate(queriedAt)) throw reader.unusable('since', sinceText ?? since);
    const id = reader.text('check_id');
    const content = [sellerId, number, formatInstant(queriedAt), since, answer];
    return {
      checkId:
        id === null
          ? `content-${sha256Hex(JSON.stringify(content)).slice(0, 40)}`
          : reader.parsed('check_id', id, (text) => parseToken('check id', text)),
      ...{ number, sellerId, queriedAt, since, answer },
    };
  });
}

/** In any case, and with any of blank, dash and underscore in `no data`. Another word (an error, an empty field) is no answer. */
function parseAnswer(text: string): Parsed<ReassignedAnswer> {
  const plain = text.toLowerCase().replace(/[\s_-]+/g, '_');
  const answer = REASSIGNED_ANSWERS.find((each) => each === plain);
  return answer === undefined ? problem(`answer \`${text}\` is not yes, no or no data`) : parsed(answer);
}

/**
 * ISO, or month/day/year as a spreadsheet writes it. A year of two digits is of this century; where that was wrong the date lies after
 * the query and is refused.
 */
function parseAskedDate(text: string): Parsed<LocalDate> {
  const [, month = '', day = '', year = ''] = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})$/.exec(text) ?? [];
  return year === ''
    ? parseLocalDate(text)
    : parseLocalDate(`${year.padStart(4, '20')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
}

/** The calendar is nowhere further on: UTC+14. */
const latestDate = (at: Instant): string => formatInstant(addMs(at, 14 * HOUR_MS)).slice(0, 10);
