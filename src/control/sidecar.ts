/** What every use case is handed: ports, settings, and the few things that are true of the whole sidecar. */
import type { CallerIdRest } from '../domain/caller-health.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { MeasuredConnect } from '../domain/connect-times.ts';
import type { DialLimits } from '../domain/dial-limits.ts';
import type { Fact } from '../domain/facts.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { Briefings } from '../ports/briefings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Counters } from '../ports/counters.ts';
import type { CountersFence } from '../ports/counters-fence.ts';
import type { ComplianceRecords } from '../ports/fact-sources.ts';
import type { EventTarget } from '../ports/event-targets.ts';
import type { IdentityVerifier } from '../ports/identity-verifier.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { LevelOutlet } from '../ports/level-outlets.ts';
import type { Log } from '../ports/log.ts';
import type { QueueFloor } from '../ports/queue-floor.ts';
import type { Recordings } from '../ports/recordings.ts';
import type { ScreenPopTarget } from '../ports/screen-pops.ts';
import type { Telephony } from '../ports/telephony.ts';
import type { Ruling } from './ruling.ts';

/** What lasts as long as the process. */
export interface Station {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly records: ComplianceRecords;
  readonly counters: Counters;
  /** Left out: the counters are this process's own. */
  readonly countersFence?: CountersFence;
  readonly telephony: Telephony;
  readonly recordings: Recordings;
  /** Left out: no agent is told of a lead. */
  readonly briefings?: Briefings;
  /** Left out: only who follows an agent is told. */
  readonly screenPops?: ScreenPopTarget;
  /** Who is told of dial levels besides those who ask; left out: nobody. */
  readonly levelOutlets?: readonly LevelOutlet[];
  /** Programs that are told of ledger entries; left out: none. */
  readonly eventTargets?: readonly EventTarget[];
  /** Left out: no queue has members that we could know. */
  readonly queues?: QueueFloor;
  /** Left out: nobody looks at what a call proves of its caller. */
  readonly identity?: IdentityVerifier;
  readonly log: Log;
  /** Random, unguessable, 1 to 64 token characters. */
  readonly newCallId: () => string;
  /** The ruling of now; a reload may have put another one in force by the next time it is asked. */
  readonly inForce: () => Ruling;
}

/** A station under one ruling, for one decision or one piece of work. MUST NOT be kept longer than that. */
export interface Sidecar extends Station, Ruling {}

/** The station under the ruling of now. */
export const underRuling = (station: Station): Sidecar => ({ ...station, ...station.inForce() });

export interface Duty {
  /** Shutting down: no new calls; live ones finish. */
  isDraining(): boolean;
  /** False from a (re)connection until what the exchange did without us is in the ledger: an opt-out may be among it. */
  isReconciled(): boolean;
  /**
   * Counters of at least one campaign have not been rebuilt. Attempts belong to the seller, so until all are, none can be believed.
   */
  isRebuilding(): boolean;
  /** What pacer and operator let an origination of the campaign do now. */
  limits(campaign: Campaign): DialLimits;
  /** As `Facts.callerIdRest`; undefined where the campaign lets the caller ID never rest. Left out: none ever does. */
  callerIdRest?(campaign: Campaign, callerId: PhoneNumber): Fact<CallerIdRest | null> | undefined;
  /** As `CampaignState.measured`. */
  measured(campaign: Campaign): Fact<MeasuredConnect> | null;
}
