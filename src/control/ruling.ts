/**
 * What decisions stand on and a reload may change, as one immutable value in one holder.
 * INVARIANT (one-ruling-per-decision): a decision takes the ruling once, at its start, and bears its policy hash; the look after a
 * permit is durable takes the newest one, for the whole of its answer. Nothing else keeps a part of a ruling across an await.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { DoNotCallLists } from '../ports/fact-sources.ts';
import type { Prompts } from '../ports/prompts.ts';

export interface Limits {
  /** Deadline of one fact look-up. */
  readonly factMs: number;
  /** Deadline of one counter operation. */
  readonly countersMs: number;
  /** Added to the longest ring: after that a call without a result is a drop. */
  readonly leaseAfterRingMs: number;
  /** An override may end at most so many days from its record. */
  readonly overrideDays: number;
}

/** A campaign with the messages its calls play. */
export interface KnownCampaign {
  readonly campaign: Campaign;
  readonly prompts: Prompts;
}

export interface Ruling {
  readonly policy: Policy;
  /** Those that may call. */
  readonly campaigns: ReadonlyMap<CampaignId, Campaign>;
  /** Taken out by a reload: no new calls, but what they have in flight is followed, counted and settled. */
  readonly retired: ReadonlyMap<CampaignId, KnownCampaign>;
  readonly prompts: Prompts;
  readonly lists: DoNotCallLists;
  readonly limits: Limits;
}

export type NewRuling = Omit<Ruling, 'retired'>;

export interface RulingHolder {
  readonly inForce: () => Ruling;
  /** At once: who asks after it has returned gets the new one. */
  readonly put: (ruling: Ruling) => void;
}

export function holdRuling(first: NewRuling): RulingHolder {
  let inForce: Ruling = { ...first, retired: new Map() };
  return {
    inForce: () => inForce,
    put: (ruling) => {
      inForce = ruling;
    },
  };
}

/** `next` after `before`: what it leaves out is retired, what it brings back is not any more. */
export function succeed(before: Ruling, next: NewRuling): Ruling {
  const retired = new Map(before.retired);
  for (const campaign of before.campaigns.values()) {
    retired.set(campaign.id, { campaign, prompts: before.prompts });
  }
  for (const id of next.campaigns.keys()) retired.delete(id);
  return { ...next, retired };
}

/** A campaign of now or of before, as it is or was last. */
export function knownCampaign(ruling: Ruling, id: CampaignId): KnownCampaign | undefined {
  const campaign = ruling.campaigns.get(id);
  return campaign === undefined ? ruling.retired.get(id) : { campaign, prompts: ruling.prompts };
}

/** All whose calls may still be in flight. */
export const countedCampaigns = ({
  campaigns,
  retired,
}: Pick<Ruling, 'campaigns' | 'retired'>): readonly Campaign[] => [
  ...campaigns.values(),
  ...[...retired.values()].map(({ campaign }) => campaign),
];

/** The other campaigns of its seller: what they dial are attempts to the same numbers. */
export const campaignsBeside = (
  ruling: Pick<Ruling, 'campaigns' | 'retired'>,
  { id, seller }: CountedCampaign,
): readonly CampaignId[] =>
  countedCampaigns(ruling)
    .filter((each) => each.seller.id === seller.id && each.id !== id)
    .map((each) => each.id);

/** What the result of a call and the counts it goes into need of a campaign. */
export interface CountedCampaign extends Pick<Campaign, 'id' | 'startedOn' | 'zone'> {
  readonly seller: Pick<Campaign['seller'], 'id'>;
}

/** Days and blocks belong to the campaign, not to the call: a result is counted by the calendar the campaign has now. */
export const countedAs = (ruling: Ruling, campaign: CountedCampaign): CountedCampaign =>
  knownCampaign(ruling, campaign.id)?.campaign ?? campaign;
