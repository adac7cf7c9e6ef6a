/** A wish to place one call, parsed; nothing in it is trusted beyond its shape. */
import type { AgentId, CallId, CampaignId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';
import type { Instant } from './time.ts';

/** What the dialer knows of the lead: more places in which the call must be lawful, see `places.ts`. */
export interface LeadFacts {
  /** Five digits or ZIP+4 as stored; ignored when it is neither or in no table. */
  readonly zip: string | null;
  /** Two-letter code as stored with the lead. */
  readonly state: string | null;
  /** What could be read of the stored address; left out when none was given, or parts without state and ZIP. */
  readonly address?: LeadAddress;
  readonly leadId: string | null;
  /** As the dialer or its data vendor tells; what is not told is unknown, and unknown counts as mobile. */
  readonly lineType: LineType;
}

/** See `lead-address.ts`. */
export type LeadAddress =
  | {
      /** `text`: found in a free text, so a ZIP without a state beside it may be something else. */
      readonly form: 'text' | 'parts';
      readonly state: string | null;
      readonly zip: string | null;
    }
  /** A free text in which neither could be read: the person is at a place that nobody knows. */
  | { readonly form: 'unread'; readonly state: null; readonly zip: null };

export const LINE_TYPES = ['landline', 'mobile', 'voip', 'unknown'] as const;
export type LineType = (typeof LINE_TYPES)[number];

/** What a do-not-call list can say of a line, strictest first: where it says two things of one number, the first counts. */
export const TOLD_LINE_TYPES = ['mobile', 'voip', 'landline'] as const;
export type ToldLineType = (typeof TOLD_LINE_TYPES)[number];

export const NO_LEAD_FACTS: LeadFacts = { zip: null, state: null, leadId: null, lineType: 'unknown' };

export interface OriginationRequest {
  readonly callId: CallId;
  readonly campaignId: CampaignId;
  /** As given, for the record when it cannot be parsed. */
  readonly numberText: string;
  /** Null when `numberText` is not a telephone number: vetoed, never thrown. */
  readonly number: PhoneNumber | null;
  readonly callerIdText: string;
  readonly callerId: PhoneNumber | null;
  readonly lead: LeadFacts;
  /** Automated or recorded sales message without an agent. */
  readonly automated: boolean;
  readonly requestedAt: Instant;
  /** Who will dial when the call is permitted; a dialer's own call has no channel that we could look for. */
  readonly placedBy: 'sidecar' | 'dialer';
  /** Who makes the call by hand; left out: whoever is ready when it is answered. */
  readonly agentId?: AgentId;
  /** Which door it came through. */
  readonly door: 'http' | 'agi' | 'cli' | 'ami';
}
