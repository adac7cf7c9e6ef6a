/**
 * The seller's registration as a telemarketer in every place the person may be: in force on the called party's date, with the bond the
 * place asks for. Required and not there is a veto unless an exemption is on record; where the law is not known it is
 * a warning.
 */
import type { SellerRegistration } from '../domain/campaign.ts';
import { ifInForce, inForce, type RegistrationDuty } from '../domain/law.ts';
import type { LocalDate } from '../domain/time.ts';
import { datedJurisdictions } from './call-bounds.ts';
import { overrideInForce, unlessOverridden } from './overrides.ts';
import { type Finding, type Rule, veto, warning } from './rule.ts';

const ID = 'registration';

/** What is wrong with the bond, or null when it is as the law asks. */
function bondProblem(row: SellerRegistration, asked: number, date: LocalDate): string | null {
  if (row.bond === null) return 'there is no bond';
  if (row.bond.until !== null && row.bond.until < date) return `the bond expired on ${row.bond.until}`;
  return row.bond.usd >= asked ? null : `the bond is ${row.bond.usd} dollars`;
}

function checkBond(
  current: readonly SellerRegistration[],
  state: string,
  duty: RegistrationDuty,
  date: LocalDate,
): Finding[] {
  const { bondUsd: asked } = duty;
  if (asked === null) return [];
  const problems = current.map((row) => ({ row, problem: bondProblem(row, asked, date) }));
  const [first] = problems;
  if (first === undefined || problems.some(({ problem }) => problem === null)) return [];
  return [
    veto(ID, 'bond_too_low', duty.citation, {
      state,
      local_date: date,
      registration: first.row.number,
      bond_usd: first.row.bond?.usd ?? null,
      needs_usd: asked,
      problem: first.problem,
    }),
  ];
}

function checkPlace(
  rows: readonly SellerRegistration[],
  seller: string,
  state: string,
  duty: RegistrationDuty,
  date: LocalDate,
): Finding[] {
  const current = rows.filter((row) => inForce(row, date));
  if (current.length > 0) return checkBond(current, state, duty, date);
  if (duty.required === null) {
    return [warning(ID, 'registration_not_known', { state, seller, basis: duty.citation })];
  }
  const [expired] = rows.filter((row) => row.until !== null && row.until < date);
  if (expired !== undefined) {
    return [
      veto(ID, 'registration_expired', duty.citation, {
        state,
        seller,
        local_date: date,
        registration: expired.number,
        expired_on: expired.until,
      }),
    ];
  }
  const [coming] = rows;
  return [
    veto(ID, 'seller_not_registered', duty.citation, {
      state,
      seller,
      local_date: date,
      registration: coming?.number ?? null,
      begins_on: coming?.from ?? null,
    }),
  ];
}

export const registration: Rule = {
  id: ID,
  basis: 'state registration of telephone sellers',
  check(request, facts, policy) {
    if (!facts.campaign.known || facts.campaign.value === null) return [];
    const { seller } = facts.campaign.value.campaign;
    return datedJurisdictions(request, facts.now, policy).flatMap(({ jurisdiction, date }) => {
      const duty = ifInForce(jurisdiction.registration, date);
      if (duty === null || duty.required === false) return [];
      const rows = seller.registrations.filter(({ state }) => state === jurisdiction.code);
      const found = checkPlace(rows, seller.id, jurisdiction.code, duty, date);
      const exemption = overrideInForce(facts, 'registration', jurisdiction.code);
      return unlessOverridden(ID, found, exemption, duty.citation);
    });
  },
};
