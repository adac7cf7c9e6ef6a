/** What kind, state and campaign of a do-not-call list demand of each other, for the configuration and for an import. */
import { type AreaCoverage, hasCoverage, parseAreaCoverage } from '../domain/area-coverage.ts';
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import type { ListKind } from '../domain/facts.ts';

export interface ReachProblem {
  readonly key: 'jurisdiction' | 'campaign';
  readonly problem: string;
  readonly got: string | null;
  readonly expected: string;
}

/** A state list names its state, a campaign list its campaign, and the others neither. */
export function reachProblems(
  list: { readonly kind: ListKind; readonly jurisdiction: string | null; readonly campaign: string | null },
  campaignIds: ReadonlySet<string>,
): readonly ReachProblem[] {
  const { kind, jurisdiction, campaign } = list;
  const found: ReachProblem[] = [];
  if (kind === 'state' && (jurisdiction === null || !/^[A-Z]{2}$/.test(jurisdiction))) {
    const problem = 'does not name the state of the list';
    found.push({ key: 'jurisdiction', problem, got: jurisdiction, expected: 'a code like TX' });
  }
  if (kind !== 'state' && jurisdiction !== null) {
    const problem = 'is only for state lists';
    found.push({ key: 'jurisdiction', problem, got: jurisdiction, expected: 'null' });
  }
  if (kind === 'campaign' && (campaign === null || !campaignIds.has(campaign))) {
    const known = campaignIds.size === 0 ? 'a campaign' : [...campaignIds].join(', ');
    const problem = 'is not a campaign';
    found.push({ key: 'campaign', problem, got: campaign, expected: `one of ${known}` });
  }
  if (kind !== 'campaign' && campaign !== null) {
    found.push({ key: 'campaign', problem: 'is only for campaign lists', got: campaign, expected: 'null' });
  }
  return found;
}

/**
 * The copy of a public list says which area codes it was obtained for: unsaid, nobody could tell "not listed" from "not obtained".
 * Null: there is nothing to say, of a list that knows no area codes.
 */
export function readCoverage(kind: ListKind, text: string | null): Parsed<AreaCoverage | null> {
  if (!hasCoverage(kind)) {
    return text === null ? parsed(null) : problem('is only for the national registry and for state lists');
  }
  return text === null ? problem('does not say what the copy covers') : parseAreaCoverage(text);
}

/** A name that is also a folder; lists that are files may be called anything. */
export const isImportName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name);
