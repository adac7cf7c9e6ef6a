/**
 * The answer to "may this call be placed now?". A veto always carries its reasons, a permit what it still demands.
 * `REASONS` ranks every code: the first listed code present in a veto is its headline.
 */
import type { Instant } from './time.ts';

export interface ReasonInfo {
  /** 1 outranks 2. Ranks are unique. */
  readonly rank: number;
  /** True when the same request may get another answer later without anybody correcting data. */
  readonly transient: boolean;
  /** One sentence for a supervisor. */
  readonly meaning: string;
}

const permanent = (rank: number, meaning: string): ReasonInfo => ({ rank, transient: false, meaning });
const passing = (rank: number, meaning: string): ReasonInfo => ({ rank, transient: true, meaning });

/** Descending precedence: what the number is, what the person asked, the law of the place, the caller, the campaign, ourselves. */
export const REASONS = {
  not_a_number: permanent(1, 'the called number is not a telephone number'),
  emergency_line: permanent(2, 'the called number is an emergency or service code'),
  premium: permanent(3, 'the called number charges the called party'),
  toll_free: permanent(4, 'the called number is toll-free'),
  not_us_geographic: permanent(5, 'the called number is not a geographic number of the United States'),
  area_code_unknown: permanent(6, 'the area code is in no table, so the place is unknown'),
  fictional_number: permanent(7, 'the called number is reserved for fiction and tests'),
  place_not_modelled: permanent(8, 'the law of the place the person may be in is not modelled'),
  non_geographic: permanent(
    9,
    'the called number is tied to no place: personal, carrier or government services',
  ),
  on_internal_list: permanent(10, 'the person asked this seller not to call'),
  consent_revoked: permanent(11, 'the person revoked consent for this seller'),
  on_campaign_list: permanent(12, "the number is on this campaign's own suppression list"),
  known_litigator: permanent(13, 'the number is on a list of known litigators'),
  on_state_list: permanent(14, 'the number is on a state do-not-call list'),
  on_national_registry: permanent(15, 'the number is on the national do-not-call registry'),
  list_missing: permanent(16, 'a do-not-call list that must be consulted is not loaded'),
  area_code_not_covered: permanent(
    17,
    'the copy of a do-not-call list that must be consulted was not obtained for the area code',
  ),
  list_stale: permanent(18, 'the copy of a do-not-call list is too old'),
  reassigned: permanent(19, 'the number may belong to somebody else since the consent was given'),
  reassigned_not_checked: permanent(
    20,
    'whether the number was reassigned must be asked, and no answer covers this call',
  ),
  consent_missing: permanent(21, 'no consent for this seller is on file'),
  consent_other_seller: permanent(22, 'the consent on file names another seller'),
  consent_incomplete: permanent(23, 'the consent on file lacks an element the law asks for'),
  consent_pending: passing(24, 'the consent on file is not confirmed yet'),
  consent_expired: permanent(25, 'the consent on file has expired'),
  relationship_missing: permanent(26, 'no relationship with this seller within its window is on file'),
  consent_other_topic: permanent(27, 'the consent on file is about another topic'),
  request_unsettled: permanent(
    28,
    'what the person wrote may be a request not to be called, and nobody has settled it',
  ),
  consent_not_for_texts: permanent(29, 'the consent on file is for calls, not for text messages'),
  state_emergency: passing(30, 'a state of emergency bars sales calls there'),
  sunday: passing(31, 'sales calls are barred there on Sundays'),
  legal_holiday: passing(32, 'sales calls are barred there on this legal holiday'),
  outside_calling_hours: passing(33, 'it is not within calling hours in every place the person may be'),
  automatic_dialing_barred: permanent(34, 'automated or recorded sales calls are barred there'),
  mobile_barred: permanent(35, 'sales calls to mobiles are barred there, and this line may be one'),
  opt_in_already_requested: permanent(
    36,
    'the person was asked once to confirm the consent, or has confirmed it',
  ),
  too_many_attempts: passing(40, 'the number was called too often in the counting window'),
  drop_lockout: passing(41, 'a call to this number was dropped a short time ago'),
  seller_not_registered: permanent(
    45,
    'the seller has no registration where the law of the place asks for one',
  ),
  registration_expired: permanent(46, "the seller's registration in the place has expired"),
  bond_too_low: permanent(47, "the bond behind the seller's registration is missing, expired or too low"),
  caller_id_not_owned: permanent(50, "the caller ID is not in the seller's inventory"),
  caller_id_not_callable: permanent(51, 'the caller ID does not take do-not-call requests'),
  attestation_unconfirmed: passing(52, 'no fresh attestation of the caller ID is on record'),
  attestation_below_minimum: permanent(53, 'the attestation on record is below what the campaign demands'),
  caller_id_resting: passing(54, 'networks have blocked too many calls of the caller ID: it rests'),
  campaign_unknown: permanent(60, 'no such campaign is configured'),
  campaign_paused: passing(61, 'the campaign is paused'),
  campaign_not_started: passing(62, 'the campaign has not started yet'),
  no_agent: passing(63, 'no agent is logged in for this campaign'),
  drop_budget_spent: passing(64, 'one more call could push the drop rate over the ceiling'),
  over_dialing_barred: passing(65, 'the place bars dialing without a free agent for each line'),
  detector_too_slow: permanent(
    66,
    'the answering-machine detector and the connection may together take longer than the two seconds',
  ),
  detector_measured_slow: passing(
    67,
    'the answering-machine detector and the connection were measured to take longer than the two seconds',
  ),
  dial_level_reached: passing(
    68,
    'the pacer allows no further line until a line ends or an agent becomes free',
  ),
  dial_limit_reached: passing(69, "the operator's limit of lines at once or of calls per second is reached"),
  prompt_missing: permanent(70, 'a message that a person may hear instead of an agent is missing or unfit'),
  texts_not_configured: permanent(71, 'the campaign sends no text messages, or not from this sender'),
  fact_unavailable: passing(80, 'something that must be known could not be looked up in time'),
  ledger_unavailable: passing(81, 'the decision cannot be made durable'),
  rules_invalid: permanent(82, 'the rules failed while deciding'),
  draining: passing(83, 'the sidecar is starting or shutting down'),
} as const satisfies Record<string, ReasonInfo>;

