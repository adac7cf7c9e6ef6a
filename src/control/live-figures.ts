/**
 * The figures that supervisors watch, worked out once for all of them: where each campaign stands (counters), and what today's entries
 * of the ledger add up to (vetoes by reason, outcomes, waits for the message). Nothing is decided by them.
 * INVARIANT (figures-by-sequence): `sequence` is the newest entry that was in `day`, taken before the counters were asked; a later entry of the
 * campaign is followed by figures of its own, so whoever has the newest figures has missed nothing.
 */
import type { CampaignDay } from '../domain/campaign-day.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { createDays, type TakenDays } from './days-of-campaigns.ts';
import type { CampaignStatus, Operations } from './operations.ts';

/** Of one campaign, at one moment. */
export interface CampaignFigures {
  readonly status: CampaignStatus;
  readonly day: CampaignDay;
  /** Every entry of the ledger up to this id is in `day`. */
  readonly sequence: number;
  /** False while today's earlier entries are still being read: `day` is short of them. */
  readonly complete: boolean;
  readonly at: Instant;
}

export interface FiguresSnapshot {
  readonly sequence: number;
  readonly at: Instant;
  readonly policyHash: string;
  readonly campaigns: readonly CampaignFigures[];
}

export interface LiveFigures {
  /** All campaigns in force; asks the counters now. The first call begins to read today's entries. */
  snapshot(): Promise<FiguresSnapshot>;
  /** Hears a campaign's figures after its entries, at most once in `everyMs`. `listener` MUST NOT throw. */
  follow(listener: (figures: CampaignFigures) => void): { unsubscribe(): void };
  stop(): void;
}

export interface FiguresTiming {
  /** Of one campaign. With the time to gather and send, an event's figures are on the page within a second. */
  readonly everyMs: number;
  /** From an entry to the first look: its counts are settled just behind it. */
  readonly settleMs: number;
  /** Without any entry: agents come and go, and a day ends. */
  readonly idleMs: number;
  /** The first answer waits this long for today's earlier entries. */
  readonly firstMs: number;
  readonly pageSize: number;
}

export const FIGURES_TIMING: FiguresTiming = {
  everyMs: 750,
  settleMs: 60,
  idleMs: 2_000,
  firstMs: 300,
  pageSize: 2_000,
};

type Wake = (ms: number, wake: () => void) => { cancel(): void };
type Sources = Pick<Operations, 'campaign' | 'campaigns' | 'entries' | 'follow' | 'now' | 'policyHash'>;

/** A campaign that is about to be looked at, or was just now; `again`: something has happened since. */
interface Pace {
  readonly again: boolean;
  readonly timer: { cancel(): void };
}

export function createLiveFigures(
  operations: Sources,
  after: Wake,
  timing: FiguresTiming = FIGURES_TIMING,
): LiveFigures {
  const listeners = new Set<(figures: CampaignFigures) => void>();
  const days = createDays(operations, timing.pageSize, {
    touched: (id) => {
      touch(id);
    },
    changed: () => void lookAtAll(),
  });
  const paces = new Map<string, Pace>();
  /** What was told last, as text: the same figures are not told twice. */
  const told = new Map<string, string>();
  /** Many who ask at once get one answer. */
  let making: Promise<FiguresSnapshot> | null = null;
  let idle: { cancel(): void } | null = null;
  let stopped = false;

  /** `day` was taken before the counters were asked. */
  function tell(figures: CampaignFigures): void {
    const { status, day, complete } = figures;
    const text = JSON.stringify([status, day, complete]);
    if (stopped || told.get(status.campaign.id) === text) return;
    told.set(status.campaign.id, text);
    for (const listener of [...listeners]) listener(figures);
  }

  function touch(id: string): void {
    if (stopped || listeners.size === 0) return;
    const pace = paces.get(id);
    if (pace !== undefined) paces.set(id, { ...pace, again: true });
    else paces.set(id, { again: false, timer: after(timing.settleMs, () => void look(id)) });
  }

  async function look(id: string): Promise<void> {
    const timer = after(timing.everyMs - timing.settleMs, () => {
      const again = paces.get(id)?.again === true;
      paces.delete(id);
      if (again) touch(id);
    });
    paces.set(id, { again: false, timer });
    const taken = days.take();
    try {
      const status = await operations.campaign(id as CampaignId);
      if (status !== null) tell(figuresOf(status, taken));
    } catch {
      // The idle look asks again; what is shown says of itself at which entry it was true.
    }
  }

  async function lookAtAll(): Promise<void> {
    const taken = days.take();
    try {
      const statuses = await operations.campaigns();
      days.know(statuses.map(({ campaign }) => campaign));
      for (const status of statuses) tell(figuresOf(status, taken));
    } catch {
      // As above.
    }
  }

  const figuresOf = (status: CampaignStatus, taken: TakenDays): CampaignFigures => ({
    status,
    day: taken.dayOf(status.campaign),
    sequence: taken.sequence,
    complete: taken.complete,
    at: operations.now(),
  });

  function lookAround(): void {
    if (stopped) return;
    void days.catchUp();
    if (listeners.size > 0) void lookAtAll();
    idle = after(timing.idleMs, lookAround);
  }

  function begin(): void {
    if (idle !== null || stopped) return;
    days.begin();
    idle = after(timing.idleMs, lookAround);
  }

  async function makeSnapshot(): Promise<FiguresSnapshot> {
    begin();
    if (!days.isKnown()) days.know((await operations.campaigns()).map(({ campaign }) => campaign));
    // A short past is in the first answer already.
    await Promise.race([days.catchUp(), pause(after, timing.firstMs)]);
    const taken = days.take();
    const statuses = await operations.campaigns();
    days.know(statuses.map(({ campaign }) => campaign));
    return {
      sequence: taken.sequence,
      at: operations.now(),
      policyHash: operations.policyHash(),
      campaigns: statuses.map((status) => figuresOf(status, taken)),
    };
  }

  return {
    snapshot() {
      making ??= makeSnapshot().finally(() => {
        making = null;
      });
      return making;
    },
    follow(listener) {
      begin();
      listeners.add(listener);
      return { unsubscribe: () => void listeners.delete(listener) };
    },
    stop() {
      stopped = true;
      days.stop();
      idle?.cancel();
      for (const { timer } of paces.values()) timer.cancel();
      listeners.clear();
    },
  };
}

const pause = (after: Wake, ms: number): Promise<void> =>
  new Promise((resolve) => {
    after(ms, resolve);
  });
