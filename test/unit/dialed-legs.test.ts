/** Which channel is the person of a dialer's call, and is somebody bridged with it: from events as Asterisk 22 sent them. */
import type { AriClient, AriEvent } from 'ari-client';
import { describe, expect, test } from 'vitest';
import { openDialedLegs } from '../../src/adapters/asterisk/dialed-legs.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import type { CallId } from '../../src/domain/ids.ts';
import { TelephonyRefused, TelephonyUnavailable, type TelephonyEvent } from '../../src/ports/telephony.ts';

const NAMES: Readonly<Record<string, string>> = {
  person: 'PJSIP/carrier-00000001',
  near: 'Local/13035550110@out-00000001;1',
  far: 'Local/13035550110@out-00000001;2',
  agent: 'PJSIP/agents-00000002',
  agent_near: 'Local/agent@agents-00000002;1',
  agent_far: 'Local/agent@agents-00000002;2',
  ear: 'Snoop/person-00000001',
};
const named = (id: string) => ({ id, name: NAMES[id] ?? `PJSIP/carrier-${id}`, state: 'Up' });

const created = (id: string): AriEvent => ({ type: 'ChannelCreated', channel: named(id) });
const answered = (id: string): AriEvent => ({ type: 'Dial', dialstatus: 'ANSWER', peer: named(id) });
const enters = (bridge: string, id: string, members: readonly string[], type = 'mixing'): AriEvent => ({
  type: 'ChannelEnteredBridge',
  channel: named(id),
  bridge: { id: bridge, bridge_type: type, channels: members },
});
const leaves = (bridge: string, id: string, members: readonly string[]): AriEvent => ({
  ...enters(bridge, id, members),
  type: 'ChannelLeftBridge',
});

/** `permits`: the call id that a channel has inherited. */
function legs(permits: Readonly<Record<string, string>>, split = '', silentTimes = 0) {
  const told: TelephonyEvent[] = [];
  const asked: string[] = [];
  const getChannelVar = ({ channelId, variable }: Readonly<Record<string, string>>) => {
    asked.push(variable ?? '');
    if (asked.filter((each) => each === variable).length <= silentTimes) {
      return Promise.reject(new TelephonyUnavailable('no answer'));
    }
    const value = variable === 'BREAKWATER_CALL_ID' ? permits[channelId ?? ''] : split;
    return value === undefined
      ? Promise.reject(new TelephonyRefused('not found', null))
      : Promise.resolve({ value });
  };
  const client = { channels: { getChannelVar } } as unknown as AriClient;
  const command = <T>(_: string, run: (ours: AriClient) => Promise<T>): Promise<T> => run(client);
  const opened = openDialedLegs({ command }, (event) => void told.push(event), openLog('silent'));
  let lateMs = 0;
  const hear = async (...events: readonly AriEvent[]): Promise<readonly string[]> => {
    for (const event of events) {
      opened.hear(event, lateMs);
      opened.forget(event);
    }
    await new Promise((resolve) => setImmediate(resolve));
    return told.map((event) => ('callId' in event ? `${event.kind} ${event.callId}` : event.kind));
  };
  return {
    legs: opened,
    told,
    asked,
    hear,
    late: (ms: number) => {
      lateMs = ms;
    },
  };
}

const DIALED: readonly AriEvent[] = [
  ...['near', 'far', 'person'].map(created),
  answered('person'),
  answered('near'),
  enters('b1', 'person', ['person']),
  enters('b1', 'far', ['far', 'person']),
];

