/** Each word of a dialer's log is told once, at its time; what could not be told is told again. */
import { beforeEach, expect, test } from 'vitest';
import type { LogWordAnswer } from '../../../src/control/dialer-log-words.ts';
import { followDialerLog, STANDS_MS } from '../../../src/control/follow-dialer-log.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { Instant } from '../../../src/domain/time.ts';
import type { LoggedCall } from '../../../src/ports/dialer-log.ts';
import type { LogFields } from '../../../src/ports/log.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';

const call = (name: string, outcome: LoggedCall['outcome']): LoggedCall => ({
  name,
  number: '+13035550121' as PhoneNumber,
  leadId: '4711',
  dialedAgoMs: 1_000,
  outcome,
});

const CALL = 'call-1' as CallId;
const RECORDED: LogWordAnswer = { kind: 'recorded', callId: CALL };

let clock: FakeClock;
let here: readonly LoggedCall[] | Error;
let told: string[];
/** By our clock, of each that was told. */
let dialedAt: Instant[];
let lines: string[];
let fields: LogFields[];
let answer: () => Promise<LogWordAnswer>;
let stop: () => void;

beforeEach(() => {
  clock = fakeClock('2026-11-23T18:00:00Z');
  here = [];
  told = [];
  dialedAt = [];
  lines = [];
  fields = [];
  answer = () => Promise.resolve(RECORDED);
  const note = (about: LogFields, message: string): void => {
    fields.push(about);
    lines.push(message);
  };
  const followed = followDialerLog(
    { clock, log: { info: note, warn: note, error: note } },
    {
      name: 'VICIdial',
      read: () => (here instanceof Error ? Promise.reject(here) : Promise.resolve(here)),
      close: () => Promise.resolve(),
    },
    (word) => {
      told.push(`${word.name} ${word.outcome}`);
      dialedAt.push(word.dialedAt);
      return answer();
    },
  );
  stop = () => followed.stop();
});

test.each(['connected', 'machine'] as const)('%s is told at once, and once', async (outcome) => {
  here = [call('a', outcome)];
  await clock.go(1_000);
  expect(told).toEqual([`a ${outcome}`]);
  expect(fields).toEqual([{ callId: CALL, name: 'a', outcome }]);
  await clock.go(60_000);
  expect(told).toHaveLength(1);
});

test.each(['dropped', 'no_answer', 'busy', 'failed'] as const)(
  '%s is told when it has stood',
  async (outcome) => {
    here = [call('a', outcome)];
    await clock.go(STANDS_MS);
    expect(told).toEqual([]);
    await clock.go(2_000);
    expect(told).toEqual([`a ${outcome}`]);
    await clock.go(60_000);
    expect(told).toHaveLength(1);
  },
);

test('a word that changes begins anew; one that says nothing is not told', async () => {
  here = [call('a', 'no_answer')];
  await clock.go(STANDS_MS - 1_000);
  here = [call('a', null)];
  await clock.go(20_000);
  expect(told).toEqual([]);
  here = [call('a', 'dropped')];
  await clock.go(STANDS_MS - 1_000);
  expect(told).toEqual([]);
  await clock.go(3_000);
  expect(told).toEqual(['a dropped']);
});

test('what could not be told is told with the next reading, and nothing of the others is lost', async () => {
  answer = () => Promise.reject(new Error('the ledger is away'));
  const names = ['a', 'b', 'c', 'd', 'e'];
  here = names.map((name) => call(name, 'connected'));
  await clock.go(1_000);
  expect(told).toEqual(['a connected', 'b connected', 'c connected']);
  told.splice(0);
  answer = () => Promise.resolve(RECORDED);
  await clock.go(1_000);
  expect(told).toEqual(['d connected', 'e connected', 'a connected', 'b connected', 'c connected']);
  await clock.go(10_000);
  expect(told).toHaveLength(5);
});

test('a call was dialed no later because it is told behind many others', async () => {
  const startedAt = clock.now();
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  here = names.map((name) => call(name, 'connected'));
  answer = () => new Promise((resolve) => clock.after(1_000, () => resolve(RECORDED)));
  await clock.go(20_000);
  expect(told).toHaveLength(names.length);
  // Read after a second, as dialed a second before.
  expect(dialedAt).toEqual(names.map(() => startedAt));
});

test('one that can never be told holds up nobody, and is named once', async () => {
  answer = () =>
    told.at(-1)?.startsWith('bad') === true ? Promise.reject(new Error('no')) : Promise.resolve(RECORDED);
  here = [call('bad', 'connected'), call('a', 'connected')];
  await clock.go(1_000);
  here = [call('bad', 'connected'), call('b', 'machine')];
  await clock.go(20_000);
  expect(told.filter((each) => !each.startsWith('bad'))).toEqual(['a connected', 'b machine']);
  expect(lines.filter((line) => line.includes('cannot be told'))).toHaveLength(1);
});

test('what is not believed yet is asked again, for as long as the exchange may still show it', async () => {
  answer = () => Promise.resolve({ kind: 'not_believed', callId: CALL });
  here = [call('a', 'connected')];
  await clock.go(2_000);
  expect(told.length).toBeGreaterThan(1);
  await clock.go(20_000);
  const sofar = told.length;
  await clock.go(60_000);
  expect(told).toHaveLength(sofar);
  expect(lines).toHaveLength(1);
  expect(fields).toMatchObject([{ callId: CALL }]);
});

test('a log that cannot be read is named once, and read again', async () => {
  here = new Error('gone');
  await clock.go(60_000);
  expect(lines).toEqual(['VICIdial cannot be read']);
  here = [call('a', 'machine')];
  await clock.go(1_000);
  expect(lines[1]).toBe('VICIdial can be read again');
  expect(told).toEqual(['a machine']);
});

test('a sidecar that ends reads no more', async () => {
  await clock.go(1_000);
  stop();
  here = [call('a', 'machine')];
  await clock.go(10_000);
  expect(told).toEqual([]);
});
