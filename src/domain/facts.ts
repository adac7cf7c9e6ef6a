/** What was looked up for one decision. Unknown is a value of its own and always a veto (`fact_unavailable`). */
import type { AttestationRecord } from './attestation.ts';
import type { CallerIdRest } from './caller-health.ts';
import type { Campaign } from './campaign.ts';
import type { MeasuredConnect } from './connect-times.ts';
import type { ConsentView } from './consent.ts';
import type { ReachedLimit } from './dial-limits.ts';
import type { Admission, BudgetSnapshot } from './drop-budget.ts';
import type { RecordedEmergency } from './emergency.ts';
import type { ToldLineType } from './origination.ts';
import type { Override } from './override.ts';
import type { ReassignedCheck } from './reassigned.ts';
import type { RelationshipView } from './relationship.ts';
import type { Instant, LocalDate } from './time.ts';
import type { UnclearRequest } from './unclear-request.ts';

export type Fact<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly problem: string };

export const known = <T>(value: T): Fact<T> => ({ known: true, value });
export const unknown = (problem: string): Fact<never> => ({ known: false, problem });

export const LIST_KINDS = ['national', 'state', 'internal', 'campaign', 'litigator'] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** A loaded list, as a decision saw it. */
export interface ListVersion {
  readonly name: string;
  readonly kind: ListKind;
  /** Two-letter code for state lists, else null. */
  readonly jurisdiction: string | null;
  readonly campaignId: string | null;
  readonly version: string;
  /** Date the copy was obtained. */
  readonly obtainedOn: LocalDate;
  /**
   * What it says of lines may be as old as this, the date of the whole list: changes since tell who is on it, not whose line was ported.
   * Left out where that is the date of the copy, and where it says nothing of lines.
   */
  readonly lineTypesFrom?: LocalDate;
}

export interface ListFacts {
  /** Every list that applies to the campaign, hit or not. */
  readonly consulted: readonly ListVersion[];
  /** Names of consulted lists that hold the number. */
  readonly hits: readonly string[];
  /** Names of consulted public lists whose copy was not obtained for the number's area code; left out when there is none. */
  readonly notCovering?: readonly string[];
  /** What consulted lists that hold the number say of its line; left out when none says anything. */
  readonly lineTypes?: readonly ListedLineType[];
}

export interface ListedLineType {
  /** Name of the list; its version and date stand in `consulted`. */
  readonly list: string;
  readonly lineType: ToldLineType;
}

export interface InternalRequest {
  readonly requestedAt: Instant;
  readonly channel: string;
}

export interface AttemptFacts {
  /** Calls placed to the number for this seller in the window, this one not included. */
  readonly placed: number;
  readonly windowHours: number;
  /** Instant of the last drop to this number within the lockout, else null. */
  readonly droppedAt: Instant | null;
}

export interface BudgetFacts {
  readonly snapshot: BudgetSnapshot;
  readonly loggedIn: number;
  /** What the counters answered for this very call. */
  readonly admission: Admission;
  /** A limit of pacer or operator that this call would exceed; left out where there is none. */
  readonly limit?: ReachedLimit;
}

export interface CampaignState {
  readonly campaign: Campaign;
  readonly paused: boolean;
  /** Null when the safe-harbor message is present and fit; else what is wrong with it. */
  readonly promptProblem: string | null;
  /** How long people have waited for detector and agent; null where no rule asks: no detector, or no predictive dialing. */
  readonly measured: Fact<MeasuredConnect> | null;
}

export interface Facts {
  readonly now: Instant;
  /** Unknown while the exchange cannot be reached. */
  readonly sidecar: Fact<'ready' | 'draining'>;
  /** Known null: no such campaign. */
  readonly campaign: Fact<CampaignState | null>;
  readonly lists: Fact<ListFacts>;
  /** Newest internal do-not-call request to this seller, null when none. */
  readonly internalRequest: Fact<InternalRequest | null>;
  /** Oldest text of the person to this seller that nobody has settled, null when none. */
  readonly unclearRequest: Fact<UnclearRequest | null>;
  readonly consent: Fact<ConsentView>;
  readonly relationship: Fact<RelationshipView>;
  /** Newest answer of the reassigned-numbers database for this seller, null when none. */
  readonly reassigned: Fact<ReassignedCheck | null>;
  /** The seller's overrides, newest of each kind and place, in force or not. */
  readonly overrides: Fact<readonly Override[]>;
  /** States of emergency entered while sidecars run, in force or not. */
  readonly emergencies: Fact<readonly RecordedEmergency[]>;
  /** The record that decides about the caller ID on the campaign's trunk (`decisiveRecord`), null when none. */
  readonly attestation: Fact<AttestationRecord | null>;
  /** Left out where the campaign lets the caller ID never rest; known null: it does not rest now. */
  readonly callerIdRest?: Fact<CallerIdRest | null>;
  readonly attempts: Fact<AttemptFacts>;
  readonly budget: Fact<BudgetFacts>;
}

/** Null when it is unknown or there is none. */
export const campaignOf = ({ campaign }: Pick<Facts, 'campaign'>): Campaign | null =>
  campaign.known ? (campaign.value?.campaign ?? null) : null;

/** Everything but attempts and budget, which are reserved rather than read. */
export type FixedFacts = Omit<Facts, 'attempts' | 'budget'>;
