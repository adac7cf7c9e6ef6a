/**
 * What one line of a do-not-call file says. Formats in the wild: ten digits; with +1 and punctuation; CSV with a header
 * that names the column; and the national registry's own `303,5550123`. A line of changes (`delta`) also says A or D in a
 * field behind the number. A header may also name columns that say what a line is (`line-type-columns.ts`). Pure; never throws.
 */
import { parsed, type Parsed, problem } from '../../domain/brand.ts';
import type { ToldLineType } from '../../domain/origination.ts';
import { plainWord, toldType, type TypeColumn, typeColumns, wordOf } from './line-type-columns.ts';
import { FIRST_CODE, type Place } from './number-pages.ts';

/** `full`: every line is a number of the list. `delta`: every line adds a number or takes one away. */
export type ListMode = 'full' | 'delta';

/** Where the number stands in a CSV line; settled by the first line that says something. */
export interface ListFormat {
  readonly column: number;
  /** False until the first line that is neither blank nor a comment has been read. */
  readonly settled: boolean;
  /** Columns that say what a line is; left out when the header names none. */
  readonly types?: readonly TypeColumn[];
  /** Columns with telephone numbers besides; left out without a header, where any field behind the number may be one. */
  readonly others?: readonly number[];
}

export const UNSETTLED: ListFormat = { column: 0, settled: false };

/** Why a line cannot be used. */
export interface Rejection {
  /** With the text that stands there: for whoever has the file anyway. */
  readonly reason: string;
  /** Without it, since it may hold a telephone number: for the log and the ledger. */
  readonly cause: string;
}

export type ListLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'header'; readonly format: ListFormat }
  | {
      readonly kind: 'number';
      readonly place: Place;
      readonly change: 'add' | 'delete';
      /** Left out when nothing is said of the line. */
      readonly lineType?: ToldLineType;
      /** Something is said of the line that cannot be read. */
      readonly typeUnread?: true;
    }
  | ({ readonly kind: 'rejected' } & Rejection);

const NOTHING: ListLine = { kind: 'nothing' };
const TELEPHONE_NAME = /\b(phone|telephone|tel|mobile|cell|msisdn)/;
/** Of an account or a customer too: a column with the name of a telephone goes before. */
const NUMBER_NAME = /\b(number|dnc)/;

const CHANGES: Readonly<Record<string, 'add' | 'delete'>> = {
  ...{ a: 'add', add: 'add', added: 'add', addition: 'add', '+': 'add' },
  ...{ d: 'delete', del: 'delete', delete: 'delete', deleted: 'delete', deletion: 'delete' },
  ...{ r: 'delete', remove: 'delete', removed: 'delete', '-': 'delete' },
};

export function readListLine(source: string, format: ListFormat, mode: ListMode = 'full'): ListLine {
  const line = source.replace(/^\uFEFF/, '').trim();
  if (line === '' || line.startsWith('#')) return NOTHING;
  const fields = splitFields(line);
  if (!format.settled) {
    const columns = headerOf(fields);
    if (columns !== undefined) return { kind: 'header', format: columns };
  }
  const [first = '', second = ''] = fields.slice(format.column);
  const split = /^\d{3}$/.test(first) && /^\d{3}-?\d{4}$/.test(second);
  const number = tenDigits(split ? `${first}${second}` : first);
  if (!number.ok) return { kind: 'rejected', ...number.rejection };
  const { types = [] } = format;
  const behind = format.column + (split ? 2 : 1);
  if (hasAnother(fields, behind, format)) return { kind: 'rejected', ...ANOTHER };
  const change = mode === 'full' ? parsed('add' as const) : changeIn(fields, behind, types);
  if (!change.ok) return { kind: 'rejected', reason: change.problem, cause: change.problem };
  const { lineType, readable } = toldType(fields, types);
  return {
    ...{ kind: 'number', place: number.value, change: change.value },
    ...(lineType === null ? {} : { lineType }),
    ...(readable ? {} : { typeUnread: true }),
  };
}

const ANOTHER_CAUSE = 'a second telephone number stands in the line; expected one number a line';
const ANOTHER: Rejection = { reason: ANOTHER_CAUSE, cause: ANOTHER_CAUSE };
/** A telephone number has no fewer digits, however it is written. */
const TELEPHONE_DIGITS = 10;

/** Only one number of a line is read, and the other would not be on the list. */
function hasAnother(fields: readonly string[], behind: number, { others }: ListFormat): boolean {
  if (others === undefined) return fields.slice(behind).some((field) => tenDigits(field).ok);
  return others.some((at) => (fields[at] ?? '').replace(/\D/g, '').length >= TELEPHONE_DIGITS);
}

/** A column that says what the line is, and can be read as that, does not say what changed: its `-` is a no. */
function changeIn(
  fields: readonly string[],
  from: number,
  types: readonly TypeColumn[],
): Parsed<'add' | 'delete'> {
  const saysType = new Set(
    types.filter((column) => wordOf(column, fields[column.at] ?? '') !== undefined).map(({ at }) => at),
  );
  const found = fields.flatMap((field, at) =>
    at < from || saysType.has(at) ? [] : (CHANGES[field.toLowerCase()] ?? []),
  );
  const [change] = found;
  return change !== undefined && new Set(found).size === 1
    ? parsed(change)
    : problem('the line does not say what changed; expected A (add) or D (delete) behind the number');
}

/** A first line without a number, with a field that names one: `Area Code,Phone Number` counts from its first such field. */
function headerOf(fields: readonly string[]): ListFormat | undefined {
  if (fields.some((field) => tenDigits(field).ok)) return undefined;
  const names = fields.map(plainWord);
  const types = typeColumns(names);
  const area = names.findIndex((name) => /\barea ?code\b|\bnpa\b/.test(name));
  const named = (pattern: RegExp): readonly number[] =>
    names.flatMap((name, at) => (pattern.test(name) && types.every((type) => type.at !== at) ? [at] : []));
  const [telephone, ...others] = named(TELEPHONE_NAME);
  const number = telephone ?? named(NUMBER_NAME)[0];
  if (number === undefined) return undefined;
  const column = area !== -1 && area === number - 1 ? area : number;
  return { column, settled: true, others, ...(types.length === 0 ? {} : { types }) };
}

function splitFields(line: string): readonly string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (const sign of line) {
    if (sign === '"') quoted = !quoted;
    else if (!quoted && (sign === ',' || sign === ';' || sign === '\t' || sign === '|')) {
      fields.push(field.trim());
      field = '';
    } else field += sign;
  }
  fields.push(field.trim());
  return fields;
}

/** Ten digits, with or without +1 and punctuation. Area code and exchange start with 2 to 9. */
function tenDigits(
  text: string,
): { readonly ok: true; readonly value: Place } | { readonly ok: false; readonly rejection: Rejection } {
  const rejected = (cause: string, about = `\`${text.slice(0, 30).replace(/[\p{Cc}`]/gu, '?')}\` `) =>
    ({ ok: false, rejection: { reason: `${about}${cause}`, cause } }) as const;
  if (text === '') return rejected('no number in the line', '');
  if (!/^\+?[\d\s().-]+$/.test(text)) return rejected('is not a telephone number');
  const digits = text.replace(/\D/g, '');
  const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
  if (national.length !== 10) return rejected(`has ${digits.length} digits; expected 10`);
  return /^[2-9]\d{2}[2-9]/.test(national)
    ? {
        ok: true,
        value: {
          areaCode: Number(national.slice(0, 3)),
          index: Number(national.slice(3)) - FIRST_CODE * 10_000,
        },
      }
    : rejected('is not a number of the North American plan');
}
