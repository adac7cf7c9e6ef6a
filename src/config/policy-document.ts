/** One document for everything a decision depends on besides its request and facts; its hash stands on each decision. */
import type { Campaign } from '../domain/campaign.ts';
import type { Law } from '../domain/law.ts';
import type { PolicyDocument } from '../domain/policy.ts';
import { SECOND_MS } from '../domain/time.ts';
import type { CampaignPrompts } from './config.ts';
import { guardOf } from './house-defaults.ts';
import type { ReadLists } from './lists.ts';
import type { Settings } from './settings.ts';

export interface PolicySources {
  readonly law: Law;
  readonly settings: Settings;
  readonly campaigns: readonly Campaign[];
  readonly prompts: readonly CampaignPrompts[];
  readonly lists: ReadLists;
}

/**
 * Paths, hosts, ports and secrets are left out: the same rules on another machine have the same hash. Versions of imported
 * lists change while the sidecar runs; each decision names the ones it saw.
 */
export function policyDocument(sources: PolicySources): PolicyDocument {
  const { law, settings, campaigns, prompts, lists } = sources;
  const others = {
    deadlines: settings.deadlines,
    leases: settings.leases,
    prompts: prompts.map(({ campaignId, safeHarbor, disclosure, optOutConfirmation, machineMessage }) => ({
      campaignId,
      safeHarbor: safeHarbor.text,
      disclosure: disclosure.text,
      optOutConfirmation: optOutConfirmation.text,
      // Left out where there is none: then the hash is that of a version that knew no machines.
      ...(machineMessage === null ? {} : { machineMessage: machineMessage.text }),
    })),
    lists: lists.files.map(({ name, kind, jurisdiction, campaignId, obtainedOn, version }) => {
      return { name, kind, jurisdiction, campaignId, obtainedOn, version };
    }),
    importedLists: lists.imported,
  };
  return {
    law,
    campaigns,
    rehearsal: settings.environment === 'rehearsal',
    ...guardOf(settings.permits.clockGuardSeconds),
    permitValidMs: settings.permits.validSeconds * SECOND_MS,
    ...others,
  };
}
