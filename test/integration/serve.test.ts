/** The program as a process, without an exchange: how it starts, refuses to start, ends, and what a hostile client can do to it. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { freePort } from '../support/stores.ts';

const worlds: ServeWorld[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  for (const world of worlds.splice(0)) await world.close();
});

async function newWorld(): Promise<ServeWorld> {
  const world = await openServeWorld();
  worlds.push(world);
  return world;
}

const listens = (port: string | undefined): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port ?? ''}/healthz`).then(
    () => true,
    () => false,
  );

async function occupy(port: string | undefined): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((done) => server.listen(Number(port), '127.0.0.1', done));
}

/** The embedded server of a world, or undefined when none runs. */
async function postmasterOf(world: ServeWorld): Promise<number | undefined> {
  const file = join(world.directory, 'data/postgres/data/postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  return pid > 0 && existsSync(`/proc/${pid}`) ? pid : undefined;
}

describe('a configuration with problems', () => {
  test('ends with 2, every problem with its file and path, before anything is made or listens', async () => {
    const world = await newWorld();
    const main = join(world.configDirectory, 'breakwater.yaml');
    await writeFile(
      main,
      `${(await readFile(main, 'utf8')).replace('application: breakwater', 'application: 17')}\nlisst: []\n`,
    );
    const campaign = join(world.configDirectory, 'campaigns/faults.yaml');
    await writeFile(
      campaign,
      (await readFile(campaign, 'utf8'))
        .replace('atMostSeconds: 30', 'atMostSeconds: 30\n  atLeastSeconds: 10')
        .replace('mode: predictive', 'mode: reckless\nhaste: much'),
    );
    const serve = world.start({ BREAKWATER_AGI_PORT: world.env['BREAKWATER_HTTP_PORT'] ?? '' });
    expect(await serve.ended()).toBe(2);
    const complaints = serve.complaints();
    for (const told of [
      'breakwater.yaml: lisst',
      'breakwater.yaml: asterisk.application',
      'campaigns/faults.yaml: haste',
      'campaigns/faults.yaml: mode',
    ]) {
      expect(complaints).toContain(told);
    }
    expect(complaints).toContain('nothing was started');
    expect(existsSync(join(world.directory, 'data'))).toBe(false);
    expect(await listens(world.env['BREAKWATER_HTTP_PORT'])).toBe(false);
  });

  test('impossible relations between keys are listed with both files', async () => {
    const world = await newWorld();
    const campaign = join(world.configDirectory, 'campaigns/faults.yaml');
    await writeFile(
      campaign,
      (await readFile(campaign, 'utf8')).replace(
        'atMostSeconds: 30',
        'atMostSeconds: 30\n  atLeastSeconds: 10',
      ),
    );
    const port = world.env['BREAKWATER_HTTP_PORT'] ?? '';
    const serve = world.start({ BREAKWATER_AGI_PORT: port });
    expect(await serve.ended()).toBe(2);
    expect(serve.complaints()).toMatch(/BREAKWATER_AGI_PORT.*is the port of the HTTP door too/);
    expect(serve.complaints()).toMatch(
      /campaigns\/faults\.yaml: ring\.atLeastSeconds: is shorter than the law/,
    );
    expect(existsSync(join(world.directory, 'data'))).toBe(false);
  });
});

describe('what somebody else holds already', () => {
  test.each([
    ['HTTP', 'BREAKWATER_HTTP_PORT'],
    ['FastAGI', 'BREAKWATER_AGI_PORT'],
  ])('the %s port: ends with 3, names it, and stops its PostgreSQL', async (_door, variable) => {
    const world = await newWorld();
    await occupy(world.env[variable]);
    const serve = world.start();
    expect(await serve.ended(60_000)).toBe(3);
    expect(serve.complaints()).toMatch(new RegExp(`^breakwater: .*${world.env[variable] ?? ''}.*use`, 'm'));
    expect(existsSync(join(world.directory, 'data/postgres/data'))).toBe(true);
    expect(await postmasterOf(world)).toBeUndefined();
  });

  test('the embedded store: the second sidecar ends with 3 and names the first, which lives on', async () => {
    const world = await newWorld();
    const first = world.start();
    await first.listening();
    const second = world.start({
      BREAKWATER_HTTP_PORT: String(await freePort()),
      BREAKWATER_AGI_PORT: String(await freePort()),
    });
    expect(await second.ended()).toBe(3);
    expect(second.complaints()).toContain(`held by process ${first.pid}`);
    expect(await listens(world.env['BREAKWATER_HTTP_PORT'])).toBe(true);
    expect(await postmasterOf(world)).toBeDefined();
    first.signal('SIGTERM');
    expect(await first.ended()).toBe(0);
    expect(await postmasterOf(world)).toBeUndefined();
  });
});
