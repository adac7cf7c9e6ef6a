/** Checks a value against a schema and says every problem in one line each: `file: path: problem, got, expected`. */
import type { Static, TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';

/** The parts of a validation error used here. */
interface ShapeError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** Typebox lists eight by itself; an operator wants to see all there is to mend. */
Settings.Set({ maxErrors: 500 });

const SHOWN_LONGEST = 60;

/** A value in backticks, cut to a readable length. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);
  return `\`${text.length > SHOWN_LONGEST ? `${text.slice(0, SHOWN_LONGEST)}...` : text}\``;
}

/** `/us/205/zones/0` as `us.205.zones.0`; the root is `(file)`. */
const dotted = (pointer: string): string =>
  pointer === ''
    ? '(file)'
    : pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
        .join('.');

const join = (path: string, key: string): string => (path === '(file)' ? key : `${path}.${key}`);

function valueAt(root: unknown, path: string): unknown {
  if (path === '(file)') return root;
  let value = root;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

const strings = (params: object, key: string): readonly string[] => {
  const found = (params as Record<string, unknown>)[key];
  return Array.isArray(found) ? found.map(String) : [];
};

/** The allowed values of a union, taken from the errors of its members. */
const allowedAt = (errors: readonly ShapeError[], pointer: string): string =>
  errors
    .filter((error) => error.keyword === 'const' && error.instancePath === pointer)
    .map((error) => show((error.params as { allowedValue?: unknown }).allowedValue))
    .join(', ');

function describe(error: ShapeError, all: readonly ShapeError[], root: unknown): readonly string[] {
  const path = dotted(error.instancePath);
  const unions = all.filter((other) => other.keyword === 'anyOf').map((other) => other.instancePath);
  switch (error.keyword) {
    case 'required':
      return strings(error.params, 'requiredProperties').map(
        (key) => `${join(path, key)}: missing, got nothing, expected a value`,
      );
    case 'additionalProperties':
      return strings(error.params, 'additionalProperties').map(
        (key) => `${join(path, key)}: unknown key, got ${show(key)}, expected one of the documented keys`,
      );
    case 'boolean':
      return []; // said by additionalProperties
    case 'anyOf': {
      const allowed = allowedAt(all, error.instancePath);
      return [
        `${path}: not allowed, got ${show(valueAt(root, path))}, expected ${allowed === '' ? error.message : `one of ${allowed}`}`,
      ];
    }
    default:
      // The members of a union are summed up by its own line.
      if (unions.includes(error.instancePath)) return [];
      return [
        `${path}: wrong value, got ${show(valueAt(root, path))}, expected: ${error.message.replace(/^must /, 'to ')}${detailOf(error.params)}`,
      ];
  }
}

/** What the message leaves out: the pattern of a text, the values of a list. */
const detailOf = (params: object): string => {
  const { pattern, allowedValues } = params as {
    pattern?: string | RegExp;
    allowedValues?: readonly unknown[];
  };
  if (allowedValues !== undefined) return `: ${allowedValues.map(show).join(', ')}`;
  return pattern === undefined ? '' : ` (${pattern.toString()})`;
};

export type Shaped<S extends TSchema> =
  { readonly ok: true; readonly value: Static<S> } | { readonly ok: false; readonly problems: string[] };

export function checkShape<S extends TSchema>(schema: S, value: unknown, file: string): Shaped<S> {
  if (Value.Check(schema, value)) return { ok: true, value };
  const errors = Value.Errors(schema, value) as readonly ShapeError[];
  const lines = errors.flatMap((error) => describe(error, errors, value));
  const problems = [...new Set(lines)].map((line) => `${file}: ${line}`);
  return {
    ok: false,
    problems: problems.length > 0 ? problems : [`${file}: (file): does not have the expected shape`],
  };
}
