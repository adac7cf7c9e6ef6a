/** What the campaigns in force ask of calls from one caller ID over one trunk. */
import {
  ATTESTATION_LEVELS,
  type AttestationDemand,
  type AttestationLevel,
} from '../../domain/attestation.ts';
import type { Campaign } from '../../domain/campaign.ts';
import { trunkOf } from '../../domain/trunk.ts';

export interface RouteDemand {
  readonly minimum: AttestationLevel | 'none';
  /** Of the campaign that believes longest; a record is kept no longer than somebody believes it. */
  readonly longestHours: number;
  /** Of the campaign that believes shortest: a record must be made anew before. */
  readonly shortestHours: number;
}

export const demandOf = ({ attestation, endpoint }: Campaign): AttestationDemand => ({
  ...attestation,
  trunk: trunkOf(endpoint),
});

/** As long as a campaign believes a confirmation that says nothing of it. */
const DEFAULT_HOURS = 24;

/** Whether any campaign shows this caller ID, over whatever trunk. */
export const isOfCampaign = (campaigns: Iterable<Campaign>, callerId: string): boolean =>
  [...campaigns].some(({ callerIds }) => callerIds.some(({ number }) => number === callerId));

/** Of the campaigns that may show this caller ID on this trunk; one whose trunk nobody can tell may. */
export function campaignsOnRoute(
  campaigns: Iterable<Campaign>,
  callerId: string,
  trunk: string,
): readonly Campaign[] {
  return [...campaigns].filter(({ callerIds, endpoint }) => {
    const own = trunkOf(endpoint);
    return (own === null || own === trunk) && callerIds.some(({ number }) => number === callerId);
  });
}

export function demandOn(campaigns: readonly Campaign[]): RouteDemand {
  const minima = campaigns.map(({ attestation }) => attestation.minimum);
  const hours = campaigns.map(({ attestation }) => attestation.maxAgeHours);
  return {
    minimum: ATTESTATION_LEVELS.find((level) => minima.includes(level)) ?? 'none',
    longestHours: Math.max(...(hours.length === 0 ? [DEFAULT_HOURS] : hours)),
    shortestHours: Math.min(...(hours.length === 0 ? [DEFAULT_HOURS] : hours)),
  };
}
