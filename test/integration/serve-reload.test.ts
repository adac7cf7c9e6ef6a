/** A running sidecar loads its configuration again: by HTTP, by SIGHUP and by the command, on its real stores. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentIds, type Answer, CAMPAIGN, codes, TALKS } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const HOME = resolve(import.meta.dirname, '../..');
const PERSON = '+13035550121';
let world: ServeWorld;

beforeAll(async () => {
  world = await openServeWorld();
  await world.start().listening();
  await world.client.agents(agentIds(3), 'ready');
  for (const number of [PERSON, '+13035550122', '+13035550123']) await world.client.consent(number);
});

afterAll(() => world.close());

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly problems: readonly string[];
}

const reload = (): Promise<Response> => fetch(`${world.sidecar().url}/v1/reload`, { method: 'POST' });

const policyInForce = async (): Promise<string> =>
  (await world.client.request<{ readonly policy_hash: string }>('GET', '/v1/campaigns')).policy_hash;

const screen = (number: string): Promise<Answer & { readonly policy_hash: string }> =>
  world.client.originatePatiently(number, { place: false }) as Promise<
    Answer & { readonly policy_hash: string }
  >;

async function edit(file: string, from: string, to: string): Promise<void> {
  const path = join(world.configDirectory, file);
  const text = await readFile(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not say \`${from}\``);
  await writeFile(path, text.replace(from, to));
}

async function breakwater(
  ...line: readonly string[]
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(HOME, 'src/cli/main.ts'), ...line], {
    cwd: HOME,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...world.env,
      BREAKWATER_URL: world.sidecar().url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

/** The policy a recorded decision bears. */
async function policyOfCall(callId: string): Promise<unknown> {
  const { entries } = await world.client.history(callId);
  return entries.find(({ kind }) => kind === 'decision')?.body['policyHash'];
}

describe('a changed rule', () => {
  let before: Answer;
  let after: Answer;
  let old: string;
  let hash: string;

  test('binds the next decision, under the new policy, which is in the ledger above it', async () => {
    old = await policyInForce();
    before = await screen(PERSON);
    expect(before.verdict).toBe('permit');
    await edit('rules/federal.yaml', 'mon-sun: "08:00-21:00"', 'mon-sun: "13:00-21:00"');
    expect((await screen('+13035550122')).verdict).toBe('permit');
    const answer = await reload();
    expect(answer.status).toBe(200);
    hash = await policyInForce();
    expect(await answer.json()).toEqual({
      from: old,
      policy_hash: hash,
      added: [],
      changed: [],
      removed: [],
    });
    expect(hash).not.toBe(old);
    after = await screen('+13035550123');
    expect(after.verdict).toBe('veto');
    expect(codes(after)).toEqual(['outside_calling_hours']);
    expect(await policyOfCall(before.call_id)).toBe(old);
    expect(await policyOfCall(after.call_id)).toBe(hash);
    const entries = await world.client.entries(
      'policy_document,policy_loaded,campaign_loaded,policy_reloaded,decision',
    );
    const idOf = (kind: string, body: object): number =>
      entries.find((entry) => entry.kind === kind && holds(entry.body, body))?.id ?? Number.NaN;
    const reloaded = idOf('policy_reloaded', { by: 'loopback', from: old, to: hash, added: [], removed: [] });
    for (const id of [
      idOf('policy_document', { policyHash: hash }),
      idOf('policy_loaded', { policyHash: hash }),
      idOf('campaign_loaded', { policyHash: hash, campaignId: CAMPAIGN }),
      idOf('campaign_loaded', { policyHash: hash, campaignId: TALKS }),
    ]) {
      expect(id).toBeLessThan(reloaded);
    }
    expect(reloaded).toBeLessThan(idOf('decision', { callId: after.call_id }));
  });

  test('leaves every decision as it can be proved: those of before and of after are replayed to the byte', async () => {
    for (const callId of [before.call_id, after.call_id]) {
      const { code, output } = await breakwater('replay', callId);
      expect({ code, output }).toMatchObject({ code: 0 });
    }
  });

  test('that is broken stays outside: every problem is told, the old policy decides on', async () => {
    await edit('rules/federal.yaml', 'mon-sun: "13:00-21:00"', 'mon-sun: "25:00-21:00"');
    await edit(`campaigns/${TALKS}.yaml`, 'mode: predictive', 'mode: reckless');
    const answer = await reload();
    expect(answer.status).toBe(422);
    const problem = (await answer.json()) as Problem;
    expect(problem.code).toBe('reload_refused');
    expect(problem.problems.join('\n')).toMatch(/federal\.yaml: .*hours[^]*campaigns\/talks\.yaml: mode/);
    expect(await policyInForce()).toBe(hash);
    expect(codes(await screen('+13035550123'))).toEqual(['outside_calling_hours']);
    await until('the refusal in the ledger', async () =>
      (await world.client.entries('reload_refused')).some(
        ({ body }) =>
          body['policyHash'] === hash &&
          JSON.stringify(body['problems']) === JSON.stringify(problem.problems),
      ),
    );
    expect(world.sidecar().output()).toContain('reload refused: the old policy stays in force');
    const { code, output } = await breakwater('reload', '--timeout', '60000');
    expect(code).toBe(1);
    expect(output).toContain('campaigns/talks.yaml: mode');
    expect(output).toContain('stays in force');
  });

  test('is mended and taken by the command', async () => {
    await edit('rules/federal.yaml', 'mon-sun: "25:00-21:00"', 'mon-sun: "08:00-21:00"');
    await edit(`campaigns/${TALKS}.yaml`, 'mode: reckless', 'mode: predictive');
    const { code, output } = await breakwater('reload', '--timeout', '60000');
    expect(output).toContain(`policy ${old} is in force`);
    expect(code).toBe(0);
    expect(await policyInForce()).toBe(old);
  });
});

