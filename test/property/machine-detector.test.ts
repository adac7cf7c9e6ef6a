/**
 * The detector over any order of events, however late or repeated, and over any talk: what must hold whatever the ears tell. A call
 * is played once with the detector and once without; nobody who is no machine may notice a difference.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallEffect, CallEvent, CallPlan, CallState, MachinePlan } from '../../src/callflow/state.ts';
import { INITIAL_STATE, step } from '../../src/callflow/step.ts';
import type { AgentId } from '../../src/domain/ids.ts';
import { countsOf, type Outcome } from '../../src/domain/call-result.ts';
import { CALL_PLAN, MACHINE_PLAN } from '../support/call-plans.ts';

const MACHINE: MachinePlan = { ...MACHINE_PLAN, onMachine: 'message' };
const PLAN = CALL_PLAN;
const AGENT = { agentId: 'agent-1' as AgentId, channelId: 'agent-channel' };

const EVENT = fc.oneof(
  fc.constantFrom<CallEvent>(
    { kind: 'talk_started', by: 'channel' },
    { kind: 'talk_started', by: 'snoop' },
    { kind: 'greeting_missed' },
    { kind: 'threshold_raised' },
    { kind: 'digit', digit: '9' },
    { kind: 'digit', digit: '5' },
    { kind: 'hangup_requested' },
    { kind: 'left' },
    { kind: 'connection_lost' },
    { kind: 'ended', hangupCause: 16, sipStatus: null },
    { kind: 'agent_promised', agent: AGENT },
    { kind: 'no_agent' },
    { kind: 'agent_lost' },
    { kind: 'bridged' },
    { kind: 'connect_failed' },
    { kind: 'message_finished' },
    { kind: 'message_failed' },
    { kind: 'opt_out_durable' },
  ),
  fc.record({
    kind: fc.constant('talk_finished' as const),
    by: fc.constantFrom('channel' as const, 'snoop' as const),
    talkMs: fc.integer({ min: 0, max: 12_000 }),
  }),
  fc.record({
    kind: fc.constant('timer' as const),
    timer: fc.constantFrom(
      ...(['no_speech', 'noise_suspected', 'voice_ended', 'longest_greeting'] as const),
      ...(['machine_suspected', 'machine_confirmed'] as const),
      ...(['machine_greeting', 'tone', 'connect', 'message', 'closing'] as const),
    ),
  }),
);
/** Half of them begin with talk that goes on, or no verdict would ever fall. */
const TALKS_ON: readonly CallEvent[] = [
  { kind: 'talk_started', by: 'channel' },
  { kind: 'talk_started', by: 'snoop' },
  { kind: 'timer', timer: 'noise_suspected' },
  { kind: 'threshold_raised' },
];
const EVENTS = fc
  .tuple(fc.boolean(), fc.array(EVENT, { maxLength: 30 }))
  .map(([talksOn, events]) => (talksOn ? [...TALKS_ON, ...events] : events));
const ON_MACHINE = fc.constantFrom('hang_up' as const, 'message' as const);

interface Played {
  readonly before: CallState;
  readonly event: CallEvent;
  readonly effects: readonly CallEffect[];
}

function play(events: readonly CallEvent[], plan: CallPlan): readonly Played[] {
  let state: CallState = INITIAL_STATE;
  return [{ kind: 'entered' } as const, ...events].map((event) => {
    const before = state;
    const { state: next, effects } = step(state, event, plan);
    state = next;
    return { before, event, effects };
  });
}

const withDetector = (onMachine: 'hang_up' | 'message'): CallPlan => ({
  ...PLAN,
  machine: { ...MACHINE, onMachine },
});
const foundMachine = ({ effects }: Played): boolean =>
  effects.some((each) => each.do === 'note_verdict' && each.verdict === 'machine');
const outcomesOf = (played: readonly Played[]): readonly Outcome[] =>
  played.flatMap(({ effects }) => effects.flatMap((each) => (each.do === 'settle' ? [each.outcome] : [])));

