/**
 * The board of dial levels: what each campaign's newest is, told to every outlet. A level that we cannot vouch for any more does not
 * stay there: INVARIANT (no-stale-level): when the budget cannot be read, a campaign is taken out, or the sidecar drains, the board
 * says 0 and why, until a level is published anew.
 */
import type { DialLevelNotice } from '../domain/dial-level-notice.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { LevelOutlet } from '../ports/level-outlets.ts';
import { messageOf } from './deadline.ts';
import { deliverNewest } from './deliver-newest.ts';
import type { Station } from './sidecar.ts';

/** The counters are asked this often whether they are there. */
const LOOK_MS = 1_000;

export const WITHDRAWN = {
  budget: 'the drop budget cannot be read',
  counters: 'the counters do not answer',
  removed: 'the campaign is in no settings any more',
  draining: 'the sidecar is shutting down',
} as const;
export type Withdrawal = (typeof WITHDRAWN)[keyof typeof WITHDRAWN];

/** As told: `withdrawn` where no level can be vouched for. */
export interface BoardedLevel extends DialLevelNotice {
  readonly withdrawn: boolean;
}

export interface LevelBoard {
  /** A level that stands in the ledger. Returns at once. */
  publish(level: Omit<DialLevelNotice, 'writer'>): void;
  /** There is no level that holds. Returns at once. */
  withdraw(campaignId: CampaignId, because: Withdrawal): void;
  /** Null: nothing was told of the campaign in this life. */
  newest(campaignId: CampaignId): BoardedLevel | null;
  /** Watches from now on whether levels can be vouched for; `refresh` publishes one anew. */
  watch(refresh: (campaignId: CampaignId) => void): void;
  /** Withdraws every level for good; resolves when that was told, or after `withinMs`. */
  end(withinMs: number): Promise<void>;
  stop(): void;
}

export function createLevelBoard(
  station: Pick<Station, 'clock' | 'ledger' | 'counters' | 'log' | 'inForce'>,
  outlets: readonly LevelOutlet[],
): LevelBoard {
  const { clock, ledger, counters, log } = station;
  const board = new Map<CampaignId, BoardedLevel>();
  /** Being withdrawn: the ledger is asked to record it. */
  const withdrawing = new Map<CampaignId, Withdrawal>();
  const deliveries = outlets.map((outlet) => deliverNewest(outlet, { clock, log }));
  let ended = false;
  let stopped = false;

  function show(level: BoardedLevel): void {
    board.set(level.campaignId, level);
    for (const delivery of deliveries) delivery.offer(level);
  }

  /** In the ledger first, as every level; told also when the ledger cannot take it. */
  async function withdraw(campaignId: CampaignId, because: Withdrawal): Promise<void> {
    const shown = board.get(campaignId);
    if (withdrawing.get(campaignId) === because) return;
    if (shown?.withdrawn === true && shown.because === because) return;
    withdrawing.set(campaignId, because);
    const level = { campaignId, levelHundredths: 0, linesNow: 0, because };
    const entry = await ledger.append({ kind: 'dial_level_changed', body: level }).then(
      (receipt) => receipt.entry,
      (error: unknown) => {
        log.warn({ campaignId, because, problem: messageOf(error) }, 'withdrawn dial level not recorded');
        return null;
      },
    );
    // Published, or withdrawn for another reason, meanwhile.
    if (withdrawing.get(campaignId) !== because) return;
    withdrawing.delete(campaignId);
    const { id: entryId = null, at = clock.now() } = entry ?? {};
    show({ ...level, at, entryId, writer: ledger.writer, withdrawn: true });
  }

  async function look(refresh: (campaignId: CampaignId) => void): Promise<void> {
    const { campaigns } = station.inForce();
    const there = await counters.ping().then(
      () => true,
      () => false,
    );
    if (ended) return;
    for (const id of campaigns.keys()) {
      if (!there) void withdraw(id, WITHDRAWN.counters);
      else if (board.get(id)?.withdrawn !== false || withdrawing.has(id)) refresh(id);
    }
    for (const id of board.keys()) if (!campaigns.has(id)) void withdraw(id, WITHDRAWN.removed);
  }

  return {
    publish(level) {
      if (ended) return;
      withdrawing.delete(level.campaignId);
      show({ ...level, writer: ledger.writer, withdrawn: false });
    },
    withdraw(campaignId, because) {
      // Told already that nothing holds: one reason is enough.
      const told = withdrawing.has(campaignId) || board.get(campaignId)?.withdrawn === true;
      if (!ended && !told) void withdraw(campaignId, because);
    },
    newest: (campaignId) => board.get(campaignId) ?? null,
    watch(refresh) {
      const round = (): void => {
        if (stopped || ended) return;
        void look(refresh).finally(() => clock.after(LOOK_MS, round));
      };
      round();
    },
    async end(withinMs) {
      ended = true;
      const allTold = Promise.all([...board.keys()].map((id) => withdraw(id, WITHDRAWN.draining))).then(() =>
        Promise.all(deliveries.map((delivery) => delivery.told())),
      );
      await Promise.race([
        allTold,
        new Promise<void>((resolve) => {
          clock.after(withinMs, resolve);
        }),
      ]);
    },
    stop() {
      stopped = true;
      for (const delivery of deliveries) delivery.stop();
    },
  };
}
