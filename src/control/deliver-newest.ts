/**
 * Brings one outlet the newest level of each campaign. INVARIANT (newest-level-last): of one campaign one level is on its way at a
 * time, and the next is the newest there is then, so an outdated one is never sent after a newer. One level waits for each campaign,
 * whatever happens: nothing grows, and nobody who publishes a level waits.
 */
import type { DialLevelNotice } from '../domain/dial-level-notice.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { Timer } from '../ports/clock.ts';
import type { LevelOutlet } from '../ports/level-outlets.ts';
import { messageOf } from './deadline.ts';
import type { Station } from './sidecar.ts';

/** Of different campaigns: a receiver that is slow is not flooded when all change at once. */
const AT_ONCE_MAX = 8;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

type Slot = {
  newest: DialLevelNotice;
  failures: number;
} & (
  | { state: 'told' | 'due' | 'sending' | 'sending_then_again' }
  /** Failed, and is tried again when the timer wakes. */
  | { state: 'waiting'; timer: Timer }
);

export interface NewestDelivery {
  /** The newest level of its campaign from now on. Returns at once. */
  offer(notice: DialLevelNotice): void;
  /** Resolves when everything that was offered has been told. */
  told(): Promise<void>;
  /** Nothing is begun any more. */
  stop(): void;
}

export function deliverNewest(
  outlet: LevelOutlet,
  { clock, log }: Pick<Station, 'clock' | 'log'>,
): NewestDelivery {
  const slots = new Map<CampaignId, Slot>();
  let awaited: (() => void)[] = [];
  let sending = 0;
  let stopped = false;
  let renewal: Timer | null = null;

  const become = (slot: Slot, next: Partial<Slot>): void => void Object.assign(slot, next);

  function pump(): void {
    for (const slot of slots.values()) {
      if (stopped || sending >= AT_ONCE_MAX) return;
      if (slot.state === 'due') void deliver(slot);
    }
    if (![...slots.values()].every(({ state }) => state === 'told')) return;
    for (const wake of awaited) wake();
    awaited = [];
  }

  async function deliver(slot: Slot): Promise<void> {
    const notice = slot.newest;
    become(slot, { state: 'sending' });
    sending += 1;
    try {
      await outlet.send(notice);
      if (slot.failures > 0) log.info(fieldsOf(notice), 'dial level is told again');
      const again = slot.newest !== notice || slot.state === 'sending_then_again';
      become(slot, { failures: 0, state: again ? 'due' : 'told' });
    } catch (error) {
      // One line for a receiver that is gone, not one for each attempt.
      if (slot.failures === 0)
        log.warn({ ...fieldsOf(notice), problem: messageOf(error) }, 'dial level not told yet');
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** slot.failures);
      const timer = clock.after(waitMs, () => {
        become(slot, { state: 'due' });
        pump();
      });
      become(slot, { failures: Math.min(slot.failures + 1, 30), state: 'waiting', timer });
    } finally {
      sending -= 1;
      pump();
    }
  }

  const fieldsOf = ({ campaignId }: DialLevelNotice) => ({ outlet: outlet.name, campaignId });

  function again(): void {
    for (const slot of slots.values()) {
      if (slot.state === 'waiting') slot.timer.cancel();
      become(slot, { state: slot.state.startsWith('sending') ? 'sending_then_again' : 'due' });
    }
    pump();
  }

  function renew(everyMs: number): void {
    renewal = clock.after(everyMs, () => {
      for (const slot of slots.values()) if (slot.state === 'told') become(slot, { state: 'due' });
      pump();
      renew(everyMs);
    });
  }

  outlet.onForgotten(again);
  if (outlet.renewMs !== null) renew(outlet.renewMs);

  return {
    offer(notice) {
      const slot = slots.get(notice.campaignId);
      if (slot === undefined) slots.set(notice.campaignId, { newest: notice, failures: 0, state: 'due' });
      else become(slot, { newest: notice, ...(slot.state === 'told' ? { state: 'due' } : {}) });
      pump();
    },
    told: () =>
      new Promise((resolve) => {
        awaited.push(resolve);
        pump();
      }),
    stop() {
      stopped = true;
      renewal?.cancel();
      for (const slot of slots.values()) if (slot.state === 'waiting') slot.timer.cancel();
    },
  };
}
