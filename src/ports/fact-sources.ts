/** Look-ups for one decision. Every promise may reject or hang: the caller sets the deadline and takes silence as unknown. */
import type { AreaCoverage } from '../domain/area-coverage.ts';
import type { AttestationRecord } from '../domain/attestation.ts';
import type { Brand } from '../domain/brand.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { ConsentView } from '../domain/consent.ts';
import type { RecordedEmergency } from '../domain/emergency.ts';
import type { InternalRequest, ListFacts, ListKind, ListVersion } from '../domain/facts.ts';
import type { CampaignId, SellerId } from '../domain/ids.ts';
import type { ToldLineType } from '../domain/origination.ts';
import type { Override } from '../domain/override.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { AskableConsent, ReassignedCheck } from '../domain/reassigned.ts';
import type { RelationshipView } from '../domain/relationship.ts';
import type { Instant } from '../domain/time.ts';
import type { UnclearRequest } from '../domain/unclear-request.ts';
import type { DoorRecords } from './door-records.ts';

/** Records that are projections of the ledger. Reads MUST see every entry whose append has resolved. */
export interface ComplianceRecords extends DoorRecords {
  /** All that one decision depends on, as of one instant. */
  standing(question: StandingQuestion): Promise<StandingRecords>;
  /**
   * The mark of now, for less than `standing` costs: as long as it stays, `standing` answers what it answered. `told`: what a receipt that
   * has just resolved brought along; where it comes from the same store nobody is asked.
   */
  mark(told?: RecordsMark): Promise<RecordsMark>;
  /** The seller's newest of each kind and place, in force or not. */
  overrides(sellerId: SellerId): Promise<readonly Override[]>;
  /** The newest consent of each number to a seller, by number: at most `limit` of those behind `after`. MUST NOT read those before it. */
  consentsTo(page: ConsentPage): Promise<readonly AskableConsent[]>;
  /** Of all caller IDs: the newest record of each trunk and way, ordered by caller ID, trunk and way. */
  attestations(): Promise<readonly AttestationRecord[]>;
  /** Ids of campaigns paused now. */
  pausedCampaigns(): Promise<readonly CampaignId[]>;
  /** Permitted calls without a result: what a restart must settle. Newest last. Without a question, all. */
  pendingPermits(which?: PendingQuestion): Promise<readonly PendingPermit[]>;
}

export interface PendingQuestion {
  /** Permits of these campaigns are left out. */
  readonly except: readonly CampaignId[];
  /** Only those decided then or earlier. */
  readonly decidedBy: Instant;
}

/**
 * Stands for all that `standing` reads, as of one instant. Every change of it MUST bring another mark, durable together with the
 * change and never used before; a change of something else may.
 */
export type RecordsMark = Brand<string, 'RecordsMark'>;
export const recordsMark = (text: string): RecordsMark => text as RecordsMark;

export interface ConsentPage {
  readonly sellerId: SellerId;
  /** Null: from the first. */
  readonly after: PhoneNumber | null;
  readonly limit: number;
}

export interface StandingQuestion {
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
  /** Null when it cannot be read: then nothing is attested. */
  readonly callerId: PhoneNumber | null;
}

export interface StandingRecords {
  /** Read together with all that follows. */
  readonly mark: RecordsMark;
  /** Newest request to this seller. */
  readonly internalRequest: InternalRequest | null;
  /** The oldest text of this person that nobody has settled, null when none. */
  readonly unclearRequest: UnclearRequest | null;
  readonly consent: ConsentView;
  /** Newest purchase and newest inquiry. */
  readonly relationship: RelationshipView;
  /** Newest answer of the reassigned-numbers database. */
  readonly reassigned: ReassignedCheck | null;
  /** As `ComplianceRecords.overrides`. */
  readonly overrides: readonly Override[];
  /** As `DoorRecords.emergencies`. */
  readonly emergencies: readonly RecordedEmergency[];
  /** Of the caller ID: the newest record of each trunk and way, ordered by trunk and way; those of every trunk first. */
  readonly attestations: readonly AttestationRecord[];
  /** Ids of campaigns paused now, of any seller. */
  readonly pausedCampaigns: readonly CampaignId[];
  /** The store of counters that was claimed last (`CountersFence`); null: none ever was. */
  readonly countersStore: string | null;
}

export interface PendingPermit {
  readonly callId: string;
  readonly campaignId: string;
  readonly number: string;
  /** Writer that decided. */
  readonly writer: string;
  /** RFC 3339 UTC. */
  readonly decidedAt: string;
}

/** Do-not-call lists in memory. */
export interface DoNotCallLists {
  /**
   * Rejects when a list that may bind the campaign should be there and is not, unless the rule itself misses it (the national
   * registry, a state's own list): then it is left out of `consulted`.
   */
  lookUp(number: PhoneNumber, campaign: Campaign): Promise<ListFacts>;
  status(): readonly ListStatus[];
}

/** One list as the sidecar has it. */
export interface ListStatus {
  readonly name: string;
  /** Null: not even that could be read. */
  readonly kind: ListKind | null;
  readonly jurisdiction: string | null;
  readonly campaignId: string | null;
  /** Null: calls the list may bind are vetoed. */
  readonly inForce: LoadedList | null;
  /** Why there is nothing in force, or why a newer version was not taken. */
  readonly problem: string | null;
}

/** A version in memory; goes into the ledger (`list_loaded`) before a decision stands on it. */
export interface LoadedList {
  readonly version: ListVersion;
  /** Different numbers. */
  readonly count: number;
  /** Lines that could not be read, over all sources. */
  readonly rejectedCount: number;
  /** Of the file, or of the manifest of an import, which names the hash of every page and source. */
  readonly sha256: string;
  readonly origin: 'file' | 'import';
  /** Of a public list; null where nobody said, which covers nothing, and for lists that know no area codes. */
  readonly areaCodes: AreaCoverage | null;
  /** Numbers that the list says are of a type; left out when it says nothing of its lines. */
  readonly lineTypes?: LineTypeCounts;
  /** Oldest first: a whole list and the changes since. */
  readonly sources: readonly ListSource[];
}

/** A number of which two things are said is counted for both. */
export type LineTypeCounts = Readonly<Partial<Record<ToldLineType, number>>>;

export interface ListSource {
  /** Name of the file without its folder. */
  readonly file: string;
  readonly mode: 'full' | 'delta';
  readonly sha256: string;
  readonly obtainedOn: string;
  /** RFC 3339 UTC; null for a file that is read at start. */
  readonly importedAt: string | null;
  readonly lines: number;
  readonly rejected: number;
}

/** Lists that get new versions while the sidecar runs. */
export interface ListVersions {
  /** Reads newer versions into memory beside those in force. Never rejects; MUST NOT be called again before it resolves. */
  findNewer(): Promise<NewerVersions>;
}

export interface NewerVersions {
  readonly ready: readonly ReadyList[];
  /** Each is told once, and again when it changes. */
  readonly problems: readonly {
    readonly name: string;
    readonly problem: string;
    readonly inForce: boolean;
  }[];
}

export interface ReadyList {
  readonly list: LoadedList;
  /** From now on decisions stand on it. At once, and MUST only be called when it is in the ledger. */
  putInForce(): void;
}
