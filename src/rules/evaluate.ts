/**
 * Runs every rule on one request and answers with all reasons in rank order. Pure and total: it throws nothing, and whatever goes
 * wrong inside it is a veto. One veto outweighs all else. A permit MUST be acted on only when `facts.budget` and `facts.attempts`
 * come from the reservation of this very call; a decision on peeked facts is an opinion.
 */
import {
  type Decision,
  type Obligation,
  rankReasons,
  type Reason,
  type ReasonDetail,
  REASONS,
  type Warning,
} from '../domain/decision.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { instant } from '../domain/time.ts';
import { localDay } from './local-day.ts';
import { keptWithRequests, remembering } from './per-request.ts';
import { asJudged } from './recorded-message.ts';
import type { Finding, Rule } from './rule.ts';

const ENGINE = 'engine';

const rulesInvalid = (rule: string, detail: ReasonDetail): Reason => ({
  code: 'rules_invalid',
  rule,
  basis: 'house rule: a rule that fails is a veto',
  detail,
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Gathered {
  readonly reasons: Reason[];
  readonly obligations: Obligation[];
  readonly warnings: Warning[];
  validUntil: number;
}

function sort(finding: Finding, into: Gathered): void {
  if ('veto' in finding) {
    if (!Object.hasOwn(REASONS, finding.veto.code)) {
      throw new TypeError(`reason \`${finding.veto.code}\` is not in the table`);
    }
    into.reasons.push(finding.veto);
  } else if ('obligation' in finding) into.obligations.push(finding.obligation);
  else if ('warning' in finding) into.warnings.push(finding.warning);
  else if (Number.isFinite(finding.validUntil)) {
    into.validUntil = Math.min(into.validUntil, finding.validUntil);
  } else throw new TypeError('a rule answered with something that is not a finding');
}

type Findings = Map<Rule, readonly Finding[]>;

/** The last findings about a request that no counter can change. */
const lastFound = keptWithRequests<{
  readonly facts: Facts;
  readonly policy: Policy;
  readonly kept: Findings;
}>();

/** A permit is judged when the counters are asked and again when they have reserved: only what they say is new then. */
function keptFindings(request: OriginationRequest, facts: Facts, policy: Policy): Findings {
  const last = lastFound.get(request);
  if (last?.policy === policy && isSameBesidesCounters(last.facts, facts)) return last.kept;
  const kept: Findings = new Map();
  lastFound.set(request, { facts, policy, kept });
  return kept;
}

/** Facts are never changed in place, so the same objects say the same. */
function isSameBesidesCounters(before: Facts, now: Facts): boolean {
  const names = Object.keys(now) as (keyof Facts)[];
  return (
    names.length === Object.keys(before).length &&
    names.every((name) => name === 'attempts' || name === 'budget' || Object.is(before[name], now[name]))
  );
}

function findingsOf(
  rule: Rule,
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
  kept: Findings,
): readonly Finding[] {
  if (rule.looksAtCounters === true) return rule.check(request, facts, policy);
  const known = kept.get(rule);
  if (known !== undefined) return known;
  const findings = rule.check(request, facts, policy);
  kept.set(rule, findings);
  return findings;
}

function gather(
  rules: readonly Rule[],
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
): { readonly gathered: Gathered; readonly now: Instant } {
  const now = facts.now;
  const gathered: Gathered = {
    reasons: [],
    obligations: [],
    warnings: [],
    validUntil: now + policy.permitValidMs,
  };
  const kept = keptFindings(request, facts, policy);
  for (const rule of [...rules, localDay]) {
    try {
      for (const finding of findingsOf(rule, request, facts, policy, kept)) sort(finding, gathered);
    } catch (error) {
      gathered.reasons.push(rulesInvalid(rule.id, { problem: messageOf(error) }));
    }
  }
  return { gathered, now };
}

export function evaluate(
  rules: readonly [Rule, ...Rule[]],
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
): Decision {
  try {
    const judged = asJudged(remembering(request), facts.campaign);
    const { gathered, now } = gather(rules, judged, facts, policy);
    const { reasons, obligations, warnings, validUntil } = gathered;
    // An empty set cannot be written in TypeScript, but it can be handed in from a broken build.
    if (rules.length < 1) reasons.push(rulesInvalid(ENGINE, { problem: 'no rules are loaded' }));
    // Written so that NaN fails it too.
    if (!(validUntil >= now)) {
      reasons.push(rulesInvalid(ENGINE, { problem: 'the permit would end before it begins' }));
    }
    const [first, ...others] = rankReasons(reasons);
    return first === undefined
      ? { kind: 'permit', obligations, warnings, validUntil: instant(validUntil) }
      : { kind: 'veto', reasons: [first, ...others], warnings };
  } catch (error) {
    return { kind: 'veto', reasons: [rulesInvalid(ENGINE, { problem: messageOf(error) })], warnings: [] };
  }
}
