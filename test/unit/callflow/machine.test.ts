/** Person or machine: what our detector and `AMD()` decide, and what becomes of a call that is taken for a machine's. */
import { describe, expect, test } from 'vitest';
import type { CallEffect, CallEvent, CallPlan, CallState, TimerName } from '../../../src/callflow/state.ts';
import { INITIAL_STATE, step } from '../../../src/callflow/step.ts';
import type { Ear } from '../../../src/domain/ear.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import type { OnMachine } from '../../../src/domain/machine-detection.ts';
import { CALL_PLAN, MACHINE_PLAN } from '../../support/call-plans.ts';

const MACHINE = MACHINE_PLAN;
const PLAN: CallPlan = { ...CALL_PLAN, machine: MACHINE };
const doing = (onMachine: OnMachine): CallPlan => ({ ...PLAN, machine: { ...MACHINE, onMachine } });
const HANGS_UP = doing('hang_up');
const LEAVES_MESSAGE = doing('message');
const ASKS_ASTERISK: CallPlan = { ...PLAN, machine: { ...MACHINE, by: 'asterisk' } };

const ENTERED: CallEvent = { kind: 'entered' };
const AGENT = { agentId: 'agent-1' as AgentId, channelId: 'agent-channel' };
const PROMISED: CallEvent = { kind: 'agent_promised', agent: AGENT };
const ENDED: CallEvent = { kind: 'ended', hangupCause: 16, sipStatus: null };
const HANGUP: CallEvent = { kind: 'hangup_requested' };
const RAISED: CallEvent = { kind: 'threshold_raised' };
const LEFT: CallEvent = { kind: 'left' };
const LOST: CallEvent = { kind: 'connection_lost' };
const key = (digit: string): CallEvent => ({ kind: 'digit', digit });
/** Between the answer and our entry. */
const pressed = (...digits: readonly string[]): readonly CallEvent[] => [
  { kind: 'answered' },
  ...digits.map(key),
  { kind: 'answered' },
];
const talks = (by: Ear): CallEvent => ({ kind: 'talk_started', by });
const quiet = (by: Ear, talkMs = 900): CallEvent => ({ kind: 'talk_finished', by, talkMs });
const timer = (name: TimerName): CallEvent => ({ kind: 'timer', timer: name });

/** Both ears hear talk that outlasts the noise test and the detector's patience. */
const TALKS_ON = [ENTERED, talks('channel'), talks('snoop'), timer('noise_suspected')] as const;
const VOICE = [...TALKS_ON, RAISED] as const;
const SUSPECTED = [...VOICE, timer('machine_suspected')] as const;
const FOUND = [...SUSPECTED, timer('machine_confirmed')] as const;

function play(events: readonly CallEvent[], plan: CallPlan = HANGS_UP) {
  let state: CallState = INITIAL_STATE;
  let last: readonly CallEffect[] = [];
  const effects: CallEffect[] = [];
  for (const event of events) {
    ({ state, effects: last } = step(state, event, plan));
    effects.push(...last);
  }
  const names = effects.map((effect) => effect.do);
  const verdicts = effects.flatMap((each) =>
    each.do === 'note_verdict' ? [`${each.verdict} ${each.rule}`] : [],
  );
  const outcomes = effects.flatMap((each) => (each.do === 'settle' ? [each.outcome] : []));
  return { state, effects, last, names, verdicts, outcomes };
}

