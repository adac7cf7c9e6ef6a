/**
 * A person's wish as flat fields: a request not to be called, or a revocation, from a line of a file, a row of an import or an event.
 * INVARIANT (wish-is-taken): number and seller must be understood, nothing else can refuse it (47 CFR 64.1200(a)(10), (d)(3)). Pure.
 */
import { sha256Hex } from './hash-chain.ts';
import type { SellerId } from './ids.ts';
import { parsePersonNumber, type PhoneNumber } from './phone-number.ts';
import {
  column,
  type Column,
  type FieldsContext,
  type FieldsRead,
  INSTANT,
  NUMBER,
} from './request-fields.ts';
import { type SideFields, sideFields } from './side-fields.ts';
import { formatInstant, type Instant } from './time.ts';

const SIDE_TEXT_MAX = 200;

/** 16 CFR 310.5(a)(10): name, number, seller, telemarketer, date, good or service. */
export const OPT_OUT_COLUMNS = {
  number: NUMBER,
  requested_at: column(INSTANT, 40),
  channel: column('how it was said', SIDE_TEXT_MAX),
  name: column("the person's name", SIDE_TEXT_MAX),
  goods: column('the good or service that was offered', SIDE_TEXT_MAX),
} as const satisfies Record<string, Column>;

export const REVOCATION_COLUMNS = {
  number: NUMBER,
  requested_at: OPT_OUT_COLUMNS.requested_at,
  channel: OPT_OUT_COLUMNS.channel,
} as const satisfies Record<string, Column>;

/** A request not to be called, from whatever door. */
export interface Wish {
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
  readonly channel: string;
  readonly requestedAt: Instant;
  readonly name: string | null;
  readonly goods: string | null;
  /** As `SideFields.adjusted`. */
  readonly adjusted: readonly string[];
}

/** One that was read in bulk. */
export interface ReadWish extends Wish {
  /** The same request read again has the same key. */
  readonly key: string;
}

/** Values of any kind, as they came. */
export type WishFields = Readonly<Record<string, unknown>>;

export const readOptOut = (fields: WishFields, context: FieldsContext): FieldsRead<ReadWish> =>
  readWish(fields, OPT_OUT_COLUMNS, context);

export const readRevocation = (fields: WishFields, context: FieldsContext): FieldsRead<ReadWish> =>
  readWish(fields, REVOCATION_COLUMNS, context);

/** A request without its own instant, or with a later one, counts from now; its key does not, so that the same line is the same request tomorrow. */
function readWish(
  fields: WishFields,
  columns: Readonly<Record<string, Column>>,
  { sellerId, channel: usual, now }: FieldsContext,
): FieldsRead<ReadWish> {
  const number = wholeNumber(fields['number']);
  if (number === null) {
    const { number: value = '' } = fields;
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    return { ok: false, field: 'number', value: shown, expected: NUMBER.expected };
  }
  const side = sideFields();
  const text = (name: string): string | null =>
    Object.hasOwn(columns, name) ? side.text(name, fields[name], SIDE_TEXT_MAX) : null;
  const { told, at: requestedAt } = side.saidAt('requested_at', fields['requested_at'], now);
  const channel = text('channel') ?? usual;
  const [name, goods] = [text('name'), text('goods')];
  noteStrangers(fields, columns, side);
  const said = told === null ? null : formatInstant(told);
  return {
    ok: true,
    value: {
      ...{ number, sellerId, channel, requestedAt, name, goods },
      adjusted: side.adjusted,
      key: sha256Hex(JSON.stringify([sellerId, number, said, channel, name, goods])),
    },
  };
}

function wholeNumber(value: unknown): PhoneNumber | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).trim();
  if (text.length > NUMBER.maxLength) return null;
  const number = parsePersonNumber(text);
  return number.ok ? number.value : null;
}

function noteStrangers(
  fields: WishFields,
  columns: Readonly<Record<string, Column>>,
  side: SideFields,
): void {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(columns, name)) side.leftOut(name, 'no known field');
  }
}
