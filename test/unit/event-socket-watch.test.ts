/** An event socket that is dead and does not say so is given up; one that stood still with its process is not. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchSocket } from '../../src/adapters/asterisk/event-socket-watch.ts';

const LONG_MS = 60_000;

class Line extends EventEmitter {
  pings = 0;
  answers: 'pong' | 'message' | null = 'pong';
  ping(): void {
    this.pings += 1;
    if (this.answers !== null) this.emit(this.answers);
  }
}

let line: Line;
let given: number;

beforeEach(() => {
  vi.useFakeTimers();
  line = new Line();
  given = 0;
  watchSocket(line, () => (given += 1));
});
afterEach(() => vi.useRealTimers());

test('nothing is asked before it is open', () => {
  vi.advanceTimersByTime(LONG_MS);
  expect(line.pings).toBe(0);
});

test.each(['pong', 'message'] as const)('whatever comes (%s) is a sign of life', (answers) => {
  line.answers = answers;
  line.emit('open');
  vi.advanceTimersByTime(LONG_MS);
  expect(given).toBe(0);
  expect(line.pings).toBeGreaterThan(10);
});

test('silence is told once, within seconds', () => {
  line.emit('open');
  vi.advanceTimersByTime(LONG_MS);
  line.answers = null;
  vi.advanceTimersByTime(7_000);
  expect(given).toBe(1);
  vi.advanceTimersByTime(LONG_MS);
  expect(given).toBe(1);
});

test('a few answers that fail to come are none', () => {
  line.emit('open');
  for (let round = 0; round < 10; round += 1) {
    line.answers = null;
    vi.advanceTimersByTime(4_000);
    line.answers = 'pong';
    vi.advanceTimersByTime(1_000);
  }
  expect(given).toBe(0);
});

test('it ends with the socket', () => {
  line.emit('open');
  line.answers = null;
  line.emit('close');
  vi.advanceTimersByTime(LONG_MS);
  expect([given, line.pings]).toEqual([0, 0]);
});
