import { describe, expect, it } from 'vitest';
import { outcomeOf, type DialplanResult } from '../../../src/control/agi-outcomes.ts';

const NOTHING: DialplanResult = {
  outcome: null,
  dialStatus: null,
  hangupCause: null,
  answeredSeconds: null,
  connected: false,
  amdStatus: null,
  endedBy: null,
};

describe('the outcome a dialplan reports', () => {
  it.each<[string, Partial<DialplanResult>, string | null]>([
    ['an answer alone is a drop', { dialStatus: 'ANSWER' }, 'dropped'],
    ['an answer with an agent is connected', { dialStatus: 'ANSWER', connected: true }, 'connected'],
    ['a machine is a machine', { dialStatus: 'ANSWER', amdStatus: 'MACHINE' }, 'machine'],
    ['not sure is a person', { dialStatus: 'ANSWER', amdStatus: 'NOTSURE' }, 'dropped'],
    ['they left at once', { dialStatus: 'ANSWER', answeredSeconds: 1, endedBy: 'called_party' }, 'hung_up'],
    ['they waited', { dialStatus: 'ANSWER', answeredSeconds: 2, endedBy: 'called_party' }, 'dropped'],
    ['we left at once', { dialStatus: 'ANSWER', answeredSeconds: 1 }, 'dropped'],
    ['nobody knows for how long', { dialStatus: 'ANSWER', endedBy: 'called_party' }, 'dropped'],
    ['busy', { dialStatus: 'BUSY' }, 'busy'],
    ['no answer', { dialStatus: 'NOANSWER' }, 'no_answer'],
    ['cancelled while ringing', { dialStatus: 'cancel' }, 'no_answer'],
    ['congestion', { dialStatus: 'CONGESTION' }, 'failed'],
    ['no such trunk', { dialStatus: 'CHANUNAVAIL' }, 'failed'],
    ['privacy screening picked up', { dialStatus: 'TORTURE' }, 'dropped'],
    ['a veto has no result', { dialStatus: 'DNC', hangupCause: 34 }, null],
    ['cause 17 without a status', { hangupCause: 17 }, 'busy'],
    ['cause 19 without a status', { hangupCause: 19 }, 'no_answer'],
    ['cause 19 after an answer', { hangupCause: 19, answeredSeconds: 9 }, 'dropped'],
    ['normal clearing without a status', { hangupCause: 16 }, 'dropped'],
    ['a status from the future', { dialStatus: 'WHATEVER' }, 'dropped'],
    ['nothing at all', {}, 'dropped'],
    ['its own word wins', { outcome: 'hung_up', dialStatus: 'ANSWER', connected: true }, 'hung_up'],
  ])('%s', (_what, given, outcome) => {
    expect(outcomeOf({ ...NOTHING, ...given })).toEqual({ ok: true, value: outcome });
  });

  it.each(['expired', 'CONNECTED', '__proto__', ''])('does not take `%s` for an outcome', (outcome) => {
    expect(outcomeOf({ ...NOTHING, outcome }).ok).toBe(false);
  });

  it('has no dial status named like a built-in', () => {
    expect(outcomeOf({ ...NOTHING, dialStatus: 'constructor' })).toEqual({ ok: true, value: 'dropped' });
  });
});
