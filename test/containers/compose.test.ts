/** The five services together: up, ready, and real calls between two containers, heard by a witness on their bridge. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCapture, type Capture } from '../../scripts/callers/capture.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import { traceCalls } from '../../scripts/callers/heard.ts';
import { readWav } from '../../scripts/callers/wav.ts';
import { composeEnv } from '../../scripts/containers/compose-env.ts';
import { composeCommand, engineObstacle } from '../../scripts/containers/engine.ts';
import { composeUp, readEnv, run, untilReady, type Answer, type Composed } from '../support/compose.ts';
import { announceMissing } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const ANSWERS = '13035550142';
const PRESSES_9 = '13035550143';
const SILENT = '13035550146';
const ON_THE_REGISTRY = '13035550190';
const AGENT = '/v1/agents/1001/state';
const SIP_PORT = 5060;

const noCompose =
  composeCommand() === undefined ? 'neither the compose plugin nor docker-compose is here' : undefined;
const missing = noCompose ?? engineObstacle();
announceMissing('docker-compose.yml', missing);

describe.skipIf(noCompose !== undefined)('docker-compose.yml', () => {
  test('is valid', async () => {
    await expect(run('breakwater-check', readEnv(composeEnv(0, false)), ['config', '--quiet'])).resolves.toBe(
      '',
    );
  });

  test('does not start without secrets', async () => {
    await expect(run('breakwater-check', {}, ['config', '--quiet'])).rejects.toThrow(/compose-env\.ts/);
  });
});

describe.skipIf(missing !== undefined)('the composed services', () => {
  let stack: Composed;
  let witness: Capture | undefined;
  let directory: string;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'breakwater-composed-'));
    closing.push(() => rm(directory, { recursive: true, force: true }));
    const progress = (line: string): void => void process.stderr.write(`${line}\n`);
    stack = await composeUp(`breakwater-test-${process.pid}`, progress);
    closing.push(stack.down);
    const device = await stack.bridge();
    if (device === undefined || process.getuid?.() !== 0) {
      announceMissing('what the called party hears', 'the bridge of the containers cannot be listened to');
    } else {
      witness = await startCapture({
        directory,
        sipPort: SIP_PORT,
        rtp: { from: 20_000, to: 20_999 },
        device,
      });
    }
  });
  afterAll(async () => {
    await witness?.stop();
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  });

  async function recordConsent(number: string): Promise<void> {
    const { status } = await stack.ask('compliance', 'POST', '/v1/consents', {
      consent_id: `consent-${number}`,
      number: `+${number}`,
      seller: 'sunrise',
      kind: 'written',
      given_at: '2026-01-05T18:00:00Z',
      disclosure_text: 'By signing I agree that Sunrise Solar may call me with an autodialer.',
      act: 'checked the box and pressed Send',
      signature: 'Anna Example',
      source: 'https://example.com/form',
      not_condition_of_purchase: true,
    });
    expect([200, 201]).toContain(status);
  }

  /** An agent is ready while the call is decided and away when it is answered. */
  async function originate(number: string): Promise<Answer> {
    await stack.ask('dialer', 'PUT', AGENT, { state: 'ready' });
    const answer = await stack.ask('dialer', 'POST', '/v1/originations', {
      number: `+${number}`,
      campaign: 'solar',
    });
    await stack.ask('dialer', 'PUT', AGENT, { state: 'paused' });
    return answer;
  }

  async function kindsAtTheEnd(answer: Answer): Promise<readonly string[]> {
    let kinds: readonly string[] = [];
    await until(
      'end of the call in the ledger',
      async () => {
        const { body } = await stack.ask('dialer', 'GET', `/v1/calls/${String(answer.body['call_id'])}`);
        const entries = body['entries'] as readonly {
          readonly kind: string;
          readonly body: Readonly<Record<string, unknown>>;
        }[];
        await new Promise((done) => setTimeout(done, 400));
        kinds = entries.map(({ kind, body: { outcome } }) =>
          typeof outcome === 'string' ? `${kind} ${outcome}` : kind,
        );
        return kinds.includes('call_progress');
      },
      40_000,
    );
    return kinds;
  }

  /** The share of the safe-harbor message that reached the called party; 1 where nobody could listen. */
  async function shareHeard(number: string): Promise<number> {
    if (witness === undefined) return 1;
    const file = join(directory, 'safe-harbor.wav');
    const source = `${await stack.id('breakwater')}:/app/sounds/rendered/solar/safe-harbor.wav`;
    expect(spawnSync('docker', ['cp', source, file]).status).toBe(0);
    const [call] = traceCalls(await witness.packets(), SIP_PORT, (called) => called === number);
    // Busy machines make Asterisk send in bursts: a segment may stray further than in the tests of timing.
    const compared = compareAudio(call!.heard.samples, (await readWav(file)).samples, { strayMs: 1_500 });
    return compared.matchedShare;
  }

  test('a number on the registry without consent is vetoed and nobody is called', async () => {
    const { status, body } = await originate(ON_THE_REGISTRY);
    expect(status).toBe(200);
    expect(body).toMatchObject({ verdict: 'veto', headline: 'on_national_registry' });
    if (witness === undefined) return;
    expect(traceCalls(await witness.packets(), SIP_PORT, (called) => called === ON_THE_REGISTRY)).toEqual([]);
  });

  test('without an agent the called party hears the whole message, and it is one drop', async () => {
    await recordConsent(ANSWERS);
    const answer = await originate(ANSWERS);
    expect(answer.body).toMatchObject({ verdict: 'permit' });
    expect(await kindsAtTheEnd(answer)).toEqual(['decision', 'call_result dropped', 'call_progress']);
    expect(await shareHeard(ANSWERS)).toBeGreaterThan(0.9);
  });

  test('the opt-out key is on record, and the next call is vetoed', async () => {
    await recordConsent(PRESSES_9);
    const answer = await originate(PRESSES_9);
    expect(await kindsAtTheEnd(answer)).toContain('opt_out');
    expect((await originate(PRESSES_9)).body).toMatchObject({
      verdict: 'veto',
      headline: 'on_internal_list',
    });
  });

  test('Breakwater killed during the call: the message comes from the dialplan, the drop is found later', async () => {
    await recordConsent(SILENT);
    const answer = await originate(SILENT);
    expect(answer.body).toMatchObject({ verdict: 'permit' });
    await until('the call is answered', async () => {
      const { body } = await stack.ask('dialer', 'GET', '/v1/campaigns');
      return JSON.stringify(body).includes('"in_flight":1');
    });
    expect(spawnSync('docker', ['kill', await stack.id('breakwater')]).status).toBe(0);
    await new Promise((done) => setTimeout(done, 18_000));
    await stack.compose('up', '--detach', 'breakwater');
    await untilReady(stack.url);
    expect(await shareHeard(SILENT)).toBeGreaterThan(0.9);
    await until('the drop in the ledger', async () => {
      const { body } = await stack.ask('dialer', 'GET', `/v1/calls/${String(answer.body['call_id'])}`);
      return JSON.stringify(body).includes('"outcome":"dropped"');
    });
  });
});
