/** A campaign is one seller with one offer: the unit in which the law counts drops. Settings are data, checked when loaded. */
import type { AttestationLevel, AttestationWay, OnLower } from './attestation.ts';
import type { RestPolicy } from './caller-health.ts';
import type { ConsentMode } from './consent.ts';
import type { DropAlerts } from './drop-alert.ts';
import type { AgentId, CampaignId, SellerId, SupervisorId } from './ids.ts';
import type { MachineDetection } from './machine-detection.ts';
import type { PhoneNumber } from './phone-number.ts';
import type { RefusalPolicy, RetentionProfile } from './recording.ts';
import type { TextSettings } from './text-message.ts';
import type { LocalDate } from './time.ts';

export const TOPIC_MATCHES = ['off', 'exact'] as const;
export type TopicMatch = (typeof TOPIC_MATCHES)[number];

export const PACING_MODES = ['predictive', 'progressive', 'preview'] as const;
export type PacingMode = (typeof PACING_MODES)[number];

/** Whose pace binds: ours, or that of the dialer, to whom ours is advice. */
export const PACED_BY = ['breakwater', 'dialer'] as const;

export interface PacingSettings {
  readonly by: (typeof PACED_BY)[number];
  /** With fewer agents there is one line for each free one. */
  readonly agentsMin: number;
  /** Lines in flight at once; null: no limit. */
  readonly linesMax: number | null;
  /** Lines opened within one second; null: no limit. */
  readonly callsPerSecondMax: number | null;
}

/** When a promised agent gets the person: at the end of the greeting, or as soon as the telephone is answered. */
export const CONNECT_AT = ['at_greeting_end', 'at_answer'] as const;
export type ConnectAt = (typeof CONNECT_AT)[number];

/** A seller's registration or licence as a telemarketer in one place; dates are calendar dates there, both included. */
export interface SellerRegistration {
  /** Two-letter code of the place. */
  readonly state: string;
  /** As the place issued it. */
  readonly number: string;
  readonly from: LocalDate;
  /** Null: it does not expire. */
  readonly until: LocalDate | null;
  /** Surety behind it in whole dollars; null when there is none. */
  readonly bond: { readonly usd: number; readonly until: LocalDate | null } | null;
  /** Where it can be looked up: certificate, address of the register. */
  readonly source: string;
}

export interface Seller {
  readonly id: SellerId;
  /** As spoken in the safe-harbor message and to the called party. */
  readonly name: string;
  /** Takes do-not-call requests in business hours (47 CFR 64.1200(a)(7)(i)(A)). */
  readonly callbackNumber: PhoneNumber;
  readonly registrations: readonly SellerRegistration[];
}

export interface CallerIdSetting {
  readonly number: PhoneNumber;
  /** Contract or other proof of the right to use the number (16 CFR 310.5(a)(2)(ix)). */
  readonly proofOfRight: string;
  /** Calls back to this number reach somebody who takes do-not-call requests. */
  readonly takesDoNotCallRequests: boolean;
  /** When it rests from calls after networks have blocked some; left out: never. */
  readonly rest?: RestPolicy;
}

/** What makes a person who was handed over to a place in the dialplan connected: a bridge with somebody, or the hand-over itself. */
export const CONNECTED_BY = ['bridge', 'handover'] as const;

/** Which caller ID a call has that names none. */
export const CALLER_ID_CHOICES = ['first', 'rested'] as const;
export type CallerIdChoice = (typeof CALLER_ID_CHOICES)[number];

/** Where one agent sits. */
export interface AgentSeat {
  readonly agent: AgentId;
  /** Two-letter code. */
  readonly place: string;
}

/** Who talks to the person: our own agents parked in Stasis, or a place in the dialplan (queue, foreign dialer). */
export type AgentDestination =
  | { readonly kind: 'stasis' }
  | {
      readonly kind: 'dialplan';
      readonly context: string;
      readonly extension: string;
      readonly priority: number;
      /** Lines the destination can take at once; reported by `PUT /v1/agents/:id/state` otherwise. */
      readonly capacity: number;
      /**
       * The operator's word that whoever is handed over there hears a voice at once. Left out: a person handed over is connected when
       * bridged with somebody, within the two seconds.
       */
      readonly connectedBy?: 'handover';
    };