describe('SIGHUP', () => {
  test('takes a campaign out: no new calls, and what it has out is settled and counted', async () => {
    const hash = await policyInForce();
    const { call_id: callId, verdict } = await screen('+13035550122');
    expect(verdict).toBe('permit');
    await rm(join(world.configDirectory, `campaigns/${CAMPAIGN}.yaml`));
    world.sidecar().signal('SIGHUP');
    await until('the new policy', async () => (await policyInForce()) !== hash);
    const [entry] = (await world.client.entries('policy_reloaded')).slice(-1);
    expect(entry?.body).toMatchObject({ by: 'SIGHUP', removed: [CAMPAIGN], added: [], changed: [] });
    expect(codes(await screen('+13035550123'))).toContain('campaign_unknown');
    await world.client.request('POST', `/v1/calls/${callId}/result`, { outcome: 'connected' });
    expect(await world.client.outcomes(callId)).toEqual(['connected']);
    // A request that comes late is taken all the same.
    await world.client.request('POST', '/v1/opt-outs', {
      number: PERSON,
      campaign: CAMPAIGN,
      channel: 'voice',
    });
  });

  test('does not end the process, whatever the configuration says', async () => {
    await writeFile(join(world.configDirectory, 'campaigns/broken.yaml'), 'id: [');
    const refused = (await world.client.entries('reload_refused')).length;
    world.sidecar().signal('SIGHUP');
    await until('the refusal', async () => (await world.client.entries('reload_refused')).length > refused);
    expect(world.sidecar().isRunning()).toBe(true);
    await rm(join(world.configDirectory, 'campaigns/broken.yaml'));
  });
});

test('a setting that cannot change live is refused by name, with both values and without secrets', async () => {
  const main = join(world.configDirectory, 'breakwater.yaml');
  const text = await readFile(main, 'utf8');
  const token = 'c'.repeat(64);
  await writeFile(
    main,
    text
      .replace('application: breakwater', 'application: other')
      .replace('tokens: []', `tokens: [{ name: floor, sha256: ${token}, scopes: [dialer] }]`),
  );
  const answer = await reload();
  expect(answer.status).toBe(422);
  const { problems } = (await answer.json()) as Problem;
  expect(problems).toEqual([
    'breakwater.yaml: http.tokens: needs a restart, runs with (hidden), wanted another value',
    'breakwater.yaml: asterisk.application: needs a restart, runs with `breakwater`, wanted `other`',
  ]);
  await writeFile(main, text);
  expect((await reload()).status).toBe(200);
});

const holds = (body: Readonly<Record<string, unknown>>, members: object): boolean =>
  Object.entries(members).every(([name, value]) => JSON.stringify(body[name]) === JSON.stringify(value));
