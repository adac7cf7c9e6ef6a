/** What the doors may ask for about text messages. */
import type { ConsentEntry } from '../../domain/consent.ts';
import type { Decision } from '../../domain/decision.ts';
import type { OriginationRequest } from '../../domain/origination.ts';
import type { Place } from '../../domain/places.ts';
import type { TextPurpose, TextReplyPurpose } from '../../domain/text-message.ts';
import type { Instant } from '../../domain/time.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import type { InboundText, TextTaken } from '../doors/people-doors.ts';
import type { ScreenInput } from '../operations.ts';

/** As it came through a door; bad numbers become vetoes, a bad id is an `InputProblem`. */
export interface TextInput extends Pick<ScreenInput, 'campaignId' | 'number' | 'lead'> {
  /** Null makes one. */
  readonly messageId: string | null;
  readonly purpose: TextPurpose;
  /** Null takes the campaign's first sender. */
  readonly sender: string | null;
  /** Must be null for a request to confirm. */
  readonly text: string | null;
}

export interface TextAnswer {
  readonly messageId: string;
  readonly purpose: TextPurpose;
  readonly request: OriginationRequest;
  readonly sender: string;
  /** What is to be sent, word by word; null on a veto. */
  readonly text: string | null;
  readonly places: readonly Place[];
  readonly decision: Decision;
  readonly decidedAt: Instant;
  readonly policyHash: string;
  /** This message id was decided before. */
  readonly repeated: boolean;
}

/** A text that the gateway is to send now; its decision is durable. */
export interface TextReply {
  readonly messageId: string;
  readonly purpose: TextReplyPurpose;
  readonly sellerId: string;
  readonly to: string;
  readonly sender: string;
  readonly text: string;
  /** Later it must not be sent. */
  readonly sendBefore: Instant;
}

export interface MessageTaken {
  /** `unclear`: neither call nor text to the number until somebody has settled it. */
  readonly meaning: TextTaken['meaning'] | 'confirmation' | 'help';
  readonly word: string | null;
  readonly receipts: readonly LedgerReceipt[];
  /** None where nothing may be sent. */
  readonly replies: readonly TextReply[];
}

export interface MessageDoors {
  /** The decision is durable when this resolves. */
  screen(input: TextInput): Promise<TextAnswer>;
  /** A consent to texts; one for calls is another record. */
  recordConsent(record: ConsentEntry): Promise<LedgerReceipt>;
  /** As `PeopleDoors.receiveText`, with the words that confirm and that ask for help, and with what is to be answered. */
  receive(text: InboundText): Promise<MessageTaken>;
}
