/** The machine of a call that a dialer holds, on its own: every path, and the invariants over random events. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallEffect, CallEvent, CallPlan } from '../../../src/callflow/state.ts';
import { CALL_PLAN, playOn } from '../../support/call-plans.ts';

const PLAN: CallPlan = { ...CALL_PLAN, heldBy: 'dialer', deadMan: false };

const play = (events: readonly CallEvent[], plan: CallPlan = PLAN) =>
  playOn(plan, events, { kind: 'with_dialer' });

const timerOf = (effects: readonly CallEffect[], timer: string): number | undefined =>
  effects
    .flatMap((effect) => (effect.do === 'set_timer' && effect.timer === timer ? [effect.ms] : []))
    .at(-1);

const ANSWERED = { kind: 'answered' } as const satisfies CallEvent;
const GREETED: readonly CallEvent[] = [
  ANSWERED,
  { kind: 'talk_started', by: 'snoop' },
  { kind: 'talk_finished', by: 'snoop', talkMs: 600 },
];
const DUE: CallEvent = { kind: 'timer', timer: 'connect' };
const ENDED: CallEvent = { kind: 'ended', hangupCause: 16, sipStatus: null };

describe('a watched call', () => {
  test('is listened to from the answer, and nobody of ours is asked for', () => {
    const { names } = play([ANSWERED]);
    expect(names).toContain('listen');
    expect(names).not.toContain('request_agent');
    expect(names).not.toContain('start_heartbeat');
    expect(play([ANSWERED], { ...PLAN, deadMan: true }).names).toContain('start_heartbeat');
  });

  test('whose answer was told late has so much less of the two seconds', () => {
    const noSpeech = (lateMs: number) => timerOf(play([{ ...ANSWERED, lateMs }]).effects, 'no_speech');
    expect(noSpeech(0)).toBe(1_500);
    expect(noSpeech(400)).toBe(1_100);
  });

  test('is taken when the time is up, is a drop then, and hears the message once it is ours', () => {
    const due = play([...GREETED, DUE]);
    expect(due.names.slice(-2)).toEqual(['take', 'settle']);
    const { names } = play([...GREETED, DUE, { kind: 'entered' }]);
    expect(names.filter((name) => name === 'settle')).toHaveLength(1);
    expect(names).toContain('play_message');
  });

  test.each([
    ['talk that ended', GREETED, 1_000],
    ['nobody spoke', [ANSWERED, { kind: 'timer', timer: 'no_speech' }], 0],
    ['sound without end', [ANSWERED, { kind: 'timer', timer: 'longest_greeting' }], 1_500],
    ['a voice above noise', [ANSWERED, { kind: 'timer', timer: 'voice_ended' }], 750],
    ['a greeting that was missed', [{ kind: 'greeting_missed' }], 0],
  ] as const)('leaves the dialer what is left of the two seconds: %s', (_, events, ms) => {
    expect(timerOf(play(events).effects, 'connect')).toBe(ms);
  });

  test('with a switch leaves the rest to it', () => {
    const { effects } = play(GREETED, { ...PLAN, deadMan: true });
    expect(effects).toContainEqual({ do: 'leave_to_switch', ms: 1_200 });
    expect(effects).toContainEqual({ do: 'stop_heartbeat' });
  });

  test('is not opted out by a key that means something else to the dialer', () => {
    const key: CallEvent = { kind: 'digit', digit: '9' };
    expect(play([ANSWERED, key, ...GREETED.slice(1), key]).names).not.toContain('record_opt_out');
    expect(play([...GREETED, DUE, { kind: 'entered' }, key]).names).toContain('record_opt_out');
  });

  test('that cannot be taken is asked for again, and let go when an agent is there after all', () => {
    const refused: readonly CallEvent[] = [...GREETED, DUE, { kind: 'take_failed' }];
    const again = play([...refused, DUE]);
    expect(again.names.filter((name) => name === 'take')).toHaveLength(2);
    expect(again.names.filter((name) => name === 'settle')).toHaveLength(1);
    expect(play([...refused, { kind: 'agent_reached' }]).state.kind).toBe('ended');
    // On its way to us: whoever is still in the bridge is about to lose the person.
    expect(play([...GREETED, DUE, { kind: 'agent_reached' }]).state.kind).toBe('taken');
  });
});

const KINDS: readonly CallEvent[] = [
  ...GREETED,
  DUE,
  ENDED,
  { kind: 'agent_reached' },
  { kind: 'take_failed' },
  { kind: 'entered' },
  { kind: 'left' },
  { kind: 'digit', digit: '9' },
  { kind: 'hangup_requested' },
  { kind: 'greeting_missed' },
  { kind: 'message_finished' },
  { kind: 'message_failed' },
  { kind: 'opt_out_durable' },
  { kind: 'timer', timer: 'no_speech' },
  { kind: 'timer', timer: 'longest_greeting' },
  { kind: 'timer', timer: 'voice_ended' },
  { kind: 'timer', timer: 'noise_suspected' },
  { kind: 'timer', timer: 'message' },
];

test('over any events: a drop is what was taken, once; no message without; an agent in time ends the watch', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...KINDS), { maxLength: 30 }), fc.boolean(), (events, deadMan) => {
      const { names } = play(events, { ...PLAN, deadMan });
      const count = (name: string): number => names.filter((each) => each === name).length;
      expect(count('settle')).toBe(count('take') > 0 ? 1 : 0);
      if (count('play_message') > 0) expect(count('take')).toBeGreaterThan(0);
      expect(count('finish')).toBeLessThanOrEqual(1);
      const reached = events.findIndex(({ kind }) => kind === 'agent_reached');
      const taken = play(events.slice(0, reached < 0 ? undefined : reached), PLAN).names.includes('take');
      if (reached >= 0 && !taken) expect(count('play_message')).toBe(0);
      expect(names).not.toContain('request_agent');
    }),
    { numRuns: 3_000 },
  );
});
