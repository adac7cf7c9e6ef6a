/**
 * Every fence of README and docs that is marked `sh run` is executed as it stands, page after page, against a sidecar in the demo's
 * world. `exit=N` is the exit code it must end with (0), `says=a,b` what its output must hold.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { LEAVING, logIn, setAll, untilReady } from '../../scripts/demo/agents.ts';
import { switchedSigning } from '../../scripts/demo/attestation.ts';
import { placedCalls } from '../../scripts/demo/calls.ts';
import { consent } from '../../scripts/demo/client.ts';
import { PEOPLE, people } from '../../scripts/demo/people.ts';
import type { Row } from '../../scripts/demo/report.ts';
import { dialsThroughProxy } from '../../scripts/demo/routed-dialer.ts';
import { openWorld, type World } from '../../scripts/demo/world.ts';
import { readTop, readTree, ROOT } from '../tidy/tree.ts';
import { type Fence, fencesOf } from '../support/pages.ts';
import { test } from '../support/real-asterisk.ts';

const FENCES = [...readTop().filter(({ path }) => path === 'README.md'), ...readTree('docs', ['.md'])]
  .flatMap(fencesOf)
  .filter(({ language, marks }) => language === 'sh' && marks.includes('run'));

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

const mark = (fence: Fence, name: string): string | undefined =>
  fence.marks.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);

/** A command that has not ended by then is ended, and what it said until then is shown. */
const ENDS_WITHIN_MS = 60_000;

interface Ran {
  /** Null when it was ended. */
  readonly code: number | null;
  readonly output: string;
}

async function run(text: string, env: NodeJS.ProcessEnv, endsWithinMs = ENDS_WITHIN_MS): Promise<Ran> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', text], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // The whole group: what the shell has started holds its output open.
  const limit = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), endsWithinMs);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (output += part));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  return { code, output };
}

/** What went otherwise than the marks say, or an empty text. */
function verdictOn(fence: Fence, { code, output }: Ran): string {
  const expected = Number(mark(fence, 'exit') ?? 0);
  const missing = (mark(fence, 'says') ?? '').split(',').filter((word) => !output.includes(word));
  const faults = [
    ...(code === null ? ['did not end in time'] : []),
    ...(code === null || code === expected ? [] : [`ended with ${code}, not ${expected}`]),
    ...missing.map((word) => `does not say \`${word}\``),
  ];
  return faults.length === 0 ? '' : `${fence.path}:${fence.line} ${faults.join('; ')}\n${output}`;
}

describe('commands of the documentation', () => {
  let world: World;
  let env: NodeJS.ProcessEnv;
  let routed: readonly Row[];

  beforeAll(async () => {
    world = await openWorld({ people: people(), registered: [PEOPLE.registered], progress: () => undefined });
    // As the demo leaves it: the calls of its table are made, two agents are ready.
    await placedCalls(world, await logIn(world));
    await switchedSigning(world);
    routed = await dialsThroughProxy(world);
    for (const number of PEOPLE.burst) await consent(world, number, 'sunrise', 'written');
    await consent(world, PEOPLE.attested, 'harbor', 'written');
    await setAll(world, LEAVING, 'ready');
    await untilReady(world, 'solar', LEAVING.length);
    const scratch = join(world.directory, 'scratch');
    await mkdir(scratch);
    env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: scratch,
      BREAKWATER_URL: world.sidecar.url,
      BREAKWATER_CONFIG: world.configDirectory,
      BREAKWATER_DATA_DIRECTORY: world.env['BREAKWATER_DATA_DIRECTORY'],
      BREAKWATER_SOUNDS_DIRECTORY: world.soundsDirectory,
      DEMO_AMI_PORT: String(world.amiPort),
    };
  });

  afterAll(async () => {
    await rm(join(world.directory, 'scratch'), { recursive: true, force: true });
    await world.floor.asterisk.cli('channel request hangup all');
    await world.close();
  });

  test('the alarm that README tells of stands on the live page', async ({ skip }) => {
    if (CHROMIUM === undefined) return skip('no Chromium on this machine (apt-get install chromium)');
    const context = await chromium.launchPersistentContext(join(world.directory, 'chromium'), {
      executablePath: CHROMIUM,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
    });
    try {
      const page = await context.newPage();
      await page.goto(`${world.sidecar.url}/`);
      const alarm = page.locator('#news li[data-kind="attestation_alarm"] .sentence');
      await alarm.waitFor({ timeout: 30_000 });
      expect(await alarm.textContent()).toContain('+1 303 555 0121 over carrier: B after A');
      const row = page.locator('#caller-ids tr[data-caller-id="+13035550121"]');
      await row.locator('.badge[data-tone="bad"]', { hasText: 'B' }).waitFor({ timeout: 30_000 });
      expect(await row.textContent()).toContain('A is demanded');
    } finally {
      await context.close();
    }
  });

  test('the dialer that knows nothing of us dials what it may and nothing else, as README tells', async () => {
    expect(routed.map(({ ok, call, happened }) => ({ ok, call, happened }))).toEqual([
      { ok: true, call: 'a dialer on AMI, through the proxy', happened: 'connected, decided once' },
      { ok: true, call: 'the same dialer, no consent', happened: 'veto, nobody called' },
      { ok: true, call: 'around it: Command: channel originate', happened: 'refused, nobody called' },
      { ok: true, call: 'around it: its live call redirected', happened: 'refused, nobody called' },
    ]);
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    for (const { call } of routed) expect(readme).toContain(`ok  ${call}`);
  });

  test('there are some', () => {
    expect(FENCES.length).toBeGreaterThan(15);
  });

  test.each(FENCES.map((fence) => [`${fence.path}:${fence.line}`, fence] as const))(
    '%s',
    async (_, fence) => {
      expect(verdictOn(fence, await run(fence.text, env))).toBe('');
    },
  );

  test.each([
    [['run'], 'exit 1', 'ended with 1, not 0'],
    [['run', 'exit=1'], 'true', 'ended with 0, not 1'],
    [['run', 'says=permit,veto'], 'echo permit', 'does not say `veto`'],
    [['run'], 'false; true', 'ended with 1'],
    [['run'], 'npx breakwater chekc 3035550101', 'ended with 2'],
  ])('the check bites: %s `%s`', async (marks, text, fault) => {
    const fence = { path: 'planted.md', line: 1, language: 'sh', marks, text };
    expect(verdictOn(fence, await run(text, env))).toContain(fault);
  });

  test('the check bites: a command that never ends', async () => {
    const fence = {
      path: 'planted.md',
      line: 1,
      language: 'sh',
      marks: ['run'],
      text: 'echo begun; sleep 60 & wait',
    };
    const verdict = verdictOn(fence, await run(fence.text, env, 200));
    expect(verdict).toContain('did not end in time');
    expect(verdict).toContain('begun');
  });
});
