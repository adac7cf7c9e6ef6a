/** Alert bands: shares of the campaign's own ceiling, decided on counts. */
import { describe, expect, test } from 'vitest';
import { dropAlertsOf, dropBand } from '../../../src/domain/drop-alert.ts';
import { emptyWaits, waitsIn, waitsOver, withWait } from '../../../src/domain/wait-histogram.ts';

describe('alert bands', () => {
  test.each([
    [300, undefined, { cautionBp: 200, warningBp: 250 }],
    [250, undefined, { cautionBp: 166, warningBp: 208 }],
    [300, { warningBp: 240 }, { cautionBp: 200, warningBp: 240 }],
    [300, { cautionBp: 100, warningBp: 150 }, { cautionBp: 100, warningBp: 150 }],
  ] as const)('a ceiling of %i bp with %j', (dropRateMaxBp, dropAlerts, bands) => {
    expect(dropAlertsOf({ dropRateMaxBp, ...(dropAlerts === undefined ? {} : { dropAlerts }) })).toEqual(
      bands,
    );
  });

  const alerts = { cautionBp: 200, warningBp: 250 };
  test.each([
    [0, 0, 'calm'],
    [1, 51, 'calm'],
    [1, 50, 'caution'],
    [24, 961, 'caution'],
    [1, 40, 'warning'],
    // Exactly at the ceiling is not above it (47 CFR 64.1200(a)(7)).
    [3, 100, 'warning'],
    [31, 1_033, 'above'],
    [1, 1, 'above'],
  ] as const)('%i drops of %i live answers: %s', (drops, liveAnswers, band) => {
    expect(dropBand({ drops, liveAnswers }, 300, alerts)).toBe(band);
  });
});

describe('waits for the message', () => {
  test('the bound is an edge: at it is in time, a millisecond later is not', () => {
    const edges = emptyWaits(2_000);
    expect(edges.edgesMs).toEqual([100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000]);
    const waits = [0, 100, 101, 2_000, 2_001, 9_000].reduce(withWait, edges);
    expect(waits.counts).toEqual([2, 1, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(waitsIn(waits)).toBe(6);
    expect(waitsOver(waits)).toBe(2);
    expect(waits.longestMs).toBe(9_000);
  });

  test('nobody has waited', () => {
    expect(emptyWaits(1_500)).toMatchObject({ boundMs: 1_500, longestMs: null });
    expect(waitsOver(emptyWaits(1_500))).toBe(0);
  });
});
