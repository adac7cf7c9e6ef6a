/** As much of a SIP message as a confirmation needs. */
import { describe, expect, test } from 'vitest';
import { isInvite, isRefusal, parseSipMessage } from '../../../src/adapters/hep/sip-message.ts';
import { inviteText } from '../../support/hep-packets.ts';

const read = (text: string) => parseSipMessage(Buffer.from(text, 'latin1'));

test('an INVITE of Asterisk', () => {
  expect(read(inviteText())).toEqual({
    start: { kind: 'request', method: 'INVITE', uri: 'sip:13035550101@192.0.2.7:5080' },
    callId: 'c-1',
    from: { user: '+13035550199', tag: 'a1' },
    asserted: null,
    to: { user: '13035550101', tag: null },
    date: 'Tue, 24 Nov 2026 18:00:00 GMT',
    identities: ['e30.e30.c2ln;info=<https://certs.example.test/tn.pem>;alg=ES256;ppt=shaken'],
    reasons: [],
    callInfo: [],
  });
});

test('compact names, folding, several Identity headers, names in any case', () => {
  const message = read(
    [
      'INVITE sip:x@y SIP/2.0',
      'f: sip:13035550199@a;tag=q',
      't : <tel:+13035550101>',
      'I: c-2',
      'y: aaa.bbb.ccc',
      ' ;info=<https://a/b>',
      '\t;alg=ES256',
      'IDENTITY:second',
      '',
      'y: in the body',
    ].join('\r\n'),
  );
  expect(message).toMatchObject({
    callId: 'c-2',
    from: { user: '13035550199', tag: 'q' },
    to: { user: '+13035550101' },
    identities: ['aaa.bbb.ccc ;info=<https://a/b> ;alg=ES256', 'second'],
  });
});

describe('who calls', () => {
  const asserted = (...values: readonly string[]) =>
    read(inviteText({ more: values.map((value) => `P-Asserted-Identity: ${value}`) }))?.asserted?.user;
  test.each([
    [['<sip:+13035550199@a>'], '+13035550199'],
    [['"A, B <sip:no@where>" <sip:13035550198@a;user=phone>'], '13035550198'],
    [['sip:host.only', '<tel:+13035550197;ext=5>'], '+13035550197'],
    [['<sip:a.only>, <tel:+13035550196>'], '+13035550196'],
    [['<sip:+1303%35550199;phone-context=x:secret@a>'], '+13035550199'],
    [['<sip:broken'], undefined],
    [['<mailto:a@b>'], undefined],
    [[], undefined],
  ])('%j is %s', (values, user) => {
    expect(asserted(...values)).toBe(user);
  });

  test.each([
    ['"\\"<sip:evil@x>" <sip:+13035550199@a>;tag=1', '+13035550199', '1'],
    ['<sip:+13035550199@a>;x=y; TAG = 7', '+13035550199', '7'],
    ['sip:anonymous@anonymous.invalid;tag=2', 'anonymous', '2'],
    ['<sip:192.0.2.1>;tag=3', '', '3'],
  ])('From %s', (from, user, tag) => {
    expect(read(inviteText({ from }))?.from).toEqual({ user, tag });
  });
});

test('a request within a call has a tag on To', () => {
  expect(read(inviteText({ to: '<sip:1@a>;tag=z' }))?.to?.tag).toBe('z');
});

test('a network that refuses: its reasons, told apart from other responses before anything is read', () => {
  const text =
    'SIP/2.0 603 Network Blocked\r\nCall-ID: c\r\nReason: Q.850;cause=21;text="v=analytics1"\r\n\r\n';
  expect(isRefusal(Buffer.from(text))).toBe(true);
  expect(read(text)?.reasons).toEqual(['Q.850;cause=21;text="v=analytics1"']);
  for (const other of ['SIP/2.0 600 Busy', 'SIP/2.0 486 Busy Here', 'INVITE sip:1@a SIP/2.0', 'SIP/2.0 60']) {
    expect(isRefusal(Buffer.from(other))).toBe(false);
  }
});

test('responses, and what is neither', () => {
  expect(read('SIP/2.0 608 Rejected\r\nCall-ID: c\r\n\r\n')).toMatchObject({
    start: { kind: 'response', status: 608 },
    callId: 'c',
  });
  for (const text of [
    '',
    'INVITE',
    'INVITE sip:x SIP/3.0\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    '\0\0\n\n',
    '\r\n\r\n',
  ]) {
    expect(read(text)).toBeNull();
  }
});

test('headers without end are not all read', () => {
  const many = Array.from({ length: 3_000 }, (_, at) => `Identity: i${at}`);
  expect(read(inviteText({ identity: null, more: many }))?.identities.length).toBeLessThanOrEqual(16);
  expect(read(inviteText({ more: ['X: '.padEnd(60_000, 'x')] }))?.callId).toBe('c-1');
  expect(parseSipMessage(new Uint8Array(70_000))).toBeNull();
});

test('an INVITE is told by its first bytes', () => {
  expect(isInvite(Buffer.from(inviteText()))).toBe(true);
  expect(isInvite(Buffer.from('INVITEE x'))).toBe(false);
  expect(isInvite(Buffer.from('INV'))).toBe(false);
});
