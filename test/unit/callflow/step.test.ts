/** The call machine on its own: every path a call can take, and the invariants over random events. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallEffect, CallEvent, CallPlan } from '../../../src/callflow/state.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { CALL_PLAN, playOn } from '../../support/call-plans.ts';

const PLAN = CALL_PLAN;
const AGENT = { agentId: 'agent-1' as AgentId, channelId: 'agent-channel' };

const play = (events: readonly CallEvent[], plan: CallPlan = PLAN) => playOn(plan, events);

const outcomes = (effects: readonly CallEffect[]): string[] =>
  effects.flatMap((effect) => (effect.do === 'settle' ? [effect.outcome] : []));

const TALKS: CallEvent = { kind: 'talk_started', by: 'channel' };
const FALLS_SILENT: CallEvent = { kind: 'talk_finished', by: 'channel', talkMs: 900 };
const ANSWERED: readonly CallEvent[] = [{ kind: 'ringing' }, { kind: 'answered' }, { kind: 'entered' }];
const GREETED: readonly CallEvent[] = [...ANSWERED, TALKS, FALLS_SILENT];
const ENDED: CallEvent = { kind: 'ended', hangupCause: 16, sipStatus: null };

describe('a call that nobody answers', () => {
  test.each([
    [17, 486, 'busy'],
    [19, 480, 'no_answer'],
    [16, null, 'no_answer'],
    [18, 408, 'no_answer'],
    [21, 603, 'failed'],
    [1, 404, 'failed'],
    [null, null, 'failed'],
  ] as const)('cause %s, status %s: %s', (hangupCause, sipStatus, outcome) => {
    const { state, effects } = play([{ kind: 'ringing' }, { kind: 'ended', hangupCause, sipStatus }]);
    expect(outcomes(effects)).toEqual([outcome]);
    expect(state.kind).toBe('ended');
  });
});

describe('an answered call', () => {
  test('arms the dead-man switch and asks for an agent as soon as it is in our hands', () => {
    const { names } = play(ANSWERED);
    expect(names.indexOf('start_heartbeat')).toBe(0);
    expect(names).toContain('request_agent');
  });

  test('with an agent promised is connected at the greeting end', () => {
    const { state, effects, names } = play([
      ...ANSWERED,
      { kind: 'agent_promised', agent: AGENT },
      TALKS,
      FALLS_SILENT,
      { kind: 'bridged' },
    ]);
    expect(state).toMatchObject({ kind: 'connected', agent: AGENT, recording: false });
    expect(outcomes(effects)).toEqual(['connected']);
    expect(names).not.toContain('play_message');
    expect(names.indexOf('disarm')).toBeGreaterThan(names.indexOf('connect_agent'));
  });

  test('without an agent plays the message at once and is a drop', () => {
    const { state, effects, names } = play([...GREETED, { kind: 'no_agent' }]);
    expect(state.kind).toBe('safe_harbor');
    expect(outcomes(effects)).toEqual(['dropped']);
    expect(names.indexOf('play_message')).toBeLessThan(names.indexOf('settle'));
  });

  test('an agent who becomes free by the greeting end takes the call', () => {
    const { state } = play([
      ...ANSWERED,
      { kind: 'no_agent' },
      ...GREETED.slice(3),
      { kind: 'agent_promised', agent: AGENT },
    ]);
    expect(state.kind).toBe('connecting');
  });

  test('of a silent person ends its greeting before the two seconds are over', () => {
    const { effects } = play(ANSWERED);
    const timer = effects.find((effect) => effect.do === 'set_timer' && effect.timer === 'no_speech');
    expect(timer).toMatchObject({ ms: expect.any(Number) as number });
    expect((timer as { ms: number }).ms).toBeLessThan(PLAN.connectWithinMs);
    const { state } = play([...ANSWERED, { kind: 'timer', timer: 'no_speech' }, { kind: 'no_agent' }]);
    expect(state.kind).toBe('safe_harbor');
  });

  test('in noise that never ends is not left waiting', () => {
    const { state } = play([
      ...ANSWERED,
      TALKS,
      { kind: 'timer', timer: 'no_speech' },
      { kind: 'timer', timer: 'longest_greeting' },
      { kind: 'no_agent' },
    ]);
    expect(state.kind).toBe('safe_harbor');
  });

  test('the person who hangs up during the greeting is a live answer and no drop, and the agent is free again', () => {
    const { effects, names } = play([
      ...ANSWERED,
      { kind: 'agent_promised', agent: AGENT },
      { kind: 'hangup_requested' },
      { kind: 'left' },
      ENDED,
    ]);
    expect(outcomes(effects)).toEqual(['hung_up']);
    expect(names).toContain('release_agent');
    expect(names.at(-1)).toBe('finish');
  });

  test('that the dialplan took back from us is a drop: its message played, not ours', () => {
    const { effects, names } = play([...ANSWERED, { kind: 'left' }, ENDED]);
    expect(outcomes(effects)).toEqual(['dropped']);
    expect(names).not.toContain('play_message');
  });
});

describe('the connection to the agent', () => {
  const CONNECTING: readonly CallEvent[] = [
    ...ANSWERED,
    { kind: 'agent_promised', agent: AGENT },
    ...GREETED.slice(3),
  ];

  test.each([
    [{ kind: 'connect_failed' }],
    [{ kind: 'agent_lost' }],
    [{ kind: 'timer', timer: 'connect' }],
  ] as const)('that fails (%j) becomes the message while there is time', (event) => {
    const { state, effects } = play([...CONNECTING, event]);
    expect(state.kind).toBe('safe_harbor');
    expect(outcomes(effects)).toEqual(['dropped']);
  });

  test('that ends on the agent side hangs the person up rather than leaving silence', () => {
    const { state, names } = play([...CONNECTING, { kind: 'bridged' }, { kind: 'agent_lost' }]);
    expect(state.kind).toBe('closing');
    expect(names).toContain('hang_up');
  });

  test('is given up half way through the two seconds', () => {
    const { effects } = play(CONNECTING);
    expect(effects).toContainEqual({ do: 'set_timer', timer: 'connect', ms: 1_000 });
  });

  test('to a place in the dialplan that is vouched for hands the channel over and releases its line at the end', () => {
    const plan: CallPlan = {
      ...PLAN,
      destination: {
        ...{ kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 1 },
        connectedBy: 'handover',
      },
    };
    const line = { agentId: 'queue-1' as AgentId, channelId: null };
    const { effects, names } = play(
      [
        ...ANSWERED,
        { kind: 'agent_promised', agent: line },
        ...GREETED.slice(3),
        { kind: 'left' },
        { kind: 'bridged' },
        ENDED,
      ],
      plan,
    );
    const place = { context: 'sales', extension: 's', priority: 1 };
    expect(effects).toContainEqual({ do: 'hand_over', ...place, bridgedWithinMs: null });
    expect(outcomes(effects)).toEqual(['connected']);
    expect(names).toContain('release_agent');
  });
});

describe('disclosure and recording', () => {
  const bridged = (plan: CallPlan, ...more: readonly CallEvent[]) =>
    play(
      [
        ...ANSWERED,
        { kind: 'agent_promised', agent: AGENT },
        ...GREETED.slice(3),
        { kind: 'bridged' },
        ...more,
      ],
      plan,
    );

  test('recording waits for the end of the disclosure', () => {
    const plan = { ...PLAN, record: true, disclose: true };
    expect(bridged(plan).names).not.toContain('start_recording');
    expect(bridged(plan).names).toContain('play_disclosure');
    expect(bridged(plan, { kind: 'disclosure_finished' }).names.at(-1)).toBe('start_recording');
  });

  test('a disclosure that was not heard means no recording', () => {
    const plan = { ...PLAN, record: true, disclose: true };
    expect(bridged(plan, { kind: 'disclosure_failed' }).names).not.toContain('start_recording');
  });

  test('the key that refuses stops a recording; in the message it means nothing', () => {
    const plan = { ...PLAN, record: true, refusalDigit: '4' };
    const key: CallEvent = { kind: 'digit', digit: '4' };
    const { effects, state } = bridged(plan, key);
    expect(effects.at(-1)).toEqual({
      do: 'refuse_recording',
      how: 'key',
      who: 'called party',
      running: true,
    });
    expect(state).toMatchObject({ kind: 'connected', recording: false });
    expect(bridged(plan, { kind: 'digit', digit: '5' }).names).not.toContain('refuse_recording');
    expect(bridged({ ...plan, record: false }, key).names).not.toContain('refuse_recording');
    expect(play([...GREETED, { kind: 'no_agent' }, key], plan).names).not.toContain('refuse_recording');
  });

  test('a refusal from outside binds in every state but the last, and the disclosure then starts nothing', () => {
    const refused: CallEvent = { kind: 'recording_refused', who: 'agent' };
    const plan = { ...PLAN, record: true, disclose: true };
    for (let seen = 0; seen <= GREETED.length; seen += 1) {
      expect(play([...GREETED.slice(0, seen), refused], plan).effects.at(-1)).toMatchObject({
        running: false,
      });
    }
    expect(play([...GREETED, ENDED, refused], plan).names).not.toContain('refuse_recording');
    expect(bridged({ ...plan, record: false }, { kind: 'disclosure_finished' }).names).not.toContain(
      'start_recording',
    );
  });

  test('without the obligation recording starts with the talk', () => {
    expect(bridged({ ...PLAN, record: true }).names.at(-1)).toBe('start_recording');
  });

  test('a campaign that does not record plays no disclosure', () => {
    const { names } = bridged({ ...PLAN, disclose: true });
    expect(names).not.toContain('play_disclosure');
    expect(names).not.toContain('start_recording');
  });
});

describe('the safe harbor', () => {
  const DROPPED: readonly CallEvent[] = [...GREETED, { kind: 'no_agent' }];

  test('the opt-out key stops the message, and the hang-up waits for the durable request', () => {
    const pressed = play([...DROPPED, { kind: 'digit', digit: '9' }]);
    expect(pressed.names.slice(-2)).toEqual(['stop_message', 'record_opt_out']);
    expect(pressed.names).not.toContain('hang_up');
    // The stopped playback reports its end: that alone must not hang up.
    const stopped = play([...DROPPED, { kind: 'digit', digit: '9' }, { kind: 'message_finished' }]);
    expect(stopped.names).not.toContain('hang_up');
    const durable = play([...DROPPED, { kind: 'digit', digit: '9' }, { kind: 'opt_out_durable' }]);
    expect(durable.names).toContain('hang_up');
  });

  test('the key may still be pressed after the last word, and while our hang-up is on its way', () => {
    const heard: readonly CallEvent[] = [...DROPPED, { kind: 'message_finished' }];
    expect(play(heard).names).not.toContain('hang_up');
    expect(play([...heard, { kind: 'digit', digit: '9' }]).names).toContain('record_opt_out');
    const late = play([...heard, { kind: 'timer', timer: 'message' }, { kind: 'digit', digit: '9' }]);
    expect(late.names.slice(-1)).toEqual(['record_opt_out']);
  });

  test('another key is nothing, the same key twice is one request', () => {
    const other = play([...DROPPED, { kind: 'digit', digit: '1' }]);
    expect(other.names).not.toContain('record_opt_out');
    const twice = play([...DROPPED, { kind: 'digit', digit: '9' }, { kind: 'digit', digit: '9' }]);
    expect(twice.names.filter((name) => name === 'record_opt_out')).toHaveLength(1);
  });

  test('a message that cannot be played by us is played by the dialplan', () => {
    const { state, names } = play([...DROPPED, { kind: 'message_failed' }]);
    expect(state.kind).toBe('rescued');
    expect(names).toContain('rescue');
    expect(names).not.toContain('hang_up');
  });

  test('a hang-up that does not take is repeated', () => {
    const { names } = play([
      ...DROPPED,
      { kind: 'message_finished' },
      { kind: 'timer', timer: 'message' },
      { kind: 'timer', timer: 'closing' },
    ]);
    expect(names.filter((name) => name === 'hang_up')).toHaveLength(2);
  });
});

describe('over any sequence of events', () => {
  const event: fc.Arbitrary<CallEvent> = fc.oneof(
    fc.constantFrom<CallEvent>(
      { kind: 'ringing' },
      { kind: 'answered' },
      { kind: 'entered' },
      TALKS,
      FALLS_SILENT,
      { kind: 'hangup_requested' },
      { kind: 'left' },
      { kind: 'no_agent' },
      { kind: 'agent_lost' },
      { kind: 'bridged' },
      { kind: 'handed_over' },
      { kind: 'agent_reached' },
      { kind: 'take_failed' },
      { kind: 'connection_lost' },
      { kind: 'connect_failed' },
      { kind: 'message_finished' },
      { kind: 'message_failed' },
      { kind: 'disclosure_finished' },
      { kind: 'disclosure_failed' },
      { kind: 'opt_out_durable' },
      { kind: 'agent_promised', agent: AGENT },
      { kind: 'greeting_missed' },
      ENDED,
    ),
    fc
      .record({ by: fc.constantFrom('channel' as const, 'snoop' as const), talkMs: fc.constantFrom(20, 900) })
      .chain(({ by, talkMs }) =>
        fc.constantFrom<CallEvent>({ kind: 'talk_started', by }, { kind: 'talk_finished', by, talkMs }),
      ),
    fc.constantFrom('9', '1').map((digit): CallEvent => ({ kind: 'digit', digit })),
    fc
      .constantFrom(
        'no_speech',
        'noise_suspected',
        'voice_ended',
        'longest_greeting',
        'connect',
        'message',
        'closing',
      )
      .map((timer): CallEvent => ({ kind: 'timer', timer })),
  );
  const plans = fc
    .record({
      disclose: fc.boolean(),
      record: fc.boolean(),
      connectAt: fc.constantFrom('at_greeting_end' as const, 'at_answer' as const),
      destination: fc.constantFrom<CallPlan['destination']>(
        { kind: 'stasis' },
        { kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 1 },
        {
          ...{ kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 1 },
          connectedBy: 'handover',
        },
      ),
    })
    .map((flags) => ({ ...PLAN, ...flags }));

  test('one-result-per-call: exactly one settlement once the call has ended, never two', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), plans, (events, plan) => {
        const { effects } = play([...events, ENDED], plan);
        expect(outcomes(effects)).toHaveLength(1);
      }),
      { numRuns: 2_000 },
    );
  });

  test('answered-then-connected-or-safe-harbor: a greeting that ends is connected, played to, or rescued', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), plans, (events, plan) => {
        const { effects, state } = play(events, plan);
        const greeted = effects.some((effect) => effect.do === 'note_greeting_end');
        if (!greeted || state.kind !== 'closing') return;
        // Whoever is hung up by us after the greeting had an agent or the message, or has opted out.
        expect(
          effects.some(({ do: did }) => ['play_message', 'disarm', 'record_opt_out'].includes(did)) ||
            outcomes(effects).includes('hung_up'),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('disclosure-before-recording', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { names } = play(events, { ...PLAN, record: true, disclose: true });
        const recorded = names.indexOf('start_recording');
        if (recorded >= 0) expect(names.indexOf('play_disclosure')).toBeLessThan(recorded);
        expect(names.filter((name) => name === 'start_recording').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2_000 },
    );
  });

  test('promised-agents-come-back: after the end every promised agent was released once or is lost', () => {
    const script = fc.array(
      fc.oneof({ weight: 1, arbitrary: fc.constant('promise' as const) }, { weight: 4, arbitrary: event }),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(script, plans, (steps, plan) => {
        let next = 0;
        const events = [...ANSWERED, ...steps, 'promise' as const].map((each): CallEvent => {
          if (each !== 'promise' && each.kind !== 'agent_promised') return each;
          next += 1;
          return {
            kind: 'agent_promised',
            agent: { agentId: `agent-${next}` as AgentId, channelId: `channel-${next}` },
          };
        });
        const { effects, state } = play([...events, ENDED], plan);
        expect(state.kind).toBe('ended');
        const released = effects.flatMap((effect) =>
          effect.do === 'release_agent' ? [effect.agent.agentId] : [],
        );
        expect(new Set(released).size).toBe(released.length);
        // Only an agent the call held when it was told of the loss may be missing.
        const lost = events.filter(({ kind }) => kind === 'agent_lost').length;
        expect(next - released.length).toBeLessThanOrEqual(lost);
      }),
      { numRuns: 2_000 },
    );
  });
});
