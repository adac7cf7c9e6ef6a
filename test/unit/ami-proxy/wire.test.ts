import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientFraming } from '../../../src/adapters/asterisk/ami-proxy/framing.ts';
import { amiAction } from '../../../src/adapters/asterisk/ami-proxy/action.ts';
import { isOneAction } from '../../../src/adapters/asterisk/ami-proxy/rewritten.ts';
import {
  amiError,
  amiMessage,
  amiResponse,
  UnwritableHeader,
} from '../../../src/adapters/asterisk/ami-proxy/wire.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a\r\nAction: Originate', 'a\nb', 'a\rb', 'a\0b', '', 'x'.repeat(1_100), 'Name:', '\u0100'),
);

test('whatever the values are: one action with just these, or a refusal', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ name: text, value: text }), { maxLength: 140 }), (headers) => {
      let bytes: Buffer;
      try {
        bytes = amiMessage(headers);
      } catch (error) {
        expect(error).toBeInstanceOf(UnwritableHeader);
        return;
      }
      const messages = clientFraming().push(bytes);
      expect(messages).toHaveLength(1);
      expect(messages[0]?.kind).toBe('action');
      expect(messages[0]?.action.headers.map(({ name }) => name)).toEqual(headers.map(({ name }) => name));
      expect(isOneAction(bytes)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['Name', 'a\r\nAction: Originate', 'line end'],
  ['Name', 'a\nb', 'line end'],
  ['Name', 'a\rb', 'line end'],
  ['Name', 'a\0b', 'NUL'],
  ['Na\nme', 'a', 'line end'],
  ['Na:me', 'a', 'colon'],
  ['', 'a', 'colon'],
  ['Name', '\u0100', 'single byte'],
  ['Name', 'x'.repeat(1_017), 'longer'],
])('%j: %j is refused', (name, value, why) => {
  expect(() => amiMessage([{ name, value }])).toThrow(why);
});

test('a line that just fits is written', () => {
  expect(isOneAction(amiMessage([{ name: 'Name', value: 'x'.repeat(1_016) }]))).toBe(true);
});

test('responses carry the ActionID of their action, and never one that would end its line', () => {
  const action = (id: string) => amiAction(Buffer.alloc(0), [{ name: 'actionid', value: id }]);
  expect(amiError(action('7'), 'no').toString()).toBe(
    'Response: Error\r\nActionID: 7\r\nMessage: no\r\n\r\n',
  );
  expect(amiError(action('7\r8'), 'no').toString()).toBe('Response: Error\r\nMessage: no\r\n\r\n');
  expect(amiResponse('Success', undefined, []).toString()).toBe('Response: Success\r\n\r\n');
});

test.each([
  ['Action: Ping\r\n\r\n', true],
  ['Action: Ping\r\n', false],
  ['Action: Ping\r\n\r\nAction: Originate\r\n\r\n', false],
  ['Action: Ping\r\n\r\nA', false],
  ['Action: Ping\0\r\n\r\n', false],
  ['', false],
])('%j is one action: %s', (bytes, expected) => {
  expect(isOneAction(Buffer.from(bytes, 'latin1'))).toBe(expected);
});
