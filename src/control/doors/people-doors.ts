/** What the further doors may ask for: files, text messages, webhooks, declared emergencies. Each ends in the same ledger entries. */
import type { Json } from '../../domain/canonical-json.ts';
import type { RecordedEmergency } from '../../domain/emergency.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { DueQuery } from '../../domain/reassigned.ts';
import type { FieldProblem, Fields } from '../../domain/request-fields.ts';
import type { Instant, LocalDate } from '../../domain/time.ts';
import type { Settlement, UnclearRequest } from '../../domain/unclear-request.ts';
import type { WebhookMapping } from '../../domain/webhook-event.ts';
import type { WishFields } from '../../domain/wish-fields.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';

/** `written` and `standing` are durable when this is answered; the rest was refused, by its place in the batch, counted from 0. */
export interface Imported {
  readonly written: number;
  readonly standing: number;
  /** Of those written: a field beside the request was cut, replaced or left out, and the entry says so. */
  readonly adjusted: number;
  readonly rejected: readonly (FieldProblem & { readonly index: number })[];
}

interface Batch<Row> {
  readonly sellerId: SellerId;
  readonly rows: readonly Row[];
}

export interface ImportBatch<Row> extends Batch<Row> {
  /** For lines that do not say it. */
  readonly channel: string;
  /** What was done to fields of the batch; stands in each of its entries. */
  readonly adjusted?: readonly string[];
}

/** Answers of the reassigned-numbers database; `queriedAt` and `since` for lines that do not say it, null: each must. */
export interface ReassignedBatch extends Batch<Fields> {
  readonly queriedAt: Instant | null;
  readonly since: LocalDate | null;
}

export interface DuePage {
  readonly sellerId: SellerId;
  /** Null: from the first number. */
  readonly after: PhoneNumber | null;
  /** Judged as if it were then; null: now. */
  readonly at: Instant | null;
  readonly limit: number;
}

export interface DueQueries {
  /** By number; none, or fewer than asked for, does not mean that there are no more. */
  readonly queries: readonly DueQuery[];
  /** The number to go on after; null at the end. */
  readonly next: PhoneNumber | null;
}

/** An inbound text as a gateway reports it. */
export interface InboundText {
  /** As it came. */
  readonly from: string;
  /** As it came; empty, or no number, where the seller is named. */
  readonly to: string;
  readonly text: string;
  readonly receivedAt: Instant;
  /** The gateway's own id of the message; null when it gives none. */
  readonly messageId: string | null;
  /** As it came. Null: whoever calls, or called, with the number it was sent to. */
  readonly seller: string | null;
  /** As `SideFields.adjusted`. */
  readonly adjusted: readonly string[];
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
  readonly importOptOuts: (batch: ImportBatch<WishFields>) => Promise<Imported>;
  readonly importConsents: (batch: ImportBatch<Fields>) => Promise<Imported>;
  /** `InputProblem` for a query that lies ahead of our clock. */
  readonly importReassigned: (batch: ReassignedBatch) => Promise<Imported>;
  /** Numbers that the reassigned-numbers database must be asked about before a call can stand on the consent of the person. */
  readonly dueQueries: (page: DuePage) => Promise<DueQueries>;
  /** A text that belongs to no seller, or comes from no number, is recorded as such (`text_unmatched`), then refused with an `InputProblem`. */
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
