/**
 * Text or the operator's own file -> checked audio with its manifest. A file appears under its name only when it is fit;
 * wav and manifest are each moved into place whole, and a pair that does not match is refused at start.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CampaignPrompts } from '../../config/config.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { PromptKind } from '../../ports/prompts.ts';
import { checkRendered } from './load-prompts.ts';
import { type Manifest, promptPaths, type SpokenPrompt, spokenPrompts } from './manifest.ts';
import { probeAudio } from './probe.ts';
import { type RunProgram, runProgram, speak, toTelephoneFormat } from './speech.ts';

export interface RenderedPrompt {
  readonly campaignId: string;
  readonly kind: PromptKind;
  /** `kept`: it was fit already. */
  readonly result: 'rendered' | 'kept' | 'refused';
  /** Why it was refused, else null. */
  readonly problem: string | null;
  readonly durationMs: number | null;
  readonly text: string;
}

export interface RenderOptions {
  /** Render also what is fit already. */
  readonly force?: boolean;
  readonly program?: RunProgram;
  /** Called after each message. */
  readonly progress?: (done: RenderedPrompt) => void;
}

/** All messages of all campaigns. Rejects with `SpeechUnavailable` when a program is missing, before anything is replaced by less. */
export async function renderAll(
  campaigns: readonly CampaignPrompts[],
  soundsDirectory: string,
  options: RenderOptions = {},
): Promise<readonly RenderedPrompt[]> {
  const results: RenderedPrompt[] = [];
  for (const campaign of campaigns) {
    for (const spoken of spokenPrompts(campaign)) {
      const done = await renderOne(campaign, spoken, soundsDirectory, options);
      results.push(done);
      options.progress?.(done);
    }
  }
  return results;
}

async function renderOne(
  campaign: CampaignPrompts,
  spoken: SpokenPrompt,
  soundsDirectory: string,
  { force = false, program = runProgram }: RenderOptions,
): Promise<RenderedPrompt> {
  const {
    kind,
    setting: { text, file },
  } = spoken;
  const about = { campaignId: campaign.campaignId, kind, text };
  const standing = checkRendered(soundsDirectory, campaign, spoken);
  if (!force && standing.fit && (file !== null || standing.voice === campaign.voice)) {
    return { ...about, result: 'kept', problem: null, durationMs: standing.durationMs };
  }
  const paths = promptPaths(soundsDirectory, campaign.campaignId, kind);
  await mkdir(paths.directory, { recursive: true });
  const folder = await mkdtemp(join(paths.directory, '.rendering-'));
  try {
    const made =
      file === null ? await synthesize(text, campaign.voice, folder, program) : await fetchOwn(file);
    if ('problem' in made) return { ...about, result: 'refused', problem: made.problem, durationMs: null };
    const measured = probeAudio(made.audio, text);
    if (!measured.ok) {
      const problem = `\`${file ?? made.engine}\` ${measured.problem}`;
      return { ...about, result: 'refused', problem, durationMs: null };
    }
    const { durationMs } = measured.value;
    const manifest: Manifest = {
      text,
      sha256: sha256Hex(made.audio),
      engine: made.engine,
      voice: file === null ? campaign.voice : null,
      durationMs,
    };
    await place(folder, paths.wav, made.audio);
    await place(folder, paths.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
    return { ...about, result: 'rendered', problem: null, durationMs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Made = { readonly audio: Buffer; readonly engine: Manifest['engine'] } | { readonly problem: string };

async function synthesize(text: string, voice: string, folder: string, program: RunProgram): Promise<Made> {
  const spoken = await speak(text, voice, folder, program);
  const path = join(folder, 'telephone.wav');
  await toTelephoneFormat(spoken.path, path, program);
  return { audio: await readFile(path), engine: spoken.engine };
}

/** The operator's own recording goes out byte for byte: what was approved is what is played. */
async function fetchOwn(file: string): Promise<Made> {
  try {
    return { audio: await readFile(file), engine: 'file' };
  } catch (error) {
    return { problem: `\`${file}\` cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}` };
  }
}

/** Same folder, so the move is atomic. */
async function place(folder: string, path: string, content: Buffer | string): Promise<void> {
  const whole = join(folder, randomUUID());
  await writeFile(whole, content, { flush: true });
  await rename(whole, path);
}
