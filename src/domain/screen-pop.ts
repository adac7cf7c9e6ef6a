/**
 * What the program on an agent's screen is told of a call. Like the briefing it is the dialer's data about a person: it is shown, and
 * kept nowhere.
 */
import type { AgentId, CallId, CampaignId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';
import { formatInstant, type Instant } from './time.ts';

/** What the dialer says of the person, beyond what the decision stands on. */
export interface LeadNote {
  /** The dialer's own id of the lead. */
  readonly leadId: string | null;
  /** As they are read out to the agent where the campaign says so; `parseBriefing` has looked at them. */
  readonly facts: readonly string[];
}

export const NO_LEAD_NOTE: LeadNote = { leadId: null, facts: [] };

/**
 * `reserved`: the agent is to get the person, whose telephone may still ring. `connected`: they talk. `released`: the agent will not
 * get the person. `ended`: their talk is over.
 */
export const SCREEN_EVENTS = ['reserved', 'connected', 'released', 'ended'] as const;
export type ScreenEvent = (typeof SCREEN_EVENTS)[number];

/** What the ledger says of the call; instants RFC 3339. */
export interface ScreenRecord {
  /** Ledger id of the decision the call stands on; null: it is not on record. */
  readonly decisionId: number | null;
  /** The consent that decision saw; null when there is none. */
  readonly consent: {
    readonly consentId: string;
    readonly kind: string;
    readonly givenAt: string;
    readonly source: string;
  } | null;
  /** Newest first: earlier calls of the seller to the number, at most five. */
  readonly earlier: readonly {
    readonly callId: string;
    readonly campaignId: string;
    readonly outcome: string;
    readonly at: string;
  }[];
}

export interface ScreenPop extends LeadNote {
  readonly event: ScreenEvent;
  readonly at: Instant;
  readonly agentId: AgentId;
  readonly callId: CallId;
  readonly campaignId: CampaignId;
  readonly number: PhoneNumber;
  /** To the target outside, when an agent gets a person. Null: the ledger did not answer in time. */
  readonly record?: ScreenRecord | null;
}

/** As it is sent, over HTTP and to the target outside. */
export const screenPopDocument = (pop: ScreenPop): Readonly<Record<string, unknown>> => ({
  event: pop.event,
  at: formatInstant(pop.at),
  agent: pop.agentId,
  call_id: pop.callId,
  campaign: pop.campaignId,
  number: pop.number,
  lead_id: pop.leadId,
  facts: pop.facts,
  ...(pop.record === undefined ? {} : { record: pop.record === null ? null : recordDocument(pop.record) }),
});

const recordDocument = ({
  decisionId,
  consent,
  earlier,
}: ScreenRecord): Readonly<Record<string, unknown>> => ({
  decision_id: decisionId,
  consent:
    consent === null
      ? null
      : {
          consent_id: consent.consentId,
          kind: consent.kind,
          given_at: consent.givenAt,
          source: consent.source,
        },
  earlier: earlier.map(({ callId, campaignId, outcome, at }) => ({
    ...{ call_id: callId, campaign: campaignId, outcome, at },
  })),
});
