/** `breakwater recording ...` and the figures of recordings, over HTTP to doors that stand on a real disk. */
import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { masterKeys } from '../../../src/adapters/recordings/master-keys.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { Wiring } from '../../../src/cli/wiring.ts';
import { openRecordings } from '../../../src/control/recordings/open-recordings.ts';
import type { RecordingStatus } from '../../../src/control/recordings/recording-doors.ts';
import { settleRecording } from '../../../src/control/recordings/settle-recording.ts';
import { addMs } from '../../../src/domain/time.ts';
import { buildServer, listen } from '../../../src/http/server.ts';
import { fakeIo } from '../../support/fake-io.ts';
import { FakeOperations } from '../../support/fake-operations.ts';
import { NUMBER, openRecordingWorld, type RecordingWorld } from '../../support/recording-world.ts';

let world: RecordingWorld;
let server: FastifyInstance;
let operations: FakeOperations;
let url: string;
let status: RecordingStatus;
beforeEach(async () => {
  world = await openRecordingWorld();
  await world.record('c-1');
  await settleRecording(world.archive, 'c-1');
  operations = new FakeOperations();
  status = { problem: null, waiting: 0, putOff: 0, pushes: [] };
  // The archive of each request: a test takes the key away in between.
  const doors = () => openRecordings(world.archive, () => 'hold-1');
  operations.recordings = {
    ...operations.recordings,
    fetch: (request) => doors().fetch(request),
    show: (callId) => doors().show(callId),
    setHold: (hold) => doors().setHold(hold),
    liftHold: (lift) => doors().liftHold(lift),
    holds: (limit) => doors().holds(limit),
    status: () => Promise.resolve(status),
  };
  server = buildServer(operations, {
    host: '127.0.0.1',
    tokens: [],
    version: '0',
    feed: { heartbeatMs: 500 },
  });
  url = await listen(server, '127.0.0.1', 0);
});
afterEach(async () => {
  await server.close();
  await world.close();
});

const noWiring = (): Promise<Wiring> => Promise.reject(new Error('this command needs no wiring'));

async function recording(...line: readonly string[]) {
  const io = fakeIo({ BREAKWATER_URL: url });
  const code = await runCli(['recording', ...line], io, noWiring, { version: '0', nodeVersion: 'v24.0.0' });
  return { code, text: io.text(), errors: io.errors.join('\n') };
}
const SAID = ['--who', 'Jo Example', '--why', 'complaint 12'];
const kinds = async () => (await world.ledger.read({ callId: 'c-1', limit: 99 })).map(({ kind }) => kind);

describe('fetch', () => {
  const to = (name: string): readonly string[] => ['--to', join(world.directory, name), ...SAID];

  test('writes one track as it was recorded, readable to its owner alone', async () => {
    const { code, text } = await recording('fetch', 'c-1', '--track', 'called', ...to('heard.wav'));
    expect([code, text]).toEqual([0, expect.stringMatching(/heard\.wav: 150000 bytes, called of call c-1/)]);
    const file = join(world.directory, 'heard.wav');
    expect(await readFile(file, 'utf8')).toBe('c-1~called.wav '.repeat(10_000));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await kinds()).at(-1)).toBe('recording_accessed');
  });

  test('never writes over a file', async () => {
    await recording('fetch', 'c-1', ...to('heard.wav'));
    const { code, errors } = await recording('fetch', 'c-1', ...to('heard.wav'));
    expect([code, errors]).toEqual([2, expect.stringContaining('it is there already')]);
  });

  test('of a key that cannot be had now: ask again later, and nothing is called damaged', async () => {
    world.keys = masterKeys([{ id: 'first', source: { kind: 'command', command: ['false'] } }], 1_000);
    const { code, errors } = await recording('fetch', 'c-1', ...to('heard.wav'));
    expect([code, errors]).toEqual([3, expect.stringMatching(/cannot be read: key `first`: false failed/)]);
    expect(await kinds()).not.toContain('recording_damaged');
    expect((await fetch(`${url}/v1/recordings/c-1?who=Jo&why=x`)).status).toBe(503);
  });

  test('of a call without a recording', async () => {
    expect((await recording('fetch', 'c-2', ...to('heard.wav'))).code).toBe(1);
  });

  test('without a reason nothing is asked', async () => {
    expect((await recording('fetch', 'c-1', '--to', 'x.wav', '--who', 'Jo')).code).toBe(2);
    expect((await kinds()).at(-1)).toBe('recording_archived');
  });
});

