/** A rule is a small pure object that names its law. What it cannot know is a veto, never a pass. */
import type { Reason, Obligation, Warning } from '../domain/decision.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Policy } from '../domain/policy.ts';

export type Finding =
  { readonly veto: Reason } | { readonly obligation: Obligation } | { readonly warning: Warning };

export interface Rule {
  readonly id: string;
  /** Paragraphs the rule encodes. */
  readonly basis: string;
  check(request: OriginationRequest, facts: Facts, policy: Policy): readonly Finding[];
}
