/** Building blocks of the request schemas: what the outside may say, with the words a problem uses to say what was expected. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import { invalidInput } from './problem.ts';

/** The server with types inferred from the schemas of its routes. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

const TOKEN = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';

/** An identifier of the house: call, campaign, seller, agent. */
export const Id = (what: string) =>
  Type.String({
    pattern: TOKEN,
    description: `${what}: 1 to 64 letters, digits, dots, dashes or underscores`,
  });

export const Text = (description: string, maxLength = 200) =>
  Type.String({ minLength: 1, maxLength, description: `${description}, 1 to ${maxLength} characters` });

/** A number as somebody wrote it; read by `parsePhoneNumber`, not by the schema. */
export const NumberText = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'a telephone number, for example +13035550101',
});

export const InstantText = Type.String({
  maxLength: 40,
  description: 'an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z',
});

export const DateText = Type.String({
  maxLength: 10,
  description: 'a calendar date, for example 2026-11-26',
});

export const OneOf = <const Values extends readonly string[]>(values: Values, description?: string) =>
  Type.Unsafe<Values[number]>({
    type: 'string',
    enum: [...values],
    ...(description === undefined ? {} : { description }),
  });

export const NullableString = (maxLength: number, description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength, description });

export const NullableInteger = (minimum: number, maximum: number, description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum, maximum, description });

/** An answer's string that may be absent. */
export const MaybeText = Type.Unsafe<string | null>({ type: ['string', 'null'] });

/** Plain values by name. */
export const Detail = Type.Unsafe<Readonly<Record<string, string | number | boolean | null>>>({
  type: 'object',
  additionalProperties: true,
});

const countUpTo = (maximum: number): string => `a whole number from 1 to ${maximum}`;

/** A count in a query string; Ajv must not coerce bodies, so it is read by `readCount`. */
export const CountText = (maximum: number) =>
  Type.String({ pattern: '^[0-9]{1,9}$', description: countUpTo(maximum) });

/** Outside 1 to `maximum` it is refused, not bent: who asked for 5000 and got 1000 would take them for all. */
export function readCount(
  field: string,
  text: string | undefined,
  otherwise: number,
  maximum: number,
): number {
  if (text === undefined) return otherwise;
  const count = Number(text);
  if (!(count >= 1 && count <= maximum)) throw invalidInput(field, text, countUpTo(maximum));
  return count;
}

/** Every object of a request refuses fields it does not know. */
export const Body = <Fields extends Record<string, TSchema>>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false });
