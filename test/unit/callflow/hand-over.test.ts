/** The machine of a call whose agents are at a place in the dialplan: connected is who is seen with somebody, and nobody else. */
import { describe, expect, test } from 'vitest';
import type { CallEffect, CallEvent, CallPlan } from '../../../src/callflow/state.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { CALL_PLAN, playOn } from '../../support/call-plans.ts';

const PLAN: CallPlan = {
  ...CALL_PLAN,
  destination: { kind: 'dialplan', context: 'sales', extension: 's', priority: 1, capacity: 1 },
};
const MEMBER = { agentId: 'member' as AgentId, channelId: null };

const play = (events: readonly CallEvent[], plan: CallPlan = PLAN) => playOn(plan, events);

const outcomes = (effects: readonly CallEffect[]): string[] =>
  effects.flatMap((effect) => (effect.do === 'settle' ? [effect.outcome] : []));
const lastTimer = (effects: readonly CallEffect[], timer: string): number | undefined =>
  effects
    .flatMap((effect) => (effect.do === 'set_timer' && effect.timer === timer ? [effect.ms] : []))
    .at(-1);

const ANSWERED: readonly CallEvent[] = [
  { kind: 'ringing' },
  { kind: 'answered' },
  { kind: 'entered' },
  { kind: 'agent_promised', agent: MEMBER },
];
const GREETED: readonly CallEvent[] = [
  ...ANSWERED,
  { kind: 'talk_started', by: 'channel' },
  { kind: 'talk_finished', by: 'channel', talkMs: 900 },
];
const THERE: readonly CallEvent[] = [...GREETED, { kind: 'left' }, { kind: 'handed_over' }];
const DUE: CallEvent = { kind: 'timer', timer: 'connect' };
const REACHED: CallEvent = { kind: 'agent_reached' };
const ENDED: CallEvent = { kind: 'ended', hangupCause: 16, sipStatus: null };

