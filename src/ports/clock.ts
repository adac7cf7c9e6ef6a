/** Time, handed in. Nothing but the system adapter reads a clock. */
import type { Instant, MonotonicMs } from '../domain/time.ts';

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock; may jump. For calling hours and ledger stamps. */
  now(): Instant;
  /** Elapsed time only: ring time, connect deadline. */
  monotonic(): MonotonicMs;
  /** Calls `wake` once, not before `ms` have elapsed. MUST NOT keep the process alive by itself. */
  after(ms: number, wake: () => void): Timer;
}
