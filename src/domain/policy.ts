/** Everything a decision depends on besides the request and the facts: the law as data, the campaigns and the house's settings. */
import type { Campaign } from './campaign.ts';
import type { Json } from './canonical-json.ts';
import { type Hash, hashOf } from './hash-chain.ts';
import type { Law } from './law.ts';

export interface Policy {
  readonly law: Law;
  /** SHA-256 of the policy document; stands on each decision. */
  readonly hash: Hash;
  /** Rehearsal: fictional numbers may be called and the clock may be set; never with real trunks. */
  readonly rehearsal: boolean;
  /** Clock guard band inside both edges of the calling hours. */
  readonly clockGuardMs: number;
  /** Settings looser than the house's default: they count only under an override. Left out when there is none. */
  readonly loosened?: { readonly clockGuardMs: number };
  /** A permit is good for this long at most. */
  readonly permitValidMs: number;
}

/**
 * What a policy hash is the hash of: plain JSON, kept in the ledger whole (`policy_document`), so that any decision can be made
 * again from the ledger alone. Members besides those named here (message texts, deadlines, lists) are hashed as they stand.
 */
export interface PolicyDocument extends Omit<Policy, 'hash'> {
  readonly campaigns: readonly Campaign[];
}

/** The document's hash is that of its canonical JSON (RFC 8785): not quick, so once for each document. */
export const policyOf = (document: PolicyDocument): Policy => ({
  law: document.law,
  hash: hashOf(document as unknown as Json),
  rehearsal: document.rehearsal,
  clockGuardMs: document.clockGuardMs,
  ...(document.loosened === undefined ? {} : { loosened: document.loosened }),
  permitValidMs: document.permitValidMs,
});