describe('a called channel', () => {
  test('is the person of the call that it was dialed under; a half of a line is not', async () => {
    const { legs: of, hear, told } = legs({ person: 'call-1', near: 'call-1' });
    expect(await hear(...DIALED)).toEqual(['dialer_answered call-1']);
    expect(told[0]).toMatchObject({ missed: false, deadMan: false });
    expect([of.channelOf('call-1'), of.callOf('person'), of.isHeld('call-1')]).toEqual([
      'person',
      'call-1',
      true,
    ]);
  });

  test('is told of with how late the exchange told its answer', async () => {
    const { hear, told, late } = legs({ person: 'call-1' });
    late(400);
    await hear(...DIALED);
    const [answer] = told;
    if (answer?.kind !== 'dialer_answered') throw new Error('no answer');
    // And the time that it took to ask whose call it is.
    expect(answer.lateMs).toBeGreaterThanOrEqual(400);
    const prompt = legs({ person: 'call-1' });
    await prompt.hear(...DIALED);
    expect(prompt.told[0]).toMatchObject({ kind: 'dialer_answered', missed: false });
    expect((prompt.told[0] as typeof answer).lateMs).toBeLessThan(400);
  });

  test('has a switch when `breakwater-dial` has split it off', async () => {
    const { hear, told } = legs({ person: 'call-1' }, NAMES['far']);
    await hear(...DIALED);
    expect(told[0]).toMatchObject({ kind: 'dialer_answered', deadMan: true });
  });

  test('is asked about again when the exchange does not say, for a while', async () => {
    const slow = legs({ person: 'call-1' }, '', 2);
    expect(await slow.hear(...DIALED)).toEqual(['dialer_answered call-1']);
    const never = legs({ person: 'call-1' }, '', 1_000);
    expect(await never.hear(...DIALED)).toEqual([]);
    expect(never.asked.length).toBeLessThan(20);
  });

  test('that was dialed under no permit is nobody’s, whatever its own dialplan has set by then', async () => {
    const { hear } = legs({ person: 'call-1' });
    const begins: AriEvent = { type: 'Dial', dialstatus: '', peer: named('person') };
    expect(await hear(begins, ...DIALED)).toEqual([]);
  });

  test("of no permit, and one that we placed ourselves, is nobody of a dialer's", async () => {
    expect(await legs({}).hear(...DIALED)).toEqual([]);
    expect(await legs({ 'call-1~': 'call-1' }).hear(answered('call-1~'))).toEqual([]);
  });

  test('that comes second under one permit is an agent, or whoever the dialplan called then', async () => {
    const { hear, legs: of } = legs({ person: 'call-1', agent: 'call-1' });
    expect(await hear(...DIALED, created('agent'))).toEqual(['dialer_answered call-1']);
    expect(await hear(answered('agent'))).toEqual(['dialer_answered call-1']);
    expect(of.channelOf('call-1')).toBe('person');
  });

  test("whose id is a call that goes by another channel is the dialer's own end: its end is not the call's", async () => {
    const { legs: of, hear } = legs({ person: 'far' });
    await hear(...DIALED);
    expect([of.callOf('far'), of.callOf('person')]).toEqual(['=far', 'far']);
    await hear({ type: 'ChannelDestroyed', channel: named('person') });
    expect([of.callOf('person'), of.channelOf('far')]).toEqual(['=person', 'far~']);
  });

  test('that was taken goes by its call, and is no longer held', async () => {
    const { legs: of, hear } = legs({ person: 'call-1' });
    await hear(...DIALED, { type: 'StasisStart', channel: named('person'), args: ['call', 'call-1'] });
    expect([of.callOf('person'), of.isHeld('call-1')]).toEqual(['call-1', false]);
  });
});

describe('an agent', () => {
  const permits = { person: 'call-1' };

  test("is reached over the dialer's line", async () => {
    const { hear } = legs(permits);
    await hear(...DIALED, created('agent'));
    expect(await hear(enters('b2', 'near', ['near']))).toEqual(['dialer_answered call-1']);
    expect(await hear(enters('b2', 'agent', ['near', 'agent']))).toContain('agent_reached call-1');
  });

  test('is reached over a line of a queue', async () => {
    const { hear } = legs(permits);
    await hear(...DIALED, ...['agent_near', 'agent_far', 'agent'].map(created));
    expect(await hear(enters('b2', 'agent_near', ['near', 'agent_near']))).not.toContain(
      'agent_reached call-1',
    );
    expect(await hear(enters('b3', 'agent', ['agent_far', 'agent']))).toContain('agent_reached call-1');
  });

  test('is reached when the exchange takes the lines out', async () => {
    const { hear } = legs(permits);
    await hear(...DIALED, created('agent'), leaves('b1', 'far', ['person']));
    expect(await hear(enters('b1', 'agent', ['person', 'agent']))).toContain('agent_reached call-1');
  });

  test('is proven by somebody besides the channel that has dialed, which may be a trunk', async () => {
    const { hear, told } = legs(permits);
    const dialedBy = (peer: string, caller: string): AriEvent => ({
      ...answered(peer),
      caller: named(caller),
    });
    await hear(...['near', 'far', 'person', 'trunk'].map(created), dialedBy('person', 'trunk'));
    await hear(enters('b1', 'person', ['trunk', 'person']));
    expect(told.at(-1)).toEqual({ kind: 'agent_reached', callId: 'call-1', proven: false });
    await hear(created('agent'), enters('b1', 'agent', ['trunk', 'person', 'agent']));
    expect(told.at(-1)).toEqual({ kind: 'agent_reached', callId: 'call-1', proven: true });
  });

  test('is no ear, and nobody who waits in the same holding bridge', async () => {
    const { hear } = legs(permits);
    await hear(...DIALED, ...['ear', 'agent'].map(created));
    expect(await hear(enters('b1', 'ear', ['far', 'person', 'ear']))).not.toContain('agent_reached call-1');
    const parked = await hear(enters('h', 'agent', ['person', 'agent'], 'holding'));
    expect(parked).not.toContain('agent_reached call-1');
  });

  test('who has left again is not there', async () => {
    const { hear } = legs(permits);
    await hear(created('agent'), enters('b2', 'agent', ['near', 'agent']), leaves('b2', 'agent', ['near']));
    expect(await hear(...DIALED)).toEqual(['dialer_answered call-1']);
  });
});

