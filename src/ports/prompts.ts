/** Recorded messages of a campaign, as probed at start. */
import type { CampaignId } from '../domain/ids.ts';

export const PROMPT_KINDS = ['safe_harbor', 'disclosure', 'opt_out_confirmation'] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

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