export type ReasonCode = keyof typeof REASONS;

/** Plain values only: reasons are written to the ledger as they stand. */
export type ReasonDetail = Readonly<Record<string, string | number | boolean | null>>;

export interface Reason {
  readonly code: ReasonCode;
  /** The rule that found it. */
  readonly rule: string;
  /** Paragraph of law, or the setting, that it stands on. */
  readonly basis: string;
  /** What was seen: local times, list name and version, counts. */
  readonly detail: ReasonDetail;
}

/** What a permit still demands; durations in whole seconds or milliseconds as named. */
export type Obligation =
  | { readonly kind: 'ring_at_least_s'; readonly seconds: number; readonly basis: string }
  | { readonly kind: 'ring_at_most_s'; readonly seconds: number; readonly basis: string }
  | { readonly kind: 'disclose_recording'; readonly basis: string }
  | { readonly kind: 'identify_within_s'; readonly seconds: number; readonly basis: string }
  /** What the place wants said or asked, in the words of the law data. */
  | { readonly kind: 'say'; readonly text: string; readonly basis: string }
  | { readonly kind: 'connect_within_ms'; readonly ms: number; readonly basis: string }
  /** One line per reserved agent: the place bars over-dialing. */
  | { readonly kind: 'no_over_dialing'; readonly basis: string };

/** Seen and recorded, but no cause for a veto. */
export interface Warning {
  readonly code: string;
  readonly rule: string;
  readonly detail: ReasonDetail;
}

export interface Permit {
  readonly kind: 'permit';
  readonly obligations: readonly Obligation[];
  readonly warnings: readonly Warning[];
  /** The call must be placed before this instant or screened again. */
  readonly validUntil: Instant;
}

export interface Veto {
  readonly kind: 'veto';
  /** In rank order. */
  readonly reasons: readonly [Reason, ...Reason[]];
  readonly warnings: readonly Warning[];
}

export type Decision = Permit | Veto;

/** Reasons in rank order, each code and rule once per distinct detail as found. */
export function rankReasons(reasons: readonly Reason[]): readonly Reason[] {
  return [...reasons].sort((a, b) => REASONS[a.code].rank - REASONS[b.code].rank);
}
