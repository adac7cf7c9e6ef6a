/** INVARIANT (refused-is-not-recorded), in every order in which a refusal, the disclosure and a slow exchange can cross. */
import { describe, expect, test } from 'vitest';
import { LATE_REFUSAL_MS } from '../../../src/control/recordings/refuse-afterwards.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import { recordingFiles } from '../../../src/ports/recordings.ts';
import type { RecordingVault } from '../../../src/ports/recording-vault.ts';
import { ANSWERS } from '../../support/called-person.ts';
import { type MemoryVault, memoryVault } from '../../support/memory-vault.ts';
import {
  alongside,
  openWorld,
  otherCampaign,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const RECORDED = otherCampaign(SOLAR.id, {
  recording: { ...SOLAR.recording, enabled: true, disclosure: 'everywhere' },
});

const SWEEP_MS = 3_600_000;

interface Taped {
  readonly world: World;
  readonly callId: string;
  /** Commands about recording that the exchange has carried out, in order. */
  readonly done: readonly string[];
  refuse(): Promise<string>;
}

interface TapedOptions {
  readonly startTakesMs?: number;
  readonly campaign?: Campaign;
  readonly vault?: RecordingVault;
}

/** A call whose phone rings. */
async function ringing({ startTakesMs = 1, campaign = RECORDED, vault }: TapedOptions = {}): Promise<Taped> {
  const world = await openWorld({
    ...(vault === undefined
      ? {}
      : { archive: { vault, targets: [], sweepMs: SWEEP_MS, deleteAfterRetention: true } }),
    campaigns: [campaign],
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
  return {
    world,
    callId,
    done,
    refuse: () => alongside(clock, world.running.operations.recordings.refuse({ callId, who: 'agent ann' })),
  };
}

/** A call at the moment its disclosure has begun. */
async function taped(options: TapedOptions = {}): Promise<Taped> {
  const call = await ringing(options);
  await until(call.world, () => call.world.exchange.lived.get(call.callId)?.connectedAt != null);
  return call;
}

async function until({ clock }: World, is: () => boolean): Promise<void> {
  for (let ms = 0; !is(); ms += 50) {
    if (ms > 20_000) throw new Error('never');
    await clock.go(50);
  }
}

async function hangUp({ world, callId }: Taped): Promise<void> {
  const hangingUp = world.exchange.hangUp(callId);
  await world.clock.go(1_000);
  await hangingUp;
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
    const call = await taped({ startTakesMs: 1_500 });
    for (let ms = 0; ms < 2_500; ms += 100) await call.world.clock.go(100);
    expect(call.done).toEqual([]);
    await call.refuse();
    await call.world.clock.go(4_000);
    expect(call.done).toEqual(['start', 'stop']);
    expect(isTalking(call)).toBe(true);
  });

  test('of a call that is over and was not recorded, or of none, changes nothing', async () => {
    const call = await taped();
    await hangUp(call);
    await call.world.clock.go(3_000);
    expect(await call.refuse()).toBe('unknown');
    expect(await entryOf(call)).toEqual([]);
  });
});

describe('a refusal after the talk', () => {
  const kindsOf = async ({ world, callId }: Taped) =>
    (await world.ledger.read({ callId, limit: 99 }))
      .map(({ kind }) => kind)
      .filter((kind) => /^recording_(refused|archived|deleted)$/.test(kind));
  /** A call that was recorded, with the files of the exchange, just after its person has hung up. */
  async function over(options: TapedOptions = {}): Promise<Taped & { readonly vault: MemoryVault }> {
    const vault = memoryVault();
    const call = await taped({ ...options, vault });
    await call.world.clock.go(6_000);
    expect(call.done).toEqual(['start']);
    for (const file of recordingFiles(call.callId)) vault.plain.add(file);
    return { ...call, vault };
  }

  test('while its recording is brought to rest: deleted', async () => {
    const call = await over();
    let hashed = (): void => undefined;
    const digest = call.world.sidecar.recordings.digest.bind(null);
    const gate = new Promise<void>((resolve) => {
      hashed = resolve;
    });
    Object.assign(call.world.sidecar.recordings, {
      digest: (files: readonly string[]) => gate.then(() => digest(files)),
    });
    await hangUp(call);
    expect(await call.refuse()).toBe('to_be_deleted');
    hashed();
    await call.world.clock.go(1_000);
    expect((await kindsOf(call)).filter((kind) => kind !== 'recording_archived')).toEqual([
      'recording_refused',
      'recording_deleted',
    ]);
    expect([...call.vault.plain, ...call.vault.kept]).toEqual([]);
  });

  test('when it is at rest: deleted, and asked again it is known no more', async () => {
    const call = await over();
    await hangUp(call);
    await call.world.clock.go(60_000);
    expect(call.vault.kept.size).toBe(3);
    expect(await call.refuse()).toBe('to_be_deleted');
    await call.world.clock.go(1_000);
    expect(await kindsOf(call)).toEqual(['recording_archived', 'recording_refused', 'recording_deleted']);
    expect(call.vault.kept.size).toBe(0);
    expect(await call.refuse()).toBe('unknown');
  });

  test('where policy keeps what was recorded: on record, and it stays', async () => {
    const call = await over({
      campaign: { ...RECORDED, recording: { ...RECORDED.recording, onRefusal: 'stop_and_keep' } },
    });
    await hangUp(call);
    await call.world.clock.go(60_000);
    expect(await call.refuse()).toBe('stays');
    await call.world.clock.go(1_000);
    expect(await kindsOf(call)).toEqual(['recording_archived', 'recording_refused']);
    expect(call.vault.kept.size).toBe(3);
  });

  test.each([
    [LATE_REFUSAL_MS - 2_000, 'to_be_deleted'],
    [LATE_REFUSAL_MS + 2_000, 'unknown'],
  ])('%i ms after its end: %s', async (ms, expected) => {
    const call = await over();
    await hangUp(call);
    await call.world.clock.go(ms);
    expect(await call.refuse()).toBe(expected);
  });
});

