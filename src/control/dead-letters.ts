/** Events that a target has not taken: which they are, and sending one again. */
import { type DeadLetter, deadLetters } from '../domain/event-delivery.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { EventTarget } from '../ports/event-targets.ts';
import type { Ledger } from '../ports/ledger.ts';
import { messageOf } from './deadline.ts';

const PAGE = 1_000;

/** `unknown`: no such event was put aside, or it was sent again already. */
export type Resent =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'unknown' };

export interface DeadLetters {
  /** Oldest first. */
  undelivered(): Promise<readonly DeadLetter[]>;
  /** One attempt, now. */
  resend(target: string, entryId: number, who: string): Promise<Resent>;
}

export function deadLettersOf(ledger: Ledger, targets: readonly EventTarget[]): DeadLetters {
  async function undelivered(): Promise<readonly DeadLetter[]> {
    const entries: LedgerEntry[] = [];
    for (;;) {
      const afterId = entries.at(-1)?.id ?? 0;
      const page = await ledger.read({
        ...{ kinds: ['event_undelivered', 'event_resent'], afterId, order: 'asc', limit: PAGE },
      });
      entries.push(...page);
      if (page.length < PAGE) return deadLetters(entries);
    }
  }

  return {
    undelivered,
    async resend(name, entryId, who) {
      const letters = await undelivered();
      if (!letters.some((each) => each.target === name && each.entryId === entryId))
        return { kind: 'unknown' };
      const target = targets.find((each) => each.name === name);
      if (target === undefined) return { kind: 'failed', problem: 'no such target is configured here' };
      const [entry] = await ledger.read({ afterId: entryId - 1, order: 'asc', limit: 1 });
      if (entry?.id !== entryId) return { kind: 'failed', problem: 'the entry is not in the ledger' };
      try {
        await target.send(entry);
      } catch (error) {
        return { kind: 'failed', problem: messageOf(error) };
      }
      await ledger.append({
        kind: 'event_resent',
        dedupeKey: `${name}:${entryId}`,
        body: { target: name, entryId, who },
      });
      return { kind: 'delivered' };
    },
  };
}
