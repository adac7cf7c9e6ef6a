/** A rule is a small pure object that names its law. What it cannot know is a veto, never a pass. */
import type { Obligation, Reason, ReasonCode, ReasonDetail, Warning } from '../domain/decision.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';

export type Finding =
  | { readonly veto: Reason }
  | { readonly obligation: Obligation }
  | { readonly warning: Warning }
  /** What the rule looked at holds up to this instant: the permit must not outlive it. */
  | { readonly validUntil: Instant };

export interface Rule {
  readonly id: string;
  /** Paragraphs the rule encodes. */
  readonly basis: string;
  /**
   * It looks at what is counted (`attempts`, `budget`). Every other rule MUST NOT: what it finds is kept from the counters' first
   * answer to the reservation.
   */
  readonly looksAtCounters?: true;
  check(request: OriginationRequest, facts: Facts, policy: Policy): readonly Finding[];
}

export const veto = (rule: string, code: ReasonCode, basis: string, detail: ReasonDetail): Finding => ({
  veto: { code, rule, basis, detail },
});

export const warning = (rule: string, code: string, detail: ReasonDetail): Finding => ({
  warning: { code, rule, detail },
});
