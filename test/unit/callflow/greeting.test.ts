/** The end of the greeting as the two ears tell it: every event of the greeting in every state of hearing that matters. */
import { describe, expect, test } from 'vitest';
import { INITIAL_STATE, step } from '../../../src/callflow/step.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, TimerName } from '../../../src/callflow/state.ts';
import type { Ear } from '../../../src/domain/ear.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { CALL_PLAN } from '../../support/call-plans.ts';

const PLAN = CALL_PLAN;
const AGENT = { agentId: 'agent-1' as AgentId, channelId: 'agent-channel' };
const ENTERED: CallEvent = { kind: 'entered' };
const NINE: CallEvent = { kind: 'digit', digit: '9' };
const PROMISED: CallEvent = { kind: 'agent_promised', agent: AGENT };
const talks = (by: Ear): CallEvent => ({ kind: 'talk_started', by });
const quiet = (by: Ear, talkMs = 900): CallEvent => ({ kind: 'talk_finished', by, talkMs });
const timer = (name: TimerName): CallEvent => ({ kind: 'timer', timer: name });

function play(events: readonly CallEvent[], plan: CallPlan = PLAN) {
  let state: CallState = INITIAL_STATE;
  let last: readonly CallEffect[] = [];
  const effects: CallEffect[] = [];
  for (const event of events) {
    ({ state, effects: last } = step(state, event, plan));
    effects.push(...last);
  }
  const ends = effects.flatMap((effect) => (effect.do === 'note_greeting_end' ? [effect] : []));
  return { state, effects, last, names: effects.map((effect) => effect.do), ends };
}

const endedBy = (events: readonly CallEvent[], plan?: CallPlan) => {
  const { state, ends } = play([ENTERED, ...events], plan);
  return { state: state.kind, ends: ends.map(({ how, by }) => `${how} ${by ?? 'nobody'}`) };
};

describe('the time for a first word', () => {
  const noSpeechMs = (event: CallEvent): number | undefined =>
    play([event]).effects.flatMap((effect) =>
      effect.do === 'set_timer' && effect.timer === 'no_speech' ? [effect.ms] : [],
    )[0];

  test('runs from the answer, not from when we heard of it', () => {
    const told = noSpeechMs(ENTERED) ?? Number.NaN;
    expect(told).toBe(1_650);
    expect(noSpeechMs({ kind: 'entered', lateMs: 412 })).toBe(told - 412);
    expect(noSpeechMs({ kind: 'entered', lateMs: 1_900 })).toBe(0);
  });
});

describe('two ears', () => {
  test.each<[string, readonly CallEvent[], string]>([
    ['the channel tells first', [talks('channel'), talks('snoop'), quiet('channel')], 'talk_end channel'],
    ['the snoop tells first', [talks('channel'), talks('snoop'), quiet('snoop')], 'talk_end snoop'],
    ['there is no snoop', [talks('channel'), quiet('channel')], 'talk_end channel'],
    ['the channel never tells (DTX)', [talks('channel'), quiet('snoop')], 'talk_end snoop'],
    ['told without having been told of talk', [quiet('snoop')], 'talk_end snoop'],
    ['nobody speaks', [timer('no_speech')], 'no_speech nobody'],
    ['sound never ends', [talks('channel'), timer('longest_greeting')], 'longest nobody'],
    ['it was missed', [{ kind: 'greeting_missed' }], 'missed nobody'],
  ])('%s', (_, events, end) => {
    expect(endedBy(events)).toEqual({ state: 'awaiting_agent', ends: [end] });
  });

  test('the second ear’s end changes nothing', () => {
    const { last, ends } = play([ENTERED, talks('channel'), quiet('channel'), quiet('snoop')]);
    expect(last).toEqual([]);
    expect(ends).toHaveLength(1);
  });

  test('the second ear is set with the greeting and taken away with its end, however it ends', () => {
    for (const end of [quiet('snoop'), timer('no_speech'), timer('longest_greeting'), NINE]) {
      expect(
        play([ENTERED, end]).names.filter((name) => name.endsWith('listen') || name === 'stop_listening'),
      ).toEqual(['listen', 'stop_listening']);
    }
    const hungUp = play([ENTERED, { kind: 'hangup_requested' }, { kind: 'left' }]);
    expect(hungUp.names).toContain('stop_listening');
    const gone = play([ENTERED, { kind: 'ended', hangupCause: 16, sipStatus: null }]);
    expect(gone.names).toContain('stop_listening');
  });

  test('talk is told to the dialplan once', () => {
    const { names } = play([ENTERED, talks('channel'), talks('snoop'), talks('channel')]);
    expect(names.filter((name) => name === 'note_speech')).toHaveLength(1);
  });
});

