/**
 * Which store of counters permits may stand on, where every sidecar can read it.
 * INVARIANT (counters-fenced): counters that were lost with their server, or are kept by one that others have left behind, admit no call.
 * Whoever rebuilds MUST claim the store before it reads which permits there are; a permit MUST look after it is on record. Then of each
 * permit that was reserved elsewhere either the rebuild has read it, or it is void.
 */
export interface CountersFence {
  /** The store claimed last, as `StandingRecords.countersStore` tells it to decisions; null: none ever was. */
  named(): Promise<string | null>;
  /** Durable, and seen by every look from now on, when it resolves. */
  claim(store: string): Promise<void>;
}
