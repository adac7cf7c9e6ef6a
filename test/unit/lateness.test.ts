/** How late the exchange's word comes, whatever its clock says. */
import { describe, expect, test } from 'vitest';
import { createLateness } from '../../src/adapters/asterisk/lateness.ts';

const T0 = Date.parse('2026-11-23T01:00:00.000Z');
/** As Asterisk stamps its events. */
const stamp = (ms: number): string => new Date(T0 + ms).toISOString().replace('Z', '+0000');

describe('lateness of an event', () => {
  test('is 0 for the first and for the quickest, whatever the clocks say of each other', () => {
    for (const skewMs of [-7_200_000, 0, 86_400_000]) {
      const lateness = createLateness();
      expect(lateness.of(stamp(0), 500 + skewMs)).toBe(0);
      expect(lateness.of(stamp(1_000), 1_498 + skewMs)).toBe(0);
      expect(lateness.of(stamp(2_000), 2_500 + skewMs)).toBe(2);
    }
  });

  test('is what a stalled connection held it up', () => {
    const lateness = createLateness();
    lateness.of(stamp(0), 3);
    expect(lateness.of(stamp(1_000), 1_415)).toBe(412);
    expect(lateness.of(stamp(1_400), 1_416)).toBe(13);
  });

  test('is never more than the dead-man switch would have waited: a clock that was set is not a delay of hours', () => {
    const lateness = createLateness();
    lateness.of(stamp(0), 0);
    expect(lateness.of(stamp(-3_600_000), 100)).toBe(1_000);
  });

  test('forgets how clocks stood two minutes ago', () => {
    const lateness = createLateness();
    lateness.of(stamp(0), 0);
    // The exchange's clock was set back by 300 ms.
    expect(lateness.of(stamp(0), 300)).toBe(300);
    lateness.of(stamp(61_000), 61_300);
    expect(lateness.of(stamp(122_000), 122_301)).toBe(1);
  });

  test('an event without a stamp is not late, and teaches nothing', () => {
    const lateness = createLateness();
    for (const none of [undefined, 'yesterday', 17]) expect(lateness.of(none, 1)).toBe(0);
    expect(lateness.of(stamp(0), 900)).toBe(0);
  });
});
