import { expect, test } from 'vitest';
import { countingWindows } from '../../src/control/counting-windows.ts';
import { instant, type LocalDate } from '../../src/domain/time.ts';

const campaign = { startedOn: '2026-10-01' as LocalDate, zone: 'America/New_York' };
const at = (text: string) => instant(Date.parse(text));

test('the day is the campaign zone’s, not UTC’s', () => {
  expect(countingWindows(campaign, at('2026-10-02T03:59:59Z')).day).toBe('2026-10-01');
  expect(countingWindows(campaign, at('2026-10-02T04:00:00Z')).day).toBe('2026-10-02');
});

test('blocks of thirty days follow each other from the first day, over the end of daylight saving time', () => {
  const starts = ['2026-10-01', '2026-10-30', '2026-10-31', '2026-11-01', '2026-11-29', '2026-11-30'].map(
    (day) => countingWindows(campaign, at(`${day}T17:00:00Z`)).blockStart,
  );
  expect(starts).toEqual([
    '2026-10-01',
    '2026-10-01',
    '2026-10-31',
    '2026-10-31',
    '2026-10-31',
    '2026-11-30',
  ]);
});

test('the rolling days are thirty, end today and hold the block’s start', () => {
  for (let day = 0; day < 65; day += 1) {
    const windows = countingWindows(campaign, instant(at('2026-10-01T12:00:00Z') + day * 86_400_000));
    expect(windows.rollingDays).toHaveLength(30);
    expect(windows.rollingDays.at(-1)).toBe(windows.day);
    expect(new Set(windows.rollingDays).size).toBe(30);
    expect(windows.rollingDays).toContain(windows.blockStart);
  }
});

test('the day before the campaign starts has a block of its own', () => {
  expect(countingWindows(campaign, at('2026-09-30T12:00:00Z')).blockStart).toBe('2026-09-01');
});