test('show tells files, keys, retention and holds, and says of a deleted one that it is', async () => {
  await recording('hold', 'set', '--scope', 'number', '--value', '303 555 0123', ...SAID);
  const { code, text } = await recording('show', 'c-1');
  expect(code).toBe(0);
  expect(text).toMatch(/retention_until\s+2031-11-24T18:00:00\.000Z/);
  expect(text).toMatch(/called\s+150000\s+first\s+[0-9a-f]{64}/);
  expect(text).toMatch(/deleted_at\s+not deleted/);
  expect(text).toMatch(/hold-1\s+number\s+\+13035550123\s+Jo Example/);
  const body = { callId: 'c-1', why: 'retention', files: [], deletedAt: '2031-11-24T18:00:00.000Z' };
  await world.ledger.append({ kind: 'recording_deleted', dedupeKey: 'c-1', body });
  expect((await recording('show', 'c-1')).text).toMatch(/deleted_at\s+2031-11-24/);
});

describe('hold', () => {
  test('is set, shown and lifted', async () => {
    expect((await recording('hold', 'show')).text).toBe('no legal hold was ever set');
    const set = await recording('hold', 'set', '--scope', 'seller', '--value', 'clearview', ...SAID);
    expect([set.code, set.text]).toEqual([0, 'hold hold-1 on seller clearview']);
    expect((await recording('hold', 'show')).text).toMatch(/hold-1\s+seller\s+clearview.*\s-\s*$/);
    expect((await recording('hold', 'lift', 'hold-1', ...SAID)).code).toBe(0);
    expect((await recording('hold', 'show')).text).not.toMatch(/\s-\s*$/);
    expect((await recording('hold', 'lift', 'hold-1', ...SAID)).code).toBe(2);
  });

  test('on what nobody knows is refused with field, value and what would do', async () => {
    const { code, errors } = await recording(
      'hold',
      'set',
      '--scope',
      'seller',
      '--value',
      'sunrize',
      ...SAID,
    );
    expect([code, errors]).toEqual([
      2,
      expect.stringMatching(/value `sunrize`: expected one of sunrise, clearview/),
    ]);
    const response = await fetch(`${url}/v1/recording-holds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scope: 'call', value: 'c-9', who: 'Jo', why: 'suit' }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: 'value', value: 'c-9' });
    expect((await recording('hold', 'show')).text).toBe('no legal hold was ever set');
  });
});

test.each(['stopped', 'never_starts', 'to_be_deleted', 'stays'] as const)(
  'refuse tells `%s`',
  async (answer) => {
    operations.refusal = answer;
    const { code, text } = await recording('refuse', 'c-1', '--who', 'agent ann');
    expect([code, text]).toEqual([0, `recording of c-1: ${answer}`]);
    expect(operations.calls).toContain('refuse c-1 for agent ann');
  },
);

test('refuse of a call that nobody has exits 1', async () => {
  expect((await recording('refuse', 'c-1', '--who', 'agent ann')).code).toBe(1);
});

describe('figures', () => {
  const figures = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();

  test('of what waits, what is put off and what is owed, and how old that is', async () => {
    const oldestAt = addMs(operations.now(), -90_000);
    status = { problem: null, waiting: 4, putOff: 2, pushes: [{ target: 'crm', waiting: 3, oldestAt }] };
    const text = await figures();
    expect(text).toContain('breakwater_recordings_waiting 4');
    expect(text).toContain('breakwater_recording_deletions_put_off 2');
    expect(text).toContain('breakwater_recording_pushes_waiting{target="crm"} 3');
    expect(text).toContain('breakwater_recording_push_oldest_seconds{target="crm"} 90');
  });

  test('a target that is owed nothing any more is left out', async () => {
    status = { ...status, pushes: [{ target: 'crm', waiting: 3, oldestAt: operations.now() }] };
    expect(await figures()).toContain('target="crm"');
    status = { ...status, pushes: [] };
    expect(await figures()).not.toContain('target="crm"');
  });
});

test('a recording on another machine is not damaged', async () => {
  await rename(world.kept, `${world.kept}.elsewhere`);
  expect((await recording('show', 'c-1')).text).toContain(NUMBER);
  expect((await recording('fetch', 'c-1', '--to', join(world.directory, 'x.wav'), ...SAID)).code).toBe(3);
  expect(await kinds()).not.toContain('recording_damaged');
});
