/** What every use case is handed: ports, settings, and the few things that are true of the whole sidecar. */
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { Policy } from '../domain/policy.ts';
import type { Clock } from '../ports/clock.ts';
import type { Counters } from '../ports/counters.ts';
import type { ComplianceRecords, DoNotCallLists } from '../ports/fact-sources.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { Prompts } from '../ports/prompts.ts';
import type { Recordings } from '../ports/recordings.ts';
import type { Telephony } from '../ports/telephony.ts';

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

export interface Sidecar {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly records: ComplianceRecords;
  readonly lists: DoNotCallLists;
  readonly counters: Counters;
  readonly telephony: Telephony;
  readonly prompts: Prompts;
  readonly recordings: Recordings;
  readonly log: Log;
  readonly campaigns: ReadonlyMap<CampaignId, Campaign>;
  readonly policy: Policy;
  readonly limits: Limits;
  /** Random, unguessable, 1 to 64 token characters. */
  readonly newCallId: () => string;
}

export interface Duty {
  /** Shutting down: no new calls; live ones finish. */
  isDraining(): boolean;
  /** False from a (re)connection until what the exchange did without us is in the ledger: an opt-out may be among it. */
  isReconciled(): boolean;
  /**
   * Counters of at least one campaign have not been rebuilt. Attempts belong to the seller, so until all are, none can be believed.
   */
  isRebuilding(): boolean;
}
