/** What the doors (HTTP, FastAGI, CLI, page) may ask for. Doors translate; they decide nothing. */
import type { AttestationRecord } from '../domain/attestation.ts';
import type { Outcome } from '../domain/call-result.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { ConsentEntry } from '../domain/consent.ts';
import type { Decision } from '../domain/decision.ts';
import type { Tally } from '../domain/drop-budget.ts';
import type { Facts } from '../domain/facts.ts';
import type { AgentId, CallId, CampaignId, SellerId, SupervisorId } from '../domain/ids.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { GivenAddress } from '../domain/lead-address.ts';
import type { LeadFacts, OriginationRequest } from '../domain/origination.ts';
import type { Place } from '../domain/places.ts';
import type { Override } from '../domain/override.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { ReassignedCheck } from '../domain/reassigned.ts';
import type { RelationshipRecord } from '../domain/relationship.ts';
import type { ScreenPop } from '../domain/screen-pop.ts';
import type { Instant } from '../domain/time.ts';
import type { AgentState } from '../ports/counters.ts';
import type { ListStatus } from '../ports/fact-sources.ts';
import type { LedgerQuery, LedgerReceipt } from '../ports/ledger.ts';
import type { Explanation } from '../rules/index.ts';
import type { RouteStatus } from './attest/route-status.ts';
import type { SignedHereFigures } from './attest/signed-here.ts';
import type { PeopleDoors } from './doors/people-doors.ts';
import type { CallerIdStatus } from './caller-ids.ts';
import type { LoggedWord, LogWordAnswer } from './dialer-log-words.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { CallerProofs } from './caller-proofs.ts';
import type { CanaryDesk } from './canary-desk.ts';
import type { MessageDoors } from './messages/message-doors.ts';
import type { Reloaded } from './reload-ruling.ts';
import type { NotedRequest } from './record-logged-request.ts';
import type { InboundCalls } from './recordings/inbound-calls.ts';
import type { RecordingDoors } from './recordings/recording-doors.ts';
import type { LedgerHolds } from './retention/ledger-holds.ts';
import type { Incidents } from './incidents.ts';
import type { SelfTest } from './self-test.ts';
import type { Dossier } from './evidence/dossier.ts';
import type { BoardedLevel } from './tell-levels.ts';
import type { Supervised, SupervisionRequest, SupervisorStatus } from './supervise-talks.ts';
import type { OperatorAction } from './operator-action.ts';

/** As it came through a door; bad numbers become vetoes, a bad campaign id or call id is an `InputProblem`. */
export interface ScreenInput {
  /** The caller's own id for idempotency; null makes one. */
  readonly callId: string | null;
  readonly campaignId: string;
  readonly number: string;
  /** Null takes the campaign's first caller ID. */
  readonly callerId: string | null;
  readonly lead: Omit<LeadFacts, 'address'> & { readonly address?: GivenAddress };
  readonly automated: boolean;
  readonly door: OriginationRequest['door'];
  /** Screen as of this instant; only for `decide`. Null is now. */
  readonly at: Instant | null;
}

export interface OriginationInput extends ScreenInput {
  /** Shown to the agent, and read out where the campaign says so. Facts that cannot be read out are an `InputProblem`. */
  readonly agentFacts?: readonly string[];
  /** The call is made by this agent, who must have come in here and be ready, else `AgentNotReady`; connected at the answer. */
  readonly agentId?: AgentId;
}

export interface Screened {
  readonly callId: CallId;
  readonly request: OriginationRequest;
  readonly facts: Facts;
  /** Every place the person may be, and why; the call is lawful in all of them or vetoed. */
  readonly places: readonly Place[];
  readonly decision: Decision;
  readonly decidedAt: Instant;
  readonly policyHash: string;
  /** False: the call id was decided before for a call with other data. Left out: it was not decided before, or for this call. */
  readonly sameCall?: false;
}

/** `repeated`: this call id was decided before, so whatever is reserved is the first answer's and not this one's. */
export interface ScreenAnswer extends Screened {
  readonly repeated: boolean;
  /** The campaign's safe-harbor message, as the exchange plays it; null when it is not fit. */
  readonly message: string | null;
}

/** A decision that was only asked for, laid open. */
export interface Explained extends Screened {
  readonly explanation: Explanation;
}