describe('over any events', () => {
  test('a machine is found at most once, in the greeting, while both ears hear talk: never on silence', () => {
    fc.assert(
      fc.property(EVENTS, ON_MACHINE, (events, onMachine) => {
        const found = play(events, withDetector(onMachine)).filter(foundMachine);
        expect(found.length).toBeLessThanOrEqual(1);
        for (const { before, event } of found) {
          expect(event).toEqual({ kind: 'timer', timer: 'machine_confirmed' });
          expect(before).toMatchObject({ kind: 'greeting', hearing: { raised: true } });
          expect(before.kind === 'greeting' && new Set(before.hearing.talking)).toEqual(
            new Set(['channel', 'snoop']),
          );
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('whoever is not found to be a machine gets what they would get without a detector', () => {
    const served = (played: readonly Played[]): readonly CallEffect[] =>
      played
        .flatMap(({ effects }) => effects)
        .filter(
          (each) => each.do !== 'note_verdict' && !('timer' in each && each.timer.startsWith('machine_')),
        );
    fc.assert(
      fc.property(EVENTS, ON_MACHINE, (events, onMachine) => {
        const played = play(events, withDetector(onMachine));
        if (played.some(foundMachine)) return;
        expect(served(played)).toEqual(served(play(events, PLAN)));
      }),
      { numRuns: 3_000 },
    );
  });

  test('a call has one result; a machine counts nowhere, and after a sign of a person it is a drop', () => {
    fc.assert(
      fc.property(EVENTS, ON_MACHINE, (events, onMachine) => {
        const over: CallEvent = { kind: 'ended', hangupCause: 16, sipStatus: null };
        const played = play([...events, over], withDetector(onMachine));
        const outcomes = outcomesOf(played);
        expect(outcomes).toHaveLength(1);
        const [outcome] = outcomes;
        if (outcome === 'machine') {
          expect(played.some(foundMachine)).toBe(true);
          expect(countsOf(outcome)).toEqual({ liveAnswers: 0, drops: 0 });
        }
        const signed = played.some(({ effects }) => effects.some((each) => each.do === 'note_human_sign'));
        if (signed) expect(outcome).not.toBe('machine');
      }),
      { numRuns: 3_000 },
    );
  });

  test('whoever has an agent is never hung up on by a verdict, and nobody has both', () => {
    fc.assert(
      fc.property(EVENTS, ON_MACHINE, (events, onMachine) => {
        for (const played of play(events, withDetector(onMachine))) {
          const late = played.before.kind !== 'greeting' && foundMachine(played);
          expect(late).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** When noise is told from talk, and when an end is told; `PLAN`. */
const RAISED_MS = 1_400;
const SILENCE_MS = 500;
/** From the first look to the verdict: what has come meanwhile is read. */
const CONFIRMED_MS = 50;

/** Talk as both ears tell it, a frame apart, in the order in which timers and ears would speak. */
function talk(forMs: number, patienceMs: number): readonly CallEvent[] {
  const told: readonly (readonly [number, CallEvent])[] = [
    [0, { kind: 'talk_started', by: 'channel' }],
    [20, { kind: 'talk_started', by: 'snoop' }],
    [RAISED_MS, { kind: 'timer', timer: 'noise_suspected' }],
    [RAISED_MS + 1, { kind: 'threshold_raised' }],
    [RAISED_MS + 1 + patienceMs + SILENCE_MS, { kind: 'timer', timer: 'machine_suspected' }],
    [RAISED_MS + 1 + patienceMs + SILENCE_MS + CONFIRMED_MS, { kind: 'timer', timer: 'machine_confirmed' }],
    [forMs + SILENCE_MS, { kind: 'talk_finished', by: 'channel', talkMs: forMs }],
    [forMs + SILENCE_MS + 20, { kind: 'talk_finished', by: 'snoop', talkMs: forMs }],
    [forMs + SILENCE_MS + 250, { kind: 'timer', timer: 'voice_ended' }],
  ];
  // Once the ears have told the end, timers of the greeting are void.
  return [...told].sort(([a], [b]) => a - b).map(([, event]) => event);
}

describe('over any talk', () => {
  const isMachine = (forMs: number, longestHumanTalkMs: number): boolean =>
    play(talk(forMs, longestHumanTalkMs), {
      ...PLAN,
      machine: { ...MACHINE, longestHumanTalkMs },
    }).some(foundMachine);
  const MS = fc.integer({ min: 100, max: 12_000 });
  const PATIENCE = fc.integer({ min: 500, max: 9_000 });

  test('longer talk is never less of a machine, more patience never more', () => {
    fc.assert(
      fc.property(MS, MS, PATIENCE, PATIENCE, (talkMs, moreMs, patienceMs, more) => {
        if (isMachine(talkMs, patienceMs)) expect(isMachine(talkMs + moreMs, patienceMs)).toBe(true);
        if (!isMachine(talkMs, patienceMs)) expect(isMachine(talkMs, patienceMs + more)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a voice that ends within the patience is a person’s, one that outlasts it and the silence is not', () => {
    fc.assert(
      fc.property(PATIENCE, fc.integer({ min: 0, max: 3_000 }), (patienceMs, ms) => {
        expect(isMachine(Math.max(100, RAISED_MS + patienceMs - ms), patienceMs)).toBe(false);
        expect(isMachine(RAISED_MS + patienceMs + CONFIRMED_MS + 2 + ms, patienceMs)).toBe(true);
      }),
    );
  });
});

test('whoever is taken for a machine waits in silence for the tone at most, then hears the message', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 6 }), (goesOn) => {
      const greeting = goesOn.flatMap<CallEvent>((on) => [
        { kind: 'talk_finished', by: 'snoop', talkMs: 3_000 },
        on ? { kind: 'talk_started', by: 'snoop' } : { kind: 'timer', timer: 'tone' },
      ]);
      const played = play([...talk(9_000, 1_500).slice(0, 6), ...greeting], withDetector('message'));
      const pauses = played.filter(
        ({ before, event }) =>
          before.kind === 'machine' && before.doing === 'greets' && event.kind === 'talk_finished',
      );
      for (const { effects } of pauses)
        expect(effects).toEqual([
          { do: 'set_timer', timer: 'tone', ms: MACHINE.toneWithinMs },
          { do: 'stop_heartbeat' },
          { do: 'leave_to_switch', ms: 1_450 },
        ]);
      const told = played.filter(({ effects }) => effects.some((each) => each.do === 'play_machine_message'));
      expect(told).toHaveLength(goesOn.includes(false) ? 1 : 0);
      // Until then the switch is on, by the heartbeat or set for the pause: a sidecar that dies leaves nobody in silence.
      const stopped = played.filter(({ effects }) => effects.some((each) => each.do === 'stop_heartbeat'));
      expect(stopped).toEqual(played.filter((each) => pauses.includes(each) || told.includes(each)));
    }),
  );
});