describe('the click of a telephone', () => {
  const click = [talks('channel'), quiet('channel', 20)];

  test('is no greeting: the first word is still waited for', () => {
    expect(endedBy(click)).toEqual({ state: 'greeting', ends: [] });
    expect(endedBy([...click, timer('no_speech')]).ends).toEqual(['no_speech nobody']);
    expect(endedBy([...click, talks('channel'), quiet('channel')]).ends).toEqual(['talk_end channel']);
  });

  test('that is still sounding when the time for a first word is over ends it with its own end', () => {
    const events = [talks('channel'), talks('snoop'), timer('no_speech'), quiet('channel', 20)];
    expect(endedBy(events).state).toBe('greeting');
    expect(endedBy([...events, quiet('snoop', 20)]).ends).toEqual(['no_speech nobody']);
  });

  test('suspects nobody of noise', () => {
    const { last } = play([ENTERED, ...click]);
    expect(last).toEqual([{ do: 'cancel_timer', timer: 'noise_suspected' }]);
    expect(play([ENTERED, ...click, timer('noise_suspected')]).last).toEqual([]);
  });
});

describe('a late hello', () => {
  test('is heard out when it begins before the time for a first word is over', () => {
    const events = [talks('channel'), timer('no_speech')];
    expect(endedBy(events)).toEqual({ state: 'greeting', ends: [] });
    expect(endedBy([...events, quiet('channel')]).ends).toEqual(['talk_end channel']);
  });
});

describe('noise', () => {
  const raised = [talks('channel'), talks('snoop'), timer('noise_suspected')];

  test('is asked for while the two seconds since the first sound still hold an answer', () => {
    const { effects } = play([ENTERED, talks('channel')]);
    const asked = effects.find((effect) => effect.do === 'set_timer' && effect.timer === 'noise_suspected');
    expect((asked as { ms: number }).ms + PLAN.silenceMs).toBeLessThan(PLAN.connectWithinMs);
    expect(play([ENTERED, ...raised]).last).toEqual([{ do: 'raise_threshold' }]);
  });

  test('is asked for once', () => {
    expect(play([ENTERED, ...raised, timer('noise_suspected')]).last).toEqual([]);
    expect(
      play([ENTERED, ...raised, talks('snoop')]).names.filter((name) => name === 'raise_threshold'),
    ).toHaveLength(1);
  });

  test.each<[string, readonly CallEvent[], string]>([
    [
      'without a voice above it and no other ear',
      [quiet('snoop', 40), quiet('channel', 1_400)],
      'noise channel',
    ],
    ['that was silence after all', [quiet('channel', 1_200)], 'talk_end channel'],
    ['that was a greeting two frames shorter', [quiet('channel', 1_360)], 'talk_end channel'],
    ['that ends', [quiet('snoop', 2_500)], 'talk_end snoop'],
  ])('%s ends the greeting at once', (_, events, end) => {
    expect(endedBy([...raised, ...events])).toEqual({ state: 'awaiting_agent', ends: [end] });
  });

  test.each<[string, CallEvent, string]>([
    [
      'a greeting of just that length, which the other ear tells as well',
      quiet('snoop', 1_400),
      'talk_end snoop',
    ],
    ['noise, of which the other ear tells no end', timer('voice_ended'), 'noise channel'],
  ])('may be %s', (_, event, end) => {
    const ended = [...raised, quiet('channel', 1_400)];
    expect(endedBy(ended)).toEqual({ state: 'greeting', ends: [] });
    expect(play([ENTERED, ...ended]).last).toEqual([{ do: 'set_timer', timer: 'voice_ended', ms: 40 }]);
    expect(endedBy([...ended, event]).ends).toEqual([end]);
  });

  test('with a voice that comes back is waited for, and what ends then is the voice', () => {
    const back = [...raised, quiet('channel', 1_400), talks('channel'), quiet('channel', 600)];
    expect(play([ENTERED, ...back.slice(0, -1)]).last).toEqual([
      { do: 'cancel_timer', timer: 'voice_ended' },
    ]);
    expect(endedBy(back).state).not.toBe('greeting');
  });

  test('a voice above it is believed to have ended a moment later, unless it comes back', () => {
    const ended = [...raised, quiet('channel', 2_200)];
    expect(endedBy(ended)).toEqual({ state: 'greeting', ends: [] });
    expect(play([ENTERED, ...ended]).last).toEqual([{ do: 'set_timer', timer: 'voice_ended', ms: 250 }]);
    expect(endedBy([...ended, timer('voice_ended')]).ends).toEqual(['voice_end channel']);
    expect(play([ENTERED, ...ended, talks('channel')]).last).toEqual([
      { do: 'cancel_timer', timer: 'voice_ended' },
    ]);
    expect(endedBy([...ended, quiet('snoop', 2_400)]).ends).toEqual(['talk_end snoop']);
  });

  test('leaves a bridge less time, for the two seconds are nearly over', () => {
    const { effects } = play([ENTERED, PROMISED, ...raised, quiet('channel', 1_400), timer('voice_ended')]);
    expect(effects).toContainEqual({ do: 'set_timer', timer: 'connect', ms: 200 });
  });
});