export interface OriginationAnswer extends Screened {
  /** `placed`: the exchange has taken the call. `repeated`: this call id was decided before; nobody was rung again. */
  readonly placement: 'placed' | 'repeated' | 'vetoed' | 'failed';
  readonly problem: string | null;
}

export interface CampaignStatus {
  readonly campaign: Campaign;
  readonly paused: boolean;
  readonly today: Tally;
  readonly block: Tally;
  readonly rolling: Tally;
  readonly inFlight: number;
  readonly agents: {
    readonly ready: number;
    readonly promised: number;
    readonly busy: number;
    readonly paused: number;
  };
  /** Drops that today and the block still leave room for, calls in flight included; never negative. */
  readonly budgetLeft: number;
  readonly dialLevel: DialLevelStatus;
  readonly promptProblem: string | null;
  /** False while counters are being rebuilt. */
  readonly rebuilt: boolean;
}

export interface DialLevelStatus {
  /** Lines ringing and talking, with those to open, per agent who takes calls; hundredths. */
  readonly levelHundredths: number;
  /** Lines that may be opened now. */
  readonly linesNow: number;
  /** Why it is what it is. */
  readonly because: string;
}

export interface ResultReport {
  readonly callId: string;
  /** Needed when the call was never screened. */
  readonly campaignId: string | null;
  /** Of a call that was never screened: a drop starts the rest of this number. Otherwise the decision's number stands. */
  readonly number?: string | null;
  readonly outcome: Outcome;
  readonly hangupCause: number | null;
  readonly sipStatus: number | null;
  readonly source: 'agi' | 'http' | 'dialer_log';
  /** A drop because nothing was said of an agent, not because somebody said that there was none: what is proven comes before it. */
  readonly unsaid?: boolean;
}

/** Every instant of a call from its ledger entries. */
export interface CallHistory {
  readonly callId: CallId;
  readonly state: 'vetoed' | 'in_progress' | 'settled';
  readonly entries: readonly LedgerEntry[];
}

/** What readiness looks at; each is one series of the figures. */
export const COMPONENTS = [
  'sidecar',
  'ledger',
  'counters',
  'exchange',
  'messages',
  'lists',
  'recordings',
] as const;
export type Component = (typeof COMPONENTS)[number];

export interface Readiness {
  readonly ready: boolean;
  readonly problems: readonly string[];
  /** Those of which some problem speaks. */
  readonly faulty: readonly Component[];
}

/** What may stand beside a wish. */
export interface WishNotes {
  readonly note?: string | null;
  /** As `SideFields.adjusted`. */
  readonly adjusted?: readonly string[];
}

export { InputProblem } from './input-problem.ts';

