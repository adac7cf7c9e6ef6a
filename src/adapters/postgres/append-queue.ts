/**
 * Appends that wait for their commit, each with its own bound. An append ends exactly once: with a receipt, or rejected when its
 * bound passes. What was rejected as `not_written` is out of the queue and is never sent.
 *
 * waiting -> sending -> committing -> ended
 *    ^----------'            '-> waiting again, when the commit is known to have failed
 */
import { setTimeout, clearTimeout } from 'node:timers';
import type { LinkContent } from '../../domain/chain-link.ts';
import type { LookUpTexts } from '../../domain/ledger-entry.ts';
import { type LedgerReceipt, LedgerUnavailable } from '../../ports/ledger.ts';

/** An entry as it was when it was appended. */
export interface AppendContent extends LinkContent {
  readonly lookUp: LookUpTexts;
}

export interface Append {
  readonly content: AppendContent;
  readonly dedupeKey: string | undefined;
  stage: 'waiting' | 'sending' | 'committing' | 'ended';
  resolve(receipt: LedgerReceipt): void;
  reject(error: Error): void;
}

export interface AppendQueue {
  /** Appends that wait for a transaction. */
  readonly size: number;
  /** Appends that have not ended, on their way or not. */
  readonly pending: number;
  /** Rejects at once with `LedgerUnavailable` when the queue is full. */
  add(content: AppendContent, dedupeKey: string | undefined): Promise<LedgerReceipt>;
  /** The oldest, up to `max`; they are `sending` now. */
  take(max: number): readonly Append[];
  /** Back to the head of the queue, in their order; those that have ended meanwhile are left out. */
  putBack(batch: readonly Append[]): void;
}

export interface AppendQueueOptions {
  readonly max: number;
  readonly withinMs: number;
  /** A bound passed while the append was on its way: the session must be given up. */
  readonly onOverdue: () => void;
  /** Why the store does not answer, for the message. */
  readonly reason: () => string;
}

export function appendQueue(options: AppendQueueOptions): AppendQueue {
  /** In order; one that has ended here is passed over when its turn comes. */
  let waiting: Append[] = [];
  let size = 0;
  let pending = 0;

  const overdue = (append: Append): void => {
    const { stage } = append;
    const outcome = stage === 'committing' ? 'unknown' : 'not_written';
    const why = `entry not durable within ${options.withinMs} ms: ${options.reason()}`;
    append.reject(new LedgerUnavailable(why, { outcome }));
    if (stage !== 'waiting') options.onOverdue();
  };

  return {
    get size() {
      return size;
    },
    get pending() {
      return pending;
    },
    add(content, dedupeKey) {
      if (size >= options.max) {
        const full = `${options.max} entries wait already: ${options.reason()}`;
        return Promise.reject(new LedgerUnavailable(full));
      }
      return new Promise((resolve, reject) => {
        const end = (finish: () => void): void => {
          if (append.stage === 'ended') return;
          if (append.stage === 'waiting') size -= 1;
          append.stage = 'ended';
          pending -= 1;
          clearTimeout(timer);
          finish();
        };
        const append: Append = {
          content,
          dedupeKey,
          stage: 'waiting',
          resolve: (receipt) => end(() => resolve(receipt)),
          reject: (error) => end(() => reject(error)),
        };
        const timer = setTimeout(() => overdue(append), options.withinMs);
        waiting.push(append);
        size += 1;
        pending += 1;
      });
    },
    take(max) {
      const batch: Append[] = [];
      let passed = 0;
      for (const append of waiting) {
        if (batch.length === max) break;
        passed += 1;
        if (append.stage === 'ended') continue;
        append.stage = 'sending';
        batch.push(append);
      }
      waiting = waiting.slice(passed);
      size -= batch.length;
      return batch;
    },
    putBack(batch) {
      const again = batch.filter(({ stage }) => stage !== 'ended');
      for (const append of again) append.stage = 'waiting';
      waiting = [...again, ...waiting];
      size += again.length;
    },
  };
}
