/**
 * How long detector and connection take together, per campaign, as the results in the ledger tell it: those of every sidecar on it, and
 * after a restart those of before. INVARIANT (measured-or-vetoed): until a campaign's results have been read, what was measured is
 * unknown.
 */
import type { Campaign } from '../domain/campaign.ts';
import {
  connectTimeIn,
  type MeasuredConnect,
  measuredConnect,
  type TimedConnect,
} from '../domain/connect-times.ts';
import { type Fact, known, unknown } from '../domain/facts.ts';
import { objectIn, textIn } from '../domain/json-parts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { MachineDetection } from '../domain/machine-detection.ts';
import { addMs, type Instant, MINUTE_MS } from '../domain/time.ts';
import type { Station } from './sidecar.ts';

export interface ConnectTimes {
  /** The very same answer as long as nothing has changed. */
  readonly of: (campaign: Campaign) => Fact<MeasuredConnect> | null;
  /** An entry that has become visible in the ledger. */
  readonly hear: (entry: LedgerEntry) => void;
  /** Reads what has not been read; rejects when the ledger does not answer. */
  readonly read: () => Promise<void>;
}

/** Results of one campaign read at once. */
const PAGE = 2_000;

interface Kept {
  readonly detection: MachineDetection;
  /** By id of the entry, in the order of the ledger; no more than count. */
  times: readonly (TimedConnect & { readonly entryId: number })[];
  /** False while older results may be missing. */
  whole: boolean;
  answer: { readonly fact: Fact<MeasuredConnect>; readonly from: Instant; readonly until: Instant } | null;
}

const NOT_READ: Fact<MeasuredConnect> = unknown('how long connections take is being read from the ledger');

const FOR_EVER = Number.POSITIVE_INFINITY as Instant;

export function createConnectTimes(station: Station): ConnectTimes {
  const { clock, ledger, inForce } = station;
  const campaigns = new Map<string, Kept>();

  /** With other settings the campaign is measured anew: of the same calls others may count, or none. */
  function keptFor({ id }: Campaign, detection: MachineDetection): Kept {
    const before = campaigns.get(id);
    if (before !== undefined && isSameMeasure(before.detection, detection)) return before;
    const kept: Kept = { detection, times: [], whole: false, answer: null };
    campaigns.set(id, kept);
    return kept;
  }

  function add(kept: Kept, entry: LedgerEntry): void {
    const time = connectTimeIn(objectIn(entry.body['connectTime']));
    if (time?.by !== kept.detection.by || kept.times.some(({ entryId }) => entryId === entry.id)) return;
    kept.times = [...kept.times, { ...time, at: entry.at, entryId: entry.id }]
      .toSorted((a, b) => a.entryId - b.entryId)
      .slice(-kept.detection.measured.calls);
    kept.answer = null;
  }

  async function readOne({ id }: Campaign, kept: Kept): Promise<void> {
    const { calls, minutes } = kept.detection.measured;
    const since = addMs(clock.now(), -minutes * MINUTE_MS);
    for (let beforeId: number | undefined; kept.times.length < calls;) {
      const page = await ledger.read({
        kinds: ['call_result'],
        campaignId: id,
        since,
        order: 'desc',
        limit: PAGE,
        ...(beforeId === undefined ? {} : { beforeId }),
      });
      for (const entry of page) add(kept, entry);
      beforeId = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
    kept.whole = true;
  }

  return {
    of(campaign) {
      const { machineDetection: detection, mode } = campaign;
      if (detection === undefined || mode !== 'predictive') return null;
      const kept = keptFor(campaign, detection);
      if (!kept.whole) return NOT_READ;
      const now = clock.now();
      const { answer } = kept;
      if (answer !== null && now >= answer.from && now < answer.until) return answer.fact;
      const { measured, holdsUntil } = measuredConnect(kept.times, detection.measured, now);
      const fact = known(measured);
      kept.answer = { fact, from: now, until: holdsUntil ?? FOR_EVER };
      return fact;
    },
    hear(entry) {
      if (entry.kind !== 'call_result') return;
      const kept = campaigns.get(textIn(entry.body['campaignId']) ?? '');
      if (kept !== undefined) add(kept, entry);
    },
    async read() {
      const { campaigns: callers } = inForce();
      for (const id of campaigns.keys()) {
        if (![...callers.values()].some((each) => each.id === id && each.machineDetection !== undefined))
          campaigns.delete(id);
      }
      for (const campaign of callers.values()) {
        if (campaign.machineDetection === undefined) continue;
        const kept = keptFor(campaign, campaign.machineDetection);
        if (!kept.whole) await readOne(campaign, kept);
      }
    },
  };
}

const isSameMeasure = (a: MachineDetection, b: MachineDetection): boolean =>
  a.by === b.by && a.measured.calls === b.measured.calls && a.measured.minutes === b.measured.minutes;
