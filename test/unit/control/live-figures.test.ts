/** Figures for supervisors: equal to the ledger, few, shared, and each later entry is followed by figures of its own. */
import { describe, expect, test } from 'vitest';
import { type CampaignFigures, createLiveFigures } from '../../../src/control/live-figures.ts';
import { formatInstant, addMs } from '../../../src/domain/time.ts';
import { waitsIn, waitsOver } from '../../../src/domain/wait-histogram.ts';
import { fakeClock, settle } from '../../support/fake-clock.ts';
import { fakeCampaign, FakeOperations } from '../../support/fake-operations.ts';

const TIMING = { everyMs: 750, settleMs: 50, idleMs: 2_000, firstMs: 300, pageSize: 10 };
const NUMBER = '+13035550101';

function world(campaigns = [fakeCampaign('solar'), fakeCampaign('windows')]) {
  const operations = new FakeOperations(campaigns);
  const clock = fakeClock('2026-11-21T17:00:00Z');
  let asked = 0;
  const ask = operations.campaign.bind(operations);
  operations.campaign = (id) => {
    asked += 1;
    return ask(id);
  };
  const figures = createLiveFigures(operations, (ms, wake) => clock.after(ms, wake), TIMING);
  const heard: CampaignFigures[] = [];
  return { operations, clock, figures, heard, asked: () => asked };
}

type World = ReturnType<typeof world>;
const follow = ({ figures, heard }: World) => figures.follow((each) => heard.push(each));
const of = (heard: readonly CampaignFigures[], id: string) =>
  heard.filter(({ status }) => status.campaign.id === id);
const dropped = (operations: FakeOperations, callId: string, waitedMs: number): void => {
  const end = operations.now();
  operations.append('call_progress', {
    callId,
    campaignId: 'solar',
    timeline: { clock_started: formatInstant(end), message_started: formatInstant(addMs(end, waitedMs)) },
  });
  operations.settled(callId, NUMBER, 'dropped');
};

describe('the snapshot', () => {
  test('adds up today’s entries of each campaign, those before it was asked for too, over several pages', async () => {
    const { operations, figures } = world();
    for (let n = 0; n < 23; n += 1) operations.decided(`v-${n}`, NUMBER, 'on_national_registry');
    for (let n = 0; n < 7; n += 1) operations.decided(`w-${n}`, NUMBER, 'sunday', 'windows');
    operations.decided('c-1', NUMBER, null);
    dropped(operations, 'c-1', 140);
    dropped(operations, 'c-2', 2_400);
    operations.settled('c-3', NUMBER, 'machine');
    const { sequence, campaigns } = await figures.snapshot();
    expect(sequence).toBe(operations.ledger.at(-1)?.id);
    const [solar, windows] = campaigns;
    expect(solar?.complete).toBe(true);
    expect(solar?.day).toMatchObject({
      permits: 1,
      vetoes: { on_national_registry: { count: 23, basis: '47 CFR 64.1200(c)(2)' } },
      outcomes: { dropped: 2, machine: 1 },
    });
    expect(waitsIn(solar!.day.waits)).toBe(2);
    expect(waitsOver(solar!.day.waits)).toBe(1);
    expect(windows?.day.vetoes).toMatchObject({ sunday: { count: 7 } });
    expect(solar?.status.today).toEqual({ liveAnswers: 2, drops: 2 });
  });

  test('entries of yesterday, in the campaign’s own zone, are not of today; at midnight the day is empty', async () => {
    const { operations, figures } = world();
    operations.decided('late', NUMBER, 'sunday');
    // The world begins at 10:00 in Denver.
    operations.advance(14 * 3_600_000);
    operations.decided('early', NUMBER, 'sunday');
    const { campaigns } = await figures.snapshot();
    expect(campaigns[0]?.day.vetoes['sunday']?.count).toBe(1);
    operations.advance(24 * 3_600_000);
    expect((await figures.snapshot()).campaigns[0]?.day.vetoes).toEqual({});
  });

  test('a call that an agent took, or that was never placed, is no wait and no result', async () => {
    const { operations, figures } = world();
    const at = formatInstant(operations.now());
    operations.append('call_progress', {
      callId: 'a',
      campaignId: 'solar',
      timeline: { clock_started: at, connected: at, message_started: at },
    });
    operations.append('call_result', { callId: 'b', campaignId: 'solar', outcome: 'failed', placed: false });
    const { day } = (await figures.snapshot()).campaigns[0]!;
    expect(waitsIn(day.waits)).toBe(0);
    expect(day.outcomes).toEqual({});
  });

  test('while the past is being read it says that it is not complete, and tells when it is', async () => {
    const all = world();
    const { operations, figures, clock, heard } = all;
    for (let n = 0; n < 25; n += 1) operations.decided(`v-${n}`, NUMBER, 'sunday');
    let open = (): void => undefined;
    const closed = new Promise<void>((resolve) => (open = resolve));
    operations.beforeRead = () => closed;
    follow(all);
    const first = figures.snapshot();
    await clock.go(300);
    expect((await first).campaigns[0]).toMatchObject({ complete: false, sequence: 0 });
    operations.decided('meanwhile', NUMBER, 'sunday');
    open();
    await clock.go(2_000);
    expect(of(heard, 'solar').at(-1)).toMatchObject({ complete: true, sequence: 26 });
    expect(of(heard, 'solar').at(-1)?.day.vetoes['sunday']?.count).toBe(26);
  });

  test('a ledger that fails is read again, and nothing is counted twice', async () => {
    const { operations, figures, clock } = world();
    for (let n = 0; n < 25; n += 1) operations.decided(`v-${n}`, NUMBER, 'sunday');
    let reads = 0;
    operations.beforeRead = () => {
      reads += 1;
      return reads === 3 ? Promise.reject(new Error('gone')) : Promise.resolve();
    };
    expect((await figures.snapshot()).campaigns[0]?.complete).toBe(false);
    await clock.go(2_100);
    const [solar] = (await figures.snapshot()).campaigns;
    expect(solar?.complete).toBe(true);
    expect(solar?.day.vetoes['sunday']?.count).toBe(25);
  });

  test('many who ask at once cost one look', async () => {
    const { operations, figures } = world();
    let looks = 0;
    const ask = operations.campaigns.bind(operations);
    operations.campaigns = () => {
      looks += 1;
      return ask();
    };
    await figures.snapshot();
    looks = 0;
    await Promise.all(Array.from({ length: 200 }, () => figures.snapshot()));
    expect(looks).toBe(1);
  });
});