export interface Operations extends PeopleDoors {
  readonly recordings: RecordingDoors;
  readonly inbound: InboundCalls;
  readonly callers: CallerProofs;
  readonly events: DeadLetters;
  readonly messages: MessageDoors;
  readonly selfTest: SelfTest;
  readonly incidents: Incidents;
  readonly ledgerHolds: LedgerHolds;
  /** Every caller ID over every trunk; rejects when the records do not answer. */
  callerIds(): Promise<readonly CallerIdStatus[]>;
  /** See `CanaryDesk.run`. */
  runCanaries: CanaryDesk['run'];
  /** Loads configuration, campaigns and rules again. `by`: name of the token, or of the signal. */
  reload(by: string): Promise<Reloaded>;
  /** Why the newest reload was refused, so that what is in force is not what was wanted; null: it was taken, or there was none. */
  reloadProblems(): readonly string[] | null;
  /** Of the policy in force. */
  policyHash(): string;
  /** Of a campaign, also of one that a reload or a restart has taken out; null: the ledger never heard of it. */
  sellerOf(campaignId: CampaignId): Promise<SellerId | null>;
  /** Screen, and place the call when permitted. */
  originate(input: OriginationInput): Promise<OriginationAnswer>;
  /** Screen and reserve, for a dialer that places the call itself; the decision is durable when this resolves. */
  screen(input: ScreenInput): Promise<ScreenAnswer>;
  /** Screen only: reserves and records nothing. */
  decide(input: ScreenInput): Promise<Screened>;
  /** As `decide`, with what every rule found, where the person may be, and when the call would next be lawful. */
  explain(input: ScreenInput): Promise<Explained>;
  /** A permit from `screen` that never reached its asker: the call was not placed, everything is given back. */
  withdraw(callId: string, why: string): Promise<void>;
  /** The exchange says that the origination of a permit from `screen` came to nothing; the call's result where nothing else of it was heard. */
  originationFailed(callId: CallId): void;
  reportResult(report: ResultReport): Promise<'recorded' | 'repeated' | 'unscreened'>;
  /** See `dialer-log-words.ts`: of a call whose id the dialer does not know. */
  tellFromLog(word: LoggedWord): Promise<LogWordAnswer>;
  /** A request not to be called that a dialer's agent has noted: of the campaign's seller, once for each name. */
  requestFromLog(request: NotedRequest): Promise<LedgerReceipt>;
  optOut(
    request: {
      readonly number: PhoneNumber;
      readonly sellerId: SellerId;
      readonly channel: string;
      readonly callId: string | null;
    } & WishNotes,
  ): Promise<LedgerReceipt>;
  recordConsent(record: ConsentEntry): Promise<LedgerReceipt>;
  confirmConsent(request: {
    readonly consentId: string;
    readonly number: PhoneNumber;
    readonly sellerId: SellerId;
    readonly channel: string;
  }): Promise<LedgerReceipt>;
  recordRelationship(record: RelationshipRecord): Promise<LedgerReceipt>;
  recordReassigned(record: ReassignedCheck): Promise<LedgerReceipt>;
  /** Durable when this resolves. */
  recordAction(action: OperatorAction): Promise<void>;
  recordOverride(record: Omit<Override, 'recordedAt'>): Promise<LedgerReceipt>;
  revokeConsent(
    request: {
      readonly number: PhoneNumber;
      readonly sellerId: SellerId;
      readonly channel: string;
    } & Pick<WishNotes, 'adjusted'>,
  ): Promise<LedgerReceipt>;
  /** `onceAs`: what makes a repeat of it the same. Left out: each is a record of its own. */
  recordAttestation(record: AttestationRecord, onceAs?: string): Promise<LedgerReceipt>;
  /** Of every caller ID and trunk that a campaign uses or a record names: what is known, and what is demanded. */
  attestations(): Promise<readonly RouteStatus[]>;
  /** Null: nobody mirrors what the exchange sends. */
  signedHere(): SignedHereFigures | null;
  setAgentState(
    agentId: AgentId,
    state: AgentState,
    campaignIds: readonly CampaignId[] | null,
  ): Promise<void>;
  /** Lets a supervisor into the talk of a live call. Rejects when the ledger cannot be written: then nobody is let in. */
  supervise(request: SupervisionRequest): Promise<Supervised>;
  /** Out of the talk the supervisor is at; false when there is none. */
  release(supervisorId: SupervisorId, who: string): Promise<boolean>;
  /** Who has come in, and at which talk they are. */
  supervisors(): readonly SupervisorStatus[];
  pause(campaignId: CampaignId, who: string, why: string): Promise<void>;
  resume(campaignId: CampaignId, who: string, why: string): Promise<void>;
  campaigns(): Promise<readonly CampaignStatus[]>;
  campaign(campaignId: CampaignId): Promise<CampaignStatus | null>;
  /** The dial level that dialers were told last; null: none in this life. */
  toldLevel(campaignId: CampaignId): BoardedLevel | null;
  /** Do-not-call lists: the versions decisions stand on now, and what is wrong with the others. */
  lists(): readonly ListStatus[];
  /** Null when the ledger knows nothing of the call. */
  call(callId: CallId): Promise<CallHistory | null>;
  entries(query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  /** Everything on record about one number as of now, with its proof; decisions and calls after `afterId`. */
  evidence(number: PhoneNumber, afterId: number): Promise<Dossier>;
  /** See `Screens.follow`: the calls of one agent, as they come and go. */
  followScreen(agentId: AgentId, listener: (pop: ScreenPop) => void): { unsubscribe(): void };
  follow(listener: (entry: LedgerEntry) => void): { unsubscribe(): void };
  readiness(): Promise<Readiness>;
  now(): Instant;
}
