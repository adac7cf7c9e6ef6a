/**
 * Two sidecars as processes of their own on one PostgreSQL and one Redis: what a person asks for through any door of the one binds the
 * very next decision of the other. What counts is the order of entries and answers; no time is measured.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localWiring } from '../../src/cli/local.ts';
import { runCli } from '../../src/cli/program.ts';
import { signatureOf } from '../../src/http/webhook-signature.ts';
import { fakeIo } from '../support/fake-io.ts';
import { agentIds, type Client, clientOf, codes, SELLER } from '../support/serve-client.ts';
import type { Environment } from '../support/serve-process.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import {
  announceMissing,
  freePort,
  type PostgresServer,
  postgresSources,
  redisMissing,
  type RedisServer,
  startRedis,
} from '../support/stores.ts';
import { until } from '../support/wait.ts';

const [source] = (await postgresSources()).filter(({ missing: why }) => why === undefined);
const missing = (await redisMissing()) ?? (source === undefined ? 'no PostgreSQL' : undefined);
announceMissing('two sidecars on one PostgreSQL and Redis', missing);

/** Nobody waits for it: whatever is in force before has been told. */
const NEVER_LOOKS = '\nlistImports:\n  pollSeconds: 300\n';

const SECRET = 'a secret of forty characters for the test';
const WEBHOOKS = `
webhooks:
  - source: crm
    id: /id
    kind: /type
    kinds: [{ value: unsubscribed, means: opt_out }]
    seller: ${SELLER}
    fields: [{ column: number, pointer: /phone }]
`;

interface Door {
  readonly name: string;
  /** Resolves when the door has answered that the wish is recorded. */
  readonly use: (number: string, at: Through) => Promise<unknown>;
}

interface Through {
  readonly client: Client;
  readonly url: string;
  readonly folder: string;
  /** The sidecar's own clock, in seconds. */
  readonly seconds: number;
}

/** On the machine of the folder, beside the sidecars. */
async function onThisMachine(env: Environment, ...line: readonly string[]): Promise<void> {
  const io = fakeIo(env);
  const wiring = () => Promise.resolve({ ...localWiring, serve: () => Promise.reject(new Error('runs')) });
  const code = await runCli(line, io, wiring, { version: '0', nodeVersion: 'v24.0.0' });
  if (code !== 0) throw new Error(`${line.join(' ')}: ${code} ${io.errors.join('\n')}`);
}

async function command(url: string, ...line: readonly string[]): Promise<void> {
  const io = fakeIo({ BREAKWATER_URL: url });
  const noWiring = () => Promise.reject(new Error('needs none'));
  const code = await runCli(line, io, noWiring, { version: '0', nodeVersion: 'v24.0.0' });
  if (code !== 0) throw new Error(`${line.join(' ')}: ${code} ${io.errors.join('\n')}`);
}

const DOORS: readonly Door[] = [
  {
    name: 'api',
    use: (number, { client }) =>
      client.request('POST', '/v1/opt-outs', { number, seller: SELLER, channel: 'voice' }),
  },
  {
    name: 'text',
    use: (from, { client }) =>
      client.request('POST', '/v1/texts', {
        ...{ from, to: '+13035550100', body: 'Stop!', message_id: `m-${from}` },
        received_at: '2026-11-23T18:00:00Z',
      }),
  },
  {
    name: 'webhook',
    async use(phone, { url, seconds }) {
      const body = JSON.stringify({ id: `e-${phone}`, type: 'unsubscribed', phone });
      const signature = `t=${seconds},v1=${signatureOf(SECRET, seconds, Buffer.from(body))}`;
      const headers = { 'content-type': 'application/json', 'breakwater-signature': signature };
      const answer = await fetch(`${url}/v1/webhooks/crm`, { method: 'POST', headers, body });
      expect({ status: answer.status, body: await answer.text() }).toMatchObject({ status: 201 });
    },
  },
  {
    name: 'file',
    async use(number, { url, folder }) {
      const file = join(folder, `${number.slice(1)}.csv`);
      await writeFile(file, `number\n${number}\n`);
      await command(url, 'opt-out', 'import', file, '--seller', SELLER);
    },
  },
  {
    name: 'command line',
    use: (number, { url }) => command(url, 'opt-out', number, '--seller', SELLER),
  },
];

