/** What kind of number is called. Only geographic numbers of the modelled places go on; our own table decides, never a library. */
import type { AreaCode } from '../domain/law.ts';
import type { ReasonCode } from '../domain/decision.ts';
import { isFictional, type NanpNumber, nanpParts, type PhoneNumber } from '../domain/phone-number.ts';
import { areaCodeOf, jurisdictionOf, placesOf, zipAreasOf } from '../domain/places.ts';
import type { LeadFacts, OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import { type Finding, type Rule, veto, warning } from './rule.ts';

const ID = 'number';
const BASIS = 'North American Numbering Plan; 47 CFR 64.1200(a)(1), (c)(1)';

const SERVICE_CODE = /^\+?1?[2-9]11$/;

function otherAreaCode(kind: Exclude<AreaCode['kind'], 'us'>): ReasonCode {
  switch (kind) {
    case 'toll_free':
      return 'toll_free';
    case 'premium':
      return 'premium';
    case 'unmodelled_territory':
      return 'place_not_modelled';
    case 'canada':
    case 'caribbean':
      return 'not_us_geographic';
    case 'non_geographic':
    case 'special_service':
      return 'non_geographic';
    default:
      return kind satisfies never;
  }
}

/** A code in no table is a veto until a ZIP or the operator places the person; then the strictest hours bind there (design ruling 1). */
function unlisted(number: PhoneNumber, areaCode: string, lead: LeadFacts, policy: Policy): Finding {
  const [first] = placesOf(policy.law, number, lead);
  return first === undefined
    ? veto(ID, 'area_code_unknown', BASIS, { area_code: areaCode })
    : warning(ID, 'area_code_unlisted', { area_code: areaCode, placed_by: first.because });
}

function ofPlan(number: PhoneNumber, parts: NanpNumber, lead: LeadFacts, policy: Policy): readonly Finding[] {
  const { areaCode, exchange } = parts;
  const findings: Finding[] = [];
  if (areaCode.endsWith('11') || exchange.endsWith('11')) {
    findings.push(veto(ID, 'emergency_line', BASIS, { area_code: areaCode, exchange }));
    return findings;
  }
  const known = areaCodeOf(policy.law, number);
  if (known === null) findings.push(unlisted(number, areaCode, lead, policy));
  else if (known.kind !== 'us') {
    findings.push(
      veto(ID, otherAreaCode(known.kind), BASIS, {
        area_code: areaCode,
        kind: known.kind,
        place: known.place,
      }),
    );
  }
  const exchangeKind = Object.hasOwn(policy.law.exchanges, exchange)
    ? policy.law.exchanges[exchange]
    : undefined;
  if (exchangeKind !== undefined) {
    const code = exchangeKind === 'premium' ? 'premium' : 'emergency_line';
    findings.push(veto(ID, code, BASIS, { area_code: areaCode, exchange, kind: exchangeKind }));
  }
  if (exchange === '555' && parts.line === '1212') {
    findings.push(veto(ID, 'emergency_line', BASIS, { exchange, kind: 'directory assistance' }));
  }
  if (isFictional(parts) && !policy.rehearsal) {
    findings.push(veto(ID, 'fictional_number', '555-0100 to 555-0199 are reserved', { exchange }));
  }
  return findings;
}

/** What is stored of the lead names a place whose law is not modelled, or one that cannot be read: the person may be there. */
function leadElsewhere({ lead }: OriginationRequest, policy: Policy): readonly Finding[] {
  const basis = 'design: lawful in every place the person may be';
  const findings: Finding[] = [];
  if (lead.address?.form === 'unread') {
    const problem = 'no state and no ZIP can be read in it';
    findings.push(veto(ID, 'place_not_modelled', basis, { address: 'one text', problem }));
  }
  const stored = [
    { state: lead.state, zip: lead.zip, names: { state: 'lead_state', zip: 'lead_zip' } },
    {
      state: lead.address?.state ?? null,
      zip: lead.address?.zip ?? null,
      names: { state: 'address_state', zip: 'address_zip' },
    },
  ];
  for (const { state, zip, names } of stored) {
    if (state !== null && state.trim() !== '' && jurisdictionOf(policy.law, state) === null) {
      findings.push(veto(ID, 'place_not_modelled', basis, { [names.state]: state.slice(0, 40) }));
    }
    for (const area of zipAreasOf(policy.law, zip)) {
      if (area.kind === 'us') continue;
      const { place } = area;
      findings.push(veto(ID, 'place_not_modelled', basis, { [names.zip]: zip?.trim() ?? null, place }));
    }
  }
  return findings;
}

export const number: Rule = {
  id: ID,
  basis: BASIS,
  check(request, _facts, policy) {
    const findings: Finding[] = [];
    if (request.number === null) {
      const code = SERVICE_CODE.test(request.numberText.replace(/[\s().-]/g, ''))
        ? 'emergency_line'
        : 'not_a_number';
      findings.push(veto(ID, code, BASIS, { given: request.numberText.slice(0, 40) }));
    } else if (!request.number.startsWith('+1')) {
      findings.push(veto(ID, 'not_us_geographic', BASIS, { kind: 'other_country' }));
    } else {
      const parts = nanpParts(request.number);
      if (parts !== undefined) findings.push(...ofPlan(request.number, parts, request.lead, policy));
      else {
        // N11 in the exchange or area code has the shape of the plan; what is left here has not.
        findings.push(veto(ID, 'not_a_number', BASIS, { given: request.numberText.slice(0, 40) }));
      }
    }
    return [...findings, ...leadElsewhere(request, policy)];
  },
};