describe('connect: at_answer', () => {
  const plan: CallPlan = { ...PLAN, connectAt: 'at_answer' };

  test('an agent who is there is bridged at once, and nobody listens for a greeting', () => {
    const { state, names, ends } = play([ENTERED, PROMISED], plan);
    expect(state.kind).toBe('connecting');
    expect(ends).toMatchObject([{ how: 'at_answer', by: null }]);
    expect(names).not.toContain('listen');
  });

  test('without one it is as with `at_greeting_end`', () => {
    const events: readonly CallEvent[] = [ENTERED, { kind: 'no_agent' }];
    expect(play(events, plan).last).toEqual([{ do: 'listen' }]);
    const { state } = play([...events, talks('channel'), quiet('channel'), { kind: 'no_agent' }], plan);
    expect(state.kind).toBe('safe_harbor');
  });

  test('an agent who cannot be bridged leaves the message', () => {
    const { names } = play([ENTERED, PROMISED, { kind: 'connect_failed' }], plan);
    expect(names).toContain('play_message');
  });

  test('with `at_greeting_end` an agent who is there waits', () => {
    expect(play([ENTERED, PROMISED]).state.kind).toBe('greeting');
  });
});

describe('an early key', () => {
  test.each<[string, readonly CallEvent[]]>([
    ['during the greeting', [ENTERED]],
    ['while an agent is looked for', [ENTERED, talks('channel'), quiet('channel')]],
    ['with an agent promised', [ENTERED, PROMISED]],
    ['while an agent is being bridged', [ENTERED, PROMISED, talks('channel'), quiet('channel')]],
  ])('%s is a request: recorded beside the message, one drop, the agent is free', (_, events) => {
    const { names, state } = play([...events, NINE]);
    expect(state).toEqual({ kind: 'safe_harbor', optingOut: false });
    // However slow the record is, the person hears the message at once, and the whole of it.
    expect(names).toContain('record_opt_out');
    expect(names).toContain('play_message');
    expect(names).not.toContain('hang_up');
    expect(names.filter((name) => name === 'settle')).toHaveLength(1);
    expect(names.includes('release_agent')).toBe(events.includes(PROMISED));
    const over = play([...events, NINE, { kind: 'opt_out_durable' }]);
    expect(over.last).toEqual([]);
    const again = play([...events, NINE, NINE, { kind: 'opt_out_durable' }]);
    expect(again.names).toContain('stop_message');
    expect(again.last[1]).toEqual({ do: 'hang_up' });
  });

  test('of another kind is nothing', () => {
    expect(play([ENTERED, { kind: 'digit', digit: '1' }]).last).toEqual([]);
  });

  test('a third one is nothing', () => {
    expect(play([ENTERED, NINE, NINE, NINE]).last).toEqual([]);
  });
});
