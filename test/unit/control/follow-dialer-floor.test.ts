/** INVARIANT (unknown-is-nobody): a dialer's agents are what was read last, and nobody when that is too long ago. */
import { beforeEach, expect, test } from 'vitest';
import { agentsOf } from '../../../src/adapters/vicidial/live-agents.ts';
import { followDialerFloor } from '../../../src/control/follow-dialer-floor.ts';
import { InputProblem } from '../../../src/control/input-problem.ts';
import type { AgentId, CampaignId } from '../../../src/domain/ids.ts';
import type { AgentState } from '../../../src/ports/counters.ts';
import type { DialerAgent } from '../../../src/ports/dialer-floor.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';

const SOLAR = 'solar' as CampaignId;
const ROOFS = 'roofs' as CampaignId;
const agent = (id: string, state: DialerAgent['state'], campaignId = SOLAR): DialerAgent => ({
  agentId: id as AgentId,
  campaignId,
  state,
});

let clock: FakeClock;
let here: readonly DialerAgent[] | Error | 'hangs';
let told: string[];
let warned: string[];
let refuses: (agentId: AgentId) => boolean;
let stop: () => void;

beforeEach(() => {
  clock = fakeClock('2026-11-23T18:00:00Z');
  here = [];
  told = [];
  warned = [];
  refuses = () => false;
  const followed = followDialerFloor(
    {
      clock,
      log: {
        info: () => undefined,
        warn: (_fields, message) => void warned.push(message),
        error: () => undefined,
      },
    },
    {
      name: 'VICIdial',
      read: () => {
        if (here === 'hangs') return new Promise(() => undefined);
        return here instanceof Error ? Promise.reject(here) : Promise.resolve(here);
      },
      close: () => Promise.resolve(),
    },
    (agentId, state: AgentState, campaigns) => {
      if (refuses(agentId))
        return Promise.reject(new InputProblem('id', agentId, 'an agent who is no member'));
      told.push(`${agentId} ${state} ${String(campaigns)}`);
      return Promise.resolve();
    },
  );
  stop = () => followed.stop();
});

/** What was told since the last question. */
const news = (): readonly string[] => told.splice(0);

test('each change is told once, and who is free last', async () => {
  here = [agent('6001', 'ready'), agent('6002', 'busy')];
  await clock.go(1_000);
  expect(news()).toEqual(['6002 busy solar', '6001 ready solar']);
  await clock.go(3_000);
  expect(news()).toEqual([]);
  here = [agent('6001', 'busy'), agent('6002', 'ready')];
  await clock.go(1_000);
  expect(news()).toEqual(['6001 busy solar', '6002 ready solar']);
});

test('who is not there any more is logged out before anybody else is free', async () => {
  here = [agent('6001', 'ready')];
  await clock.go(1_000);
  news();
  here = [agent('6002', 'ready')];
  await clock.go(1_000);
  expect(news()).toEqual(['6001 logged_out solar', '6002 ready solar']);
});

test('an agent who goes to another campaign leaves the first one first', async () => {
  here = [agent('6001', 'ready')];
  await clock.go(1_000);
  news();
  here = [agent('6001', 'ready', ROOFS)];
  await clock.go(1_000);
  expect(news()).toEqual(['6001 logged_out solar', '6001 ready roofs']);
});

test('when the dialer cannot be read for three seconds its agents are nobody, and come back with it', async () => {
  here = [agent('6001', 'ready')];
  await clock.go(1_000);
  news();
  here = new Error('gone');
  await clock.go(2_500);
  expect(news()).toEqual([]);
  await clock.go(1_500);
  expect(news()).toEqual(['6001 logged_out solar']);
  await clock.go(60_000);
  expect(news()).toEqual([]);
  expect(warned).toEqual(['VICIdial cannot be read']);
  here = [agent('6001', 'ready')];
  await clock.go(1_000);
  expect(news()).toEqual(['6001 ready solar']);
});

