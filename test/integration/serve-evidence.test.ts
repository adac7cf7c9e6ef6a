/** The dossier from the real program: a person is dropped, opts out by key, and somebody checks it months later, without a sidecar. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import { runningEmbeddedUrl } from '../../src/adapters/postgres/embedded.ts';
import type { Dossier } from '../../src/control/evidence/dossier.ts';
import { agentIds, codes } from '../support/serve-client.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const OPTS_OUT = '+13035550111';
const HOME = resolve(import.meta.dirname, '../..');
let world: ServeWorld;
let floor: Floor;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'breakwater-evidence-'));
  world = await openServeWorld();
  floor = await openServeFloor(world, 'evidence', [
    {
      numbers: [OPTS_OUT.slice(1)],
      behaviour: { kind: 'answers', ringMs: 2_500, keys: [{ digit: '9', afterMs: 4_500 }] },
    },
  ]);
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
});

afterAll(async () => {
  await floor.asterisk.cli('channel request hangup all');
  await world.close();
  await floor.close();
  await rm(scratch, { recursive: true });
});

/** The command line as a process of its own; no sidecar is named where `url` is left out. */
async function breakwater(line: readonly string[], url = 'http://127.0.0.1:9') {
  const child = spawn(process.execPath, ['--import', 'tsx', join(HOME, 'src/cli/main.ts'), ...line], {
    cwd: HOME,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], BREAKWATER_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('the dossier of a person who was dropped and opted out', () => {
  let file: string;
  let dossier: Dossier;

  test('is written by the program', async () => {
    await world.client.consent(OPTS_OUT);
    await world.client.agents(agentIds(1), 'ready');
    await until('agent', async () => (await world.client.campaign()).agents.ready === 1);
    const callId = await world.client.place(OPTS_OUT);
    await world.client.agents(agentIds(1), 'logged_out');
    expect(await world.client.outcomes(callId)).toEqual(['dropped']);
    await until('opt-out', async () => (await world.client.entries('opt_out')).length === 1);
    await until('timeline', async () => (await world.client.entries('call_progress')).length === 1);
    expect(codes(await world.client.originate(OPTS_OUT))).toContain('on_internal_list');

    const { code, output } = await breakwater(
      ['evidence', '(303) 555-0111', '--json', '--timeout', '30000'],
      world.sidecar().url,
    );
    expect(code).toBe(0);
    file = join(scratch, 'dossier.json');
    await writeFile(file, output);
    dossier = JSON.parse(output) as Dossier;
    const [call] = dossier.calls;
    expect(dossier.asked.number).toBe(OPTS_OUT);
    expect(dossier.proof.chains).toMatchObject({ sound: true, writers: [{ writer: 'tested' }] });
    expect(dossier.consents).toHaveLength(1);
    expect(dossier.revocations).toMatchObject([{ kind: 'opt_out', channel: 'key_press', call_id: callId }]);
    expect(dossier.decisions.map(({ verdict }) => verdict)).toEqual(['permit', 'veto']);
    for (const list of dossier.decisions[0]?.lists ?? []) expect(list.sha256).toMatch(/^[0-9a-f]{64}$/);
    const record = Object.fromEntries(
      Object.entries(call?.record ?? {}).map(([name, { value }]) => [name, value]),
    );
    expect(record).toMatchObject({
      seller: 'Sunrise',
      purpose: 'faults of roofs',
      prerecorded_message: true,
      calling_number: '+13035550101',
      called_number: OPTS_OUT,
      proof_of_right: 'carrier agreement 2026-014, line 1',
      disposition: 'dropped',
      telemarketer: null,
    });
    expect(record['messages_played']).toMatchObject([
      {
        kind: 'safe_harbor',
        text: expect.stringContaining('for telemarketing purposes') as string,
        text_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        audio_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    expect(Date.parse(record['started_at'] as string)).toBeLessThan(Date.parse(dossier.asked.as_of));
    expect(record['duration_seconds']).toBeGreaterThanOrEqual(3);
  });

  test('is checked without a sidecar, and a changed byte is named', async () => {
    expect(await breakwater(['evidence', 'verify', file])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^sound: /) as string,
    });
    const bent = join(scratch, 'bent.json');
    await writeFile(bent, (await readFile(file, 'utf8')).replace('"key_press"', '"key_prest"'));
    expect(await breakwater(['evidence', 'verify', bent])).toMatchObject({
      code: 1,
      output: expect.stringContaining('DIFFERS at revocations[0].channel') as string,
    });
  });

  test('comes as a page', async () => {
    const page = join(scratch, 'dossier.html');
    const { code } = await breakwater(['evidence', OPTS_OUT, '--html', page], world.sidecar().url);
    expect(code).toBe(0);
    expect(await readFile(page, 'utf8')).toContain('asked not to be called again');
    const answer = await fetch(`${world.sidecar().url}/v1/evidence/${OPTS_OUT}`, {
      headers: { accept: 'text/html' },
    });
    expect(await answer.text()).toContain(dossier.decisions[0]?.policy_hash ?? 'no policy');
  });

  test('says that the ledger is broken when somebody rewrote the opt-out in the database', async () => {
    const url = await runningEmbeddedUrl(join(world.directory, 'data'));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query('ALTER TABLE breakwater.ledger DISABLE TRIGGER ledger_no_update_or_delete');
      await client.query(
        "UPDATE breakwater.ledger SET body = replace(body, 'key_press', 'never_was') WHERE kind = 'opt_out'",
      );
    } finally {
      await client.end();
    }
    const { code, output } = await breakwater(['evidence', OPTS_OUT], world.sidecar().url);
    expect(output).toMatch(/CHAINS BROKEN: hash_differs at entry \d+ \(writer tested/);
    expect(code).toBe(1);
    const bent = join(scratch, 'rewritten.json');
    const again = await breakwater(['evidence', OPTS_OUT, '--json'], world.sidecar().url);
    await writeFile(bent, again.output);
    expect(await breakwater(['evidence', 'verify', bent])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^DIFFERS at proof\.entries\[\d+\]\.hash/) as string,
    });
  });
});
