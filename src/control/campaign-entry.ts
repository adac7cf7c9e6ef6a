/**
 * What a campaign was when the sidecar started, as a ledger entry: the fields of 16 CFR 310.5(a)(2) that do not change from call to
 * call. A decision leads to it by campaign and policy hash, so a settings file that was changed later cannot speak for it.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { Json } from '../domain/canonical-json.ts';
import type { JsonObject, LedgerDraft } from '../domain/ledger-entry.ts';
import { toJson } from './decision-entry.ts';
import { type Prompt, promptKindsOf, type Prompts } from '../ports/prompts.ts';

export interface CampaignBasis {
  readonly policyHash: string;
  /** Who places the calls; null when the settings do not say. */
  readonly telemarketer: string | null;
}

export function campaignDraft(campaign: Campaign, prompts: Prompts, basis: CampaignBasis): LedgerDraft {
  const { id, seller, offer, startedOn, zone, mode, callerIds, recording, agents } = campaign;
  return {
    kind: 'campaign_loaded',
    body: {
      campaignId: id,
      policyHash: basis.policyHash,
      telemarketer: basis.telemarketer,
      seller: toJson(seller),
      offer,
      // The calendar in which its results are counted, should its settings be gone when they come.
      startedOn,
      zone,
      mode,
      callerIds: callerIds.map(({ rest, ...each }) =>
        rest === undefined ? each : { ...each, rest: { ...rest } },
      ),
      recording: { ...recording, retention: { ...recording.retention } },
      destination: { ...agents.destination },
      messages: Object.fromEntries(
        promptKindsOf(campaign).map((kind): [string, Json] => [kind, messageOf(prompts.prompt(id, kind))]),
      ),
    },
  };
}

/** `sha256` is of the audio file as it was checked at start. */
const messageOf = (prompt: Prompt): JsonObject =>
  prompt.fit ? { text: prompt.text, sha256: prompt.sha256 } : { problem: prompt.problem };
