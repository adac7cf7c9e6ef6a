import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadPrompts } from '../../../src/adapters/audio/load-prompts.ts';
import { probeAudio } from '../../../src/adapters/audio/probe.ts';
import { renderAll } from '../../../src/adapters/audio/render.ts';
import type { RunProgram } from '../../../src/adapters/audio/speech.ts';
import { renderPrompts } from '../../../src/cli/prompts.ts';
import type { CampaignPrompts, Config } from '../../../src/config/config.ts';
import type { CampaignId } from '../../../src/domain/ids.ts';
import { tone, wavFile } from './sounds.ts';

const solar = 'solar' as CampaignId;
const asked: CampaignPrompts = {
  campaignId: solar,
  voice: 'slt',
  language: 'en-US',
  safeHarbor: { text: 'one two three four', file: null },
  disclosure: { text: 'This call is being recorded.', file: null },
  optOutConfirmation: { text: 'Goodbye.', file: null },
  machineMessage: null,
};

function workshop(prompts: CampaignPrompts = asked) {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-sounds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const asterisk = { soundsDirectory: join(folder, 'rendered'), soundsPrefix: 'breakwater' };
  const config = { prompts: [prompts], asterisk } as unknown as Pick<Config, 'prompts' | 'asterisk'>;
  return { folder, config, path: (name: string) => join(asterisk.soundsDirectory, 'solar', name) };
}

/** Plays flite and sox: writes a tone where the arguments say. */
function fakePrograms(absent: readonly string[] = []): RunProgram & { readonly ran: string[][] } {
  const ran: string[][] = [];
  const run: RunProgram = (program, args) => {
    if (absent.includes(program)) {
      return Promise.reject(Object.assign(new Error(`spawn ${program} ENOENT`), { code: 'ENOENT' }));
    }
    ran.push([program, ...args]);
    const flag = program === 'flite' ? '-o' : program === 'espeak-ng' ? '-w' : 'signed-integer';
    writeFileSync(args[args.indexOf(flag) + 1] ?? '', wavFile(tone(3_000)));
    return Promise.resolve();
  };
  return Object.assign(run, { ran });
}

const render = (world: ReturnType<typeof workshop>, program: RunProgram = fakePrograms()) =>
  renderAll(world.config.prompts, world.config.asterisk.soundsDirectory, { program });

const problemOf = (world: ReturnType<typeof workshop>): string => {
  const prompt = loadPrompts(world.config).prompt(solar, 'safe_harbor');
  return prompt.fit ? '' : prompt.problem;
};

describe('rendering', () => {
  test('makes fit files with manifests and leaves nothing else behind', async () => {
    const world = workshop();
    const results = await render(world);
    expect(results.map(({ kind, result }) => [kind, result])).toEqual([
      ['safe_harbor', 'rendered'],
      ['disclosure', 'rendered'],
      ['opt_out_confirmation', 'rendered'],
    ]);
    expect(readdirSync(world.path('.')).sort()).toEqual([
      'disclosure.json',
      'disclosure.wav',
      'opt-out-confirmation.json',
      'opt-out-confirmation.wav',
      'safe-harbor.json',
      'safe-harbor.wav',
    ]);
    expect(loadPrompts(world.config).prompt(solar, 'safe_harbor')).toMatchObject({
      fit: true,
      media: 'sound:breakwater/solar/safe-harbor',
      durationMs: 3_000,
      text: 'one two three four',
    });
    expect(loadPrompts(world.config).prompt('other' as CampaignId, 'disclosure')).toMatchObject({
      fit: false,
    });
  });

  test('keeps what is fit, renders again what another voice is asked for', async () => {
    const world = workshop();
    await render(world);
    expect((await render(world)).every(({ result }) => result === 'kept')).toBe(true);
    const other = { ...world, config: { ...world.config, prompts: [{ ...asked, voice: 'rms' }] } };
    expect((await render(other)).every(({ result }) => result === 'rendered')).toBe(true);
  });

  test('the words go in by file: no wording becomes an argument', async () => {
    const program = fakePrograms();
    const world = workshop({ ...asked, disclosure: { text: '-o /etc/x; $(reboot) recorded', file: null } });
    await render(world, program);
    expect(program.ran.flat().join('\n')).not.toContain('reboot');
  });

  test('espeak-ng stands in for flite; neither is an error that names the package', async () => {
    const world = workshop();
    await render(world, fakePrograms(['flite']));
    expect(JSON.parse(readFileSync(world.path('safe-harbor.json'), 'utf8'))).toMatchObject({
      engine: 'espeak-ng',
    });
    const bare = workshop();
    await expect(render(bare, fakePrograms(['flite', 'espeak-ng']))).rejects.toThrow(
      'apt-get install flite sox',
    );
    await expect(render(bare, fakePrograms(['sox']))).rejects.toThrow('`sox` is not installed');
    expect(readdirSync(bare.path('.'))).toEqual([]);
  });

  test("the operator's own file is measured and copied byte for byte", async () => {
    const world = workshop();
    const file = join(world.folder, 'own.wav');
    const own = {
      ...world,
      config: { ...world.config, prompts: [{ ...asked, safeHarbor: { text: 'one two', file } }] },
    };
    expect((await render(own))[0]).toMatchObject({
      result: 'refused',
      problem: `\`${file}\` cannot be read: ENOENT`,
    });
    writeFileSync(file, wavFile(new Int16Array(16_000)));
    expect((await render(own))[0]?.problem).toContain('is silent or too quiet');
    expect(problemOf(own)).toContain('is missing');
    writeFileSync(file, wavFile(tone(2_000)));
    expect((await render(own))[0]).toMatchObject({ result: 'rendered', durationMs: 2_000 });
    expect(readFileSync(world.path('safe-harbor.wav'))).toEqual(readFileSync(file));
    expect(problemOf(own)).toBe('');
    writeFileSync(file, wavFile(tone(2_500)));
    expect(problemOf(own)).toContain('is stale: it is not what the campaign names now');
  });
});

