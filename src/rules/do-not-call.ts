/**
 * Do-not-call: the person's own request to the seller, the campaign's list, litigators, the state's list, the national registry, and
 * whether the copies are there, obtained for the area code, and fresh. Verified written permission and a relationship lift the two public lists, never the person's request.
 */
import type { ReasonCode } from '../domain/decision.ts';
import type { Facts, ListFacts, ListKind, ListVersion } from '../domain/facts.ts';
import { type FederalLaw, ifInForce } from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import { formatInstant } from '../domain/time.ts';
import { type DatedJurisdiction, datedJurisdictions, unknownPlaceLaw } from './call-bounds.ts';
import { ageLimit, ageOf, isWithin, shownList } from './list-age.ts';
import { type Finding, type Rule, veto, warning } from './rule.ts';
import { shownOverride } from './overrides.ts';
import { requestLift } from './request-overrides.ts';
import { standingConsent, untilItsEnd } from './standing-consent.ts';
import { standingRelationship } from './standing-relationship.ts';

const ID = 'do_not_call';

const HIT: Readonly<Record<ListKind, { readonly code: ReasonCode; readonly basis: string }>> = {
  internal: { code: 'on_internal_list', basis: '47 CFR 64.1200(d); 16 CFR 310.4(b)(1)(iii)(A)' },
  campaign: { code: 'on_campaign_list', basis: "the seller's own list" },
  litigator: { code: 'known_litigator', basis: "the seller's own list" },
  state: { code: 'on_state_list', basis: 'state do-not-call law' },
  national: { code: 'on_national_registry', basis: '47 CFR 64.1200(c)(2); 16 CFR 310.4(b)(1)(iii)(B)' },
};

const liftable = (kind: ListKind): boolean => kind === 'national' || kind === 'state';

/** What lifts a public list: written permission, or a relationship. */
interface Lift {
  /** Names it in the warning by the id of its record. */
  readonly shown: { readonly consent_id: string } | { readonly relationship_id: string };
  readonly until: readonly Finding[];
}

function hits(lists: ListFacts, lift: Lift | null): Finding[] {
  return lists.hits.flatMap((name): readonly Finding[] => {
    const list = lists.consulted.find((each) => each.name === name);
    if (list === undefined) {
      const problem = `hit on \`${name}\`, which was not consulted`;
      return [veto(ID, 'fact_unavailable', HIT.national.basis, { fact: 'lists', problem })];
    }
    const { code, basis } = HIT[list.kind];
    return lift !== null && liftable(list.kind)
      ? [warning(ID, 'listed_but_permitted', { ...shownList(list), ...lift.shown }), ...lift.until]
      : [veto(ID, code, basis, { ...shownList(list), state: list.jurisdiction })];
  });
}

/**
 * The registry's and the candidate states' own lists; a hit anywhere counts, but only these must be there, and one copy of each must
 * have been obtained for the number's area code: silence of a copy about another area code says nothing.
 */
function missing(
  lists: ListFacts,
  dated: readonly DatedJurisdiction[],
  number: OriginationRequest['number'],
): Finding[] {
  const partial = new Set(lists.notCovering);
  const area_code = number?.slice(2, 5) ?? null;
  const needed = (
    list: Readonly<Record<string, string>>,
    basis: string,
    copies: ListVersion[],
  ): Finding[] => {
    if (copies.length === 0) return [veto(ID, 'list_missing', basis, list)];
    if (copies.some(({ name }) => !partial.has(name))) return [];
    const names = copies.map(({ name, version }) => `${name} ${version}`).join(', ');
    return [veto(ID, 'area_code_not_covered', basis, { ...list, area_code, copies: names })];
  };
  const findings = needed(
    { list: 'national' },
    HIT.national.basis,
    lists.consulted.filter(({ kind }) => kind === 'national'),
  );
  const states = new Map(dated.map(({ jurisdiction }) => [jurisdiction.code, jurisdiction]));
  for (const { code, doNotCall } of states.values()) {
    if (!doNotCall.ownList) continue;
    const own = lists.consulted.filter(({ kind, jurisdiction }) => kind === 'state' && jurisdiction === code);
    findings.push(...needed({ list: 'state', state: code }, doNotCall.citation, own));
  }
  return findings;
}

