/** What the pacer is told of a floor: by the ledger, the exchange, the agents and the counters. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createFloorWatch, type FloorWatch } from '../../../src/control/watch-floor.ts';
import type { CallId, CampaignId } from '../../../src/domain/ids.ts';
import type { EntryKind, LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { monotonicMs } from '../../../src/domain/time.ts';
import type { PaceFact } from '../../../src/pacing/floor-view.ts';
import type { CampaignTally } from '../../../src/ports/counters.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { SOLAR } from '../../support/sim-world.ts';

const NOBODY = { since: [], leaving: 0 };

function tally(change: Partial<CampaignTally> = {}): CampaignTally {
  const none = { liveAnswers: 0, drops: 0 };
  return {
    today: { liveAnswers: 50, drops: 1 },
    block: { liveAnswers: 70, drops: 2 },
    rolling: none,
    inFlight: 0,
    agents: { ready: 2, promised: 0, busy: 0, paused: 0 },
    rebuilt: true,
    ...change,
  };
}

let clock: FakeClock;
let floor: FloorWatch;
let facts: PaceFact[];
let ended: string[];
let start: number;

const entry = (kind: EntryKind, body: Record<string, string | boolean>): LedgerEntry =>
  ({ kind, body: { campaignId: SOLAR.id, ...body } }) as unknown as LedgerEntry;
const permit = (callId: string): void => floor.hearEntry(entry('decision', { callId, verdict: 'permit' }));
const result = (callId: string, outcome: string, placed = true): void =>
  floor.hearEntry(entry('call_result', { callId, outcome, placed }));

beforeEach(() => {
  clock = fakeClock('2026-11-24T18:00:00Z');
  start = clock.now();
  facts = [];
  ended = [];
  const inForce = () => ({ campaigns: new Map([[SOLAR.id, SOLAR]]) }) as never;
  floor = createFloorWatch(
    { clock, inForce },
    {
      learn: (_, fact) => void facts.push(fact),
      lineEnded: (callId) => void ended.push(callId),
      agentsChanged: () => undefined,
    },
  );
});

describe('lines', () => {
  test('ring from the permit on, wait from the answer on, and end with the result', async () => {
    permit('a');
    await clock.go(1_000);
    permit('b');
    await clock.go(4_000);
    floor.hear({ kind: 'answered', callId: 'a' as CallId });
    floor.hear({ kind: 'entered', callId: 'a' as CallId });
    expect(floor.view(SOLAR.id, tally({ inFlight: 2 }), NOBODY)).toEqual({
      nowMs: start + 5_000,
      agentsTaking: 2,
      idle: 2,
      busySinceMs: [],
      ringingSinceMs: [start + 1_000],
      waitingSinceMs: [start + 5_000],
      windows: [
        { liveAnswers: 50, drops: 1 },
        { liveAnswers: 70, drops: 2 },
      ],
    });
    expect(floor.openLines(SOLAR.id)).toEqual(['a', 'b']);
    await clock.go(900);
    result('a', 'connected');
    result('b', 'busy');
    expect(facts).toEqual([
      { kind: 'line_ended', as: 'person', ringMs: 5_000 },
      { kind: 'line_ended', as: 'busy', ringMs: 4_900 },
    ]);
    expect(ended).toEqual(['a', 'b']);
    expect(floor.openLines(SOLAR.id)).toEqual([]);
  });

  test.each([
    ['connected', 'person'],
    ['dropped', 'person'],
    ['hung_up', 'person'],
    ['machine', 'machine'],
    ['no_answer', 'no_answer'],
    ['failed', 'failed'],
  ])('%s is learned as %s', (outcome, as) => {
    permit('a');
    result('a', outcome);
    expect(facts).toEqual([{ kind: 'line_ended', as, ringMs: 0 }]);
  });

  test('nothing is learned of what expired, was never placed, or was vetoed', () => {
    permit('a');
    result('a', 'expired');
    permit('b');
    result('b', 'failed', false);
    floor.hearEntry(entry('decision', { callId: 'c', verdict: 'veto' }));
    result('c', 'no_answer');
    expect(facts).toEqual([]);
    expect(floor.openLines(SOLAR.id)).toEqual([]);
  });

  test('a dialer whose answers cannot be seen: it rang no longer than it may', async () => {
    permit('a');
    await clock.go(400_000);
    result('a', 'connected');
    expect(facts).toEqual([{ kind: 'line_ended', as: 'person', ringMs: SOLAR.ring.atMostSeconds * 1_000 }]);
  });

  test('what the counters count and nobody has seen begin has just begun', async () => {
    permit('a');
    await clock.go(3_000);
    const { ringingSinceMs } = floor.view(SOLAR.id, tally({ inFlight: 3 }), NOBODY);
    expect(ringingSinceMs).toEqual([start, start + 3_000, start + 3_000]);
  });

  test('of another campaign are not seen here', () => {
    permit('a');
    const other = floor.view('other' as CampaignId, tally(), NOBODY);
    expect(other.ringingSinceMs).toEqual([]);
  });
});

describe('agents', () => {
  test('promised to somebody who answered: taking calls, neither free nor with one yet', () => {
    for (const callId of ['a', 'b']) {
      permit(callId);
      floor.hear({ kind: 'answered', callId: callId as CallId });
    }
    const agents = { ready: 0, promised: 1, busy: 0, paused: 0 };
    expect(floor.view(SOLAR.id, tally({ inFlight: 2, agents }), NOBODY)).toMatchObject({
      agentsTaking: 1,
      idle: 0,
      busySinceMs: [],
      waitingSinceMs: [start, start],
    });
  });

  test('with a call since when; those of other sidecars have just begun; who leaves behind the call takes no more', async () => {
    await clock.go(60_000);
    const agents = { ready: 1, promised: 1, busy: 5, paused: 1 };
    const busy = { since: [monotonicMs(10_000), monotonicMs(55_000)], leaving: 2 };
    expect(floor.view(SOLAR.id, tally({ agents }), busy)).toMatchObject({
      agentsTaking: 5,
      idle: 1,
      busySinceMs: [start + 10_000, start + 55_000, start + 60_000],
    });
  });

  test('handled calls are learned by each campaign of the agent', () => {
    floor.handled([SOLAR.id], 95_000);
    expect(facts).toEqual([{ kind: 'handled', handleMs: 95_000 }]);
  });
});
