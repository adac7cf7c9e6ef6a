/** Recorded messages of a campaign, as probed at start. */
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';

export const PROMPT_KINDS = ['safe_harbor', 'disclosure', 'opt_out_confirmation', 'machine_message'] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

/** The messages that calls of the campaign may play. */
export const promptKindsOf = ({
  machineDetection,
}: Pick<Campaign, 'machineDetection'>): readonly PromptKind[] =>
  PROMPT_KINDS.filter((kind) => kind !== 'machine_message' || machineDetection?.onMachine === 'message');

export type Prompt =
  | {
      readonly fit: true;
      /** For the exchange: `sound:breakwater/solar/safe-harbor`. */
      readonly media: string;
      readonly durationMs: number;
      readonly text: string;
      readonly sha256: string;
    }
  | { readonly fit: false; readonly problem: string };

export interface Prompts {
  prompt(campaignId: CampaignId, kind: PromptKind): Prompt;
}

/** What is wrong with a message that a person may hear instead of an agent; null when nothing is. */
export function promptProblemOf(
  prompts: Prompts,
  campaign: Pick<Campaign, 'id' | 'machineDetection'>,
): string | null {
  const due = promptKindsOf(campaign).filter((kind) => kind === 'safe_harbor' || kind === 'machine_message');
  const unfit = due.map((kind) => prompts.prompt(campaign.id, kind)).find(({ fit }) => !fit);
  return unfit === undefined || unfit.fit ? null : unfit.problem;
}
