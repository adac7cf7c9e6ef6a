import { expect, test } from 'vitest';
import fc from 'fast-check';
import { separate, variableHeader } from '../../../src/adapters/asterisk/ami-proxy/doors/variables.ts';

test.each([
  ['A=1,B=2', ['A=1', 'B=2']],
  ['A="1,2",B=3', ['A=1,2', 'B=3']],
  ['A=1\\,2,B=3', ['A=1,2', 'B=3']],
  ['A=f(1,2),B=3', ['A=f(1,2)', 'B=3']],
  ['A=[1,2],B=3', ['A=[1,2]', 'B=3']],
  ['A=(1,B=2', ['A=(1,B=2']],
  ['A=1),B=2', ['A=1)', 'B=2']],
  ['A=1,', ['A=1', '']],
  ['A=1\\', ['A=1']],
  ['', ['']],
])('%s is separated as Asterisk separates it', (text, items) => {
  expect(separate(text)).toEqual(items);
});

test('whatever a value is, what we write is read back as it', () => {
  const value = fc.string({
    unit: fc.constantFrom('a', ',', '"', '\\', '(', ')', '[', ']', '=', ' ', '$', '{', '}'),
  });
  fc.assert(
    fc.property(value, (text) => {
      expect(separate(variableHeader('A', text).value)).toEqual([`A=${text}`]);
    }),
  );
});