/** Every copy that must be consulted is judged, for numbers that are not listed too (design ruling 8). */
function stale(
  lists: ListFacts,
  dated: readonly DatedJurisdiction[],
  policy: Policy,
  unknown: FederalLaw['unknownPlace'] | null,
  permission: Lift | null,
): Finding[] {
  const findings: Finding[] = [];
  for (const list of lists.consulted) {
    const limit = ageLimit(list, dated, policy, unknown);
    if (limit === null) continue;
    const age = ageOf(list, dated);
    if (isWithin(age, limit)) continue;
    const detail = { ...shownList(list), age_days: age.oldest, max_age_days: limit.days };
    findings.push(
      ...(permission !== null
        ? [warning(ID, 'list_stale_but_permitted', { ...detail, ...permission.shown }), ...permission.until]
        : [veto(ID, 'list_stale', limit.basis, detail)]),
    );
  }
  return findings;
}

function ownRequest(
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
  dated: readonly DatedJurisdiction[],
): readonly Finding[] {
  if (!facts.internalRequest.known || facts.internalRequest.value === null) return [];
  const { requestedAt, channel } = facts.internalRequest.value;
  const lift = requestLift(request, facts, policy, requestedAt, dated);
  if (lift !== null) {
    const { overrides, consent } = lift;
    return [
      ...overrides.flatMap((each) => shownOverride(ID, each, HIT.internal.basis)),
      ...(consent === null ? [] : untilItsEnd(consent)),
    ];
  }
  const retention = dated.flatMap(
    ({ jurisdiction, date }) => ifInForce(jurisdiction.internalRetentionYears, date)?.citation ?? [],
  );
  const basis = [...new Set([HIT.internal.basis, ...retention])].join('; ');
  return [
    veto(ID, 'on_internal_list', basis, {
      list: 'internal requests',
      requested_at: formatInstant(requestedAt),
      channel,
    }),
  ];
}

/** Held until a person has read it (47 CFR 64.1200(a)(10)): the wish may be there, and the default is no call. */
function unsettled(facts: Facts): Finding[] {
  if (!facts.unclearRequest.known || facts.unclearRequest.value === null) return [];
  const { requestId, receivedAt, channel } = facts.unclearRequest.value;
  return [
    veto(ID, 'request_unsettled', '47 CFR 64.1200(a)(10), (d)(3)', {
      request_id: requestId,
      received_at: formatInstant(receivedAt),
      channel,
    }),
  ];
}

/** A written consent that names this seller and number, as 64.1200(c)(2)(ii) asks; null without one. */
function writtenPermission(request: OriginationRequest, facts: Facts, policy: Policy): Lift | null {
  const consent = standingConsent(request, facts, policy);
  return consent?.kind === 'written'
    ? { shown: { consent_id: consent.consentId }, until: untilItsEnd(consent) }
    : null;
}

/** A relationship in its window in every place the person may be (47 CFR 64.1200(f)(5)); null without one. */
function relationshipLift(request: OriginationRequest, facts: Facts, policy: Policy): Lift | null {
  const relationship = standingRelationship(request, facts, policy);
  return relationship.holds
    ? { shown: { relationship_id: relationship.record.relationshipId }, until: [] }
    : null;
}

export const doNotCall: Rule = {
  id: ID,
  basis: '47 CFR 64.1200(c)(2), (d); 16 CFR 310.4(b)(1)(iii), (b)(3)(iv); state lists',
  check(request, facts, policy) {
    const dated = datedJurisdictions(request, facts.now, policy);
    const findings = [...ownRequest(request, facts, policy, dated), ...unsettled(facts)];
    if (!facts.lists.known) return findings;
    const lists = facts.lists.value;
    const permission = writtenPermission(request, facts, policy);
    const relationship = relationshipLift(request, facts, policy);
    // What a relationship lifts as well does not end with the consent.
    const lift =
      permission !== null && relationship !== null
        ? { ...permission, until: [] }
        : (permission ?? relationship);
    findings.push(
      ...hits(lists, lift),
      ...missing(lists, dated, request.number),
      ...stale(lists, dated, policy, unknownPlaceLaw(request, policy), permission),
    );
    return findings;
  },
};