describe('the stream', () => {
  test('a burst is one look at once and one behind it, and the last one is equal to the ledger', async () => {
    const all = world();
    const { operations, clock, heard, asked, figures } = all;
    await figures.snapshot();
    follow(all);
    for (let n = 0; n < 500; n += 1) {
      operations.settled(`c-${n}`, NUMBER, 'connected');
      if (n % 10 === 9) await clock.go(10);
    }
    await clock.go(1_500);
    expect(asked()).toBeLessThanOrEqual(3);
    expect(of(heard, 'solar').at(-1)).toMatchObject({
      sequence: 500,
      status: { today: { liveAnswers: 500 } },
      day: { outcomes: { connected: 500 } },
    });
    expect(of(heard, 'windows')).toHaveLength(0);
  });

  test('an entry behind a look has figures of its own within the time of one', async () => {
    const all = world();
    const { operations, clock, heard, figures } = all;
    await figures.snapshot();
    follow(all);
    operations.settled('first', NUMBER, 'connected');
    await clock.go(51);
    expect(of(heard, 'solar')).toHaveLength(1);
    operations.settled('second', NUMBER, 'connected');
    await clock.go(600);
    expect(of(heard, 'solar')).toHaveLength(1);
    await clock.go(150);
    expect(of(heard, 'solar').at(-1)?.sequence).toBe(2);
  });

  test('agents change without an entry: told with the idle look, and not told again while nothing changes', async () => {
    const all = world();
    const { operations, clock, heard, figures } = all;
    await figures.snapshot();
    follow(all);
    await clock.go(2_100);
    heard.length = 0;
    const status = operations.statuses.get('solar')!;
    operations.statuses.set('solar', { ...status, agents: { ...status.agents, ready: 9 } });
    await clock.go(6_000);
    expect(of(heard, 'solar').map(({ status: { agents } }) => agents.ready)).toEqual([9]);
    expect(of(heard, 'windows')).toHaveLength(0);
  });

  test('without followers nothing is asked; after the stop nothing at all', async () => {
    const all = world();
    const { operations, clock, asked, figures } = all;
    await figures.snapshot();
    operations.settled('a', NUMBER, 'connected');
    await clock.go(5_000);
    expect(asked()).toBe(0);
    follow(all);
    figures.stop();
    operations.settled('b', NUMBER, 'connected');
    await clock.go(5_000);
    await settle();
    expect(asked()).toBe(0);
    expect(operations.followers()).toBe(0);
  });

  test('a campaign that a reload brings is counted from then on', async () => {
    const all = world([fakeCampaign('solar')]);
    const { operations, clock, heard, figures } = all;
    await figures.snapshot();
    follow(all);
    operations.statuses.set('roofs', {
      ...operations.statuses.get('solar')!,
      campaign: fakeCampaign('roofs'),
    });
    operations.append('policy_reloaded', { by: 'Ada' });
    await clock.go(100);
    operations.decided('r', NUMBER, 'sunday', 'roofs');
    await clock.go(1_000);
    expect(of(heard, 'roofs').at(-1)?.day.vetoes['sunday']?.count).toBe(1);
  });
});
