/** The month is turned when the ledger is opened and each hour after; what goes wrong is told and tried again. */
import type pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepLedgerMonths } from '../../../src/adapters/postgres/ledger-months.ts';

const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A store whose answers are given in turn: whether tables were made, or an error; false when there are no more. */
function storeOf(answers: (boolean | Error)[]) {
  const problems: string[] = [];
  let asked = 0;
  const query = (_: unknown, answered: (error: Error | null, result?: unknown) => void): void => {
    asked += 1;
    const answer = answers.shift() ?? false;
    if (answer instanceof Error) answered(answer);
    else answered(null, { rows: [{ made: answer }] });
  };
  return {
    store: {
      pool: { query } as unknown as pg.Pool,
      onProblem: (problem: string) => void problems.push(problem),
    },
    problems,
    asked: () => asked,
  };
}

test('at once, then each hour; not after the end', async () => {
  const { store, asked } = storeOf([]);
  const months = keepLedgerMonths(store);
  await vi.advanceTimersByTimeAsync(HOUR_MS - 1);
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
  expect(asked()).toBe(3);
  await months.end();
  await vi.advanceTimersByTimeAsync(10 * HOUR_MS);
  expect(asked()).toBe(3);
});

test('tables that were made are moved into by a call of its own, and by one only', async () => {
  const { store, asked } = storeOf([true, true]);
  const months = keepLedgerMonths(store);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked()).toBe(2);
  await months.end();
});

test('a failure is told, and the next hour tries again', async () => {
  const { store, problems, asked } = storeOf([new Error('no server'), false]);
  const months = keepLedgerMonths(store);
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  expect(problems).toEqual(['the ledger has not turned to its month']);
  expect(asked()).toBe(2);
  await months.end();
});
