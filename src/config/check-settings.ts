/**
 * Holds a value read from YAML against a schema: fills defaults, refuses unknown keys, and reports every problem with
 * its path. The typebox checker alone stops after a few errors and does not show the value.
 */
import Type from 'typebox';
import { Value } from 'typebox/value';

/** Takes one problem; `path` is dotted, list items as `[0]`, empty for the whole file. */
export type Report = (path: string, problem: string, got: unknown, expected: string) => void;

/** The value as it goes into a problem: one line, at most 80 characters. */
export function shown(value: unknown): string {
  let written: string | undefined;
  if (typeof value === 'string') written = value;
  else {
    try {
      written = JSON.stringify(value);
    } catch {
      written = undefined;
    }
  }
  const line = (written ?? String(value)).replace(/[\p{Cc}`]/gu, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

/**
 * An address as it may be shown: without user, password, query and fragment, each of which can hold a secret. What does not read as
 * an address is not shown at all, since nobody can say which part of it is the password.
 */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return '(hidden)';
  const { protocol, host, pathname } = new URL(address);
  // Without a host the rest is all path, and `user:password` reads so too.
  return host === '' ? '(hidden)' : shown(`${protocol}//${host}${pathname}`);
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const note = (schema: Type.TSchema, key: 'expected' | 'secret' | 'default'): unknown =>
  (schema as Record<string, unknown>)[key];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of `value` with defaults filled. Only to be used when nothing was reported. */
export function checkSettings(schema: Type.TSchema, value: unknown, path: string, report: Report): unknown {
  if (Type.IsObject(schema)) return checkGroup(schema, value, path, report);
  const fallback = note(schema, 'default');
  if (value === undefined && fallback !== undefined) {
    return checkSettings(schema, structuredClone(fallback), path, report);
  }
  const expectedNote = note(schema, 'expected');
  const expected = typeof expectedNote === 'string' ? expectedNote : 'another kind of value';
  if (value === undefined) {
    report(path, 'is missing', undefined, expected);
    return value;
  }
  if (Type.IsArray(schema) && Array.isArray(value)) {
    const { items, maxItems } = schema as unknown as { items: Type.TSchema; maxItems: number };
    if (value.length > maxItems)
      report(path, 'has too many items', value.length, `at most ${maxItems} items`);
    return value
      .slice(0, maxItems)
      .map((item: unknown, index) => checkSettings(items, item ?? null, `${path}[${index}]`, report));
  }
  if (!Value.Check(schema, value)) {
    report(path, 'is not usable', note(schema, 'secret') === true ? '(hidden)' : value, expected);
  }
  return value;
}

function checkGroup(schema: Type.TObject, value: unknown, path: string, report: Report): unknown {
  const given = value ?? {};
  if (!isRecord(given)) {
    report(path, 'is not usable', value, `keys ${Object.keys(schema.properties).join(', ')}`);
    return value;
  }
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(schema.properties, key)) {
      report(
        join(path, shown(key)),
        'is not a known key',
        given[key] === null || typeof given[key] === 'object' ? '(not shown)' : '(hidden)',
        `one of ${Object.keys(schema.properties).join(', ')}`,
      );
    }
  }
  return Object.fromEntries(
    Object.entries(schema.properties).map(([key, member]) => [
      key,
      checkSettings(member, Object.hasOwn(given, key) ? given[key] : undefined, join(path, key), report),
    ]),
  );
}
