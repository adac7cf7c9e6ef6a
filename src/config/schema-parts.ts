/**
 * Leaves of the configuration schemas. Each carries what it means (docs) and what is expected (problems);
 * `secret` leaves are never shown in a problem.
 */
import Type from 'typebox';

export interface LeafNotes {
  /** What the key is for; one sentence without full stop. */
  readonly means: string;
  /** Ends the sentence "expected ...". */
  readonly expected?: string;
  readonly secret?: boolean;
  /** Shown with host and path only. */
  readonly address?: boolean;
}

const withDefault = (fallback: unknown): { default?: unknown } =>
  fallback === undefined ? {} : { default: fallback };

/** Whole number within bounds, both ends allowed. */
export const integer = (minimum: number, maximum: number, notes: LeafNotes, fallback?: number) =>
  Type.Integer({
    minimum,
    maximum,
    ...notes,
    expected: notes.expected ?? `a whole number from ${minimum} to ${maximum}`,
    ...withDefault(fallback),
  });

/** Like `integer`; null (the default) leaves the value to the law data. */
export const lawfulInteger = (minimum: number, maximum: number, notes: LeafNotes) =>
  Type.Union([Type.Integer({ minimum, maximum }), Type.Null()], {
    ...notes,
    expected: notes.expected ?? `a whole number from ${minimum} to ${maximum}, or null for the law's value`,
    default: null,
  });

/** Like `integer`; null (the default) is no limit. */
export const limitOf = (minimum: number, maximum: number, notes: LeafNotes) =>
  Type.Union([Type.Integer({ minimum, maximum }), Type.Null()], {
    ...notes,
    expected: notes.expected ?? `a whole number from ${minimum} to ${maximum}, or null for no limit`,
    default: null,
  });

export const decimal = (minimum: number, maximum: number, notes: LeafNotes, fallback: number) =>
  Type.Number({
    minimum,
    maximum,
    ...notes,
    expected: `a number from ${minimum} to ${maximum}`,
    default: fallback,
  });

/** Text of 1 to `maxLength` characters without control characters. */
export const text = (notes: LeafNotes, fallback?: string, maxLength = 500) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[^\\u0000-\\u001f\\u007f]*$',
    ...notes,
    expected: notes.expected ?? `a text of 1 to ${maxLength} characters in quotes`,
    ...withDefault(fallback),
  });

/** Like `text`, for what must be said: blanks alone say nothing. */
export const saidText = (notes: LeafNotes, maxLength = 500) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$',
    ...notes,
    expected: notes.expected ?? `a text of 1 to ${maxLength} characters in quotes, not only blanks`,
  });

export const nullableText = (notes: LeafNotes, maxLength = 500) =>
  Type.Union(
    [Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }), Type.Null()],
    {
      ...notes,
      expected: notes.expected ?? `a text of 1 to ${maxLength} characters in quotes, or null`,
      default: null,
    },
  );

export const flag = (notes: LeafNotes, fallback?: boolean) =>
  Type.Boolean({ ...notes, expected: 'true or false', ...withDefault(fallback) });

/** One word of a closed list. */
export const oneOf = <const Words extends readonly string[]>(
  words: Words,
  notes: LeafNotes,
  fallback?: Words[number],
) =>
  Type.Unsafe<Words[number]>(
    Type.Enum([...words], {
      ...notes,
      expected: notes.expected ?? `one of ${words.join(', ')}`,
      ...withDefault(fallback),
    }),
  );

/** An object that refuses keys it does not know. */
export const group = <Properties extends Type.TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

/** A list; missing means empty. */
export const listOf = <Item extends Type.TSchema>(item: Item, notes: LeafNotes, fallback?: unknown[]) =>
  Type.Array(item, { maxItems: 1_000, ...notes, expected: 'a list', default: fallback ?? [] });

/** Read-only all the way down. */
export type DeepReadonly<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : { readonly [Key in keyof T]: DeepReadonly<T[Key]> };