describe('a person handed over', () => {
  test('has no result yet: the exchange looks 200 ms behind us, and the heartbeat ends only with the hand-over', () => {
    const { effects, names } = play(GREETED);
    // 2 s, less the silence that was waited for and the margin for the message.
    expect(lastTimer(effects, 'connect')).toBe(1_000);
    const place = { context: 'sales', extension: 's', priority: 1 };
    expect(effects).toContainEqual({ do: 'hand_over', ...place, bridgedWithinMs: 1_200 });
    expect(names).not.toContain('stop_heartbeat');
    const there = play(THERE);
    expect(there.state.kind).toBe('awaiting_bridge');
    expect(there.names).toContain('stop_heartbeat');
    expect(outcomes(there.effects)).toEqual([]);
  });

  test('and bridged in time is connected and left alone; the member is free at the end', () => {
    const { state, effects, names } = play([...THERE, REACHED, REACHED, DUE]);
    expect(state.kind).toBe('handed_over');
    expect(outcomes(effects)).toEqual(['connected']);
    expect(names.filter((name) => name === 'call_off')).toHaveLength(1);
    expect(names).not.toContain('take');
    const over = play([...THERE, REACHED, ENDED]);
    expect(over.effects).toContainEqual({ do: 'release_agent', agent: MEMBER, after: 'talk' });
    expect(outcomes(over.effects)).toEqual(['connected']);
  });

  test('and bridged before the hand-over is answered is connected too', () => {
    const { effects, names } = play([...GREETED, REACHED, { kind: 'handed_over' }, DUE]);
    expect(outcomes(effects)).toEqual(['connected']);
    expect(names).toContain('stop_heartbeat');
    expect(names).not.toContain('take');
  });

  test('and alone when the time is up is taken, once, and is a drop, whoever comes then', () => {
    const { state, effects, names } = play([...THERE, DUE, REACHED, DUE]);
    expect(names.filter((name) => name === 'take')).toHaveLength(1);
    expect(outcomes(effects)).toEqual(['dropped']);
    expect(effects).toContainEqual({ do: 'release_agent', agent: MEMBER, after: 'promise' });
    expect(state.kind).toBe('taken');
    const played = play([...THERE, DUE, { kind: 'entered' }, REACHED]);
    expect(played.state.kind).toBe('safe_harbor');
    expect(played.names).toContain('play_message');
    expect(outcomes(played.effects)).toEqual(['dropped']);
  });

  test('whom the exchange does not give us is left to its own look', () => {
    const { state, effects, names } = play([...THERE, DUE, { kind: 'take_failed' }, DUE, ENDED]);
    expect(names.filter((name) => name === 'take')).toHaveLength(1);
    expect(outcomes(effects)).toEqual(['dropped']);
    expect(state.kind).toBe('ended');
  });

  test('while nobody of us can hear is a drop unless an agent is told of in time, and no talk is broken up', () => {
    const LOST: CallEvent = { kind: 'connection_lost' };
    const { effects, names } = play([...THERE, LOST, DUE, REACHED, ENDED]);
    expect(names).not.toContain('take');
    expect(outcomes(effects)).toEqual(['dropped']);
    expect(effects).toContainEqual({ do: 'release_agent', agent: MEMBER, after: 'talk' });
    expect(outcomes(play([...THERE, LOST, REACHED, DUE, ENDED]).effects)).toEqual(['connected']);
  });

  test.each([
    [[ENDED], ['dropped']],
    [[{ kind: 'hangup_requested', bySide: 'exchange' }, ENDED], ['dropped']],
    [[{ kind: 'hangup_requested' }, ENDED], ['hung_up']],
  ] as const)('who hangs up before is no drop, who is hung up on by the place is: %j', (events, expected) => {
    const { state, effects } = play([...THERE, ...(events as readonly CallEvent[])]);
    expect(outcomes(effects)).toEqual(expected);
    expect(effects).toContainEqual({ do: 'release_agent', agent: MEMBER, after: 'promise' });
    expect(state.kind).toBe('ended');
  });

  test('presses keys for the place, not for us', () => {
    expect(play([...THERE, { kind: 'digit', digit: '9' }]).names).not.toContain('record_opt_out');
  });
});

describe('the time that is left for a place in the dialplan', () => {
  test('of somebody who says nothing is half a second before the message is due, so the silence is told sooner', () => {
    const { effects } = play(ANSWERED);
    expect(lastTimer(effects, 'no_speech')).toBe(1_000);
    const silent = play([...ANSWERED, { kind: 'timer', timer: 'no_speech' }]);
    expect(lastTimer(silent.effects, 'connect')).toBe(500);
    expect(silent.names).toContain('hand_over');
  });

  test('is none where the end of the greeting was missed: the message at once, and the member is free', () => {
    const { effects, names, state } = play([...ANSWERED, { kind: 'greeting_missed' }]);
    expect(names).not.toContain('hand_over');
    expect(state.kind).toBe('safe_harbor');
    expect(outcomes(effects)).toEqual(['dropped']);
    expect(effects).toContainEqual({ do: 'release_agent', agent: MEMBER, after: 'promise' });
  });

  test('is all of it at a place that is vouched for, and for an agent of ours', () => {
    const { destination } = PLAN;
    if (destination.kind !== 'dialplan') throw new Error('a place in the dialplan is meant');
    const vouched = { ...PLAN, destination: { ...destination, connectedBy: 'handover' } } as const;
    for (const plan of [vouched, { ...PLAN, destination: { kind: 'stasis' } } as const]) {
      const { effects, names } = play([...ANSWERED, { kind: 'greeting_missed' }], plan);
      expect(lastTimer(play(ANSWERED, plan).effects, 'no_speech')).toBe(1_650);
      expect(names.some((name) => name === 'hand_over' || name === 'connect_agent')).toBe(true);
      expect(outcomes(effects)).toEqual([]);
    }
  });
});
