/** The note beside each rendered message: what it says, who said it, and the hash of the audio. Also where the files are. */
import { join } from 'node:path';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { CampaignPrompts, PromptSetting } from '../../config/config.ts';
import { type Parsed, parsed, problem } from '../../domain/brand.ts';
import type { CampaignId } from '../../domain/ids.ts';
import { PROMPT_KINDS, type PromptKind } from '../../ports/prompts.ts';

const MANIFEST_SCHEMA = Type.Object({
  text: Type.String(),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** Speech program, or `file` for the operator's own recording. */
  engine: Type.Unsafe<'flite' | 'espeak-ng' | 'file'>(Type.Enum(['flite', 'espeak-ng', 'file'])),
  /** Voice the campaign asked for; null for the operator's own recording. */
  voice: Type.Union([Type.String(), Type.Null()]),
  durationMs: Type.Integer({ minimum: 0 }),
});

export type Manifest = Readonly<Type.Static<typeof MANIFEST_SCHEMA>>;

export function parseManifest(source: string): Parsed<Manifest> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return problem('is not JSON');
  }
  return Value.Check(MANIFEST_SCHEMA, value) ? parsed(value) : problem('lacks a key or has a wrong one');
}

const FILE_NAMES: Readonly<Record<PromptKind, string>> = {
  safe_harbor: 'safe-harbor',
  disclosure: 'disclosure',
  opt_out_confirmation: 'opt-out-confirmation',
  machine_message: 'machine-message',
};

export interface PromptPaths {
  readonly directory: string;
  readonly wav: string;
  readonly manifest: string;
}

export function promptPaths(soundsDirectory: string, campaignId: CampaignId, kind: PromptKind): PromptPaths {
  const directory = join(soundsDirectory, campaignId);
  const name = FILE_NAMES[kind];
  return { directory, wav: join(directory, `${name}.wav`), manifest: join(directory, `${name}.json`) };
}

/** What the exchange is told to play: no extension, the exchange picks the format. */
export const mediaOf = (soundsPrefix: string, campaignId: CampaignId, kind: PromptKind): string =>
  `sound:${soundsPrefix}/${campaignId}/${FILE_NAMES[kind]}`;

export interface SpokenPrompt {
  readonly kind: PromptKind;
  readonly setting: PromptSetting;
}

type Wordings = Pick<CampaignPrompts, 'safeHarbor' | 'disclosure' | 'optOutConfirmation' | 'machineMessage'>;

/** Every message that the campaign has. */
export const spokenPrompts = (prompts: Wordings): readonly SpokenPrompt[] =>
  PROMPT_KINDS.flatMap((kind) => {
    const setting = settingOf(prompts, kind);
    return setting === null ? [] : [{ kind, setting }];
  });

function settingOf(prompts: Wordings, kind: PromptKind): PromptSetting | null {
  switch (kind) {
    case 'safe_harbor':
      return prompts.safeHarbor;
    case 'disclosure':
      return prompts.disclosure;
    case 'opt_out_confirmation':
      return prompts.optOutConfirmation;
    case 'machine_message':
      return prompts.machineMessage;
    default:
      return kind satisfies never;
  }
}
