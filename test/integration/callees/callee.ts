/** What a scenario of an odd callee is: how the person behaves, and what must have been heard and recorded when the call is over. */
import type { Behaviour } from '../../../scripts/callers/behaviour.ts';
import type { Comparison } from '../../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../../scripts/callers/heard.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';

/** Long enough for all to be called while agents are there, who are gone when they answer. */
export const RING_MS = 3_000;

export interface OddCallee {
  /** Continues "a person who ...". */
  readonly who: string;
  readonly behaviour: Behaviour;
  /** `answering`: with an agent who is there at the answer. Default `odd`: nobody is there. */
  readonly campaign?: 'odd' | 'answering';
  check(seen: Seen): void;
}

export interface Seen {
  readonly call: CallTrace;
  /** How much of the safe-harbor message was heard, and from where in the sound. */
  readonly message: Comparison;
  readonly entries: readonly LedgerEntry[];
  readonly outcomes: readonly string[];
  readonly result: LedgerEntry;
  /** Of the timeline; null for a call that was not answered. */
  readonly clock: { readonly source: string; readonly heardBy: string | null } | null;
  readonly timeline: Readonly<Record<string, string>>;
  /** Of the next call to the same number. */
  readonly next: Decision;
}

export const optedOut = ({ entries, next }: Seen): boolean =>
  entries.filter(({ kind }) => kind === 'opt_out').length === 1 &&
  next.kind === 'veto' &&
  next.reasons.some(({ code }) => code === 'on_internal_list');