describe('the sidecar was started anew', () => {
  test('after a refusal: the call goes on, and is never recorded', async () => {
    const call = await ringing();
    expect(await call.refuse()).toBe('never_starts');
    call.world.restart();
    call.world.exchange.agentCallsIn('bob');
    await until(call.world, () => call.world.exchange.lived.get(call.callId)?.connectedAt != null);
    await call.world.clock.go(8_000);
    expect(call.done).toEqual([]);
    expect(isTalking(call)).toBe(true);
    expect(await entryOf(call)).toHaveLength(1);
  });

  test('while the person talks: a refusal still stops what the exchange records', async () => {
    const call = await taped();
    await call.world.clock.go(6_000);
    call.world.restart();
    await call.world.clock.go(1_000);
    expect(await call.refuse()).toBe('stopped');
    expect(call.done).toEqual(['start', 'stop']);
    expect(isTalking(call)).toBe(true);
    expect(await entryOf(call)).toMatchObject([{ policy: 'stop_and_delete', who: 'agent ann' }]);
  });

  /** A talk of an earlier life that has ended in this one: nobody saw it through, and its files lie there. */
  async function outlived(talkedMs: number): Promise<Taped & { readonly vault: MemoryVault }> {
    const vault = memoryVault();
    const call = await taped({ vault });
    await call.world.clock.go(6_000);
    call.world.restart();
    await call.world.clock.go(talkedMs);
    for (const file of recordingFiles(call.callId)) vault.plain.add(file);
    await hangUp(call);
    return { ...call, vault };
  }

  test.each([
    ['at once', 1_000],
    ['long after its decision', LATE_REFUSAL_MS + 60_000],
  ])(
    'and the person has hung up since, %s: a refusal before the files are hashed deletes them',
    async (_when, ms) => {
      const call = await outlived(1_000);
      await call.world.clock.go(ms);
      expect(await entryOf(call)).toEqual([]);
      expect(await call.refuse()).toBe('to_be_deleted');
      await call.world.clock.go(1_000);
      expect(await entryOf(call)).toMatchObject([{ running: false, who: 'agent ann' }]);
      expect([...call.vault.plain, ...call.vault.kept]).toEqual([]);
    },
  );

  test.each([
    [LATE_REFUSAL_MS - 60_000, 'to_be_deleted'],
    [LATE_REFUSAL_MS + 60_000, 'unknown'],
  ])('and the sweep has hashed what was recorded %i ms ago: %s', async (ms, expected) => {
    const call = await outlived(1_000);
    await call.world.clock.go(SWEEP_MS);
    expect(call.vault.kept.size).toBe(3);
    const [hashed] = await call.world.ledger.read({
      callId: call.callId,
      kinds: ['recording_hashed'],
      limit: 1,
    });
    await call.world.clock.go(hashed!.at + ms - call.world.clock.now());
    expect(await call.refuse()).toBe(expected);
  });

  test.each([
    ['that a dialer placed', 'permit', personNumber(0)],
    ['that was vetoed', 'veto', personNumber(1)],
  ])('a call %s was not recorded by us: nothing changes', async (_which, verdict, number) => {
    const world = await openWorld({ campaigns: [RECORDED], persons: 1 });
    world.exchange.connect();
    world.exchange.agentCallsIn('ann');
    await world.clock.go(3_000);
    const { operations } = world.running;
    const asked = world.input(number, { callId: 'elsewhere-1' });
    const answering = verdict === 'permit' ? operations.screen(asked) : operations.originate(asked);
    const { decision, callId } = await alongside<{ decision: Decision; callId: string }>(
      world.clock,
      answering,
    );
    expect(decision.kind).toBe(verdict);
    world.restart();
    const refusing = world.running.operations.recordings.refuse({ callId, who: 'crm' });
    expect(await alongside(world.clock, refusing)).toBe('unknown');
  });
});
