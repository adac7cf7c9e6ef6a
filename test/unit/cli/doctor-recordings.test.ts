/** Doctor's look at recordings: each state of keys and folders is told, with what to do about it. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordingFinding } from '../../../src/cli/doctor/recordings.ts';
import type { Config } from '../../../src/config/config.ts';
import type { RecordingKeySetting } from '../../../src/config/recordings.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-doctor-'));
});
afterEach(() => rm(directory, { recursive: true }));

interface Given {
  readonly enabled?: boolean;
  readonly monitorDirectory?: string | null;
  readonly encryption?: 'key' | 'off';
  readonly keys?: readonly RecordingKeySetting[];
}

const finding = ({ enabled = true, monitorDirectory = directory, encryption = 'key', keys = [] }: Given) =>
  recordingFinding({
    campaigns: [{ recording: { enabled } }],
    asterisk: { monitorDirectory },
    recordings: { encryption, keys, keyCommandMs: 1_000 },
  } as unknown as Config);

const command = (id: string, ...words: readonly string[]): RecordingKeySetting => ({
  id,
  source: { kind: 'command', command: words },
});
const KEY = 'ab'.repeat(32);

async function file(id: string, mode: number): Promise<RecordingKeySetting> {
  const path = join(directory, `${id}.key`);
  await writeFile(path, KEY);
  await chmod(path, mode);
  return { id, source: { kind: 'file', path } };
}

test('nothing is recorded: nothing to look at', async () => {
  expect(await finding({ enabled: false })).toMatchObject({ state: 'skipped' });
});

test('nobody knows where the exchange writes', async () => {
  expect(await finding({ monitorDirectory: null })).toMatchObject({
    state: 'problem',
    fix: 'set asterisk.monitorDirectory',
  });
});

test('encryption that is off is said aloud', async () => {
  expect(await finding({ encryption: 'off' })).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/NOT encrypted/) as string,
  });
});

test('every key is asked for, and none is shown', async () => {
  const found = await finding({ keys: [await file('one', 0o600), command('two', 'echo', KEY)] });
  expect(found).toMatchObject({
    state: 'ok',
    detail: expect.stringMatching(/under key `one`, 2 keys/) as string,
  });
  expect(JSON.stringify(found)).not.toContain(KEY);
});

test.each([
  ['a key service that is away', () => [command('one', 'false')], /key `one`: false failed/],
  ['an older key that is away', () => [command('new', 'echo', KEY), command('old', 'false')], /key `old`/],
  ['what is no key', () => [command('one', 'echo', 'hello')], /key `one` is not 32 bytes/],
])('%s is a problem', async (_what, keys, detail) => {
  expect(await finding({ keys: keys() })).toMatchObject({
    state: 'problem',
    detail: expect.stringMatching(detail) as string,
    fix: expect.stringMatching(/wait in plain files/) as string,
  });
});

test('a key file that others can read is a problem', async () => {
  expect(await finding({ keys: [await file('one', 0o640)] })).toMatchObject({
    state: 'problem',
    detail: expect.stringMatching(/chmod 600/) as string,
  });
});
