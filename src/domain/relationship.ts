/** An established business relationship, as recorded (47 CFR 64.1200(f)(5); 16 CFR 310.2(q), 310.5(a)(5)). */
import type { RelationshipRecordedBody } from './entry-bodies.ts';
import type { SellerId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';
import type { LocalDate } from './time.ts';

export const RELATIONSHIP_KINDS = ['purchase', 'inquiry'] as const;
export type RelationshipKind = (typeof RELATIONSHIP_KINDS)[number];

export interface RelationshipRecord {
  readonly relationshipId: string;
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
  /** `purchase`: purchase or transaction; `inquiry`: inquiry or application. */
  readonly kind: RelationshipKind;
  readonly occurredOn: LocalDate;
  /** What was bought or asked about. */
  readonly subject: string;
  /** Last day of an open contract, account or debt; null when there is none. Only of a purchase. */
  readonly contractUntil: LocalDate | null;
  /** Where it can be looked up: order, ticket, call id. */
  readonly source: string;
}

/** The newest of each kind; the same day recorded again replaces it. */
export interface RelationshipView {
  readonly purchase: RelationshipRecord | null;
  readonly inquiry: RelationshipRecord | null;
}

/** The shape was checked when the entry was written. */
export const relationshipOf = (body: RelationshipRecordedBody): RelationshipRecord => ({
  relationshipId: body.relationshipId,
  number: body.number as PhoneNumber,
  sellerId: body.sellerId as SellerId,
  kind: body.kind,
  occurredOn: body.occurredOn as LocalDate,
  subject: body.subject,
  contractUntil: body.contractUntil as LocalDate | null,
  source: body.source,
});