describe('our own detector', () => {
  test('talk that goes on for so long is a machine’s, and its agent is free at once', () => {
    const { state, verdicts, last } = play([ENTERED, PROMISED, ...FOUND.slice(1)]);
    expect(verdicts).toEqual(['machine long_talk']);
    expect(state).toMatchObject({ kind: 'machine', doing: 'is_hung_up' });
    expect(last).toContainEqual({ do: 'release_agent', agent: AGENT, after: 'promise' });
    expect(last).toContainEqual({ do: 'hang_up' });
  });

  test('is asked so long after noise could be told from a voice, and the silence that tells an end', () => {
    const asked = { do: 'set_timer', timer: 'machine_suspected', ms: 2_000 } as const;
    expect(play(VOICE).last).toEqual([asked]);
    expect(play(TALKS_ON).effects).not.toContainEqual(asked);
    expect(play(VOICE, { ...PLAN, machine: null }).last).toEqual([]);
  });

  test.each<[string, readonly CallEvent[], string]>([
    ['who has said hello', [ENTERED, talks('channel'), quiet('channel')], 'human short_talk'],
    [
      'whose voice has ended above noise',
      [...VOICE, quiet('channel', 1_900), timer('voice_ended')],
      'human short_talk',
    ],
    [
      'who has pressed a key',
      [...VOICE, key('5'), timer('machine_suspected'), timer('machine_confirmed')],
      'human key',
    ],
    ['who says nothing', [ENTERED, timer('no_speech')], 'undecided no_speech'],
    [
      'in noise',
      [ENTERED, talks('channel'), timer('noise_suspected'), quiet('channel', 1_400)],
      'undecided noise',
    ],
    ['whose sound never ends', [ENTERED, talks('channel'), timer('longest_greeting')], 'undecided longest'],
    ['whom nobody heard', [ENTERED, { kind: 'greeting_missed' }], 'undecided missed'],
    ['who hangs up', [ENTERED, talks('channel'), HANGUP, LEFT], 'undecided left'],
    ['who has gone', [ENTERED, talks('channel'), ENDED], 'undecided left'],
  ])('somebody %s is no machine', (_, events, verdict) => {
    const { verdicts, state } = play(events);
    expect(verdicts[0]).toBe(verdict);
    expect(state.kind).not.toBe('machine');
  });

  // Without packets (DTX) the channel believes that talk goes on; noise sounds like talk to the ear beside it.
  test.each<[string, readonly CallEvent[]]>([
    ['the channel alone', [ENTERED, talks('channel'), timer('noise_suspected')]],
    ['the ear beside it alone', [ENTERED, talks('snoop'), timer('noise_suspected')]],
    ['both, and nobody has looked for noise yet', [ENTERED, talks('channel'), talks('snoop')]],
    ['both, and one ear has told noise', [...VOICE, quiet('channel', 1_400), talks('channel')]],
    [
      'both, behind a key before that',
      [ENTERED, talks('channel'), talks('snoop'), key('5'), timer('noise_suspected'), RAISED],
    ],
    ['the channel, and it has told a pause', [...VOICE, quiet('channel', 1_900)]],
    ['nobody', [ENTERED]],
  ])('talk heard by %s makes no machine', (_, events) => {
    const { state, verdicts } = play([...events, timer('machine_suspected'), timer('machine_confirmed')]);
    expect(state.kind).toBe('greeting');
    expect(verdicts).not.toContain('machine long_talk');
  });

  // After a stall timers come before what waits to be read.
  test.each<[string, CallEvent]>([
    ['its end', quiet('channel', 3_000)],
    ['silence beside it', quiet('snoop', 3_000)],
    ['a key', key('5')],
    ['that the exchange is away', LOST],
  ])('what is read behind the first timer counts: %s', (_, read) => {
    expect(play(SUSPECTED).last).toEqual([{ do: 'set_timer', timer: 'machine_confirmed', ms: 50 }]);
    expect(play(SUSPECTED).verdicts).toEqual([]);
    const { verdicts, state } = play([...SUSPECTED, read, timer('machine_confirmed')]);
    expect(verdicts).not.toContain('machine long_talk');
    expect(state.kind).not.toBe('machine');
  });

  test('nobody is taken for a machine once the exchange was away', () => {
    const lost = play([...VOICE, LOST]);
    expect(lost.last).toContainEqual({ do: 'cancel_timer', timer: 'machine_suspected' });
    expect(lost.last).toContainEqual({ do: 'cancel_timer', timer: 'machine_confirmed' });
    for (const before of [TALKS_ON, VOICE]) {
      const late = [...before, LOST, RAISED, timer('machine_suspected'), timer('machine_confirmed')];
      expect(play(late).state.kind).toBe('greeting');
    }
  });

  test('a pause ends its patience for good: who goes on is heard out as a person', () => {
    const paused = play([...VOICE, quiet('channel', 1_900)]);
    expect(paused.last).toContainEqual({ do: 'cancel_timer', timer: 'machine_suspected' });
    const on = play([...VOICE, quiet('channel', 1_900), talks('channel')]);
    const late = play([
      ...VOICE,
      quiet('channel', 1_900),
      talks('channel'),
      timer('machine_suspected'),
      timer('machine_confirmed'),
    ]);
    expect(late.state.kind).toBe('greeting');
    expect(on.last.filter((each) => each.do === 'set_timer')).toEqual([]);
  });

  test('a late verdict changes nothing for whoever has an agent or hears the message', () => {
    const greeted = [ENTERED, talks('channel'), quiet('channel')] as const;
    for (const events of [
      [...greeted, PROMISED],
      [...greeted, PROMISED, { kind: 'bridged' } as const],
      [...greeted, { kind: 'no_agent' } as const],
    ]) {
      const { state } = play(events);
      expect(play([...events, timer('machine_suspected')])).toMatchObject({ state, last: [] });
      expect(play([...events, timer('machine_confirmed')])).toMatchObject({ state, last: [] });
    }
  });

  test('has no say in a call that a dialer holds, nor without one', () => {
    expect(play(FOUND, { ...PLAN, machine: null }).state.kind).toBe('greeting');
    expect(play(FOUND, { ...PLAN, machine: null }).verdicts).toEqual([]);
  });
});