test('a reading that hangs is none: three seconds later its agents are nobody', async () => {
  here = [agent('6001', 'ready')];
  await clock.go(1_000);
  news();
  here = 'hangs';
  await clock.go(5_000);
  expect(news()).toEqual(['6001 logged_out solar']);
  here = [agent('6001', 'ready')];
  await clock.go(5_000);
  expect(news()).toEqual(['6001 ready solar']);
});

test('everybody is told again after a while: another sidecar may have told something else', async () => {
  here = [agent('6001', 'ready')];
  await clock.go(1_000);
  news();
  await clock.go(15_000);
  expect(news()).toEqual(['6001 ready solar']);
});

test('one who cannot count keeps nobody else from counting, and is named once', async () => {
  refuses = (agentId) => agentId === '6001';
  here = [agent('6001', 'busy'), agent('6002', 'ready')];
  await clock.go(20_000);
  expect(news()).toContain('6002 ready solar');
  expect(warned).toEqual(['an agent of VICIdial does not count']);
});

test('a sidecar that ends reads no more', async () => {
  await clock.go(1_000);
  stop();
  here = [agent('6001', 'ready')];
  await clock.go(10_000);
  expect(news()).toEqual([]);
});

const THEIRS = new Map([['TESTCAMP', SOLAR]]);
/** Whom VICIdial gives the next call. */
const WAITS = {
  user: '6001',
  campaign_id: 'TESTCAMP',
  status: 'READY',
  outbound_autodial: 'Y',
  is_fresh: 1,
} as const;

test.each([
  [['READY'], 'ready'],
  [['DONE'], 'ready'],
  [['INCALL'], 'busy'],
  [['QUEUE'], 'busy'],
  [['MQUEUE'], 'busy'],
  [['PAUSED'], 'paused'],
  [['CLOSER'], 'paused'],
  [['SOMETHING'], 'paused'],
  [[null], 'paused'],
  [['READY', 'INCALL'], 'busy'],
  [['INCALL', 'READY'], 'busy'],
  [['READY', 'SOMETHING'], 'paused'],
] as const)('VICIdial’s %j is %s', (statuses, state) => {
  const rows = statuses.map((status) => ({ ...WAITS, status }));
  expect(agentsOf(rows, THEIRS)).toEqual([agent('6001', state)]);
});

test.each([
  ['READY', { is_fresh: 0 }, 'paused'],
  ['DONE', { is_fresh: 0 }, 'paused'],
  ['READY', { is_fresh: null }, 'paused'],
  ['READY', { outbound_autodial: 'N' }, 'paused'],
  ['DONE', { outbound_autodial: 'N' }, 'paused'],
  ['READY', { outbound_autodial: null }, 'paused'],
  // Who talks is not free, whatever the page does.
  ['INCALL', { is_fresh: 0 }, 'busy'],
  ['INCALL', { outbound_autodial: 'N' }, 'busy'],
] as const)('whom VICIdial would give no call is not free: %s with %j is %s', (status, changes, state) => {
  const row = { ...WAITS, status, ...changes };
  expect(agentsOf([row], THEIRS)).toEqual([agent('6001', state)]);
  expect(agentsOf([row, WAITS], THEIRS)).toEqual([agent('6001', state)]);
});

test('a campaign is the same in every spelling, as it is to VICIdial', () => {
  expect(agentsOf([{ ...WAITS, campaign_id: 'TestCamp' }], THEIRS)).toEqual([agent('6001', 'ready')]);
});

test('a user who is no agent’s id, or of no campaign of ours, counts for nobody', () => {
  const rows = [
    { ...WAITS, user: 'a b' },
    { ...WAITS, user: null },
    { ...WAITS, campaign_id: null },
    { ...WAITS, user: '6002', campaign_id: 'OTHER' },
  ];
  expect(agentsOf(rows, THEIRS)).toEqual([]);
});
