/** Which OriginateResponse of Asterisk 22 tells of a call that was never answered, and what is not taken for one. */
import type { ManagerMessage } from 'asterisk-manager';
import { describe, expect, test } from 'vitest';
import { readOriginateResponse } from '../../src/adapters/asterisk/originate-response.ts';

/** As it comes of an endpoint that the exchange does not know. */
const FAILED: ManagerMessage = {
  event: 'OriginateResponse',
  privilege: 'call,all',
  actionid: 'breakwater:lead-77-1',
  response: 'Failure',
  channel: 'PJSIP/13035550110@nowhere',
  context: 'held',
  exten: 'waits',
  reason: '0',
  uniqueid: '<unknown>',
};

describe('an origination that failed', () => {
  test.each([
    ['0', 'failed'],
    ['1', 'failed'],
    ['3', 'no_answer'],
    ['5', 'busy'],
    ['8', 'failed'],
  ] as const)('for reason %s is %s', (reason, why) => {
    const told = { kind: 'dialer_origination_failed', callId: 'lead-77-1', why };
    expect(readOriginateResponse({ ...FAILED, reason })).toEqual(told);
  });

  test.each([
    ['has another event', { event: 'Hangup' }],
    ['has succeeded', { response: 'Success' }],
    ['was answered', { reason: '4' }],
    ['has no reason', { reason: '' }],
    ['has a name of its own', { actionid: 'lead-77-1' }],
    ['has no name, and an id of the exchange', { actionid: '', uniqueid: '1795400000.12' }],
    ['has no name, and an id of a named exchange', { actionid: '', uniqueid: 'pbx-1795400000.12' }],
    ['has no name, and its line has an id', { uniqueid: 'lead-77-1', actionid: '9', channel: 'Local/1@x' }],
    ['has a name that is no call id', { actionid: 'breakwater:lead 77' }],
    ['is named after a part of a call id only', { actionid: 'breakwater:' }],
    ['is a line of the exchange', { channel: 'Local/13035550110@lines' }],
    ['is a line of the exchange, however it is written', { channel: 'local/13035550110@lines/n' }],
    ['was for nobody', { channel: undefined }],
  ] as const)('and %s tells nothing', (_, fields) => {
    expect(readOriginateResponse({ ...FAILED, ...fields })).toBeNull();
  });

  test('is known by the id that its channel was to have', () => {
    const { channel } = FAILED;
    const told = { kind: 'dialer_origination_failed', callId: 'lead-77-2', why: 'failed', channel };
    expect(readOriginateResponse({ ...FAILED, actionid: '9', uniqueid: 'lead-77-2' })).toEqual(told);
    expect(readOriginateResponse({ ...FAILED, uniqueid: 'lead-77-2' })).toMatchObject({
      callId: 'lead-77-1',
    });
  });

  test('and has no name tells nothing', () => {
    const unnamed = Object.entries(FAILED).filter(([header]) => header !== 'actionid');
    expect(readOriginateResponse(Object.fromEntries(unnamed))).toBeNull();
  });
});
