/** A line of the log, written by the log itself: what is hidden, and what must stay readable. */
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Log } from '../../../src/ports/log.ts';
import { openLog } from '../../../src/adapters/system/log.ts';

type LogFields = Parameters<Log['warn']>[0];

function lineOf(fields: Readonly<Record<string, unknown>>, message = 'said'): string {
  let written = '';
  const destination = new Writable({
    write(piece: Buffer, _encoding, done) {
      written += piece.toString();
      done();
    },
  });
  // Beyond what the port lets callers pass: whatever slips through must be hidden too.
  openLog('info', destination).warn(fields as LogFields, message);
  return written;
}

test.each([
  '+13035550142',
  '13035550142',
  '3035550142',
  '303-555-0142',
  '(303) 555-0142',
  '303.555.0142',
  '1 303 555 0142',
  'Local/13035550142@out-00000001;1',
  '`13035550142` is not',
  'sip:+13035550142@carrier',
  '+1-303-555-0142',
  '+1.303.555.0142',
  '+1 (303) 555-0142',
  'tel:+1-303-555-0142',
  '+13035550142 200 ms',
  // With the digits for an outside line, as dialplans and dialers write them.
  'Local/913035550142@default',
  'Local/713035550142@default',
  'SIP/93035550142',
  'PJSIP/trunk-13035550142-00000001',
  '0013035550142',
  'number `013035550142`',
  '?number=%2B13035550142&x=1',
  '3035550142_1',
])('the line of a number is hidden: %s', (text) => {
  for (const line of [lineOf({ problem: text }), lineOf({}, text), lineOf({ deep: { list: [text] } })]) {
    expect(line).not.toContain('0142');
    expect(line).toContain('303');
    expect(() => JSON.parse(line) as unknown).not.toThrow();
  }
});

test('the line of a number of another country is hidden', () => {
  expect(lineOf({}, 'from +44 20 7946 0142, or +442079460142')).not.toContain('0142');
});

test.each([
  { password: 'hunter-2' },
  { ariPassword: 'hunter-2' },
  { deep: { amiSecret: 'hunter-2' } },
  { headers: { authorization: 'Bearer hunter-2' } },
  { headers: { cookie: 'breakwater_token=hunter-2' } },
  { problem: 'connect postgres://breakwater:hunter-2@db:5432/x failed' },
  { problem: 'GET ws://pbx:8088/ari/events?api_key=breakwater:hunter-2&app=x' },
  { problem: 'sent Authorization: Bearer hunter-2' },
  { problem: new Error('rediss://:hunter-2@redis') },
  { said: 'bwt_hunter-2hunter-2hunter-2' },
])('a secret is hidden: %j', (fields) => {
  expect(lineOf(fields)).not.toContain('hunter-2');
});

test('what is no number and no secret stays', () => {
  const fields = {
    callId: '3f1c2a9e-1234-4567-8901-234567890123',
    at: '2026-11-23T18:00:00.000Z',
    bytes: 3_035_550_142,
    ms: 1_795_456_789_123,
    hash: 'a3035550142f',
    otherCallId: '3f1c2a9e-1234-4567-8901-913035550142',
    uniqueId: '1795456789.123',
    stamp: '1795456789123',
    share: '0.3035550142',
    address: '127.0.0.1:4580',
    where: 'http://127.0.0.1:4580/v1',
  };
  expect(JSON.parse(lineOf(fields, 'two of 3'))).toMatchObject({ ...fields, msg: 'two of 3', level: 'warn' });
});