describe.skipIf(missing !== undefined || process.env['TEST_BACKEND'] === 'containers')('two sidecars', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let world: ServeWorld;
  let sides: readonly { readonly url: string; readonly client: Client }[];

  beforeAll(async () => {
    if (source === undefined) throw new Error('no PostgreSQL');
    [postgres, redis] = await Promise.all([source.start(), startRedis()]);
    world = await openServeWorld({
      DATABASE_URL: await postgres.freshDatabase(),
      REDIS_URL: redis.url,
      BREAKWATER_WEBHOOK_SECRET_CRM: SECRET,
    });
    await appendFile(join(world.configDirectory, 'breakwater.yaml'), `${WEBHOOKS}${NEVER_LOOKS}`);
    const one = world.start();
    await one.listening();
    const other = world.start({
      BREAKWATER_WRITER: 'other',
      BREAKWATER_HTTP_PORT: String(await freePort()),
      BREAKWATER_AGI_PORT: String(await freePort()),
    });
    await other.listening();
    sides = [one, other].map(({ url }) => ({ url, client: clientOf(() => url) }));
    await sides[0]?.client.agents(agentIds(20), 'ready');
    await until('agents', async () => (await sides[1]?.client.campaign())?.agents.ready === 20, 20_000);
  });
  afterAll(async () => {
    await world.close();
    await Promise.all([redis.stop(), postgres.stop()]);
  });

  test.each(
    DOORS.flatMap((door, index) => [
      { ...door, from: 0, number: `+1303555013${index}` },
      { ...door, from: 1, number: `+1303555014${index}` },
    ]),
  )('$name of sidecar $from: the next decision of the other is a veto', async ({ use, from, number }) => {
    const [here, there] = [sides[from], sides[1 - from]];
    if (here === undefined || there === undefined) throw new Error('two sidecars are needed');
    await here.client.consent(number);
    const before = await there.client.originatePatiently(number, { place: false });
    expect(codes(before)).toEqual([]);
    const [decided] = (await there.client.history(before.call_id)).entries;
    const seconds = Math.floor(Date.parse(String(decided?.body['decidedAt'])) / 1_000);
    await use(number, { ...here, folder: world.directory, seconds });
    const after = await there.client.originate(number, { place: false });
    expect(after.verdict).toBe('veto');
    expect(codes(after)[0]).toBe('on_internal_list');
    const wish = (await there.client.entries('opt_out')).find(({ body }) => body['number'] === number);
    const [veto] = (await there.client.history(after.call_id)).entries;
    expect(wish?.id).toBeGreaterThan(decided?.id ?? Number.NaN);
    expect(wish?.id).toBeLessThan(veto?.id ?? Number.NaN);
  });

  test('a list that is imported binds both, long before either would look for one', async () => {
    const number = '+13035550160';
    for (const { client } of sides) {
      expect(codes(await client.decide(number))).not.toContain('on_internal_list');
    }
    const file = join(world.directory, 'refused.txt');
    await writeFile(file, `${number}\n`);
    const toImport = ['list', 'import', file, '--name', 'refused', '--kind', 'internal'];
    await onThisMachine(world.env, ...toImport, '--obtained-on', '2026-11-20');
    for (const { client } of sides) {
      await until('the list', async () => codes(await client.decide(number)).includes('on_internal_list'));
    }
    const [one, other] = sides;
    const loaded = await one!.client.entries('list_loaded');
    // Each has it in its own chain before it decides by it.
    expect(loaded.filter(({ body }) => body['name'] === 'refused')).toHaveLength(2);
    // Changes of it as well.
    const more = join(world.directory, 'more.txt');
    await writeFile(more, '3035550161,A\n');
    await onThisMachine(
      world.env,
      ...['list', 'import', more, ...toImport.slice(3), '--obtained-on', '2026-11-20', '--delta'],
    );
    await until('the changes', async () =>
      codes(await other!.client.decide('+13035550161')).includes('on_internal_list'),
    );
  });

  test('a policy that one has loaded is taken by the other, whose folder says the same', async () => {
    const [one, other] = sides;
    const policyOf = async ({ client }: (typeof sides)[number]): Promise<string> =>
      (await client.request<{ readonly policy_hash: string }>('GET', '/v1/campaigns')).policy_hash;
    const before = await policyOf(other!);
    const file = join(world.configDirectory, 'rules/federal.yaml');
    const text = await readFile(file, 'utf8');
    const narrower = text.replace('mon-sun: "08:00-21:00"', 'mon-sun: "08:00-20:30"');
    expect(narrower).not.toBe(text);
    await writeFile(file, narrower);
    const answer = await fetch(`${one!.url}/v1/reload`, { method: 'POST' });
    const { policy_hash: taken } = (await answer.json()) as { readonly policy_hash: string };
    expect(taken).not.toBe(before);
    await until('the same policy', async () => (await policyOf(other!)) === taken, 60_000);
    expect(await policyOf(one!)).toBe(taken);
    const entries = await one!.client.entries('policy_reloaded');
    expect(entries.map(({ body }) => [body['by'], body['from'], body['to']])).toEqual([
      ['loopback', before, taken],
      ['sidecar tested', before, taken],
    ]);
  });
});
