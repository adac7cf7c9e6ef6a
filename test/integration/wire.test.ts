/** The benchmark on the wire in small: a few persons are called and dropped; what they heard, what is recorded and what is counted agree. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { dropWave, type HeardCall, messageWaitMs, plainScript } from '../../bench/wire/calls.ts';
import { compare, judge } from '../../bench/wire/chaos/verdict.ts';
import { countersOf, exportLedger } from '../../bench/wire/ledger.ts';
import { DROPS, openWireWorld, type WireWorld } from '../../bench/wire/world.ts';
import { test } from '../support/real-asterisk.ts';

describe('persons of the benchmark on a real Asterisk', () => {
  let world: WireWorld;
  let calls: readonly HeardCall[];

  beforeAll(async () => {
    world = await openWireWorld({ name: 'wire-test', lines: 4 });
    const [plain = '', presses = '', silent = '', leaves = ''] = world.numbers.take(4);
    calls = await dropWave(world, {
      scripts: [
        plainScript(plain),
        { ...plainScript(presses), key: { digit: '9', afterMs: 1_500, since: 'voice' } },
        { ...plainScript(silent), speaks: false },
        { ...plainScript(leaves), hangUp: { afterMs: 600, since: 'answer' } },
      ],
      answerAfterMs: (index) => 100 * index,
    });
  });
  afterAll(() => world.close());

  test('who stays hears the whole message once, and only after the greeting', () => {
    const [plain] = calls;
    expect(plain?.hearing).toMatchObject({
      messageShare: 1,
      messageStarts: 1,
      strangeFrames: 0,
      agentAt: null,
    });
    expect(plain === undefined ? null : messageWaitMs(plain)).toBeGreaterThan(0);
    expect(plain?.record).toMatchObject({ endedBy: 'exchange', keys: [] });
  });

  test('a key breaks the message off, and the exchange ends the call', () => {
    const presses = calls[1];
    expect(presses?.record.keys.map(({ digit }) => digit)).toEqual(['9']);
    expect(presses?.record.endedBy).toBe('exchange');
    expect(presses?.hearing.messageStarts).toBe(1);
    expect(presses?.hearing.messageShare).toBeLessThan(1);
  });

  test('who says nothing hears it too; who leaves in the greeting hears nothing', () => {
    expect(calls[2]?.record).toMatchObject({ spokeAt: null, greetingEndAt: null, endedBy: 'exchange' });
    expect(calls[2]?.hearing).toMatchObject({ messageShare: 1, messageStarts: 1 });
    expect(calls[3]?.record.endedBy).toBe('person');
    expect(calls[3]?.hearing.firstVoicedAt).toBeNull();
  });

  test('ledger and counters tell what was lived through', async () => {
    const counted = await countersOf(world, DROPS);
    const ledger = await exportLedger(world);
    expect(ledger.verifies).toBe(true);
    expect(calls.map(({ callId }) => ledger.results.get(callId))).toEqual([
      ['dropped'],
      ['dropped'],
      ['dropped'],
      ['hung_up'],
    ]);
    for (const call of calls) {
      expect(compare(judge(call).lived, ledger.results.get(call.callId) ?? [])).toBe('right');
    }
    expect([...ledger.optOuts]).toEqual([calls[1]?.callId]);
    expect(ledger.tallies.get(DROPS)).toEqual({ liveAnswers: 4, drops: 3 });
    expect(counted).toEqual({ liveAnswers: 4, drops: 3 });
  });
});
