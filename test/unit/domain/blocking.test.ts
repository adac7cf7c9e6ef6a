import { expect, test } from 'vitest';
import { readBlocking, type Refusal } from '../../../src/domain/blocking.ts';

const refusal = (more: Partial<Refusal>): Refusal => ({
  sipStatus: 603,
  phrase: null,
  reasons: [],
  callInfo: [],
  ...more,
});
const ANALYTICS = 'Q.850;cause=21;text="v=analytics1;url=https://redress.example.com;tel=+13035550100"';

test('603+ is a signal, with the place where the caller may object', () => {
  expect(readBlocking(refusal({ phrase: 'Network Blocked', reasons: ['SIP;cause=603', ANALYTICS] }))).toEqual(
    {
      kind: 'network_blocked',
      header: ANALYTICS,
      redressUrl: 'https://redress.example.com',
    },
  );
});

test('the phrase alone tells it too, where the header was not seen', () => {
  expect(readBlocking(refusal({ phrase: 'Network Blocked' }))).toEqual({
    kind: 'network_blocked',
    header: null,
    redressUrl: null,
  });
});

test.each([
  ['somebody declines', { phrase: 'Decline' }],
  ['a cause without the text of analytics', { reasons: ['Q.850;cause=21;text="call rejected"'] }],
  ['the text outside Q.850', { reasons: ['SIP;cause=603;text="v=analytics1"'] }],
  ['busy', { sipStatus: 486, reasons: [ANALYTICS] }],
])('no signal: %s', (_, more) => {
  expect(readBlocking(refusal(more))).toBeNull();
});

test('607 and 608 are signals by themselves; 608 names its jCard', () => {
  expect(readBlocking(refusal({ sipStatus: 607 }))?.kind).toBe('unwanted');
  const card = '<https://block.example.net/complaint.json>;purpose=jwscard';
  expect(
    readBlocking(refusal({ sipStatus: 608, callInfo: ['<https://a.example>;purpose=icon', card] })),
  ).toEqual({
    kind: 'rejected',
    header: card,
    redressUrl: 'https://block.example.net/complaint.json',
  });
  expect(readBlocking(refusal({ sipStatus: 608 }))).toEqual({
    kind: 'rejected',
    header: null,
    redressUrl: null,
  });
});
