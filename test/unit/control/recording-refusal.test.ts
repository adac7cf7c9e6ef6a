/** INVARIANT (refused-is-not-recorded), in every order in which a refusal, the disclosure and a slow exchange can cross. */
import { describe, expect, test } from 'vitest';
import { ANSWERS } from '../../support/called-person.ts';
import { openWorld, otherCampaign, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const RECORDED = otherCampaign(SOLAR.id, {
  recording: { ...SOLAR.recording, enabled: true, disclosure: 'everywhere' },
});

interface Taped {
  readonly world: World;
  readonly callId: string;
  /** Commands about recording that the exchange has carried out, in order. */
  readonly done: readonly string[];
  refuse(): Promise<string>;
}

/** A call at the moment its disclosure has begun. */
async function taped(startTakesMs = 1): Promise<Taped> {
  const world = await openWorld({
    campaigns: [RECORDED],
    persons: 1,
    script: () => ({ ...ANSWERS, talkMs: 20_000 }),
  });
  const { exchange, clock } = world;
  const done: string[] = [];
  const startRecording = exchange.startRecording.bind(exchange);
  const stopRecording = exchange.stopRecording.bind(exchange);
  Object.assign(exchange, {
    startRecording: (...args: Parameters<typeof startRecording>) =>
      startRecording(...args).then(() => void done.push('start')),
    stopRecording: (...args: Parameters<typeof stopRecording>) =>
      stopRecording(...args).then(() => void done.push('stop')),
  });
  exchange.fault = (command) =>
    command === 'startRecording' ? { kind: 'late', ms: startTakesMs } : { kind: 'none' };
  exchange.connect();
  exchange.agentCallsIn('ann');
  await clock.go(3_000);
  const answering = world.originate(personNumber(0));
  await clock.go(1_000);
  const { callId } = await answering;
  for (let ms = 0; exchange.lived.get(callId)?.connectedAt == null; ms += 50) {
    if (ms > 20_000) throw new Error('not connected');
    await clock.go(50);
  }
  return {
    world,
    callId,
    done,
    refuse: () => world.running.operations.recordings.refuse({ callId, who: 'agent ann' }),
  };
}

const entryOf = async ({ world, callId }: Taped) =>
  (await world.ledger.read({ callId, kinds: ['recording_refused'], limit: 9 })).map(({ body }) => body);
const isTalking = ({ world, callId }: Taped): boolean => world.exchange.liveChannels().includes(callId);

describe('a refusal', () => {
  test('while the disclosure is played: it never starts, and the call goes on', async () => {
    const call = await taped();
    expect(await call.refuse()).toBe('never_starts');
    await call.world.clock.go(8_000);
    expect(call.done).toEqual([]);
    expect(isTalking(call)).toBe(true);
    expect(await entryOf(call)).toMatchObject([{ how: 'request', who: 'agent ann', running: false }]);
  });

  test('while it runs: it is stopped, once, and the call goes on', async () => {
    const call = await taped();
    await call.world.clock.go(6_000);
    expect(call.done).toEqual(['start']);
    expect(await call.refuse()).toBe('stopped');
    await call.refuse();
    await call.world.clock.go(2_000);
    expect(call.done).toEqual(['start', 'stop']);
    expect(isTalking(call)).toBe(true);
    expect(await entryOf(call)).toMatchObject([{ running: true, policy: 'stop_and_delete' }]);
  });

  test('while the exchange is slow to start it: it is stopped as soon as it has begun', async () => {
    const call = await taped(1_500);
    for (let ms = 0; ms < 2_500; ms += 100) await call.world.clock.go(100);
    expect(call.done).toEqual([]);
    await call.refuse();
    await call.world.clock.go(4_000);
    expect(call.done).toEqual(['start', 'stop']);
    expect(isTalking(call)).toBe(true);
  });

  test('of a call that is over, or of none, changes nothing', async () => {
    const call = await taped();
    const hangingUp = call.world.exchange.hangUp(call.callId);
    await call.world.clock.go(4_000);
    await hangingUp;
    expect(await call.refuse()).toBe('not_live');
    expect(await entryOf(call)).toEqual([]);
  });
});
