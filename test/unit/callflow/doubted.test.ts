/** What `AMD()` calls a machine and would be hung up on: only when our own ears hear the talk go on. */
import { describe, expect, test } from 'vitest';
import { INITIAL_STATE, step } from '../../../src/callflow/step.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, TimerName } from '../../../src/callflow/state.ts';
import type { Ear } from '../../../src/domain/ear.ts';
import { CALL_PLAN, MACHINE_PLAN } from '../../support/call-plans.ts';

const PLAN: CallPlan = {
  ...CALL_PLAN,
  destination: { kind: 'stasis', context: null, extension: null, priority: 1 } as never,
  machine: {
    ...MACHINE_PLAN,
    by: 'asterisk',
    amd: { ...MACHINE_PLAN.amd, greetingMs: 1_000 },
    messageMs: 0,
  },
};

const MACHINE: CallEvent = {
  kind: 'entered',
  amd: { status: 'MACHINE', cause: 'LONGGREETING-1000-1000' },
};
const talks = (by: Ear): CallEvent => ({ kind: 'talk_started', by });
const quiet = (by: Ear): CallEvent => ({ kind: 'talk_finished', by, talkMs: 1_700 });
const timer = (name: TimerName): CallEvent => ({ kind: 'timer', timer: name });
const key = (digit: string): CallEvent => ({ kind: 'digit', digit });
const ENDED: CallEvent = { kind: 'ended', hangupCause: 16, sipStatus: null };
const LEFT: CallEvent = { kind: 'left' };
const HANGUP: CallEvent = { kind: 'hangup_requested' };
const GOES_ON = [talks('snoop'), timer('no_speech'), timer('machine_suspected')] as const;

function after(...events: readonly CallEvent[]) {
  let state: CallState = INITIAL_STATE;
  let last: readonly CallEffect[] = [];
  const effects: CallEffect[] = [];
  for (const event of [MACHINE, ...events]) {
    ({ state, effects: last } = step(state, event, PLAN));
    effects.push(...last);
  }
  const names = effects.map((effect) => effect.do);
  const verdicts = effects.flatMap((each) =>
    each.do === 'note_verdict' ? [`${each.verdict} ${each.rule}`] : [],
  );
  const outcomes = effects.flatMap((each) => (each.do === 'settle' ? [each.outcome] : []));
  return { state, effects, last, names, verdicts, outcomes };
}

test('nobody is hung up on, nor taken for anything, while it is doubted; the switch is on', () => {
  const { state, names, verdicts, effects } = after();
  expect(state).toEqual({ kind: 'doubted', heard: false, hangingUp: false });
  expect(verdicts).toEqual([]);
  expect(names).not.toContain('hang_up');
  expect(names).toEqual(expect.arrayContaining(['start_heartbeat', 'listen', 'raise_threshold']));
  // The first word is noted first: without it the switch would fall at the end of two seconds since the answer.
  expect(names.indexOf('note_speech')).toBeLessThan(names.indexOf('start_heartbeat'));
  expect(effects).toContainEqual({ do: 'set_timer', timer: 'machine_suspected', ms: 2_000 });
  expect(effects).toContainEqual({ do: 'set_timer', timer: 'no_speech', ms: 500 });
});

test('talk that both ears hear go on is hung up on, when what has come meanwhile is read', () => {
  const suspected = after(...GOES_ON);
  expect(suspected.last).toEqual([{ do: 'set_timer', timer: 'machine_confirmed', ms: 50 }]);
  const found = after(...GOES_ON, timer('machine_confirmed'));
  expect(found.verdicts).toEqual(['machine amd_machine']);
  expect(found.state).toMatchObject({ kind: 'machine', doing: 'is_hung_up' });
  expect(found.names).toContain('hang_up');
});

describe('a person', () => {
  test.each<[string, readonly CallEvent[], string, string | null]>([
    ['whose talk ends', [talks('snoop'), quiet('snoop')], 'human short_talk', 'snoop'],
    ['whose voice ends in noise', [talks('snoop'), quiet('channel')], 'human short_talk', 'channel'],
    ['whose end was told after a stall', [...GOES_ON, quiet('channel')], 'human short_talk', 'channel'],
    ['whom no ear hears talk on', [timer('no_speech')], 'undecided amd_not_sure', null],
  ])('%s is served from the end of the talk on', (_, events, verdict, by) => {
    const { state, verdicts, effects, names, last } = after(...events);
    expect(verdicts).toEqual([verdict]);
    expect(state).toMatchObject({ kind: 'awaiting_agent', withinMs: 1_000 });
    expect(effects).toContainEqual({ do: 'note_greeting_end', how: 'talk_end', by });
    expect(last).toContainEqual({ do: 'request_agent' });
    expect(last).toContainEqual({ do: 'cancel_timer', timer: 'machine_confirmed' });
    expect(names).not.toContain('hang_up');
    expect(names).not.toContain('stop_heartbeat');
  });
  test('who is not reached is a drop, and hears the message', () => {
    const { outcomes, names } = after(talks('snoop'), quiet('snoop'), { kind: 'no_agent' });
    expect(outcomes).toEqual(['dropped']);
    expect(names).toContain('play_message');
  });
  test('presses a key: an agent, or with the key that opts out the message and the request', () => {
    const served = after(key('5'));
    expect(served.verdicts).toEqual(['human key']);
    expect(served.state.kind).toBe('awaiting_agent');
    const out = after(key('9'));
    expect(out.state.kind).toBe('safe_harbor');
    expect(out.outcomes).toEqual(['dropped']);
    expect(out.names).toContain('record_opt_out');
  });
  test('may be whoever the dialplan took back, or was there as the exchange went away: a drop', () => {
    for (const events of [[LEFT], [talks('snoop'), { kind: 'connection_lost' } as const]]) {
      const { state, outcomes, verdicts } = after(...events);
      expect(state).toEqual({ kind: 'rescued' });
      expect(outcomes).toEqual(['dropped']);
      expect(verdicts).toEqual(['undecided left']);
    }
  });
});

test('a machine that hangs up first counts nowhere, once', () => {
  for (const events of [[ENDED], [HANGUP, ENDED], [HANGUP, LEFT, ENDED]]) {
    const { state, outcomes, verdicts, names } = after(talks('snoop'), ...events);
    expect(state).toEqual({ kind: 'ended' });
    expect(outcomes).toEqual(['machine']);
    expect(verdicts).toEqual(['machine amd_machine']);
    expect(names.filter((name) => name === 'finish')).toHaveLength(1);
  }
});
