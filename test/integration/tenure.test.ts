/**
 * Two sidecars' connections to one real exchange, of which the first has been replaced without hearing of it, or has stood still:
 * it takes nothing back, and does nothing, by ARI or by AMI.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, afterEach, expect } from 'vitest';
import { openFloor, type Floor } from '../../scripts/callers/floor.ts';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import type { Tenure } from '../../src/adapters/asterisk/tenure.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import { type Telephony, type TelephonyEvent, TelephonyUnavailable } from '../../src/ports/telephony.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { until } from '../support/wait.ts';

/** More than a process may stand still before it asks whose the calls are. */
const STANDS_STILL_MS = 1_000;

let floor: Floor;
let lines: readonly [Proxy, Proxy];
let first: Telephony;
let second: Telephony | null = null;
let told: TelephonyEvent[];
/** What the ledger would say to the first. */
let ours: boolean;
let over: boolean;
let asked: number;

const tenure: Tenure = {
  confirm: () => {
    asked += 1;
    return ours ? Promise.resolve() : Promise.reject(new Error('held by another'));
  },
  isOver: () => over,
};

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  floor = await openFloor({
    name: 'tenure',
    asterisk: { dialplan: [join(resolve(import.meta.dirname, '../..'), 'dialplan/breakwater.conf')] },
    people: [{ numbers: ['13035550117'], behaviour: { kind: 'answers' } }],
  });
});

afterAll(() => (missingAsterisk === undefined ? floor.close() : undefined));

beforeEach(async () => {
  if (missingAsterisk !== undefined) return;
  [ours, over, asked, told] = [true, false, 0, []];
  const { ari, ami } = floor.asterisk;
  lines = [
    await startProxy({ host: ami.host, port: Number(new URL(ari.url).port) }),
    await startProxy({ host: ami.host, port: ami.port }),
  ];
  first = openAsterisk({
    ari: { ...ari, url: `http://127.0.0.1:${lines[0].port}`, application: 'breakwater' },
    ami: { ...ami, port: lines[1].port },
    log: openLog('silent'),
    tenure,
  });
  await until('connected', () => first.problem() === null);
});

afterEach(async () => {
  if (missingAsterisk !== undefined) return;
  await first.close();
  await second?.close();
  second = null;
  for (const line of lines) await line.close();
});

async function openSecond(): Promise<void> {
  const { ari, ami } = floor.asterisk;
  const opened = openAsterisk({ ari: { ...ari, application: 'breakwater' }, ami, log: openLog('silent') });
  opened.listen((event) => void told.push(event));
  second = opened;
  await until('the second connected', () => opened.problem() === null);
}

const standStill = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const recordsKept = async (): Promise<readonly string[]> =>
  (await (second ?? first).fallbackRecords()).map(({ callId }) => callId);

test('one that was replaced while its line hung does not take the application back when the line is cut', async () => {
  lines[0].mode = 'hang';
  await openSecond();
  [ours, over] = [false, true];
  lines[0].mode = 'pass';
  lines[0].cutAll();
  await until('the loss is noticed', () => first.problem() !== null);
  // Ten times the wait before the first try to connect again.
  await sleep(1_000);
  expect(first.problem()).toContain('another sidecar');
  expect(told).not.toContainEqual({ kind: 'replaced' });
  expect(second?.problem()).toBeNull();
});

test('a line that dies without a word is known to be dead, and is opened anew', async () => {
  let losses = 0;
  first.listen((event) => {
    if (event.kind === 'connection' && !event.up) losses += 1;
  });
  // An exchange on which nothing happens is not taken for a dead one.
  await sleep(8_000);
  expect([first.problem(), losses]).toEqual([null, 0]);
  lines[0].mode = 'hang';
  await until('the loss is noticed', () => first.problem() !== null, 30_000);
  expect(losses).toBe(1);
  lines[0].mode = 'pass';
  await until('connected again', () => first.problem() === null, 60_000);
});

test('one that is not known to be the writer waits with taking the application, and takes it when it is', async () => {
  ours = false;
  lines[0].cutAll();
  await until('asked', () => asked > 2);
  expect(first.problem()).toContain('held by another');
  ours = true;
  await until('connected again', () => first.problem() === null);
});

test('one that has stood still acts by neither interface until it is confirmed', async () => {
  ours = false;
  standStill(STANDS_STILL_MS);
  await expect(first.keepOptOut('call-1', 1_764_000_000)).rejects.toThrow(TelephonyUnavailable);
  await expect(first.fallbackRecords()).rejects.toThrow(TelephonyUnavailable);
  await expect(first.channels()).rejects.toThrow(TelephonyUnavailable);
  await openSecond();
  expect(await recordsKept()).toEqual([]);
});

test('and acts again when it is', async () => {
  standStill(STANDS_STILL_MS);
  await first.keepOptOut('call-2', 1_764_000_000);
  expect(asked).toBeGreaterThan(0);
  expect(await recordsKept()).toEqual(['call-2']);
  await first.clearFallbackRecord({ callId: 'call-2', what: 'opt_out', atEpochSeconds: 1_764_000_000 });
});

test('one that is told of its replacement does nothing more by the manager interface either', async () => {
  await openSecond();
  await until('replaced', () => first.problem() !== null);
  await expect(first.keepOptOut('call-3', 1_764_000_000)).rejects.toThrow(TelephonyUnavailable);
  expect(await recordsKept()).toEqual([]);
});
