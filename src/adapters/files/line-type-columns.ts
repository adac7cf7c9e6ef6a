/**
 * Columns of a list file that say whether a line is a mobile, voice over IP or a landline. Known by their header alone: a word behind
 * a number in a file without one may mean anything. What cannot be read says nothing; the number itself is never lost for it. Pure.
 */
import { TOLD_LINE_TYPES, type ToldLineType } from '../../domain/origination.ts';

export interface TypeColumn {
  /** Which field of a line, from 0. */
  readonly at: number;
  /** `type`: the field names the type. Else it says yes or no to this one. */
  readonly asks: 'type' | ToldLineType;
}

/** What the columns of one line say together. */
export interface ToldType {
  /** Null: nothing. */
  readonly lineType: ToldLineType | null;
  /** False when a column held a word that is none of ours. */
  readonly readable: boolean;
}

/** Names in small letters with blanks for dashes and underscores. A plain `mobile` or `cell` is a column of numbers. */
const TYPE_NAME = /^((phone|telephone|number|phone number|line|carrier) ?)?type$/;
const FLAG_NAMES: readonly (readonly [name: RegExp, type: ToldLineType])[] = [
  [/^(is )?wireless( flag)?$|^is (mobile|cell)( flag)?$|^(mobile|cell) flag$/, 'mobile'],
  [/^(is )?voip( flag)?$/, 'voip'],
  [/^(is )?landline( flag)?$/, 'landline'],
];

/** Single letters are left out: a W may be wireless or wireline. */
const WORDS: Readonly<Record<ToldLineType, readonly string[]>> = {
  mobile: ['mobile', 'mobile phone', 'wireless', 'cell', 'cell phone', 'cellphone', 'cellular'],
  voip: ['voip', 'voice over ip', 'fixed voip', 'nonfixed voip', 'non fixed voip'],
  landline: ['landline', 'land line', 'land', 'wireline', 'fixed', 'fixed line'],
};
const TYPES: ReadonlyMap<string, ToldLineType> = new Map(
  TOLD_LINE_TYPES.flatMap((type) => WORDS[type].map((word) => [word, type] as const)),
);
const NOTHING_SAID = new Set(['', 'unknown', 'n/a', 'na', 'none', 'null']);
const YES = new Set(['y', 'yes', 'true', 't', '1', 'x']);
const NO = new Set(['n', 'no', 'false', 'f', '0', '-']);

/** Of the names in a header, as `plainWord` writes them. */
export const typeColumns = (names: readonly string[]): readonly TypeColumn[] =>
  names.flatMap((name, at): TypeColumn | [] => {
    if (TYPE_NAME.test(name)) return { at, asks: 'type' };
    const flag = FLAG_NAMES.find(([pattern]) => pattern.test(name));
    return flag === undefined ? [] : { at, asks: flag[1] };
  });

/** `Line_Type` and `line-type` are `line type`. */
export const plainWord = (field: string): string =>
  field.toLowerCase().replace(/[_-]/g, ' ').replace(/\s+/g, ' ').trim();

/** One column: the type, `nothing`, or undefined for a word that is none of ours. No to one type does not name another. */
export function wordOf({ asks }: TypeColumn, field: string): ToldLineType | 'nothing' | undefined {
  const small = field.trim().toLowerCase();
  const word = plainWord(field);
  const named = TYPES.get(word);
  if (named !== undefined) return named;
  if (NOTHING_SAID.has(small)) return 'nothing';
  if (asks === 'type') return undefined;
  if (YES.has(small)) return asks;
  return NO.has(small) ? 'nothing' : undefined;
}

export function toldType(fields: readonly string[], columns: readonly TypeColumn[]): ToldType {
  const words = columns.map((column) => wordOf(column, fields[column.at] ?? ''));
  return {
    lineType: TOLD_LINE_TYPES.find((type) => words.includes(type)) ?? null,
    readable: !words.includes(undefined),
  };
}