describe('loading refuses', () => {
  test.each([
    [
      'a missing file',
      (path: (name: string) => string) => rmSync(path('safe-harbor.wav')),
      'is missing; run `breakwater prompts render`',
    ],
    ['a missing manifest', (path) => rmSync(path('safe-harbor.json')), 'is missing'],
    ['a broken manifest', (path) => writeFileSync(path('safe-harbor.json'), '{'), 'is not JSON'],
    ['another manifest', (path) => writeFileSync(path('safe-harbor.json'), '{}'), 'lacks a key'],
    [
      'other audio',
      (path) => writeFileSync(path('safe-harbor.wav'), wavFile(tone(2_000))),
      'SHA-256 differs',
    ],
  ] satisfies [string, (path: (name: string) => string) => void, string][])(
    '%s',
    async (_, damage, problem) => {
      const world = workshop();
      await render(world);
      damage(world.path);
      expect(problemOf(world)).toContain(problem);
    },
  );

  test('audio whose wording has changed since', async () => {
    const world = workshop();
    await render(world);
    const changed = { ...asked, safeHarbor: { text: 'one two three five', file: null } };
    expect(problemOf({ ...world, config: { ...world.config, prompts: [changed] } })).toContain('is stale');
  });

  test('unfit audio even when its manifest vouches for it', async () => {
    const world = workshop();
    await render(world);
    const silent = wavFile(new Int16Array(16_000));
    const manifest = JSON.parse(readFileSync(world.path('safe-harbor.json'), 'utf8')) as object;
    const { sha256Hex } = await import('../../../src/domain/hash-chain.ts');
    writeFileSync(world.path('safe-harbor.wav'), silent);
    writeFileSync(world.path('safe-harbor.json'), JSON.stringify({ ...manifest, sha256: sha256Hex(silent) }));
    expect(problemOf(world)).toContain('is silent');
  });
});

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
};
const canSpeak = has('sox') && (has('flite') || has('espeak-ng'));

/** Skipped, and shown as skipped, on a machine without sox and flite or espeak-ng. */
test.skipIf(!canSpeak)('real programs make fit messages of the real wordings', async () => {
  const text = 'Sunrise Solar, this call was for telemarketing purposes. Press nine now.';
  const world = workshop({ ...asked, safeHarbor: { text, file: null } });
  const lines: string[] = [];
  const report = await renderPrompts(world.config, { progress: (line) => lines.push(line) });
  expect(report, lines.join('\n')).toMatchObject({ ok: true });
  expect(lines[0]).toMatch(/^solar safe_harbor: rendered, \d\.\d s$/);
  expect(problemOf(world)).toBe('');
  // The person waits for the first word, not for silence in the file.
  const measured = probeAudio(readFileSync(world.path('safe-harbor.wav')), text);
  expect(measured.ok && measured.value.leadingSilenceMs).toBeLessThanOrEqual(10);
});
