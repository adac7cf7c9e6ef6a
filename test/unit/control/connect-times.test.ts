/** Calls through the whole middle: how long detector and connection took is measured, and predictive dialing stands on it. */
import { describe, expect, test } from 'vitest';
import { redecide } from '../../../src/control/replay.ts';
import { listsOfEntry } from '../../../src/control/lists-document.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { JsonObject, LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import type { MachineDetection } from '../../../src/domain/machine-detection.ts';
import { MINUTE_MS } from '../../../src/domain/time.ts';
import { TelephonyRefused } from '../../../src/ports/telephony.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import { openWorld, otherCampaign, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const DETECTION: MachineDetection = {
  by: 'own',
  onMachine: 'hang_up',
  longestHumanTalkMs: 1_500,
  toneWithinMs: 1_000,
  longestMachineGreetingMs: 15_000,
  amd: {
    initialSilenceMs: 1_500,
    greetingMs: 1_500,
    afterGreetingSilenceMs: 500,
    totalAnalysisMs: 1_800,
    wordsMax: 10,
  },
  measured: { calls: 20, minutes: 30 },
};
const predictive = (more: Partial<Campaign> = {}): Campaign =>
  otherCampaign(SOLAR.id, { mode: 'predictive', machineDetection: DETECTION, ...more });

/** Longer than a connection may take before it is given up for the message. */
const SLOW_BRIDGE_MS = 1_200;

async function openCalls(campaign = predictive(), script: Script = ANSWERS): Promise<World> {
  const world = await openWorld({ campaigns: [campaign], script: () => script });
  world.exchange.connect();
  world.exchange.agentCallsIn('ann');
  await world.clock.go(3_000);
  return world;
}

let person = 0;
/** Rings somebody nobody has rung before, and lets the call end. */
async function ring(
  world: World,
): Promise<{ readonly decision: Decision; readonly result: JsonObject | undefined }> {
  const { callId, decision } = await world.originate(personNumber((person += 1) % 10));
  await world.clock.go(40_000);
  return { decision, result: world.results(callId)[0]?.body };
}

const slowBridges = (world: World, ms: number): void => {
  world.exchange.fault = (command) => (command === 'bridge' ? { kind: 'late', ms } : { kind: 'none' });
};

const codes = (decision: Decision): readonly string[] =>
  decision.kind === 'permit' ? ['permit'] : decision.reasons.map(({ code }) => code);

/** One call is given up because the bridge takes too long. */
async function withSlowCall(campaign?: Campaign): Promise<World> {
  const world = await openCalls(campaign);
  slowBridges(world, SLOW_BRIDGE_MS);
  const { result } = await ring(world);
  expect(result).toMatchObject({ outcome: 'dropped', connectTime: { by: 'own', togetherMs: null } });
  slowBridges(world, 0);
  return world;
}

describe('what is measured', () => {
  test('is the time from the end of the greeting to the verdict and to the agent', async () => {
    const world = await openCalls();
    slowBridges(world, 300);
    const { result } = await ring(world);
    expect(result).toMatchObject({ outcome: 'connected' });
    expect(result?.['connectTime']).toEqual({ by: 'own', detectorMs: 500, togetherMs: 800 });
  });
  test.each([
    [
      'no agent was there',
      ANSWERS,
      async (world: World): Promise<void> =>
        world.running.operations.setAgentState('ann' as never, 'busy', null),
    ],
    ['nobody answered', { ...ANSWERS, refuses: { hangupCause: 17, sipStatus: 486 } }, null],
    ['it was a machine', { ...ANSWERS, speaks: { afterMs: 300, forMs: 9_000 } }, null],
    ['the person hung up', { ...ANSWERS, patienceMs: 600 }, null],
    [
      'the bridge was refused, not slow',
      ANSWERS,
      (world: World): void =>
        void Object.assign(world.exchange, {
          bridge: () => Promise.reject(new TelephonyRefused('channel not in Stasis', 409)),
        }),
    ],
  ] as const)('is nothing where %s', async (_, script, before) => {
    const world = await openCalls(predictive({ mode: 'progressive' }), script);
    const { callId } = await world.originate(personNumber(0));
    await before?.(world);
    await world.clock.go(40_000);
    expect(world.results(callId)).toHaveLength(1);
    expect(world.results(callId)[0]?.body).not.toHaveProperty('connectTime');
  });
  test('is nothing for a campaign that looks for no machines', async () => {
    const world = await openCalls(otherCampaign(SOLAR.id, { mode: 'predictive' }));
    const { decision, result } = await ring(world);
    expect(codes(decision)).toEqual(['permit']);
    expect(result).not.toHaveProperty('connectTime');
    const [entry] = await world.ledger.read({ kinds: ['decision'], limit: 1 });
    expect(JSON.stringify(entry?.body['facts'])).not.toContain('measured');
  });
});

