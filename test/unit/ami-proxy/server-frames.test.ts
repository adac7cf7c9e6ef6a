/** The manager's bytes reach the dialer as they are; ours stand between two messages, and an answer in its place among the responses. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serverFrames } from '../../../src/adapters/asterisk/ami-proxy/server-frames.ts';

const BANNER = 'Asterisk Call Manager/11.0.0\r\n';
const REPLY = 'Response: Success\r\nActionID: breakwater-1\r\n';
const PONG = `${REPLY}Ping: Pong\r\nTimestamp: 1700000000.000001\r\n\r\n`;
const OURS = 'Response: Error\r\nMessage: no\r\n\r\n';
const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

const messages = fc.constantFrom(
  'Event: Newchannel\r\nChannel: PJSIP/a-1\r\n\r\n',
  'Event: X\r\n\r\n',
  'Response: Success\r\nMessage: Originate successfully queued\r\n\r\n',
  'Response: Success\r\nActionID: breakwater-2\r\nPing: Pong\r\n\r\n',
  'Response: Error\r\nActionID: breakwater-1\r\nMessage: odd\r\n\r\n',
  'Response: Success\r\nMessage: Command output follows\r\nOutput: a\r\nOutput: \r\nOutput: b\r\n\r\n',
  'Response: Follows\r\nPrivilege: Command\r\nfirst\r\n\r\nResponse: no\r\n\r\n--END COMMAND--\r\n\r\n',
  // The end of the output of Queues.
  'default has 0 calls\r\n   No Members\r\n\r\n\r\n',
);

function through(bytes: Buffer, cuts: readonly number[], frames = serverFrames()): string {
  const points = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const parts = [0, ...points].flatMap((from, at) =>
    frames.push(bytes.subarray(from, points[at] ?? bytes.length)),
  );
  return Buffer.concat([...parts, ...frames.close()]).toString('latin1');
}

describe('properties', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 30 });

  test('nothing is changed, kept or added where nothing of ours waits', () => {
    fc.assert(
      fc.property(fc.array(messages), cuts, fc.nat(), (all, points, keep) => {
        const text = BANNER + all.join('');
        const bytes = latin(text.slice(0, BANNER.length + (keep % (text.length - BANNER.length + 1))));
        expect(through(bytes, points)).toBe(bytes.toString('latin1'));
      }),
    );
  });

  test('an answer stands where the Pong stood, whatever is around it', () => {
    fc.assert(
      fc.property(fc.array(messages), fc.array(messages), cuts, (before, after, points) => {
        const frames = serverFrames();
        frames.replace(latin(REPLY), latin(OURS));
        const bytes = latin([BANNER, ...before, PONG, ...after].join(''));
        expect(through(bytes, points, frames)).toBe([BANNER, ...before, OURS, ...after].join(''));
        expect(frames.waiting()).toBe(0);
        expect(frames.waitingBytes()).toBe(0);
      }),
    );
  });

  test('what is put between stands at the end of a message, never within one', () => {
    fc.assert(
      fc.property(fc.array(messages, { minLength: 1 }), fc.nat(), (all, cut) => {
        const frames = serverFrames();
        const text = BANNER + all.join('');
        const at = cut % text.length;
        const first = frames.push(latin(text.slice(0, at)));
        const put = frames.insert(latin(OURS));
        const second = [...frames.push(latin(text.slice(at))), ...frames.close()];
        const out = Buffer.concat([...first, ...put, ...second]).toString('latin1');
        const place = out.indexOf(OURS);
        expect(out.slice(0, place) + out.slice(place + OURS.length)).toBe(text);
        expect(place).toBeGreaterThanOrEqual(at);
        expect(place === BANNER.length || out.slice(0, place).endsWith('\r\n\r\n')).toBe(true);
      }),
    );
  });
});

test('several answers behind one Ping keep their order', () => {
  const frames = serverFrames();
  expect(frames.extend(latin(OURS))).toBe(false);
  frames.replace(latin(REPLY), latin('A\r\n\r\n'));
  expect(frames.extend(latin('B\r\n\r\n'))).toBe(true);
  expect(frames.waitingBytes()).toBe(10);
  expect(through(latin(BANNER + PONG), [], frames)).toBe(`${BANNER}A\r\n\r\nB\r\n\r\n`);
});

test('what waits for its place is not memory without bound: a long message passes while it comes', () => {
  const frames = serverFrames();
  frames.push(latin(`${BANNER}Response: Success\r\n`));
  const out = frames.push(latin('Output: x\r\n'));
  expect(Buffer.concat([...out]).toString()).toBe('Output: x\r\n');
});
