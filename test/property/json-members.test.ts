import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../src/domain/canonical-json.ts';
import { memberIn } from '../../src/domain/json-members.ts';

const named = fc.stringMatching(/^[A-Za-z0-9]{1,9}$/);
const bodies = fc.dictionary(
  fc.oneof(named, fc.string({ unit: 'binary' })),
  fc.jsonValue({ maxDepth: 4, noUnicodeString: false }),
);

test('a member that is found without the rest is the one that the whole has', () => {
  fc.assert(
    fc.property(bodies, named, (body, other) => {
      const text = canonicalJson(body as Json);
      const whole = JSON.parse(text) as Record<string, Json>;
      for (const name of [...Object.keys(whole).filter((each) => /^[A-Za-z0-9]+$/.test(each)), other]) {
        const value = Object.hasOwn(whole, name) ? whole[name] : undefined;
        expect(memberIn(text, name)).toStrictEqual({ found: true, value });
      }
    }),
    { numRuns: 500 },
  );
});

test('a text that is cut anywhere, or has blanks, is never answered with another value', () => {
  fc.assert(
    fc.property(bodies, named, fc.nat(), fc.boolean(), (body, other, at, blanks) => {
      const whole = { ...body, [other]: 'x, "y"}' } as Record<string, Json>;
      const text = blanks ? JSON.stringify(whole, null, 1) : canonicalJson(whole);
      const answer = memberIn(blanks ? text : text.slice(0, at % text.length), other);
      if (answer.found) expect(answer.value).toStrictEqual('x, "y"}');
    }),
    { numRuns: 500 },
  );
});
