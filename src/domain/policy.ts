/** Everything a decision depends on besides the request and the facts: the law as data and the house's settings. */
import type { Hash } from './hash-chain.ts';
import type { Law } from './law.ts';

export interface Policy {
  readonly law: Law;
  /** SHA-256 of law, settings and campaigns together; stands on each decision. */
  readonly hash: Hash;
  /** Rehearsal: fictional numbers may be called and the clock may be set; never with real trunks. */
  readonly rehearsal: boolean;
  /** Clock guard band inside both edges of the calling hours. */
  readonly clockGuardMs: number;
  /** A permit is good for this long at most. */
  readonly permitValidMs: number;
}
