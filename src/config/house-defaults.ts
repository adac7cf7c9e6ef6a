/**
 * Defaults of the house that carry a duty to the called person (design rulings 7 and 11). A setting may tighten them at once. A looser
 * one stands beside the default as `loosened` and counts only under an override with who, why and until.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { PolicyDocument } from '../domain/policy.ts';
import { SECOND_MS } from '../domain/time.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Config } from './config.ts';

export const HOUSE_DEFAULTS = {
  /** Ruling 11. */
  clockGuardSeconds: 60,
  /** Between the last look at a person's wishes and the call. */
  permitValidSeconds: 5,
  /** Ruling 7. */
  attempts: { max: 3, perHours: 24 },
  dropLockoutHours: 72,
  /** Of the lines of a list that may be lost at an import, in basis points. */
  rejectedMaxBp: 100,
} as const;

export function guardOf(seconds: number): Pick<PolicyDocument, 'clockGuardMs' | 'loosened'> {
  const guardMs = HOUSE_DEFAULTS.clockGuardSeconds * SECOND_MS;
  const wantedMs = seconds * SECOND_MS;
  return wantedMs >= guardMs
    ? { clockGuardMs: wantedMs }
    : { clockGuardMs: guardMs, loosened: { clockGuardMs: wantedMs } };
}

/** The tighter of setting and default in each number: 5 in 72 hours is 3 in 72 hours, 2 in 12 hours is 2 in 24. */
export function callsToOneNumber({
  attempts,
  dropLockoutHours,
}: Pick<CampaignYaml, 'attempts' | 'dropLockoutHours'>): Pick<
  Campaign,
  'attempts' | 'dropLockoutHours' | 'loosened'
> {
  const house = HOUSE_DEFAULTS;
  const max = Math.min(attempts.max, house.attempts.max);
  const perHours = Math.max(attempts.perHours, house.attempts.perHours);
  const lockoutHours = Math.max(dropLockoutHours, house.dropLockoutHours);
  const loosened: NonNullable<Campaign['loosened']> = {
    ...(max === attempts.max && perHours === attempts.perHours ? {} : { attempts }),
    ...(lockoutHours === dropLockoutHours ? {} : { dropLockoutHours }),
  };
  return {
    attempts: { max, perHours },
    dropLockoutHours: lockoutHours,
    ...(Object.keys(loosened).length === 0 ? {} : { loosened }),
  };
}

/** Settings that count only under an override, as they are named in the files; for the log at start and reload. */
export const loosenedSettings = ({ policy, campaigns }: Config): readonly string[] => [
  ...(policy.loosened === undefined ? [] : ['breakwater.yaml: permits.clockGuardSeconds']),
  ...campaigns.flatMap(({ id, loosened }) =>
    Object.keys(loosened ?? {}).map((key) => `campaign ${id}: ${key}`),
  ),
  ...campaigns.flatMap(({ id, texts }) =>
    texts?.doubleOptIn === false ? [`campaign ${id}: texts.doubleOptIn`] : [],
  ),
];
