/**
 * How long answered persons wait before they are lost, learned from what is seen of the floor: time waited without an agent, divided
 * by persons lost. Where nobody is ever seen waiting (no greeting, no grace) it is nothing.
 */
import type { FloorView } from './floor-view.ts';

/** Losses behind the figure, before older ones fade. */
const LOSSES_MEMORY = 150;
/** One loss after no time at all stands at the beginning: what is not known is short. */
const LOSSES_AT_FIRST = 1;
const LONGEST_MS = 10_000;

export interface PatienceLearner {
  see(view: FloorView): void;
  readonly patienceMs: () => number;
}

/** Answered persons to whom an agent is promised. */
export const promisedOf = ({ agentsTaking, idle, busySinceMs }: FloorView): number =>
  Math.max(0, agentsTaking - idle - busySinceMs.length);

/** Answered persons for whom no agent is there yet. */
export const withoutAgent = (view: FloorView): number =>
  Math.max(0, view.waitingSinceMs.length - promisedOf(view));

export function patienceLearner(): PatienceLearner {
  let waitedMs = 0;
  let losses = LOSSES_AT_FIRST;
  let last = { nowMs: 0, waiting: 0, promised: 0 };
  return {
    see(view) {
      const { nowMs } = view;
      const waiting = withoutAgent(view);
      const promised = promisedOf(view);
      if (last.waiting > 0) {
        waitedMs += last.waiting * Math.min(LONGEST_MS, Math.max(0, nowMs - last.nowMs));
        const gone = last.waiting - waiting;
        if (gone > 0) {
          const connected = view.busySinceMs.reduce((sum, since) => sum + (since > last.nowMs ? 1 : 0), 0);
          losses += Math.max(0, gone - connected - Math.max(0, promised - last.promised));
        }
        if (losses > LOSSES_MEMORY) {
          waitedMs /= 2;
          losses /= 2;
        }
      }
      last = { nowMs, waiting, promised };
    },
    patienceMs: () => Math.min(LONGEST_MS, waitedMs / losses),
  };
}
