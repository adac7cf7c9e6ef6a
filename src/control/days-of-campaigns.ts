/**
 * Folds the ledger into the days of the campaigns in force: first today's entries page by page, then each entry as it comes, once and in
 * order. Nobody asks, nothing is read.
 */
import type { Campaign } from '../domain/campaign.ts';
import { type CampaignDay, dayAt, FOLDED_KINDS, newDay, withEntry } from '../domain/campaign-day.ts';
import { textIn } from '../domain/json-parts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { Instant } from '../domain/time.ts';
import type { Operations } from './operations.ts';

/** Entries that wait while the past is read; beyond them the ledger is read once more. */
const WAITING_MAX = 5_000;

/** The days at one entry of the ledger; what is folded later does not change them. */
export interface TakenDays {
  /** Every entry up to this id is in them. */
  readonly sequence: number;
  /** False while today's earlier entries are still being read. */
  readonly complete: boolean;
  dayOf(campaign: Campaign): CampaignDay;
}

export interface Days {
  /** Follows the ledger from now on. */
  begin(): void;
  /** The campaigns in force. One that comes by a reload is counted from then on. */
  know(campaigns: readonly Campaign[]): void;
  /** Somebody has told the campaigns. */
  isKnown(): boolean;
  /** Reads today's earlier entries, once; resolves also when the ledger fails, and the next call tries again. */
  catchUp(): Promise<void>;
  take(): TakenDays;
  stop(): void;
}

export interface DaysListener {
  /** An entry of this campaign has come. */
  touched(campaignId: string): void;
  /** All campaigns may look otherwise: a reload, or the past has been read. */
  changed(): void;
}

type Sources = Pick<Operations, 'entries' | 'follow' | 'now'>;

export function createDays(operations: Sources, pageSize: number, listener: DaysListener): Days {
  const campaigns = new Map<string, Campaign>();
  const days = new Map<string, CampaignDay>();
  /** Null once the past has been read. */
  let waiting: LedgerEntry[] | null = [];
  let overflowed = false;
  let foldedId = 0;
  let reading: Promise<void> | null = null;
  let subscription: { unsubscribe(): void } | null = null;

  function fold(entry: LedgerEntry): void {
    if (entry.id <= foldedId) return;
    foldedId = entry.id;
    const campaign = campaigns.get(textIn(entry.body['campaignId']) ?? '');
    const day = campaign === undefined ? undefined : days.get(campaign.id);
    if (campaign === undefined || day === undefined) return;
    days.set(campaign.id, withEntry(dayAt(day, campaign, entry.at), entry));
  }

  function hear(entry: LedgerEntry): void {
    if (waiting === null) fold(entry);
    else if (waiting.push(entry) > WAITING_MAX) {
      waiting = [];
      overflowed = true;
    }
    const campaignId = textIn(entry.body['campaignId']);
    if (entry.kind === 'policy_reloaded') listener.changed();
    else if (campaignId !== null) listener.touched(campaignId);
  }

  const firstInstant = (): Instant | undefined =>
    [...days.values()].map(({ startsAt }) => startsAt).sort((a, b) => a - b)[0];

  async function readPast(): Promise<void> {
    do {
      overflowed = false;
      // Whatever kind it is: up to it nothing is missing once the pages have been read.
      const [newest] = await operations.entries({ order: 'desc', limit: 1 });
      const since = firstInstant();
      for (let full = true; full;) {
        const page = await operations.entries({
          kinds: FOLDED_KINDS,
          order: 'asc',
          afterId: foldedId,
          limit: pageSize,
          ...(since === undefined ? {} : { since }),
        });
        for (const entry of page) fold(entry);
        full = page.length === pageSize;
      }
      foldedId = Math.max(foldedId, newest?.id ?? 0);
    } while (hasOverflowed());
    for (const entry of waiting ?? []) fold(entry);
    waiting = null;
    listener.changed();
  }

  /** A function, because entries come while others are awaited. */
  const hasOverflowed = (): boolean => overflowed;

  return {
    begin() {
      subscription ??= operations.follow(hear);
    },
    know(inForce) {
      campaigns.clear();
      for (const campaign of inForce) {
        campaigns.set(campaign.id, campaign);
        if (!days.has(campaign.id)) days.set(campaign.id, newDay(campaign, operations.now()));
      }
    },
    isKnown: () => campaigns.size > 0,
    async catchUp() {
      if (waiting === null || campaigns.size === 0) return;
      reading ??= readPast()
        // Asked again with the next look; until then the figures say that they are not complete.
        .catch(() => undefined)
        .finally(() => {
          reading = null;
        });
      await reading;
    },
    take() {
      const taken = new Map(days);
      return {
        sequence: foldedId,
        complete: waiting === null,
        dayOf: (campaign) => {
          const now = operations.now();
          return dayAt(taken.get(campaign.id) ?? newDay(campaign, now), campaign, now);
        },
      };
    },
    stop() {
      subscription?.unsubscribe();
      subscription = null;
    },
  };
}
