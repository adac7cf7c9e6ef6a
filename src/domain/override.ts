/**
 * A choice looser than the default, made by a named person for a reason and until a day. Only what stands in `OVERRIDABLE` can be
 * overridden; each is a ledger entry, and every decision it touches shows it.
 */
import type { OverrideBody } from './entry-bodies.ts';
import type { SellerId } from './ids.ts';
import type { JurisdictionCode } from './law.ts';
import { type Instant, instant } from './time.ts';

/**
 * `registration`: the seller is exempt from registration in the place. `strict_extra_holidays`: days of the place that only some
 * sources bar are called on. `minority_zones`: the corners of the place's area codes that keep another clock are left out.
 * `attempt_cap_within_relationship`: the place's cap falls away within a relationship where its law says so.
 * `reconsent_lifts_request`: a written consent lifts an older request not to be called. `internal_request_retention`: such a request
 * binds only as long as the law wants it kept. `clock_guard`, `campaign_attempts`, `drop_lockout`: what the settings say counts though it
 * is looser than the house's default; the last two are needed in every place the person may be. `text_double_opt_in`: the risk is accepted
 * that a consent to texts was not confirmed from the telephone itself; needed in every place too.
 */
export const OVERRIDABLE = [
  'registration',
  'strict_extra_holidays',
  'minority_zones',
  'attempt_cap_within_relationship',
  'reconsent_lifts_request',
  'internal_request_retention',
  'clock_guard',
  'campaign_attempts',
  'drop_lockout',
  'text_double_opt_in',
] as const;
export type Overridable = (typeof OVERRIDABLE)[number];

export const isOverridable = (text: unknown): text is Overridable =>
  OVERRIDABLE.some((each) => each === text);

export interface Override {
  readonly overrideId: string;
  readonly what: Overridable;
  readonly sellerId: SellerId;
  readonly state: JurisdictionCode;
  readonly who: string;
  readonly why: string;
  readonly recordedAt: Instant;
  /** In force before this instant. One recorded with an end that has passed ends the one before. */
  readonly until: Instant;
}

/** The shape was checked when the entry was written. */
export const overrideOf = (body: OverrideBody): Override => ({
  overrideId: body.overrideId,
  what: body.what,
  sellerId: body.sellerId as SellerId,
  state: body.state,
  who: body.who,
  why: body.why,
  recordedAt: instant(Date.parse(body.recordedAt)),
  until: instant(Date.parse(body.until)),
});
