/**
 * The bodies of people's wishes: opt-outs, revocations, texts. INVARIANT (wish-is-taken): only what says who and of whom can refuse one;
 * any other field is cut, replaced or left out, and the entry says so. The schema of such a route tells senders what is right; it does
 * not stop what is not (`attachValidation`), and neither does the hook that refuses text no ledger can keep.
 */
import type { FastifyRequest } from 'fastify';
import { parseToken } from '../domain/ids.ts';
import { type SideFields, sideFields } from '../domain/side-fields.ts';
import { HttpProblem, invalidInput } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body is read by `readWish`, which keeps nothing that cannot be kept. */
    readonly takesWishes?: boolean;
  }
}

/** For the OpenAPI document of such a route. */
export const WISH_TAKEN =
  'Taken whenever the number and whom it is said to are understood: other fields that cannot be used are cut, replaced or left out, and the entry lists them in `adjusted`.';

export interface Wish {
  /** As they came, by name. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly side: SideFields;
  /** A field that says who or of whom; undefined when it is not there, or null. */
  who(name: string): string | undefined;
  /** As `who`; refused when it is not there. */
  mustWho(name: string): string;
  /** A side field that is an id of the house; null when it says none. */
  id(name: string): string | null;
}

/** `given`: the body, or the query. `known`: names of its fields; of others the entry says that they were left out. */
export function readWish(
  { validationError }: Pick<FastifyRequest, 'validationError'>,
  given: unknown,
  known: readonly string[],
): Wish {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw validationError ?? invalidInput('body', '', 'an object');
  }
  const fields = given as Readonly<Record<string, unknown>>;
  const side = sideFields();
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) side.leftOut(name, 'no known field');
  }
  const who = (name: string): string | undefined => {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw invalidInput(name, JSON.stringify(value), 'a text');
  };
  return {
    fields,
    side,
    who,
    mustWho(name) {
      const value = who(name);
      if (value !== undefined) return value;
      throw new HttpProblem('invalid_input', `${name} is missing`, { field: name, expected: 'a value' });
    },
    id(name) {
      const said = side.text(name, fields[name], 200);
      if (said === null || parseToken(name, said).ok) return said;
      side.leftOut(name, `\`${said.slice(0, 80)}\` is no id`);
      return null;
    },
  };
}
