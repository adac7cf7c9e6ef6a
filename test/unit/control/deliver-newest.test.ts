/** INVARIANT (newest-level-last), and that a receiver who is slow, gone or back costs neither order nor memory. */
import { describe, expect, test } from 'vitest';
import { deliverNewest } from '../../../src/control/deliver-newest.ts';
import type { DialLevelNotice } from '../../../src/domain/dial-level-notice.ts';
import type { CampaignId, WriterId } from '../../../src/domain/ids.ts';
import { instant } from '../../../src/domain/time.ts';
import { dice } from '../../support/dice.ts';
import { fakeClock, settle } from '../../support/fake-clock.ts';
import { fakeOutlet } from '../../support/fake-outlet.ts';

const notice = (linesNow: number, campaign = 'solar'): DialLevelNotice => ({
  campaignId: campaign as CampaignId,
  levelHundredths: linesNow * 100,
  linesNow,
  because: 'a test',
  at: instant(0),
  entryId: linesNow,
  writer: 'sim' as WriterId,
});

function open(renewMs: number | null = null) {
  const clock = fakeClock('2026-11-24T18:00:00Z');
  const outlet = fakeOutlet(renewMs);
  const lines: string[] = [];
  const note = (_fields: unknown, message: string): void => void lines.push(message);
  const log = { info: note, warn: note, error: note };
  return { clock, outlet, lines, delivery: deliverNewest(outlet, { clock, log }) };
}
const linesOf = (notices: readonly DialLevelNotice[]): readonly number[] =>
  notices.map(({ linesNow }) => linesNow);

describe('of one campaign', () => {
  test('what comes while one is on its way waits, and only the newest of it is sent', async () => {
    const { outlet, delivery } = open();
    outlet.mode = 'holds';
    for (const lines of [1, 2, 3]) delivery.offer(notice(lines));
    await settle();
    expect(linesOf(outlet.attempts)).toEqual([1]);
    outlet.answerHeld('take');
    await settle();
    expect(linesOf(outlet.attempts)).toEqual([1, 3]);
  });

  test('a failed one is repeated ever slower, until a newer one takes its place', async () => {
    const { clock, outlet, delivery, lines } = open();
    outlet.mode = 'refuses';
    delivery.offer(notice(1));
    await clock.go(249);
    expect(outlet.attempts).toHaveLength(1);
    await clock.go(1);
    expect(outlet.attempts).toHaveLength(2);
    await clock.go(60_000);
    // 0, 250, 750, 1,750, 3,750, then each 5 s.
    expect(outlet.attempts).toHaveLength(5 + 11);
    expect(lines).toEqual(['dial level not told yet']);
    delivery.offer(notice(2));
    outlet.mode = 'takes';
    await clock.go(5_000);
    expect(linesOf(outlet.taken)).toEqual([2]);
    await clock.go(60_000);
    expect(linesOf(outlet.taken)).toEqual([2]);
    expect(lines).toEqual(['dial level not told yet', 'dial level is told again']);
  });

  test('one that fails late does not come back over a newer one', async () => {
    const { clock, outlet, delivery } = open();
    outlet.mode = 'holds';
    delivery.offer(notice(1));
    delivery.offer(notice(2));
    await settle();
    outlet.mode = 'takes';
    outlet.answerHeld('refuse');
    await clock.go(10_000);
    expect(linesOf(outlet.taken)).toEqual([2]);
  });

  test.each([1, 2, 3, 4, 5])(
    'no outdated one is sent after a newer, whatever happens (seed %i)',
    async (seed) => {
      const { clock, outlet, delivery } = open(1_000);
      const roll = dice(seed);
      for (let lines = 1; lines <= 200; lines += 1) {
        delivery.offer(notice(lines));
        outlet.mode = (['takes', 'refuses', 'holds'] as const)[roll(3)]!;
        if (roll(3) === 0) outlet.answerHeld(roll(2) === 0 ? 'take' : 'refuse');
        if (roll(5) === 0) outlet.forget();
        if (roll(2) === 0) await clock.go(roll(2_000));
        expect(outlet.held()).toBeLessThanOrEqual(1);
      }
      outlet.mode = 'takes';
      outlet.answerHeld('refuse');
      await clock.go(6_000);
      const tried = linesOf(outlet.attempts);
      expect(tried).toEqual([...tried].sort((a, b) => a - b));
      expect(linesOf(outlet.taken).at(-1)).toBe(200);
    },
  );
});

test('of many campaigns only some are on their way at once, and none is left out', async () => {
  const { outlet, delivery } = open();
  outlet.mode = 'holds';
  for (let index = 0; index < 50; index += 1) delivery.offer(notice(index, `c${index}`));
  await settle();
  expect(outlet.held()).toBe(8);
  let isTold = false;
  void delivery.told().then(() => (isTold = true));
  for (let round = 0; round < 7; round += 1) {
    expect(isTold).toBe(false);
    outlet.answerHeld('take');
    await settle();
  }
  expect(outlet.taken).toHaveLength(50);
  expect(isTold).toBe(true);
});

describe('a receiver that forgets', () => {
  test('is told everything again, at once', async () => {
    const { outlet, delivery } = open();
    delivery.offer(notice(1));
    delivery.offer(notice(2, 'wind'));
    await settle();
    outlet.forget();
    await settle();
    expect(linesOf(outlet.taken)).toEqual([1, 2, 1, 2]);
  });

  test('while one is on its way is told that one again', async () => {
    const { outlet, delivery } = open();
    outlet.mode = 'holds';
    delivery.offer(notice(1));
    await settle();
    outlet.forget();
    outlet.mode = 'takes';
    outlet.answerHeld('take');
    await settle();
    expect(linesOf(outlet.taken)).toEqual([1, 1]);
  });

  test('while a repetition waits is not made to wait', async () => {
    const { clock, outlet, delivery } = open();
    outlet.mode = 'refuses';
    delivery.offer(notice(1));
    await clock.go(20_000);
    outlet.mode = 'takes';
    outlet.forget();
    await settle();
    expect(linesOf(outlet.taken)).toEqual([1]);
    await clock.go(20_000);
    expect(linesOf(outlet.taken)).toEqual([1]);
  });

  test('unseen is told again from time to time', async () => {
    const { clock, outlet, delivery } = open(10_000);
    delivery.offer(notice(1));
    await clock.go(35_000);
    expect(outlet.taken).toHaveLength(4);
    delivery.stop();
    await clock.go(35_000);
    expect(outlet.taken).toHaveLength(4);
  });
});
