/** Lists as the operator meets them: the command, kill -9 in the middle of it, and a sidecar that takes a new version while it runs. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { codes } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const HOME = resolve(import.meta.dirname, '../..');
const A = '+13035550101';
const B = '+13035550102';

const worlds: ServeWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** Its lists are not files: they have to be imported. */
async function newWorld(): Promise<ServeWorld> {
  const world = await openServeWorld();
  worlds.push(world);
  const main = join(world.configDirectory, 'breakwater.yaml');
  const text = await readFile(main, 'utf8');
  await writeFile(
    main,
    `${text.replace(/^lists:\n(?: {2}- .*\n)+/m, 'lists:\n  - { name: national, kind: national }\n')}\nlistImports:\n  pollSeconds: 1\n`,
  );
  return world;
}

const STATE = [
  '--name',
  'colorado',
  '--kind',
  'state',
  '--jurisdiction',
  'CO',
  '--obtained-on',
  '2026-11-20',
  '--area-codes',
  'all',
];
const CHANGES = ['--name', 'national', '--kind', 'national', '--obtained-on', '2026-11-20', '--delta'];
const NATIONAL = [...CHANGES.slice(0, -1), '--area-codes', 'all'];

function start(world: ServeWorld, args: readonly string[]) {
  const program = ['--import', 'tsx', join(HOME, 'src/cli/main.ts')];
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: HOME,
    env: {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], ...world.env },
      BREAKWATER_CLOCK_START: '2026-11-23T18:00:00Z',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const atExit = (): void => void child.kill('SIGKILL');
  process.on('exit', atExit);
  const ended = once(child, 'close').then(() => {
    process.removeListener('exit', atExit);
    return { code: child.exitCode ?? child.signalCode, out, err };
  });
  return { child, ended };
}

const run = (world: ServeWorld, ...args: string[]) => start(world, args).ended;
const list = async (world: ServeWorld, name: string, ...numbers: string[]): Promise<string> => {
  const path = join(world.directory, name);
  await writeFile(path, `${numbers.join('\n')}\n`);
  return path;
};

test('kill -9 in the middle of an import leaves the old version in force, and the next run is done', async () => {
  const world = await newWorld();
  const old = await run(world, 'list', 'import', await list(world, 'old.txt', '3035550101'), ...NATIONAL);
  expect(old).toMatchObject({ code: 0 });
  const before = await run(world, 'list', 'show', '--json');

  // A pipe stops the import in the middle for as long as the test wants.
  const pipe = join(world.directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const dying = start(world, ['list', 'import', pipe, ...NATIONAL]);
  const feed = createWriteStream(pipe);
  await new Promise<void>((fed, failed) => {
    feed.on('error', failed);
    feed.write('303,5550102\n'.repeat(20_000), () => fed());
  });
  dying.child.kill('SIGKILL');
  expect(await dying.ended).toMatchObject({ code: 'SIGKILL' });
  feed.destroy();

  const after = await run(world, 'list', 'show', '--verify', '--json');
  expect(after.code).toBe(0);
  expect(JSON.parse(after.out)).toEqual(JSON.parse(before.out));
  const again = await run(world, 'list', 'import', await list(world, 'new.txt', '3035550102'), ...NATIONAL);
  expect(again).toMatchObject({ code: 0 });
  const shown = JSON.parse((await run(world, 'list', 'show', '--verify', '--json')).out) as {
    lists: { in_force: { sources: { file: string }[] } }[];
  };
  expect(shown.lists[0]?.in_force.sources.map(({ file }) => file)).toEqual(['new.txt']);
});

test('a running sidecar takes new versions, and keeps the old one when the new one is broken', async () => {
  const world = await newWorld();
  const serve = world.start();
  await serve.listening();
  // Required and not there: a veto, and the sidecar says why.
  expect(codes(await world.client.decide(A))).toContain('list_missing');
  expect((await world.client.readiness()).problems).toContain(
    'do-not-call list national: has not been imported',
  );
  expect(serve.output()).toContain('has not been imported');

  await run(world, 'list', 'import', await list(world, 'n.txt', '3035550101'), ...NATIONAL);
  await run(world, 'list', 'import', await list(world, 'co.txt', '3035550199'), ...STATE);
  await until('both lists', async () => !codes(await world.client.decide(A)).includes('list_missing'));
  expect(codes(await world.client.decide(A))).toContain('on_national_registry');
  expect(codes(await world.client.decide(B))).not.toContain('on_national_registry');
  const { lists } = await world.client.request<{
    lists: { name: string; in_force: { version: string; numbers: number } }[];
  }>('GET', '/v1/lists');
  expect(lists.map(({ name, in_force: { numbers } }) => [name, numbers])).toEqual([
    ['national', 1],
    ['colorado', 1],
  ]);

  const delta = await list(world, 'delta.txt', '303,5550102,A');
  expect(await run(world, 'list', 'import', delta, ...CHANGES)).toMatchObject({ code: 0 });
  await until('the changes', async () =>
    codes(await world.client.decide(B)).includes('on_national_registry'),
  );
  expect(codes(await world.client.decide(A))).toContain('on_national_registry');
  const loaded = await world.client.entries('list_loaded');
  expect(loaded.map(({ body }) => [body['name'], body['count']])).toEqual([
    ['national', 1],
    ['colorado', 1],
    ['national', 2],
  ]);
  expect(loaded[2]?.body).toMatchObject({
    ...{ obtainedOn: '2026-11-20', rejectedCount: 0, origin: 'import' },
    sources: [
      { file: 'n.txt', mode: 'full', lines: 1 },
      { file: 'delta.txt', mode: 'delta', lines: 1 },
    ],
  });

  await writeFile(
    join(world.directory, 'data/lists/national/current'),
    JSON.stringify({ version: '2026-11-21-00000000', manifestSha256: '0'.repeat(64) }),
  );
  await until('the complaint', () => serve.output().includes('the old version stays in force'));
  expect(codes(await world.client.decide(B))).toContain('on_national_registry');
  const { problem } = await world.client.request<{ problem: string | null }>('GET', '/v1/lists/national');
  expect(problem).toContain('2026-11-21-00000000');
});
