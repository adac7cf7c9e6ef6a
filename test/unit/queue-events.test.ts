/** What app_queue tells over AMI, as members: fields as Asterisk 22 writes them, keys in small letters as the package gives them. */
import { describe, expect, test } from 'vitest';
import { agentOfInterface, readQueueEvent } from '../../src/adapters/asterisk/queue-agents.ts';

const FIELDS = {
  queue: 'sales',
  membername: 'Ann',
  interface: 'PJSIP/1001',
  stateinterface: 'PJSIP/1001',
  membership: 'static',
  penalty: '0',
  callstaken: '0',
  lastcall: '0',
  lastpause: '0',
  incall: '0',
  status: '1',
  paused: '0',
  pausedreason: '',
  wrapuptime: '0',
};
const member = (more: Readonly<Record<string, unknown>>, event = 'QueueMemberStatus') =>
  readQueueEvent({ ...FIELDS, ...more, event });

describe('the status of a member', () => {
  test.each([
    ['0', 'absent'],
    ['1', 'free'],
    ['2', 'in_use'],
    ['3', 'in_use'],
    ['4', 'absent'],
    ['5', 'absent'],
    ['6', 'in_use'],
    ['7', 'in_use'],
    ['8', 'in_use'],
    ['9', 'absent'],
    ['', 'absent'],
    ['01', 'absent'],
    [['1', '1'], 'absent'],
    [undefined, 'absent'],
  ])('%o is %s', (status, device) => {
    expect(member({ status })).toMatchObject({ kind: 'member', member: { device } });
  });

  test.each([
    ['0', false],
    ['1', true],
    ['', true],
    ['no', true],
    [undefined, true],
  ])('paused %o is %s', (paused, isPaused) => {
    expect(member({ paused })).toMatchObject({ member: { paused: isPaused } });
  });

  test('comes with the last call and the wrap-up, as far as they are numbers', () => {
    expect(member({ lastcall: '1795543210', wrapuptime: '15', incall: '1' })).toMatchObject({
      member: { lastCallAt: 1_795_543_210, wrapUpSeconds: 15, inCall: true },
    });
    expect(member({ lastcall: '-1', wrapuptime: 'x' })).toMatchObject({
      member: { lastCallAt: 0, wrapUpSeconds: 0 },
    });
  });
});

test.each(['QueueMemberAdded', 'QueueMemberPause', 'QueueMemberStatus', 'queuememberpenalty'])(
  '%s tells of a member',
  (event) => {
    expect(member({}, event)).toMatchObject({
      kind: 'member',
      member: { queue: 'sales', agentId: 'PJSIP-1001' },
    });
  },
);

test('a row of QueueStatus has its interface in `Location`', () => {
  const { interface: location, membername: name, ...rest } = FIELDS;
  expect(readQueueEvent({ ...rest, event: 'QueueMember', name, location })).toMatchObject({
    kind: 'member',
    member: { agentId: 'PJSIP-1001' },
  });
});

test.each([
  ['AgentCalled', 'called'],
  ['AgentConnect', 'connected'],
  ['AgentComplete', 'completed'],
  ['AgentRingNoAnswer', 'not_taken'],
  ['AgentDump', 'not_taken'],
])('%s names member and call', (event, kind) => {
  expect(member({ uniqueid: 'lead-1~', destuniqueid: '1795543210.7' }, event)).toEqual({
    kind,
    queue: 'sales',
    agentId: 'PJSIP-1001',
    callId: 'lead-1',
  });
  // A caller who is no call of ours bears a mark that no call id has.
  expect(member({ uniqueid: '1795543210.6' }, event)).toMatchObject({ callId: '=1795543210.6' });
});

test('leavers, removals, and what says nothing of a member', () => {
  expect(readQueueEvent({ event: 'QueueCallerAbandon', queue: 'sales', uniqueid: 'lead-1~' })).toEqual({
    kind: 'caller_left',
    callId: 'lead-1',
  });
  expect(member({}, 'QueueMemberRemoved')).toEqual({
    kind: 'removed',
    queue: 'sales',
    agentId: 'PJSIP-1001',
  });
  expect(member({}, 'QueueEntry')).toBeNull();
  expect(member({ queue: undefined })).toBeNull();
  expect(member({ interface: '/' })).toBeNull();
});

test.each([
  ['PJSIP/1001', 'PJSIP-1001'],
  ['Local/1001@agents/n', 'Local-1001-agents-n'],
  ['Agent:12', 'Agent-12'],
  ['//', null],
  ['', null],
])('interface %s is agent %s', (address, id) => {
  expect(agentOfInterface(address)).toBe(id);
});
