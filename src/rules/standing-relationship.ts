/**
 * The relationship a call may stand on: a purchase or inquiry within the smallest of the federal and the place's window, in every place
 * the person may be. It ends at once with the person's request not to be called, and never excuses a recorded message
 * (47 CFR 64.1200(f)(5); 16 CFR 310.4(b)(1)(v)).
 */
import type { FixedFacts } from '../domain/facts.ts';
import { type FederalLaw, ifInForce, type RelationshipWindow } from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import type { RelationshipRecord, RelationshipView } from '../domain/relationship.ts';
import { daysBetween, type LocalDate } from '../domain/time.ts';
import { type DatedJurisdiction, datedJurisdictions } from './call-bounds.ts';

export type RelationshipAnswer =
  | { readonly holds: true; readonly record: RelationshipRecord }
  /** `state`: the place where it does not hold; null when it holds nowhere. */
  | {
      readonly holds: false;
      readonly problem: string;
      readonly state: string | null;
      readonly basis: string;
    };

interface Window {
  readonly purchaseDays: number;
  readonly inquiryDays: number;
  readonly currentCustomerOnly: boolean;
  readonly basis: string;
}

/** Months are counted in days (design ruling 9); the smallest window binds. */
function windowOf(federal: FederalLaw['relationship'], own: RelationshipWindow | null): Window {
  const inDays = (months: number): number => months * federal.monthDays;
  const purchase = Math.min(inDays(federal.purchaseMonths), federal.purchaseDays);
  const inquiry = Math.min(inDays(federal.inquiryMonths), federal.inquiryDays);
  if (own === null) {
    return {
      purchaseDays: purchase,
      inquiryDays: inquiry,
      currentCustomerOnly: false,
      basis: federal.citation,
    };
  }
  const ownPurchase = own.purchaseMonths === null ? purchase : inDays(own.purchaseMonths);
  return {
    // Where only customers of today count, the place's own window is the contract; the federal one binds as well.
    purchaseDays: own.currentCustomerOnly ? purchase : Math.min(purchase, ownPurchase),
    inquiryDays: Math.min(inquiry, own.inquiryDays ?? inquiry),
    currentCustomerOnly: own.currentCustomerOnly,
    basis: `${own.citation}; ${federal.citation}`,
  };
}

/** The last day of a window is in it; a window of no days has none. */
function within(record: RelationshipRecord, days: number, date: LocalDate): boolean {
  const age = daysBetween(record.occurredOn, date);
  return days > 0 && age >= 0 && age <= days;
}

const hasContract = ({ contractUntil }: RelationshipRecord, date: LocalDate): boolean =>
  contractUntil !== null && date <= contractUntil;

function holdsAt(
  { purchase, inquiry }: RelationshipView,
  window: Window,
  date: LocalDate,
): RelationshipRecord | null {
  if (
    purchase !== null &&
    within(purchase, window.purchaseDays, date) &&
    (!window.currentCustomerOnly || hasContract(purchase, date))
  ) {
    return purchase;
  }
  const inquired =
    inquiry !== null && !window.currentCustomerOnly && within(inquiry, window.inquiryDays, date);
  return inquired ? inquiry : null;
}

const isOf = (record: RelationshipRecord | null, request: OriginationRequest, seller: string): boolean =>
  record === null || (record.number === request.number && record.sellerId === seller);

export function standingRelationship(
  request: OriginationRequest,
  facts: FixedFacts,
  policy: Policy,
  places: readonly DatedJurisdiction[] = datedJurisdictions(request, facts.now, policy),
): RelationshipAnswer {
  const federal = policy.law.federal.relationship;
  const no = (
    problem: string,
    state: string | null = null,
    basis = federal.citation,
  ): RelationshipAnswer => ({
    holds: false,
    problem,
    state,
    basis,
  });
  if (!facts.relationship.known || !facts.internalRequest.known || !facts.campaign.known) {
    return no('what is on record could not be looked up');
  }
  const seller = facts.campaign.value?.campaign.seller.id;
  const view = facts.relationship.value;
  if (seller === undefined) return no('no such campaign');
  if (request.automated) return no('it never excuses a recorded message');
  if (facts.internalRequest.value !== null) return no('the person asked this seller not to call');
  if (!isOf(view.purchase, request, seller) || !isOf(view.inquiry, request, seller)) {
    return no('the record is for another number or seller');
  }
  if (places.length === 0) return no('the place is unknown');
  let record: RelationshipRecord | null = null;
  for (const { jurisdiction, date } of places) {
    const window = windowOf(federal, ifInForce(jurisdiction.relationship, date));
    record = holdsAt(view, window, date);
    if (record === null) {
      const limits = `purchase ${window.purchaseDays} days${window.currentCustomerOnly ? ' with an open contract' : ''}, inquiry ${window.currentCustomerOnly ? 0 : window.inquiryDays} days`;
      return no(`no transaction within the window there: ${limits}`, jurisdiction.code, window.basis);
    }
  }
  return record === null ? no('no transaction on record') : { holds: true, record };
}
