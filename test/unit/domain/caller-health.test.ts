import { describe, expect, test } from 'vitest';
import {
  type CallSign,
  type FaredCall,
  PATTERN_RECENT,
  restAt,
  signOf,
  silentPatternOf,
} from '../../../src/domain/caller-health.ts';
import { HOUR_MS, type Instant, instant } from '../../../src/domain/time.ts';

const START = Date.parse('2026-11-24T18:00:00Z');
const after = (minutes: number): Instant => instant(START + minutes * 60_000);
const calls = (signs: readonly CallSign[]): readonly FaredCall[] =>
  signs.map((sign, index) => ({ callId: `c${index}`, at: after(index), sign }));

describe('rest', () => {
  const policy = { blockedMin: 2, ofLast: 3, hours: 24 };

  test('begins with the call that fills the measure, and ends by itself', () => {
    const fared = calls(['blocked', 'none', 'blocked']);
    const rest = restAt(fared, policy, after(3));
    expect(rest).toEqual({ from: after(2), until: after(2 + 24 * 60), blocked: 2, ofLast: 3 });
    expect(restAt(fared, policy, instant(after(2) + 24 * HOUR_MS - 1))).not.toBeNull();
    expect(restAt(fared, policy, instant(after(2) + 24 * HOUR_MS))).toBeNull();
  });

  test('blocked calls that lie too far apart make nobody rest', () => {
    expect(restAt(calls(['blocked', 'none', 'none', 'blocked']), policy, after(4))).toBeNull();
  });

  test('what made it rest once does not make it rest again', () => {
    const later = [
      ...calls(['blocked', 'blocked']),
      { callId: 'x', at: after(25 * 60), sign: 'blocked' as const },
    ];
    expect(restAt(later, policy, after(25 * 60 + 1))).toBeNull();
  });

  test('a policy that is off never lets it rest', () => {
    expect(restAt(calls(['blocked', 'blocked']), { ...policy, blockedMin: 0 }, after(2))).toBeNull();
  });
});

describe('a silent pattern', () => {
  const usual = (length: number, each: number, sign: CallSign): CallSign[] =>
    Array.from({ length }, (_, index) => (index % each === 0 ? sign : 'none'));

  test('stands out of the history of the same caller ID', () => {
    const fared = calls([...usual(200, 20, 'at_once'), ...usual(PATTERN_RECENT, 2, 'at_once')]);
    expect(silentPatternOf(fared, 'at_once')).toEqual({
      sign: 'at_once',
      recent: 25,
      recentOf: 50,
      before: 10,
      beforeOf: 200,
    });
    expect(silentPatternOf(fared, 'silent')).toBeNull();
  });

  test('what was always so is no pattern, and a short history tells none', () => {
    expect(silentPatternOf(calls(usual(300, 2, 'silent')), 'silent')).toBeNull();
    expect(
      silentPatternOf(calls([...usual(60, 100, 'none'), ...usual(50, 1, 'silent')]), 'silent'),
    ).toBeNull();
  });
});

describe('how a call fared', () => {
  const moments = (more: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(more).map(([name, ms]) => [name, instant(START + ms)]));

  test.each([
    ['failed before it rang', 'failed', { dialed: 0, ended: 400 }, 'at_once'],
    ['busy after a while', 'busy', { dialed: 0, ended: 4_000 }, 'none'],
    ['rang, then failed', 'failed', { dialed: 0, ringing: 100, ended: 400 }, 'none'],
    ['answered, nobody spoke', 'dropped', { dialed: 0, answered: 900, ended: 9_000 }, 'silent'],
    [
      'answered, somebody spoke',
      'connected',
      { dialed: 0, answered: 900, first_sound: 1_000, ended: 9_000 },
      'none',
    ],
    ['nobody answered', 'no_answer', { dialed: 0, ringing: 100, ended: 20_000 }, 'none'],
  ])('%s', (_, outcome, at, sign) => {
    expect(signOf({ outcome, sipStatus: null, moments: moments(at as Record<string, number>) })).toBe(sign);
  });

  test('a call that nobody followed tells nothing', () => {
    expect(signOf({ outcome: 'failed', sipStatus: 503, moments: null })).toBe('none');
  });
});
