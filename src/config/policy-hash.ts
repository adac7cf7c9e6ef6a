/** One hash for everything a decision depends on besides its request and facts; it stands on each decision. */
import type { Campaign } from '../domain/campaign.ts';
import type { Json } from '../domain/canonical-json.ts';
import { type Hash, hashOf } from '../domain/hash-chain.ts';
import type { CampaignPrompts, SourceFile } from './config.ts';
import type { ReadLists } from './lists.ts';
import type { Settings } from './settings.ts';

export interface PolicySources {
  readonly lawFiles: readonly SourceFile[];
  readonly settings: Settings;
  readonly campaigns: readonly Campaign[];
  readonly prompts: readonly CampaignPrompts[];
  readonly lists: ReadLists;
}

/**
 * Paths, hosts, ports and secrets are left out: the same rules on another machine have the same hash. Versions of imported
 * lists change while the sidecar runs; each decision names the ones it saw.
 */
export function policyHash({ lawFiles, settings, campaigns, prompts, lists }: PolicySources): Hash {
  const source = {
    law: lawFiles
      .map(({ path, sha256 }) => ({ file: path, sha256 }))
      .sort((a, b) => (a.file + a.sha256 < b.file + b.sha256 ? -1 : 1)),
    environment: settings.environment,
    deadlines: settings.deadlines,
    permits: settings.permits,
    leases: settings.leases,
    campaigns,
    prompts: prompts.map(({ campaignId, safeHarbor, disclosure, optOutConfirmation }) => ({
      campaignId,
      safeHarbor: safeHarbor.text,
      disclosure: disclosure.text,
      optOutConfirmation: optOutConfirmation.text,
    })),
    lists: lists.files.map(({ name, kind, jurisdiction, campaignId, obtainedOn, version }) => {
      return { name, kind, jurisdiction, campaignId, obtainedOn, version };
    }),
    importedLists: lists.imported,
  };
  return hashOf(source as unknown as Json);
}
