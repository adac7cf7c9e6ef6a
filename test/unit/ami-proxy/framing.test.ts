/** The proxy reads a dialer exactly as the manager does: an action that is judged is the action that would be done. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClientMessage, clientFraming } from '../../../src/adapters/asterisk/ami-proxy/framing.ts';
import { headerOf, readAsManager } from '../../support/manager-model.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

const read = (bytes: Buffer, cuts: readonly number[] = []): readonly ClientMessage[] => {
  const framing = clientFraming();
  const points = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...points].flatMap((from, at) => framing.push(bytes.subarray(from, points[at] ?? bytes.length)));
};
const only = (text: string): ClientMessage => {
  const messages = read(latin(text));
  expect(messages).toHaveLength(1);
  return messages[0]!;
};
const name = (text: string): string => only(text).action.name;

/** Pieces that make trouble where they meet. */
const pieces = fc.oneof(
  fc.constantFrom('\r', '\n', '\r\n', '\r\n\r\n', '\n\n', '\0', ':', ' ', '\t', '\x01', '\xff', 'a'),
  fc.constantFrom('Action:', 'aCTION: ', 'Action : ', ' Action:', 'Originate', 'oRIGINATE  ', 'ActionID: 7'),
  fc.constantFrom('Channel: ', 'channel:', 'PJSIP/13035550100@x', 'Variable: A=1,B=2', 'Application: Dial'),
  fc.constantFrom(1_010, 1_021, 1_022, 1_023, 1_024, 1_025, 2_047, 3_000).map((length) => 'x'.repeat(length)),
  fc.constantFrom(1, 126, 127, 128, 129).map((count) => 'H: v\r\n'.repeat(count)),
);
const streams = fc.array(pieces, { maxLength: 40 }).map((parts) => latin(parts.join('')));

describe('what the manager accepts', () => {
  test.each([
    ['Action: Ping\r\n\r\n', 'ping'],
    ['Action: Ping\n\n', 'ping'],
    ['Action: Ping\r\n\n', 'ping'],
    ['Action:Originate\r\n\r\n', 'originate'],
    ['aCTION: oRIGINATE\r\n\r\n', 'originate'],
    ['Action:\t\x01 Originate\r\n\r\n', 'originate'],
    ['Action: Ping\r\nAction: Originate\r\n\r\n', 'ping'],
    // An empty one is passed over, and the next counts.
    ['Action: \r\nAction: Originate\r\n\r\n', 'originate'],
    ['Action:\0Ping\r\nAction: Originate\r\n\r\n', 'originate'],
    ['Action: Originate\0 ok\r\n\r\n', 'originate'],
    ['Action: oRIGINATE  \r\n\r\n', 'originate  '],
    ['Action: Originate\r\r\n\r\n', 'originate\r'],
    ['Action : Originate\r\n\r\n', ''],
    [' Action: Originate\r\n\r\n', ''],
    ['\r\n', ''],
    ['\n', ''],
    ['\0Action: Originate\r\n', ''],
    // No letter outside A to Z is the other case of one.
    ['Action: ORIG\u0130NATE\r\n\r\n'.replace('\u0130', '\xdd'), 'orig\xddnate'],
  ])('%j is %j', (text, expected) => {
    const message = only(text);
    expect(message.kind).toBe('action');
    expect(name(text)).toBe(expected);
  });

  test('the first header of a name wins, even an empty one; all are kept in order', () => {
    const { action } = only('Action: Originate\r\nChannel:\r\nCHANNEL: b \r\nno colon\r\nchannel:c\r\n\r\n');
    expect(action.first('channel')).toBe('');
    expect(action.all('Channel')).toEqual(['', 'b ', 'c']);
    expect(action.first('Exten')).toBeUndefined();
    expect(action.headers.map((header) => header.name)).toEqual(['Action', 'Channel', 'CHANNEL', 'channel']);
  });

  test('a NUL is not sent on', () => {
    expect(only('Action: Ping\0x\nActionID: 1\r\n\r\n').action.raw.toString('latin1')).toBe(
      'Action: Ping\r\nActionID: 1\r\n\r\n',
    );
  });

  test.each([
    [`H: ${'x'.repeat(1_019)}\r\n\r\n`, 'action'],
    [`H: ${'x'.repeat(1_020)}\n\n`, 'action'],
    [`H: ${'x'.repeat(1_020)}\r\n\r\n`, 'malformed'],
    [`H: ${'x'.repeat(1_021)}\n\n`, 'malformed'],
    ['H: v\r\n'.repeat(128) + '\r\n', 'action'],
    ['H: v\r\n'.repeat(129) + '\r\n', 'malformed'],
  ])('bounds of lines and messages (case %#)', (text, kind) => {
    // The rest of an over-long line may end the message by itself; the blank line then makes one more.
    expect(read(latin(text))[0]?.kind).toBe(kind);
  });

  test('what is hidden behind an over-long line is never an action', () => {
    const [message] = read(latin(`H: ${'x'.repeat(1_021)}\nAction: Originate\r\nActionID: 5\r\n\r\n`));
    expect(message).toMatchObject({ kind: 'malformed', problem: 'line_too_long' });
    expect(message?.action.raw).toHaveLength(0);
    expect(message?.action.first('ActionID')).toBe('5');
  });
});

describe('properties', () => {
  test('any stream is read as the manager reads it', () => {
    fc.assert(
      fc.property(streams, (bytes) => {
        const seen = read(bytes).map((message) => ({
          error: message.kind === 'malformed' ? message.problem : null,
          action: message.action.name,
          channel: message.action.first('Channel') ?? '',
          id: message.action.first('ActionID') ?? '',
        }));
        const expected = readAsManager(bytes).map(({ error, lines, action }) => ({
          error,
          action: action.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
          channel: headerOf(lines, 'Channel'),
          id: headerOf(lines, 'ActionID'),
        }));
        expect(seen).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test('any cutting gives the same messages', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 30 }), (bytes, cuts) => {
        const flat = (messages: readonly ClientMessage[]): unknown =>
          messages.map((message) => ({
            kind: message.kind,
            raw: message.action.raw.toString('latin1'),
            headers: message.action.headers,
          }));
        expect(flat(read(bytes, cuts))).toEqual(flat(read(bytes)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('the raw bytes of an action alone are that action again', () => {
    fc.assert(
      fc.property(streams, (bytes) => {
        for (const message of read(bytes)) {
          if (message.kind === 'malformed') continue;
          const again = read(message.action.raw);
          expect(again.map(({ kind, action }) => [kind, action.headers])).toEqual([
            ['action', message.action.headers],
          ]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('without NUL the raw bytes of all actions are the stream, up to the message that goes on', () => {
    fc.assert(
      fc.property(streams, (bytes) => {
        const messages = read(bytes);
        if (bytes.includes(0) || messages.some(({ kind }) => kind === 'malformed')) return;
        const raw = Buffer.concat(messages.map(({ action }) => action.raw));
        expect(raw.equals(bytes.subarray(0, raw.length))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