export interface Campaign {
  readonly id: CampaignId;
  readonly seller: Seller;
  readonly offer: string;
  /** First day of the campaign; the law's 30-day blocks are anchored here. */
  readonly startedOn: LocalDate;
  /** Zone of the campaign's own calendar day for drop counting. */
  readonly zone: string;
  readonly mode: PacingMode;
  readonly consent: {
    readonly mode: ConsentMode;
    readonly basis: string | null;
    /** A consent counts only when the person has confirmed it. */
    readonly doubleOptIn: boolean;
    /** Whether a consent must be about `topic`; off by default (the rule that asked for it was vacated, law of 2025-01-24). */
    readonly topicMatch: TopicMatch;
    readonly topic: string | null;
  };
  /** Where the reassigned-numbers database must be asked: where the law says so, or for every consent that is old enough. */
  readonly reassigned: { readonly check: 'law' | 'everywhere' };
  readonly callerIds: readonly CallerIdSetting[];
  /** Left out: the first. */
  readonly callerIdChoice?: CallerIdChoice;
  /** While the ledger's store is away decisions are recorded on the sidecar's disk; left out: every call is vetoed. */
  readonly whenLedgerAway?: 'spool';
  /** Dial string with `{number}` (E.164 digits without plus) in it, for example `PJSIP/{number}@carrier`. */
  readonly endpoint: string;
  readonly ring: { readonly atLeastSeconds: number; readonly atMostSeconds: number };
  readonly greeting: {
    /** Silence that ends the greeting. */
    readonly silenceMs: number;
    /** Mean sample magnitude that counts as talk. */
    readonly talkThreshold: number;
    /** Mean sample magnitude that stands out of background noise; asked when talk does not end. */
    readonly noiseThreshold: number;
    /** Sound that never ends: the greeting is taken as ended this long after answer. */
    readonly longestMs: number;
  };
  /** Left out: every answer is taken for a person. */
  readonly machineDetection?: MachineDetection;
  readonly connect: ConnectAt;
  readonly connectWithinMs: number;
  /** 300 is 3 %. */
  readonly dropRateMaxBp: number;
  /** Where alert bands begin, in basis points; what is left out is a share of the ceiling (`dropAlertsOf`). */
  readonly dropAlerts?: Partial<DropAlerts>;
  /** Lines per agent who takes calls, at most. */
  readonly dialLevelMax: number;
  /** Left out in policies that were recorded before there was a pacer: then only the budget refuses. */
  readonly pacing?: PacingSettings;
  /** A person who finds no agent ready at the end of the greeting waits for one at most until so long after it. Left out: not at all. */
  readonly waitForAgentMs?: number;
  readonly attempts: { readonly max: number; readonly perHours: number };
  readonly dropLockoutHours: number;
  /** Settings looser than the house's default: they count only under an override. Left out when there is none. */
  readonly loosened?: {
    readonly attempts?: { readonly max: number; readonly perHours: number };
    readonly dropLockoutHours?: number;
  };
  readonly attestation: {
    readonly minimum: AttestationLevel | 'none';
    readonly maxAgeHours: number;
    readonly ways: readonly AttestationWay[];
    /** What becomes of a call that is seen leaving below the minimum; left out: it goes on. */
    readonly onLower?: OnLower;
  };
  readonly recording: {
    readonly enabled: boolean;
    readonly disclosure: 'law' | 'everywhere';
    readonly retention: RetentionProfile;
    /** The key with which the person refuses to be recorded; null: no key does. */
    readonly refusalDigit: string | null;
    readonly onRefusal: RefusalPolicy;
    /** Both ends hear a beep this often while they are recorded; 0: never. */
    readonly beepSeconds: number;
  };
  /** Left out: the campaign sends no text messages. */
  readonly texts?: TextSettings;
  readonly safeHarbor: {
    /** The key that opts out. */
    readonly optOutDigit: string;
    readonly language: string;
    readonly voice: string;
  };
  readonly agents: {
    readonly destination: AgentDestination;
    /** Two-letter code of the place the agents sit in; null when unknown (counts as a disclosure place). */
    readonly place: string | null;
    readonly members: readonly AgentId[];
    /** Queues of the exchange whose members are the campaign's agents; left out: none. */
    readonly queues?: readonly string[];
    /** Agents who sit elsewhere than `place`. Left out in policies that were recorded before seats were known. */
    readonly seats?: readonly AgentSeat[];
    readonly wrapUpSeconds: number;
    /** The agent hears the facts of the lead, which come with the origination, before the person; left out: no. */
    readonly briefing?: boolean;
  };
  /** Who may listen to its talks, whisper to its agents and join; nobody else may. */
  readonly supervisors: readonly SupervisorId[];
}
