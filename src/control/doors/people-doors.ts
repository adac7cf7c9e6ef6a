/** What the further doors may ask for: files, text messages, webhooks, declared emergencies. Each ends in the same ledger entries. */
import type { Json } from '../../domain/canonical-json.ts';
import type { RecordedEmergency } from '../../domain/emergency.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { FieldProblem, Fields } from '../../domain/request-fields.ts';
import type { Instant, LocalDate } from '../../domain/time.ts';
import type { Settlement, UnclearRequest } from '../../domain/unclear-request.ts';
import type { WebhookMapping } from '../../domain/webhook-event.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';

/** `written` and `standing` are durable when this is answered; the rest was refused, by its place in the batch, counted from 0. */
export interface Imported {
  readonly written: number;
  readonly standing: number;
  readonly rejected: readonly (FieldProblem & { readonly index: number })[];
}

export interface ImportBatch {
  readonly sellerId: SellerId;
  /** For lines that do not say it. */
  readonly channel: string;
  readonly rows: readonly Fields[];
}

/** An inbound text as a gateway reports it. */
export interface InboundText {
  readonly from: PhoneNumber;
  readonly to: PhoneNumber;
  readonly text: string;
  readonly receivedAt: Instant;
  /** The gateway's own id of the message. */
  readonly messageId: string;
  /** Null: whoever calls with the number it was sent to. */
  readonly sellerId: SellerId | null;
}

export interface TextTaken {
  /** `unclear`: the number is not called until somebody has settled it. */
  readonly meaning: 'revocation' | 'unclear';
  /** The word that was found, as it stands in the law data. */
  readonly word: string | null;
  /** One for each seller it was said to. */
  readonly receipts: readonly LedgerReceipt[];
}

export interface EmergencyDeclaration {
  /** Two-letter code. */
  readonly state: string;
  readonly from: LocalDate;
  readonly until: LocalDate | null;
  readonly source: string;
  readonly who: string;
}

export interface PeopleDoors {
  readonly importOptOuts: (batch: ImportBatch) => Promise<Imported>;
  readonly importConsents: (batch: ImportBatch) => Promise<Imported>;
  readonly receiveText: (text: InboundText) => Promise<TextTaken>;
  /** Oldest first. */
  readonly unclearRequests: (limit: number) => Promise<readonly UnclearRequest[]>;
  /** The first settlement stands, but an opt-out is recorded whenever somebody says it is one. */
  readonly settleRequest: (settlement: {
    readonly requestId: string;
    readonly as: Settlement;
    readonly who: string;
    readonly why: string;
  }) => Promise<LedgerReceipt>;
  /** `InputProblem` for an event that the mapping cannot read. */
  readonly receiveEvent: (event: Json, mapping: WebhookMapping) => Promise<LedgerReceipt>;
  readonly declareEmergency: (declaration: EmergencyDeclaration) => Promise<LedgerReceipt>;
  /** Ends every declared emergency of the place with this day; rows of `operator.yaml` stay. */
  readonly endEmergency: (
    end: Omit<EmergencyDeclaration, 'from' | 'until'> & { readonly until: LocalDate },
  ) => Promise<LedgerReceipt>;
  readonly emergencies: () => Promise<readonly RecordedEmergency[]>;
}
