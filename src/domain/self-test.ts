/**
 * Numbers that are known to stand on a do-not-call list, asked about every day through the code that decides calls and never dialed. What
 * a scrub silently stopped finding shows here, before a person is rung. Pure.
 */
import type { Decision, ReasonCode } from './decision.ts';
import type { CampaignId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';

/** A veto that says a list has found the number; any other veto hides whether one would have. */
export const SEED_REASONS = [
  'on_national_registry',
  'on_state_list',
  'on_internal_list',
  'on_campaign_list',
  'known_litigator',
] as const satisfies readonly ReasonCode[];
export type SeedReason = (typeof SEED_REASONS)[number];

export interface SelfTestSeed {
  readonly number: PhoneNumber;
  /** The reason that must be among those of its veto. */
  readonly expects: SeedReason;
  /** Screened for these; empty: for every campaign. */
  readonly campaigns: readonly CampaignId[];
}

export interface SelfTestSettings {
  readonly everyHours: number;
  /** None: there is no self-test. */
  readonly seeds: readonly SelfTestSeed[];
}

/**
 * `held`: vetoed, by the list too. `missed`: vetoed, but not for standing on the list, so another hour or another campaign might have let
 * it through. `permitted`: it would have been called. `untested`: there is no campaign to screen it for.
 */
export const SEED_ANSWERS = ['held', 'missed', 'permitted', 'untested'] as const;
export type SeedAnswer = (typeof SEED_ANSWERS)[number];

/** Of one decision about a seed. */
export function seedAnswer(decision: Decision, expects: SeedReason): Exclude<SeedAnswer, 'untested'> {
  if (decision.kind === 'permit') return 'permitted';
  return decision.reasons.some(({ code }) => code === expects) ? 'held' : 'missed';
}

/** Of all decisions about a seed: the worst. */
export const worstAnswer = (answers: readonly SeedAnswer[]): SeedAnswer =>
  answers.includes('permitted')
    ? 'permitted'
    : answers.includes('missed')
      ? 'missed'
      : answers.includes('held')
        ? 'held'
        : 'untested';

/** Somebody must look at once: also where nothing was tested, which looks like a good day. */
export const isAlarm = (answer: SeedAnswer): boolean => answer !== 'held';