describe('a call of ours that was handed over', () => {
  const OURS = 'call-1~';
  const QUEUED: readonly AriEvent[] = [created(OURS), ...['agent_near', 'agent_far', 'agent'].map(created)];

  test('is told of once when somebody is bridged with it, and not when it is not handed over', async () => {
    const { legs: of, hear } = legs({});
    await hear(...QUEUED);
    of.handOver('call-1' as CallId);
    expect(await hear(enters('b2', 'agent_near', [OURS, 'agent_near']))).toEqual([]);
    const reached = enters('b3', 'agent', ['agent_far', 'agent']);
    expect(await hear(reached)).toEqual(['agent_reached call-1']);
    expect(await hear(reached)).toEqual(['agent_reached call-1']);
    expect(await legs({}).hear(...QUEUED, enters('b2', 'agent', [OURS, 'agent']))).toEqual([]);
  });

  test.each([
    { type: 'StasisStart', channel: named(OURS), args: ['call', 'call-1'] },
    { type: 'ChannelDestroyed', channel: named(OURS) },
  ])('and was taken, or has ended, is not looked at any more: $type', async (event) => {
    const { legs: of, hear } = legs({});
    await hear(...QUEUED);
    of.handOver('call-1' as CallId);
    expect(await hear(event, enters('b2', 'agent', [OURS, 'agent']))).toEqual([]);
    expect([of.isHeld('call-1'), of.channelOf('call-1')]).toEqual([false, OURS]);
  });
});

describe('after a lost connection', () => {
  const listed = (id: string, appName = 'Dial', appData = '') => ({
    ...named(id),
    dialplan: { app_name: appName, app_data: appData },
  });
  const bridge = (id: string, ...members: readonly string[]) => ({
    id,
    bridge_type: 'mixing',
    channels: members,
  });

  test('a call that was answered meanwhile is told of as such, an agent behind it', async () => {
    const { legs: of, told } = legs({ person: 'call-1' });
    await of.seed(
      [listed('person'), listed('near', 'Queue'), listed('far'), listed('agent')],
      [bridge('b1', 'far', 'person'), bridge('b2', 'near', 'agent')],
    );
    expect(told[0]).toEqual({ kind: 'dialer_answered', callId: 'call-1', missed: true, deadMan: false });
    expect(told.slice(1).map(({ kind }) => kind)).toContain('agent_reached');
  });

  test('somebody who was bridged meanwhile with a call that was handed over is told of', async () => {
    const { legs: of, told } = legs({});
    of.handOver('call-1' as CallId);
    await of.seed([listed('call-1~', 'Queue'), listed('agent')], [bridge('b1', 'call-1~', 'agent')]);
    expect(told).toEqual([{ kind: 'agent_reached', callId: 'call-1', proven: true }]);
  });

  test('one that was taken is ours, one that has gone is forgotten', async () => {
    const { legs: of, told } = legs({ person: 'call-1' });
    await of.seed([listed('person', 'Stasis', 'breakwater,call,call-1')], []);
    expect([of.channelOf('call-1'), of.isHeld('call-1')]).toEqual(['person', false]);
    expect(told).toEqual([]);
    await of.seed([], []);
    expect(of.channelOf('call-1')).toBe('call-1~');
  });
});
