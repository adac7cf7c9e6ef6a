/** The quick canonical text is that of the plain reading of RFC 8785: every hash and every signature of older ledgers stands on it. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../src/domain/canonical-json.ts';
import { hashOf } from '../../src/domain/hash-chain.ts';

/** RFC 8785 member by member, without a thought for speed. */
function plainly(value: Json): string {
  if (typeof value === 'string' && !value.isWellFormed()) throw new TypeError('lone surrogate');
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('not finite');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => plainly(item)).join(',')}]`;
  const members = Object.entries(value as Record<string, Json | undefined>).flatMap(([key, member]) =>
    member === undefined ? [] : [{ key, member }],
  );
  members.sort((a, b) => (a.key < b.key ? -1 : 1));
  return `{${members.map(({ key, member }) => `${plainly(key)}:${plainly(member)}`).join(',')}}`;
}

/** The text, or that there is none. */
const attempt = (text: (value: Json) => string, value: Json): string => {
  try {
    return text(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return 'no canonical form';
  }
};

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  // Lone halves of surrogate pairs among them.
  fc
    .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 6 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\u007F',
    '\u0000',
    '\u2028',
    '\uD800',
    'Zürich',
    '😀',
    '10',
    '9',
    '__proto__',
  ),
);
const { value: values } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.double(),
    fc.integer(),
    fc.constantFrom(null, true, false, -0, 1e21, 1e-7, 5e-324),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(texts, fc.oneof(tie('value'), fc.constant(undefined as unknown as Json)), { maxKeys: 40 }),
  ),
}));

describe('canonical JSON', () => {
  test('is the plain reading of the RFC, for any value', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(attempt(canonicalJson, value)).toBe(attempt(plainly, value));
      }),
      { numRuns: 2_000 },
    );
  });

  test('a hash is of these very bytes, for any value and for texts of nothing but what is escaped', () => {
    const sha256Of = (value: Json): string => createHash('sha256').update(plainly(value)).digest('hex');
    const escaped = fc.string({ unit: fc.constantFrom('"', '\\', 'a', '\n'), maxLength: 200 });
    fc.assert(
      fc.property(fc.oneof(values, escaped), (value) => {
        expect(attempt(hashOf, value)).toBe(attempt(sha256Of, value));
      }),
      { numRuns: 1_000 },
    );
    const long = '"'.repeat(70_000);
    expect(hashOf({ a: long })).toBe(sha256Of({ a: long }));
  });

  test('many keys are in UTF-16 order too', () => {
    const object = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`k${(index * 77) % 200}`, index]),
    );
    expect(canonicalJson(object)).toBe(plainly(object));
  });

  test('a text of any length is whole, and so is the next one after a text that has no form', () => {
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 65_000, max: 66_000 }),
        fc.constantFrom('x', 'é', '"', '😀'),
        (value, units, unit) => {
          const long = [unit.repeat(units), value, ['x'.repeat(units), unit.repeat(3 * units)]];
          expect(attempt(canonicalJson, long)).toBe(attempt(plainly, long));
          expect(attempt(canonicalJson, value)).toBe(attempt(plainly, value));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a member that asks for a canonical text of its own disturbs nothing', () => {
    const object = {
      a: 'first',
      get b() {
        return canonicalJson({ inner: 'x'.repeat(70_000) });
      },
      c: 'last',
    };
    expect(canonicalJson(object)).toBe(
      plainly({ a: 'first', b: plainly({ inner: 'x'.repeat(70_000) }), c: 'last' }),
    );
  });

  test('what is not JSON has no text, rather than one that means something else', () => {
    for (const value of [undefined, Symbol('x'), 1n, () => 1]) {
      expect(() => canonicalJson(value as never)).toThrow(TypeError);
      expect(() => canonicalJson([value] as never)).toThrow(TypeError);
    }
  });
});