describe('a machine that is hung up on', () => {
  test('counts as a machine when its call has ended, and not before', () => {
    expect(play(FOUND).outcomes).toEqual([]);
    expect(play([...FOUND, ENDED]).outcomes).toEqual(['machine']);
    expect(play([...FOUND, HANGUP, LEFT, ENDED]).outcomes).toEqual(['machine']);
  });

  test('is hung up on again when it does not end', () => {
    expect(play([...FOUND, timer('closing')]).last).toContainEqual({ do: 'hang_up' });
  });

  test('a key before the end shows a person: a drop, and the opt-out key is one', () => {
    const other = play([...FOUND, key('5'), ENDED]);
    expect(other.outcomes).toEqual(['dropped']);
    expect(other.effects).toContainEqual({ do: 'note_human_sign', sign: 'key' });
    expect(other.names).not.toContain('record_opt_out');
    const optOut = play([...FOUND, key('9'), ENDED]);
    expect(optOut.outcomes).toEqual(['dropped']);
    expect(optOut.names.filter((name) => name === 'record_opt_out')).toHaveLength(1);
  });

  test('what the hang-up cuts off is no failure of ours', () => {
    expect(play([...FOUND, { kind: 'message_failed' }, ENDED]).outcomes).toEqual(['machine']);
  });

  test('when the exchange is away nobody hears a sign of a person: a drop, by the dialplan', () => {
    const { state, outcomes, last } = play([...FOUND, LOST]);
    expect(state.kind).toBe('rescued');
    expect(outcomes).toEqual(['dropped']);
    expect(last).toContainEqual({ do: 'stop_heartbeat' });
    expect(play([...FOUND, LOST, ENDED]).outcomes).toEqual(['dropped']);
  });

  test('a call that the dialplan takes back meanwhile is a drop: somebody hears the message', () => {
    const { state, outcomes } = play([...FOUND, LEFT]);
    expect(state.kind).toBe('rescued');
    expect(outcomes).toEqual(['dropped']);
  });
});