describe('a campaign whose people were measured to wait too long', () => {
  test('is vetoed, with what was measured', async () => {
    const world = await withSlowCall();
    const { decision } = await ring(world);
    expect(decision).toMatchObject({
      kind: 'veto',
      reasons: [
        {
          code: 'detector_measured_slow',
          detail: { detector: 'own', calls: 1, detector_ms: 500, together_ms: null, allowed_ms: 2_000 },
        },
      ],
    });
  });
  test('stays vetoed after a restart', async () => {
    const world = await withSlowCall();
    world.restart();
    world.exchange.connect();
    world.exchange.agentCallsIn('bob');
    await world.clock.go(5_000);
    expect(codes((await ring(world)).decision)).toEqual(['detector_measured_slow']);
  });
  test('is vetoed while its results have not been read', async () => {
    const world = await openCalls();
    const read = world.ledger.read.bind(world.ledger);
    let isAway = true;
    Object.assign(world.ledger, {
      read: (query: { kinds?: readonly string[] }) =>
        isAway && query.kinds?.[0] === 'call_result'
          ? Promise.reject(new Error('away'))
          : read(query as never),
    });
    world.restart();
    world.exchange.connect();
    await world.clock.go(5_000);
    const { decision } = await ring(world);
    expect(decision.kind === 'veto' ? decision.reasons.map(({ detail }) => detail['fact']) : []).toContain(
      'measured',
    );
    isAway = false;
    await world.clock.go(5_000);
    expect(codes((await ring(world)).decision)).toEqual(['permit']);
  });
  test('may dial again when what was measured has aged', async () => {
    const world = await withSlowCall();
    await world.clock.go(29 * MINUTE_MS);
    expect(codes((await ring(world)).decision)).toEqual(['detector_measured_slow']);
    await world.clock.go(2 * MINUTE_MS);
    expect(codes((await ring(world)).decision)).toEqual(['permit']);
  });
  test('dials on where an agent waits for each call, and is measured there', async () => {
    const world = await withSlowCall(predictive({ mode: 'progressive' }));
    const { decision, result } = await ring(world);
    expect(codes(decision)).toEqual(['permit']);
    expect(result).toHaveProperty('connectTime.togetherMs', 500);
  });
  test('is vetoed by what another sidecar on the same ledger has measured', async () => {
    const world = await openCalls();
    expect(codes((await ring(world)).decision)).toEqual(['permit']);
    await world.ledger.append({
      kind: 'call_result',
      dedupeKey: 'elsewhere',
      body: {
        callId: 'elsewhere',
        campaignId: SOLAR.id,
        outcome: 'connected',
        connectTime: { by: 'own', detectorMs: 1_400, togetherMs: 2_001 },
      },
    });
    await world.clock.go(10);
    expect(codes((await ring(world)).decision)).toEqual(['detector_measured_slow']);
  });
  test('is not judged by what another detector has measured', async () => {
    const world = await openCalls();
    await world.ledger.append({
      kind: 'call_result',
      dedupeKey: 'elsewhere',
      body: {
        callId: 'elsewhere',
        campaignId: SOLAR.id,
        outcome: 'connected',
        connectTime: { by: 'asterisk', detectorMs: 1_800, togetherMs: 2_001 },
      },
    });
    await world.clock.go(10);
    expect(codes((await ring(world)).decision)).toEqual(['permit']);
  });
});

test('the decisions are made again from the ledger alone', async () => {
  const world = await withSlowCall();
  await ring(world);
  const entries = await world.ledger.read({ kinds: ['decision'], limit: 10 });
  const lists = await world.ledger.read({ kinds: ['lists_document'], limit: 10 });
  const asRead = (entry: LedgerEntry): LedgerEntry => ({
    ...entry,
    body: JSON.parse(entry.bodyText) as JsonObject,
  });
  const documents = new Map(lists.map((entry) => listsOfEntry(asRead(entry))));
  const { policy, campaigns } = world.sidecar;
  const again = entries.map((entry) =>
    redecide(asRead(entry), { policy, campaigns: [...campaigns.values()] }, documents),
  );
  expect(again.map(codes)).toEqual([['permit'], ['detector_measured_slow']]);
  expect(again.map((decision) => JSON.parse(JSON.stringify(decision)) as unknown)).toEqual(
    entries.map((entry) => asRead(entry).body['decision']),
  );
});
