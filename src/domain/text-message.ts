/**
 * A wish to send one text message, and what a campaign's settings say of its texts. Under the TCPA a text is a call: whoever has asked
 * not to be called is not texted either, and the other way round.
 */
import type { ConsentRecord } from './consent.ts';
import type { CallId, SellerId } from './ids.ts';
import type { OriginationRequest } from './origination.ts';
import type { Instant } from './time.ts';

/** What may be asked for. The other texts are answers to a person and are only made by what the person wrote. */
export const TEXT_PURPOSES = ['marketing', 'opt_in_request'] as const;
export type TextPurpose = (typeof TEXT_PURPOSES)[number];

export const TEXT_REPLIES = ['opt_out_confirmation', 'help'] as const;
export type TextReplyPurpose = (typeof TEXT_REPLIES)[number];

/** One limit of texts to one number in a rolling window. */
export interface TextLimit {
  readonly max: number;
  readonly perHours: number;
}

export interface TextSettings {
  /** E.164 numbers that are caller IDs of the campaign, and short codes of 5 or 6 digits. */
  readonly senders: readonly string[];
  /** False counts only under an override (`text_double_opt_in`). */
  readonly doubleOptIn: boolean;
  readonly limit: TextLimit;
  /** A text reaches the person so long after the permit at the latest; the calling hours are judged with it. */
  readonly deliverWithinSeconds: number;
  /** As they are sent, placeholders filled in. */
  readonly templates: {
    readonly optInRequest: string;
    readonly optOutConfirmation: string;
    readonly help: string;
  };
}

export interface TextRequest {
  /** The asker's own id: asked again with it, the first decision stands. */
  readonly messageId: CallId;
  readonly purpose: TextPurpose;
  /** As given: the number or short code it is sent from. */
  readonly sender: string;
  /** What the person will read; null for a request to confirm, whose words are the campaign's. */
  readonly text: string | null;
  /** The same person, number and lead as a call: the rules on calls bind texts. */
  readonly call: OriginationRequest;
}

/** What the ledger says of texts, and of contacts, to one number for one seller. */
export interface TextHistory {
  /** The newest consent to texts of this seller, revoked or not. */
  readonly newest: ConsentRecord | null;
  /** Newest confirmation of that very record, null when none. */
  readonly confirmedAt: Instant | null;
  /** Other sellers with a consent to texts of this number; for the reason, never for a permit. */
  readonly otherSellers: readonly SellerId[];
  /** The one request to confirm that very record, null when nobody has asked. */
  readonly optIn: { readonly messageId: string; readonly requestedAt: Instant } | null;
  /** Texts permitted within the campaign's window, this one not included. */
  readonly texts: number;
  /** Texts and calls permitted within `contactHours`, this one not included. */
  readonly contacts: number;
  readonly contactHours: number;
}
