/**
 * The port `Prompts` over rendered files: everything is read and measured once, at start. A message whose file is missing,
 * changed, stale or unfit is a problem, and `control` then permits no call of that campaign.
 */
import { readFileSync } from 'node:fs';
import type { CampaignPrompts, Config } from '../../config/config.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { Prompt, PromptKind, Prompts } from '../../ports/prompts.ts';
import { mediaOf, parseManifest, promptPaths, type SpokenPrompt, spokenPrompts } from './manifest.ts';
import { probeAudio } from './probe.ts';

const unfit = (problem: string): Prompt => ({ fit: false, problem });

export function loadPrompts(config: Pick<Config, 'prompts' | 'asterisk'>): Prompts {
  const { soundsDirectory, soundsPrefix } = config.asterisk;
  const loaded = new Map<string, Prompt>();
  for (const campaign of config.prompts) {
    for (const spoken of spokenPrompts(campaign)) {
      const { kind } = spoken;
      const fitness = checkRendered(soundsDirectory, campaign, spoken);
      loaded.set(
        `${campaign.campaignId}/${kind}`,
        fitness.fit ? { ...fitness, media: mediaOf(soundsPrefix, campaign.campaignId, kind) } : fitness,
      );
    }
  }
  return {
    prompt: (campaignId, kind) => loaded.get(`${campaignId}/${kind}`) ?? unknownTo(campaignId, kind),
  };
}

type Rendered =
  | {
      readonly fit: true;
      readonly durationMs: number;
      readonly text: string;
      readonly sha256: string;
      /** Voice it was asked to be spoken with; null for the operator's own file. */
      readonly voice: string | null;
    }
  | { readonly fit: false; readonly problem: string };

/** As `loadPrompts`, one campaign a turn: calls are being followed meanwhile. */
export async function loadPromptsInTurns(
  config: Pick<Config, 'prompts' | 'asterisk'>,
  turn: () => Promise<void>,
): Promise<Prompts> {
  const byCampaign = new Map<string, Prompts>();
  for (const campaign of config.prompts) {
    byCampaign.set(campaign.campaignId, loadPrompts({ prompts: [campaign], asterisk: config.asterisk }));
    await turn();
  }
  return {
    prompt: (campaignId, kind) =>
      byCampaign.get(campaignId)?.prompt(campaignId, kind) ?? unknownTo(campaignId, kind),
  };
}

const unknownTo = (campaignId: string, kind: PromptKind): Prompt =>
  unfit(`no message ${kind} of a campaign \`${campaignId}\` is configured`);

/** Holds the rendered file of one message against its manifest and the campaign as it is now. */
export function checkRendered(
  soundsDirectory: string,
  campaign: Pick<CampaignPrompts, 'campaignId'>,
  { kind, setting: { text, file } }: SpokenPrompt,
): Rendered {
  const paths = promptPaths(soundsDirectory, campaign.campaignId, kind);
  const audio = readIfThere(paths.wav);
  if (audio === undefined)
    return { fit: false, problem: `\`${paths.wav}\` is missing; run \`breakwater prompts render\`` };
  const note = readIfThere(paths.manifest);
  const manifest = note === undefined ? undefined : parseManifest(note.toString('utf8'));
  if (manifest === undefined) return { fit: false, problem: `\`${paths.manifest}\` is missing` };
  if (!manifest.ok) return { fit: false, problem: `\`${paths.manifest}\` ${manifest.problem}` };
  const { sha256, engine, voice } = manifest.value;
  if (sha256Hex(audio) !== sha256) {
    return { fit: false, problem: `\`${paths.wav}\` is not the file that was checked: its SHA-256 differs` };
  }
  if (manifest.value.text !== text) {
    return { fit: false, problem: `\`${paths.wav}\` is stale: the campaign's wording has changed` };
  }
  const own = file === null ? undefined : readIfThere(file);
  if (
    (file !== null) !== (engine === 'file') ||
    (file !== null && (own === undefined || sha256Hex(own) !== sha256))
  ) {
    return { fit: false, problem: `\`${paths.wav}\` is stale: it is not what the campaign names now` };
  }
  const measured = probeAudio(audio, text);
  if (!measured.ok) return { fit: false, problem: `\`${paths.wav}\` ${measured.problem}` };
  return { fit: true, durationMs: measured.value.durationMs, text, sha256, voice };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
