/** A running sidecar on its own PostgreSQL: a seed that its list does not hold, then does; what the figures and the month's report make of it. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localWiring } from '../../src/cli/local.ts';
import { runCli } from '../../src/cli/program.ts';
import type { Wiring } from '../../src/cli/wiring.ts';
import { fakeIo } from '../support/fake-io.ts';
import { CAMPAIGN, SELLER } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const SEED = '+13035550117';

let world: ServeWorld;

beforeAll(async () => {
  world = await openServeWorld();
  await appendFile(
    join(world.configDirectory, 'breakwater.yaml'),
    `\nselfTest: { seeds: [{ number: '${SEED}', expects: on_internal_list, campaigns: [${CAMPAIGN}] }] }\n`,
  );
  await world.start().listening(240_000);
});
afterAll(() => world.close());

interface Run {
  readonly passed: boolean;
  readonly seeds: readonly { readonly answer: string }[];
}
const figure = async (answer: string): Promise<string | undefined> => {
  const text = await fetch(`${world.sidecar().url}/metrics`).then((answered) => answered.text());
  return new RegExp(`^breakwater_self_test_seeds\\{answer="${answer}"\\} (\\d+)$`, 'm').exec(text)?.[1];
};

test('the first self-test is at the start; a list that does not hold its number is missed until it does', async () => {
  const { client } = world;
  await until('self-test', async () => (await client.entries('self_test')).length === 1);
  const [first] = await client.entries('self_test');
  expect(first?.body).toMatchObject({ number: SEED, answer: 'missed', by: 'schedule', campaigns: 1 });
  expect(await figure('missed')).toBe('1');
  await client.request('POST', '/v1/opt-outs', { number: SEED, seller: SELLER, channel: 'letter' });
  expect(await client.request<Run>('POST', '/v1/self-tests')).toMatchObject({
    passed: true,
    seeds: [{ answer: 'held' }],
  });
  expect([await figure('missed'), await figure('held')]).toEqual(['0', '1']);
  // Asked through the code that decides, and never a call.
  expect(await client.entries('decision,call_result')).toEqual([]);
});

test('the report of the month is read from the store beside the running sidecar', async () => {
  const out = join(world.directory, 'month.html');
  const io = fakeIo(world.env);
  const wiring = (): Promise<Wiring> => Promise.resolve({ ...localWiring, serve: () => Promise.resolve(3) });
  const line = ['report', '--month', '2026-11', '--out', out, '--config', world.configDirectory];
  const code = await runCli(line, io, wiring, { version: '0.1.0', nodeVersion: process.version });
  expect([code, io.errors]).toEqual([0, []]);
  expect(io.text()).toContain('1 of 2 screenings held by the list, 0 without a campaign, on 1 of 23 days');
  const page = await readFile(out, 'utf8');
  expect(page).toContain(`<td>${SEED}</td><td>on_internal_list</td><td>missed</td>`);
  expect(page).toMatch(/<td>opt_out<\/td><td>1<\/td>/);
});
