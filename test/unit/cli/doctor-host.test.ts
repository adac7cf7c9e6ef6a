/** Doctor's look at the machine: each finding by what the kernel and the programs of a right and of a wrong machine say. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listAgeFindings } from '../../../src/cli/doctor/campaigns.ts';
import {
  descriptorLimit,
  diskFindings,
  monitorFinding,
  spoolFinding,
  timeServiceFinding,
} from '../../../src/cli/doctor/host.ts';
import { listenersIn, openDoors } from '../../../src/cli/doctor/listeners.ts';
import { secretFindings } from '../../../src/cli/doctor/secrets.ts';
import { instant } from '../../../src/domain/time.ts';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'breakwater-host-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const GIB = 1024 ** 3;

test.each([
  ['a tenth of a small disk', 1, 9, 'ok'],
  ['less than a tenth of it', 0.8, 9, 'problem'],
  ['little of a large one, which is plenty', 25, 1_000, 'ok'],
  ['nothing at all', 0, 9, 'problem'],
])('disk: %s', (_what, free, size, state) => {
  const places = [{ place: 'data', freeBytes: free * GIB, sizeBytes: size * GIB }];
  expect(diskFindings(places)).toMatchObject([{ check: 'disk of data', state }]);
});

describe('open doors', () => {
  // Columns as the kernel prints them; 0A listens, 01 is connected. 13AE is 5038, 1F98 is 8088.
  const line = (address: string, state = '0A') =>
    `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 12345 1`;
  const doors = [
    { name: 'AMI', port: 5_038, fix: 'close it' },
    { name: 'ARI', port: 8_088, fix: 'close it' },
  ];
  const look = (...lines: readonly string[]) =>
    openDoors(doors, listenersIn(['  sl  local_address', ...lines].join('\n')));

  test.each([
    ['loopback', '0100007F:13AE', 'ok'],
    ['another loopback', '0200007F:13AE', 'ok'],
    ['every address', '00000000:13AE', 'problem'],
    ['an address of the network', '0A01A8C0:13AE', 'problem'],
    ['every address, another port', '00000000:1F99', 'ok'],
    ['::1', '00000000000000000000000001000000:1F98', 'ok'],
    ['127.0.0.1 within IPv6', '0000000000000000FFFF00000100007F:1F98', 'ok'],
    ['every address of IPv6', '00000000000000000000000000000000:1F98', 'problem'],
  ])('%s', (_what, address, state) => {
    expect(look(line(address))[0]?.state).toBe(state);
  });

  test('a connection is no open door', () => {
    expect(look(line('00000000:13AE', '01'))[0]?.state).toBe('ok');
  });

  test('each is named with its fix', () => {
    const found = look(line('00000000:13AE'), line('00000000:1F98'));
    expect(found.map(({ detail }) => detail)).toEqual([
      'AMI, port 5038, can be reached from other machines',
      'ARI, port 8088, can be reached from other machines',
    ]);
    expect(found[0]?.fix).toBe('close it');
  });
});

test.each([
  ['the default of Linux', '1024', 1_024],
  ['none', 'unlimited', Number.POSITIVE_INFINITY],
])('descriptors: %s', (_what, soft, limit) => {
  const limits = `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                 524288               files\n`;
  expect(descriptorLimit(limits)).toBe(limit);
});
test('descriptors: a system that does not say', () => {
  expect(descriptorLimit('')).toBeNull();
});

describe('time service', () => {
  const absent = () => join(directory, 'no-mark');
  const program = (name: string, text: string): void => {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  };
  const look = () => timeServiceFinding(`${directory}:/bin`, absent());

  test('none is no finding', async () => {
    expect(await timeServiceFinding(directory, absent())).toMatchObject({ state: 'skipped' });
  });
  test.each([
    ['chronyc', "echo 'Leap status     : Normal'", 'ok'],
    ['chronyc', "echo 'Leap status     : Not synchronised'", 'problem'],
    ['chronyc', 'exit 1', 'problem'],
    ['ntpq', "echo 'associd=0 status=0615 leap_none, sync_ntp'", 'ok'],
    ['ntpq', "echo 'associd=0 status=c016 leap_alarm, sync_unspec'", 'problem'],
  ])('%s: %s', async (name, text, state) => {
    program(name, text);
    expect(await look()).toMatchObject({ state });
  });
  test("systemd's mark", async () => {
    writeFileSync(absent(), '');
    expect(await look()).toMatchObject({ state: 'ok' });
  });
});

test('the folder of recordings', async () => {
  expect(await monitorFinding(directory, true)).toMatchObject({ state: 'ok' });
  expect(await monitorFinding(join(directory, 'gone'), true)).toMatchObject({ state: 'problem' });
  expect(await monitorFinding(join(directory, 'gone'), false)).toMatchObject({ state: 'skipped' });
  expect(await monitorFinding(null, true)).toMatchObject({ state: 'skipped' });
});

test('the folder of the spool', async () => {
  expect(await spoolFinding(directory)).toMatchObject({ state: 'ok' });
  const gone = await spoolFinding(join(directory, 'gone'));
  expect(gone.state).toBe('problem');
  expect(gone.fix).toContain('spool.directory');
  expect(await spoolFinding(null)).toMatchObject({ state: 'skipped' });
});

describe('secrets', () => {
  const look = (value: string | null) =>
    secretFindings([{ name: 'AMI_SECRET', user: 'breakwater-user', value }])[0];
  test.each([
    ['4f1c9a02be77d3355aa0', 'ok'],
    ['short1', 'problem'],
    ['breakwater-user', 'problem'],
    ['password1234', 'problem'],
    ['Asterisk2024', 'problem'],
    ['aaaaaaaaaaaaaaaaaaaa', 'problem'],
    [null, 'skipped'],
  ])('%s: %s', (value, state) => {
    expect(look(value)).toMatchObject({ state });
  });
  test('none is shown', () => {
    expect(JSON.stringify(look('hunter2'))).not.toContain('hunter2');
  });
});

test('lists: ages against the law, warned of before they veto', () => {
  const law = {
    registryMaxAgeDays: { value: 31, citation: 'x' },
    stateListMaxAgeDays: { value: 90, citation: 'y' },
  } as unknown as Parameters<typeof listAgeFindings>[1];
  const now = instant(Date.UTC(2026, 10, 23, 18));
  const state = (kind: string, obtainedOn: string) =>
    listAgeFindings([{ name: 'l', kind, obtainedOn }], law, now)[0]?.state;
  // In the easternmost zone it is the 24th.
  expect(state('national', '2026-10-27')).toBe('ok');
  expect(state('national', '2026-10-26')).toBe('problem');
  expect(state('state', '2026-09-01')).toBe('ok');
  expect(state('state', '2026-08-01')).toBe('problem');
  expect(state('internal', '2020-01-01')).toBeUndefined();
});