describe('a machine that gets a message', () => {
  const PAUSES = [...FOUND, quiet('snoop', 9_000)] as const;
  const TOLD = [...PAUSES, timer('tone')] as const;
  const plan = LEAVES_MESSAGE;

  test('is heard out; the switch and both ears stay on', () => {
    const { state, names, last } = play(FOUND, plan);
    expect(state).toMatchObject({ kind: 'machine', doing: 'greets' });
    expect(last).toContainEqual({ do: 'set_timer', timer: 'machine_greeting', ms: 15_000 });
    expect(names).not.toContain('stop_heartbeat');
    expect(names).not.toContain('stop_listening');
    expect(names).not.toContain('hang_up');
  });

  test('gets it so long after the end of its greeting', () => {
    // A sidecar that dies now: the switch brings the message at the end of the two seconds.
    expect(play(PAUSES, plan).last).toEqual([
      { do: 'set_timer', timer: 'tone', ms: 1_000 },
      { do: 'stop_heartbeat' },
      { do: 'leave_to_switch', ms: 1_450 },
    ]);
    const { state, last } = play(TOLD, plan);
    expect(state).toMatchObject({ kind: 'machine', doing: 'is_told' });
    expect(last).toContainEqual({ do: 'play_machine_message' });
    expect(last).toContainEqual({ do: 'set_timer', timer: 'message', ms: 10_500 });
  });

  test('whose greeting goes on behind a pause is heard out again, and a tone is waited for', () => {
    const goesOn = play([...PAUSES, talks('snoop')], plan);
    expect(goesOn.last).toEqual([
      { do: 'cancel_timer', timer: 'tone' },
      { do: 'note_speech' },
      { do: 'start_heartbeat' },
    ]);
    expect(play([...PAUSES, talks('snoop'), timer('tone')], plan).names).not.toContain(
      'play_machine_message',
    );
    expect(play([...PAUSES, talks('snoop'), quiet('snoop', 400), timer('tone')], plan).names).toContain(
      'play_machine_message',
    );
  });

  test('that never stops talking gets it all the same', () => {
    expect(play([...FOUND, timer('machine_greeting')], plan).last).toContainEqual({
      do: 'play_machine_message',
    });
  });

  test('is hung up on behind it, and counts as a machine', () => {
    const events = [...TOLD, { kind: 'message_finished' } as const, timer('message')];
    expect(play(events, plan).last).toContainEqual({ do: 'hang_up' });
    expect(play([...events, HANGUP, LEFT, ENDED], plan).outcomes).toEqual(['machine']);
    expect(play([...FOUND, HANGUP, LEFT, ENDED], plan).outcomes).toEqual(['machine']);
  });

  test('who talks under the message is a person, dropped: the message goes on and its key works', () => {
    const spoke = play([...TOLD, talks('channel')], plan);
    expect(spoke.outcomes).toEqual(['dropped']);
    expect(spoke.effects).toContainEqual({ do: 'note_human_sign', sign: 'talk' });
    expect(spoke.names).not.toContain('stop_message');
    const out = play([...TOLD, talks('channel'), key('9')], plan);
    expect(out.last.map((each) => each.do)).toEqual(['set_timer', 'stop_message', 'record_opt_out']);
    expect(play([...TOLD, talks('channel'), ENDED], plan).outcomes).toEqual(['dropped']);
  });

  test('the opt-out key under the message: the suppression is durable before the hang-up, once', () => {
    const out = play([...TOLD, key('9')], plan);
    expect(out.outcomes).toEqual(['dropped']);
    expect(out.names).toContain('record_opt_out');
    expect(out.names).not.toContain('hang_up');
    const durable = play([...TOLD, key('9'), { kind: 'opt_out_durable' }, ENDED], plan);
    expect(durable.names).toContain('hang_up');
    expect(durable.outcomes).toEqual(['dropped']);
  });

  test('a key while it talks shows a person: an agent or the safe harbor, at once', () => {
    const { state, last } = play([...FOUND, key('5')], plan);
    expect(state.kind).toBe('awaiting_agent');
    expect(last).toContainEqual({ do: 'request_agent' });
  });

  test('a key behind its greeting comes too late for an agent: the safe harbor, at once', () => {
    const { state, last, outcomes } = play([...PAUSES, key('5')], plan);
    expect(state.kind).toBe('safe_harbor');
    expect(last).toContainEqual({ do: 'play_message' });
    expect(last).toContainEqual({ do: 'cancel_timer', timer: 'tone' });
    expect(outcomes).toEqual(['dropped']);
  });

  test.each([
    ['while it talks', FOUND],
    ['behind its greeting', PAUSES],
  ])('the opt-out key %s is recorded once, beside the safe harbor', (_, events) => {
    const { state, names, outcomes } = play([...events, key('9')], plan);
    expect(state.kind).toBe('safe_harbor');
    expect(outcomes).toEqual(['dropped']);
    expect(names.filter((name) => name === 'record_opt_out')).toHaveLength(1);
  });

  test.each([
    ['while it talks', FOUND],
    ['behind its greeting', PAUSES],
    ['under the message', TOLD],
  ])('%s the exchange is away: a drop, and no timer says anything more', (_, events) => {
    const { state, outcomes, last } = play([...events, LOST], plan);
    expect(state.kind).toBe('rescued');
    expect(outcomes).toEqual(['dropped']);
    for (const name of ['machine_greeting', 'tone', 'message'] as const)
      expect(last).toContainEqual({ do: 'cancel_timer', timer: name });
    expect(last).toContainEqual({ do: 'stop_heartbeat' });
  });

  test('that hangs up under the message is a machine still: the playing that fails with it tells nothing', () => {
    const { state, outcomes, names } = play([...TOLD, HANGUP, { kind: 'message_failed' }, LEFT, ENDED], plan);
    expect(state.kind).toBe('ended');
    expect(outcomes).toEqual(['machine']);
    expect(names).not.toContain('rescue');
  });

  test('that cannot be played is the dialplan’s to play, and a drop', () => {
    const { state, last, outcomes } = play([...TOLD, { kind: 'message_failed' }], plan);
    expect(state.kind).toBe('rescued');
    expect(last).toContainEqual({ do: 'rescue' });
    expect(outcomes).toEqual(['dropped']);
  });
});

