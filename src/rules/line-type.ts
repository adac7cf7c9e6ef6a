/**
 * What is known of the called line: what the lead says, and what lists that hold the number say. The stricter word counts: a list that
 * says mobile or voice over IP outweighs a lead that says landline, however old its copy is. A landline of a list counts only where the
 * lead says nothing and the whole list is fresh: numbers are ported to mobiles every day, and changes tell who is on a list, not whose line was.
 */
import type { Facts, ListVersion } from '../domain/facts.ts';
import type { FederalLaw } from '../domain/law.ts';
import { type LineType, TOLD_LINE_TYPES } from '../domain/origination.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import { type DatedJurisdiction, unknownPlaceLaw } from './call-bounds.ts';
import { ageLimit, ageOf, isWithin, registryAgeLimit } from './list-age.ts';

export interface KnownLine {
  readonly lineType: LineType;
  /** The list that said so; null when the lead did, or nobody. */
  readonly list: ListVersion | null;
}

export function knownLine(
  request: OriginationRequest,
  facts: Facts,
  dated: readonly DatedJurisdiction[],
  policy: Policy,
): KnownLine {
  const told = request.lead.lineType;
  const { consulted, lineTypes = [] } = facts.lists.known ? facts.lists.value : { consulted: [] };
  const unknown = unknownPlaceLaw(request, policy);
  for (const type of TOLD_LINE_TYPES) {
    // No list that is less strict than the lead's own word is asked.
    if (type === told) break;
    for (const { list, lineType } of lineTypes) {
      if (lineType !== type) continue;
      const version = consulted.find(({ name }) => name === list);
      if (type !== 'landline') return { lineType: type, list: version ?? null };
      if (version !== undefined && isFresh(version, dated, policy, unknown))
        return { lineType: type, list: version };
    }
  }
  return { lineType: told, list: null };
}

/** By the date of the whole list. Lists that no law gives an age are held to the registry's. */
function isFresh(
  list: ListVersion,
  dated: readonly DatedJurisdiction[],
  policy: Policy,
  unknown: FederalLaw['unknownPlace'] | null,
): boolean {
  const whole = { ...list, obtainedOn: list.lineTypesFrom ?? list.obtainedOn };
  const limit = ageLimit(list, dated, policy, unknown) ?? registryAgeLimit(dated, policy, unknown);
  return isWithin(ageOf(whole, dated), limit);
}
