import { expect, test } from 'vitest';
import { amiOriginations } from '../../../src/control/ami-originations.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import type { AmiOrigination } from '../../../src/ports/ami-originations.ts';
import { fakeDoor, PERMIT, vetoOf } from '../../support/agi-operations.ts';

const ASKED: AmiOrigination = {
  callId: 'theirs-1',
  campaignId: 'solar',
  number: '3035550123',
  callerId: '3035550100',
  zip: '80202',
  state: 'co',
  address: null,
  leadId: '4711',
  automated: true,
};

const RINGS: Decision = {
  ...PERMIT,
  kind: 'permit',
  obligations: [
    { kind: 'ring_at_least_s', seconds: 15, basis: 'test' },
    { kind: 'ring_at_most_s', seconds: 50, basis: 'test' },
    { kind: 'ring_at_most_s', seconds: 40, basis: 'test' },
    { kind: 'disclose_recording', basis: 'test' },
  ],
} as Decision;

function world(decision: Decision) {
  const door = fakeDoor();
  door.decision = decision;
  const ended: string[] = [];
  const operations = Object.assign(door, {
    originationFailed: (callId: string) => void ended.push(callId),
  });
  return { door, ended, originations: amiOriginations(operations) };
}

test('what the dialer said is screened at the door of AMI, as a call of a dialer', async () => {
  const { door, originations } = world(RINGS);
  await originations.screen(ASKED);
  expect(door.asked).toEqual([
    {
      callId: 'theirs-1',
      campaignId: 'solar',
      number: '3035550123',
      callerId: '3035550100',
      lead: { zip: '80202', state: 'CO', leadId: '4711', lineType: 'unknown' },
      automated: true,
      door: 'ami',
      at: null,
    },
  ]);
});

test('a permit says how long it may ring and what the dialplan must know, but not the verdict', async () => {
  const answer = await world(RINGS).originations.screen(ASKED);
  if (answer.kind !== 'permit') throw new Error('vetoed');
  expect(answer).toMatchObject({
    callId: 'theirs-1',
    callerId: '13035550100',
    ringAtLeastSeconds: 15,
    ringAtMostSeconds: 40,
  });
  const variables = Object.fromEntries(answer.variables);
  expect(variables).toMatchObject({
    BREAKWATER_CALL_ID: 'theirs-1',
    BREAKWATER_DECISION_ID: 'theirs-1',
    BREAKWATER_CAMPAIGN: 'solar',
    BREAKWATER_DISCLOSE: 'yes',
  });
  expect(Object.keys(variables)).not.toContain('BREAKWATER_VERDICT');
});

test('a veto tells its reasons in rank order', async () => {
  expect(await world(vetoOf('no_agent', 'outside_calling_hours')).originations.screen(ASKED)).toEqual({
    kind: 'veto',
    callId: 'theirs-1',
    reasons: ['no_agent', 'outside_calling_hours'],
  });
});

test('an id that was decided before gets no second call, though its permit holds', async () => {
  const { door, originations } = world(RINGS);
  const first = door.screen;
  door.screen = async (input) => ({ ...(await first(input)), repeated: true });
  expect(await originations.screen(ASKED)).toEqual({
    kind: 'veto',
    callId: 'theirs-1',
    reasons: ['fact_unavailable'],
  });
  expect(door.withdrawn).toEqual([]);
});

test('a campaign id that is none is a veto, not a fault', async () => {
  const answer = await world(RINGS).originations.screen({ ...ASKED, campaignId: '' });
  expect(answer).toEqual({ kind: 'veto', callId: '', reasons: ['campaign_unknown'] });
});

test('a permit that does not bound the ring is a fault: whoever asked vetoes', async () => {
  await expect(world(PERMIT).originations.screen(ASKED)).rejects.toThrow('permit-bounds-the-ring');
});

test('a permit is given back', async () => {
  const { door, originations } = world(RINGS);
  await originations.withdraw('theirs-1' as never, 'gone');
  expect(door.withdrawn).toEqual(['theirs-1']);
});

test('what the exchange has refused is told', () => {
  const { ended, originations } = world(RINGS);
  originations.failed('theirs-1' as CallId);
  expect(ended).toEqual(['theirs-1']);
});