describe('AMD() of the exchange', () => {
  const amd = (status: string, cause: string): CallEvent => ({ kind: 'entered', amd: { status, cause } });

  test.each([
    ['HUMAN', 'HUMAN-500-500', 'human amd_human', 'amd_human'],
    ['NOTSURE', 'TOOLONG-1800', 'undecided amd_not_sure', 'amd_not_sure'],
    // Silence alone: Asterisk says machine, we do not.
    ['MACHINE', 'INITIALSILENCE-1500-1500', 'undecided amd_not_sure', 'no_speech'],
    ['HANGUP', '', 'undecided amd_not_sure', 'amd_not_sure'],
    ['MACHINE', 'SOMETHINGNEW-1', 'undecided amd_not_sure', 'amd_not_sure'],
    // A noise has no gaps, a sentence has many words: "Hello, this is John speaking".
    ['MACHINE', 'MAXWORDLENGTH-1500-1500', 'undecided amd_not_sure', 'amd_not_sure'],
    ['MACHINE', 'MAXWORDS-4-3', 'undecided amd_not_sure', 'amd_not_sure'],
  ])('%s by %s: %s, and nobody waits for a greeting again', (status, cause, verdict, how) => {
    const { state, verdicts, effects } = play([amd(status, cause)], ASKS_ASTERISK);
    expect(verdicts).toEqual([verdict]);
    expect(effects).toContainEqual({ do: 'note_greeting_end', how, by: null });
    expect(effects).toContainEqual({ do: 'start_heartbeat' });
    expect(state.kind).toBe('awaiting_agent');
  });

  test('who is no person’s end of talk leaves little of the two seconds to connect', () => {
    const boundOf = (status: string, cause: string): readonly CallEffect[] =>
      play([amd(status, cause), PROMISED], ASKS_ASTERISK).effects.filter(
        (each) => each.do === 'set_timer' && each.timer === 'connect',
      );
    const connect = (ms: number): CallEffect => ({ do: 'set_timer', timer: 'connect', ms });
    expect(boundOf('HUMAN', 'HUMAN-500-500')).toEqual([connect(1_000)]);
    expect(boundOf('NOTSURE', 'TOOLONG-1800')).toEqual([connect(200)]);
    expect(boundOf('MACHINE', 'INITIALSILENCE-1500-1500')).toEqual([connect(200)]);
    expect(boundOf('MACHINE', 'MAXWORDS-11-10')).toEqual([connect(200)]);
  });

  test.each([
    ['HUMAN', 'HUMAN-500-500'],
    ['MACHINE', 'LONGGREETING-1500-1500'],
    ['NOTSURE', 'TOOLONG-1800'],
  ])('while it looked, and says %s: whoever has pressed the opt-out key has opted out', (status, cause) => {
    const { state, names, outcomes, verdicts } = play(
      [...pressed('5', '9'), amd(status, cause)],
      ASKS_ASTERISK,
    );
    expect(state.kind).toBe('safe_harbor');
    expect(names.filter((name) => name === 'record_opt_out')).toHaveLength(1);
    expect(names).toContain('play_message');
    expect(outcomes).toEqual(['dropped']);
    expect(verdicts).toEqual(['human key']);
  });

  test('while it looked: whoever has pressed another key is a person', () => {
    for (const onMachine of ['hang_up', 'message'] as const) {
      const plan: CallPlan = { ...PLAN, machine: { ...MACHINE, by: 'asterisk', onMachine } };
      const { state, names, verdicts } = play(
        [...pressed('5'), amd('MACHINE', 'LONGGREETING-1500-1500')],
        plan,
      );
      expect(verdicts).toEqual(['human key']);
      expect(state.kind).toBe('awaiting_agent');
      expect(names).not.toContain('record_opt_out');
    }
    expect(play([...pressed('5'), amd('HUMAN', 'HUMAN-500-500')], ASKS_ASTERISK).verdicts).toEqual([
      'human key',
    ]);
  });

  test('a key between answer and entry counts also where the exchange does not look', () => {
    const own = play([...pressed('5'), ...FOUND]);
    expect(own.verdicts).toEqual(['human key']);
    expect(own.state.kind).toBe('greeting');
    for (const plan of [HANGS_UP, ASKS_ASTERISK, { ...PLAN, machine: null }])
      expect(play([...pressed('9'), ENTERED], plan).names).toContain('record_opt_out');
    expect(play([...pressed('5'), ENTERED], ASKS_ASTERISK).verdicts).toEqual(['human key']);
  });

  test('MACHINE by LONGGREETING is one', () => {
    const cause = 'LONGGREETING-1500-1500';
    const found = play([amd('MACHINE', cause)], ASKS_ASTERISK);
    expect(found.state).toMatchObject({ kind: 'doubted' });
    const told = play([amd('MACHINE', cause)], {
      ...ASKS_ASTERISK,
      machine: { ...MACHINE, by: 'asterisk', onMachine: 'message' },
    });
    // Nobody listened while AMD() did: unless an ear tells of talk, the greeting is over.
    expect(told.state).toMatchObject({ kind: 'machine', doing: 'pauses' });
    expect(told.effects).toContainEqual({ do: 'set_timer', timer: 'tone', ms: 1_000 });
    expect(told.names).toEqual(expect.arrayContaining(['leave_to_switch', 'listen', 'note_speech']));
    // Noise below it would be talk that never ends.
    expect(told.effects).toContainEqual({ do: 'raise_threshold' });
  });

  test('that was not asked, or is not there, leaves the greeting to our ears', () => {
    const missing = play([ENTERED], ASKS_ASTERISK);
    expect(missing.state.kind).toBe('greeting');
    expect(missing.verdicts).toEqual(['undecided amd_not_sure']);
    expect(play([amd('MACHINE', 'LONGGREETING-1500-1500')]).state.kind).toBe('greeting');
  });
});
