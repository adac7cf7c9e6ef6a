/**
 * `breakwater doctor` beside a real Asterisk, PostgreSQL, Redis and sidecar: nothing on a right installation, and of each thing that is
 * broken exactly its own finding, with what to do about it.
 */
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import { doctor } from '../../src/cli/commands/doctor.ts';
import { localWiring } from '../../src/cli/local.ts';
import type { Finding } from '../../src/cli/wiring.ts';
import { fakeIo } from '../support/fake-io.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import {
  campaignYaml,
  exchangeEnv,
  openServeFloor,
  openServeWorld,
  pointAgi,
  type ServeWorld,
} from '../support/serve-world.ts';
import {
  announceMissing,
  postgresSources,
  redisMissing,
  type RedisServer,
  startRedis,
  withClient,
} from '../support/stores.ts';

const missing = missingAsterisk ?? (await redisMissing());
announceMissing('doctor', missing);

const HOME = resolve(import.meta.dirname, '../..');
const CAMPAIGN = campaignYaml(
  'faults',
  1,
  `{ kind: dialplan, context: house, extension: desk }\n  members: ['2001', '2002']`,
);
const HOUSE = '[house]\nexten => desk,1,Answer()\n same => n,Hangup()\n';

describe.skipIf(missing !== undefined)('doctor', () => {
  let world: ServeWorld;
  let floor: Floor;
  let redis: RedisServer;
  let database: string;
  /** Run at the end, the newest first. */
  const closing: (() => Promise<unknown>)[] = [];
  /** Run after each test: what it broke is right again. */
  const mending: (() => Promise<unknown>)[] = [];
  const unwind = async (steps: (() => Promise<unknown>)[]): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step();
  };

  beforeAll(async () => {
    const source = (await postgresSources()).find((each) => each.missing === undefined);
    if (source === undefined) throw new Error('no PostgreSQL');
    const postgres = await source.start();
    closing.push(() => postgres.stop());
    redis = await startRedis();
    closing.push(() => redis.stop());
    database = await postgres.freshDatabase();
    world = await openServeWorld({ DATABASE_URL: database, REDIS_URL: redis.url }, { faults: CAMPAIGN });
    closing.push(() => world.close());
    floor = await openServeFloor(
      world,
      'doctor',
      [{ numbers: ['13035550110'], behaviour: { kind: 'answers' } }],
      HOUSE,
    );
    closing.push(() => floor.close());
    Object.assign(world.env, exchangeEnv(floor.asterisk));
    await world.start().ready();
  });
  afterEach(() => unwind(mending));
  afterAll(() => unwind(closing));

  interface Look {
    readonly env?: Readonly<Record<string, string>>;
    readonly configDirectory?: string;
    readonly aheadMs?: number;
  }

  async function look({ env = {}, configDirectory = world.configDirectory, aheadMs = 0 }: Look = {}) {
    const io = {
      ...fakeIo({
        PATH: process.env['PATH'],
        ...world.env,
        BREAKWATER_CLOCK_START: '2026-11-23T18:00:00Z',
        ...env,
      }),
      nowMs: () => Date.now() + aheadMs,
    };
    const args = { configDirectory, env: io.env, nodeVersion: process.version, json: true };
    const code = await doctor(args, io, localWiring);
    const { findings } = JSON.parse(io.text()) as { findings: readonly Finding[] };
    const problems = findings.filter(({ state }) => state === 'problem');
    for (const { fix } of problems) expect(fix).toMatch(/^[^\n]+$/);
    expect(code).toBe(problems.length === 0 ? 0 : 1);
    return { findings, problems: [...new Set(problems.map(({ check }) => check))].sort(), all: problems };
  }

  /** A configuration with other words in a file of it. */
  async function configWith(file: string, change: (text: string) => string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'breakwater-doctor-'));
    mending.push(() => rm(directory, { recursive: true }));
    await cp(world.configDirectory, directory, { recursive: true });
    const path = join(directory, file);
    const text = await readFile(path, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(path, changed);
    return directory;
  }

  /** Other words in a file of the exchange until the end of the test; `apply` makes it read them. */
  async function exchangeWith(file: string, change: (text: string) => string, ...apply: readonly string[]) {
    const path = join(floor.asterisk.dir, 'etc', file);
    const text = await readFile(path, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(path, changed);
    for (const line of apply) await floor.asterisk.cli(line);
    mending.push(async () => {
      await writeFile(path, text);
      for (const line of apply) await floor.asterisk.cli(line);
    });
  }

  test('a right installation has no finding, and everything was looked at', async () => {
    const { all, findings } = await look();
    expect(all).toEqual([]);
    const checks = findings.filter(({ state }) => state === 'ok').map(({ check }) => check);
    expect(checks).toEqual(
      expect.arrayContaining([
        ...[
          'ari',
          'clock',
          'modules',
          'device states over ARI',
          'ami',
          'ami rights',
          'dialplan',
          'messages',
          'ledger store',
        ],
        ...['campaign faults', 'age of list national', 'Stasis application', 'FastAGI address', 'ARI rights'],
        ...['trunk carrier', 'sounds', 'media ports', 'agents of faults', 'secrets', 'open doors'],
        ...['PostgreSQL durability', 'PostgreSQL clock', 'Redis', 'disk of data', 'file descriptors'],
      ]),
    );
  });

  test('the exchange: a module, a context, the FastAGI address, sounds, codec, media ports', async () => {
    const { asterisk } = floor;
    await asterisk.cli('module unload app_mixmonitor.so');
    mending.push(() => asterisk.cli('module load app_mixmonitor.so'));
    mending.push(async () => {
      await asterisk.cli('dialplan reload');
      await pointAgi(asterisk, Number(world.env['BREAKWATER_AGI_PORT']));
    });
    await asterisk.cli('dialplan remove context breakwater-keys');
    await asterisk.cli('dialplan remove context house');
    await asterisk.cli('dialplan set global BREAKWATER_AGI agi://127.0.0.1:1');
    const sounds = join(asterisk.dir, 'data/sounds/breakwater');
    await rename(sounds, `${sounds}-away`);
    mending.push(() => rename(`${sounds}-away`, sounds));
    await exchangeWith('rtp.conf', (text) =>
      text.replace(/rtpend = \d+/, `rtpend = ${asterisk.rtp.from + 3}`),
    );
    await exchangeWith(
      'pjsip.conf',
      (text) => text.replace(/(\[carrier\]\n(?:.*\n)*?allow = )ulaw/, '$1slin16'),
      'module reload res_pjsip.so',
    );
    const { problems, all } = await look();
    expect(problems).toEqual(
      [
        ...[
          'modules',
          'dialplan',
          'FastAGI address',
          'sounds',
          'media ports',
          'trunk carrier',
          'agents of faults',
        ],
        // The module brings the command.
        'ami rights',
      ].sort(),
    );
    const detail = Object.fromEntries(all.map((each) => [each.check, each.detail]));
    expect(detail['modules']).toContain('app_mixmonitor.so');
    expect(detail['dialplan']).toContain('breakwater-keys');
    expect(detail['FastAGI address']).toContain('agi://127.0.0.1:1');
    expect(detail['trunk carrier']).toContain('slin16');
  });

  test('rights: an AMI user that lacks a class, an ARI user that may only read', async () => {
    await exchangeWith(
      'manager.conf',
      (text) => text.replace('write = all', 'write = system,config'),
      'manager reload',
    );
    await exchangeWith(
      'ari.conf',
      (text) => text.replace('read_only = no', 'read_only = yes'),
      'module reload res_ari.so',
    );
    expect((await look()).problems).toEqual(['ARI rights', 'ami rights']);
  });

  test('the settings: application, place of the agents, attestation, caller ID, recordings', async () => {
    const campaign = await configWith('campaigns/faults.yaml', (text) =>
      text
        .replace('context: house', 'context: hose')
        .replace('takesDoNotCallRequests: true', 'takesDoNotCallRequests: false')
        .replace('@carrier', '@carier')
        .concat('attestation:\n  minimum: A\n  ways: [declared]\nrecording:\n  enabled: true\n'),
    );
    const away = join(floor.asterisk.dir, 'spool/nowhere');
    const found = await look({ configDirectory: campaign, env: { BREAKWATER_MONITOR_DIRECTORY: away } });
    expect(found.problems).toEqual(
      [
        ...[
          'agents of faults',
          'campaign faults',
          'trunk carier',
          'attestation of caller IDs',
          'recording folder',
        ],
        // What is recorded has a disclosure, which this campaign's messages were not rendered with.
        ...found.problems.filter((check) => check === 'messages'),
      ].sort(),
    );
    const application = await configWith('breakwater.yaml', (text) =>
      text.replace('application: breakwater', 'application: elsewhere'),
    );
    expect((await look({ configDirectory: application })).problems).toEqual(['Stasis application']);
  });

  test('lists: an old copy, and no registry', async () => {
    const old = await look({ env: { BREAKWATER_CLOCK_START: '2027-01-15T18:00:00Z' } });
    expect(old.problems).toContain('age of list national');
    const none = await configWith('breakwater.yaml', (text) =>
      text.replace(/^lists:\n(?: .*\n)+/m, 'lists: []\n'),
    );
    expect((await look({ configDirectory: none })).problems).toEqual(['do-not-call list']);
  });

  test('weak secrets, clocks, a time service that has lost the time, messages', async () => {
    const weak = await look({ env: { AMI_SECRET: 'asterisk' } });
    expect(weak.problems).toEqual(['ami', 'secrets']);
    const skewed = await look({ aheadMs: 3_600_000 });
    expect(skewed.problems).toEqual(['PostgreSQL clock', 'clock']);
    const bin = await mkdtemp(join(tmpdir(), 'breakwater-doctor-'));
    mending.push(() => rm(bin, { recursive: true }));
    await writeFile(join(bin, 'chronyc'), "#!/bin/sh\necho 'Leap status     : Not synchronised'\n");
    await chmod(join(bin, 'chronyc'), 0o755);
    const lost = await look({
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, BREAKWATER_SOUNDS_DIRECTORY: bin },
    });
    expect(lost.problems).toEqual(['messages', 'time service']);
  });

  test('stores that would lose: commits that are not on disk, counters that are thrown away', async () => {
    await withClient(database, async (client) => {
      const name = new URL(database).pathname.slice(1);
      await client.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
      mending.push(() =>
        withClient(database, (mender) => mender.query(`ALTER DATABASE ${name} RESET synchronous_commit`)),
      );
    });
    const admin = new Redis(redis.url);
    mending.push(async () => {
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      admin.disconnect();
    });
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const { problems, all } = await look();
    expect(problems).toEqual(['PostgreSQL durability', 'Redis']);
    // Ours is started with fsync and full_page_writes on its command line, which nobody can switch off.
    expect(all.find(({ check }) => check === 'PostgreSQL durability')?.detail).toMatch(
      /^synchronous_commit is off/,
    );
  });

  test('stores that are not there', async () => {
    const gone = await look({
      env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' },
    });
    expect(gone.problems).toEqual(['Redis', 'ledger store']);
  });

  test('a configuration that does not read, and rules that are gone', async () => {
    const torn = await configWith('breakwater.yaml', (text) => `${text}\nhttpp: {}\n`);
    expect((await look({ configDirectory: torn })).problems).toEqual(['configuration']);
    const lawless = await configWith('rules/federal.yaml', () => '{');
    expect((await look({ configDirectory: lawless })).problems).toEqual(['configuration']);
  });

  test('a process that may open few files', () => {
    const script =
      "import { descriptorFinding } from './src/cli/doctor/host.ts'; console.log(JSON.stringify(await descriptorFinding()));";
    const { stdout } = spawnSync(
      'bash',
      ['-c', 'ulimit -n 512; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, script],
      { cwd: HOME, encoding: 'utf8' },
    );
    expect(JSON.parse(stdout)).toMatchObject({ check: 'file descriptors', state: 'problem' });
  });

  test('modules by which a lost event socket blocks the exchange', async () => {
    mending.push(() => floor.asterisk.cli('module unload res_stasis_device_state.so'));
    await floor.asterisk.cli('module load res_stasis_device_state.so');
    const { problems, all } = await look();
    expect(problems).toEqual(['device states over ARI']);
    expect(all[0]?.fix).toContain('noload = res_stasis_device_state.so');
  });

  test('the exchange is not there', async () => {
    await floor.asterisk.kill();
    expect((await look()).problems).toEqual(['ami', 'ari']);
  });
});
