/** A person who finds no agent ready waits for one: how long, and what then. */
import { describe, expect, test } from 'vitest';
import { agentWait } from '../../../src/callflow/agent-wait.ts';
import { endGreeting } from '../../../src/callflow/greeting.ts';
import type {
  Agent,
  CallEvent,
  CallPlan,
  CallState,
  GreetingEnd,
  Step,
} from '../../../src/callflow/state.ts';
import { step } from '../../../src/callflow/step.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { longestWaitMs } from '../../../src/domain/agent-wait.ts';
import { CALL_PLAN } from '../../support/call-plans.ts';

const PLAN: CallPlan = { ...CALL_PLAN, waitForAgentMs: 900 };
const ANN: Agent = { agentId: 'ann' as AgentId, channelId: 'ann-1' };

function after(events: readonly CallEvent[], plan = PLAN, how: GreetingEnd = 'talk_end'): Step {
  let { state }: { readonly state: CallState } = endGreeting(plan, null, how);
  let effects: Step['effects'] = [];
  for (const event of events) ({ state, effects } = step(state, event, plan));
  return { state, effects };
}

describe('how long', () => {
  test.each<[GreetingEnd, ReturnType<typeof agentWait>]>([
    // Told 500 ms after the last sound: 900 since then are 400 from now; the last 500 of the two seconds are the message's.
    ['talk_end', { ms: 400, connectMs: 600, switchMs: 1_200 }],
    ['voice_end', { ms: 150, connectMs: 600, switchMs: 950 }],
    ['longest', { ms: 900, connectMs: 600, switchMs: 1_700 }],
    ['no_speech', null],
    ['noise', null],
    ['missed', null],
    ['amd_human', null],
    ['amd_not_sure', null],
  ])('%s', (how, wait) => {
    expect(agentWait(PLAN, how)).toEqual(wait);
  });

  test('not at all by default, nor for a place in the dialplan', () => {
    expect(agentWait({ ...PLAN, waitForAgentMs: 0 }, 'talk_end')).toBeNull();
    const destination = { kind: 'dialplan', context: 'q', extension: 's', priority: 1, capacity: 3 } as const;
    expect(agentWait({ ...PLAN, destination }, 'talk_end')).toBeNull();
  });

  test('whatever is asked for: wait, connection and message fit into the two seconds', () => {
    for (const waitForAgentMs of [1, 600, 1_300, 60_000]) {
      for (const silenceMs of [200, 500, 700]) {
        for (const connectWithinMs of [700, 1_500, 2_000]) {
          const plan = { ...PLAN, waitForAgentMs, silenceMs, connectWithinMs };
          const wait = agentWait(plan, 'talk_end');
          if (wait === null) continue;
          expect(wait.ms).toBeGreaterThan(0);
          expect(wait.connectMs).toBeGreaterThanOrEqual(200);
          expect(silenceMs + wait.ms + wait.connectMs).toBeLessThanOrEqual(connectWithinMs - 500);
          expect(silenceMs + wait.switchMs).toBeLessThanOrEqual(connectWithinMs - 300);
          expect(silenceMs + wait.ms).toBeLessThanOrEqual(
            Math.max(waitForAgentMs, longestWaitMs(connectWithinMs)),
          );
        }
      }
    }
  });
});

describe('nobody is free', () => {
  test('the person waits, and the switch is left to itself', () => {
    expect(after([{ kind: 'no_agent' }])).toEqual({
      state: { kind: 'awaiting_agent', withinMs: 600, wait: 'begun', hangingUp: false },
      effects: [
        { do: 'stop_heartbeat' },
        { do: 'leave_to_switch', ms: 1_200 },
        { do: 'set_timer', timer: 'agent_wait', ms: 400 },
        { do: 'await_agent' },
      ],
    });
  });

  test('an agent becomes free: connected at once, within what is left', () => {
    const { state, effects } = after([{ kind: 'no_agent' }, { kind: 'agent_promised', agent: ANN }]);
    expect(state).toMatchObject({ kind: 'connecting', agent: ANN });
    expect(effects).toEqual([
      { do: 'cancel_timer', timer: 'agent_wait' },
      { do: 'stop_waiting' },
      { do: 'set_timer', timer: 'connect', ms: 600 },
      { do: 'connect_agent', agent: ANN },
    ]);
  });

  test('nobody does: the message, and the wait is over', () => {
    const { state, effects } = after([{ kind: 'no_agent' }, { kind: 'timer', timer: 'agent_wait' }]);
    expect(state).toEqual({ kind: 'safe_harbor', optingOut: false });
    expect(effects.map((effect) => effect.do)).toEqual([
      'cancel_timer',
      'stop_waiting',
      'stop_heartbeat',
      'play_message',
      'set_timer',
      'settle',
    ]);
  });

  test.each<[string, readonly CallEvent[], CallState['kind'], string]>([
    ['the person hangs up', [{ kind: 'hangup_requested' }, { kind: 'left' }], 'closing', 'hung_up'],
    ['the switch falls', [{ kind: 'left' }], 'rescued', 'dropped'],
    ['the channel ends', [{ kind: 'ended', hangupCause: 16, sipStatus: null }], 'ended', 'hung_up'],
    ['the opt-out key', [{ kind: 'digit', digit: '9' }], 'safe_harbor', 'dropped'],
  ])('%s: nobody waits any more', (_, events, kind, outcome) => {
    const { state, effects } = after([{ kind: 'no_agent' }, ...events]);
    expect(state.kind).toBe(kind);
    expect(effects).toContainEqual({ do: 'stop_waiting' });
    expect(effects).toContainEqual(expect.objectContaining({ do: 'settle', outcome }));
  });

  test('told again, and a late timer of something else: nothing', () => {
    expect(after([{ kind: 'no_agent' }, { kind: 'no_agent' }]).effects).toEqual([]);
    expect(after([{ kind: 'no_agent' }, { kind: 'timer', timer: 'no_speech' }]).effects).toEqual([]);
  });
});
