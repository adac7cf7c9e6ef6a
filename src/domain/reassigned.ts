/** What the reassigned-numbers database answered (47 CFR 64.1200(m)): has the number changed hands since a date? */
import type { ReassignedCheckedBody } from './entry-bodies.ts';
import type { SellerId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';
import { type Instant, instant, type LocalDate } from './time.ts';

/** `no`: not disconnected since the date asked about. `no_data`: the database does not know. */
export const REASSIGNED_ANSWERS = ['no', 'yes', 'no_data'] as const;
export type ReassignedAnswer = (typeof REASSIGNED_ANSWERS)[number];

export interface ReassignedCheck {
  readonly checkId: string;
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
  readonly queriedAt: Instant;
  /** The date that was asked about: the day of the consent or of the last contact. */
  readonly since: LocalDate;
  readonly answer: ReassignedAnswer;
}

/** The newest consent to a seller, and what says whether the database must be asked about it. */
export interface AskableConsent {
  readonly number: PhoneNumber;
  readonly givenAt: Instant;
  readonly expiresAt: Instant | null;
  /** Newest revocation for this seller; a request not to be called is one. */
  readonly revokedAt: Instant | null;
  /** Newest answer for this seller. */
  readonly check: ReassignedCheck | null;
}

/** A number that the database must be asked about. */
export interface DueQuery {
  readonly number: PhoneNumber;
  /** The date to ask about. */
  readonly since: LocalDate;
  /** Why what is on record does not do. */
  readonly problem: string;
}

/** The shape was checked when the entry was written. */
export const reassignedOf = (body: ReassignedCheckedBody): ReassignedCheck => ({
  checkId: body.checkId,
  number: body.number as PhoneNumber,
  sellerId: body.sellerId as SellerId,
  queriedAt: instant(Date.parse(body.queriedAt)),
  since: body.since as LocalDate,
  answer: body.answer,
});

/**
 * May `next`, asked no earlier, take the place of the answer that stands? A "no" that was asked about less time does not undo a "yes" or a
 * missing answer: the hand-over may lie before what it was asked about. Nor does one of the same instant, as the lines of one file are:
 * they contradict each other. Of two "no" of one instant the one that covers more stands. So the order of lines does not matter.
 */
export function isCleared(stands: ReassignedCheck | undefined, next: ReassignedCheck): boolean {
  if (stands === undefined || next.answer !== 'no') return true;
  const isLater = next.queriedAt > stands.queriedAt;
  const coversAsMuch = next.since <= stands.since;
  return stands.answer === 'no' ? isLater || coversAsMuch : isLater && coversAsMuch;
}
