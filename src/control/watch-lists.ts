/**
 * New versions of do-not-call lists while the sidecar runs. INVARIANT (list-before-decision): a version is in the ledger before
 * a decision stands on it, so whoever reads a decision finds what was known of its lists above it.
 */
import type { LedgerDraft } from '../domain/ledger-entry.ts';
import type { Clock } from '../ports/clock.ts';
import type { ListVersions, LoadedList } from '../ports/fact-sources.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import { messageOf } from './deadline.ts';

export interface ListWatch {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly lists: ListVersions;
  /** Milliseconds from the end of one look to the next. */
  readonly everyMs: number;
}

export function listLoaded(list: LoadedList): LedgerDraft {
  const { version, areaCodes, lineTypes, count, rejectedCount, sha256, origin, sources } = list;
  return {
    kind: 'list_loaded',
    body: {
      ...version,
      // What a later reader needs to tell "not listed" from "not obtained".
      areaCodes,
      ...(lineTypes === undefined ? {} : { lineTypes }),
      ...{ count, rejectedCount, sha256, origin },
      sources: sources.map((source) => ({ ...source })),
    },
  };
}

/** One look after the other until it is stopped. */
export function watchLists(watch: ListWatch): { stop(): void } {
  const { clock, log, everyMs } = watch;
  let stopped = false;
  const again = (): void => {
    clock.after(everyMs, () => {
      if (stopped) return;
      void lookForNewer(watch)
        .catch((error: unknown) => log.warn({ problem: messageOf(error) }, 'lists will be looked at again'))
        .finally(again);
    });
  };
  again();
  return {
    stop: () => {
      stopped = true;
    },
  };
}

/** Rejects when the ledger does; what was not recorded is not in force. */
export async function lookForNewer({ lists, ledger, log }: Omit<ListWatch, 'everyMs'>): Promise<void> {
  const { ready, problems } = await lists.findNewer();
  for (const { name, problem, inForce } of problems) {
    const rest = inForce ? 'the old version stays in force' : 'calls it may bind are vetoed';
    log.error({ list: name, problem }, `a do-not-call list cannot be taken: ${rest}`);
  }
  for (const newer of ready) {
    const { list } = newer;
    await ledger.append(listLoaded(list));
    newer.putInForce();
    const { name, version, obtainedOn } = list.version;
    log.info({ list: name, version, obtainedOn, numbers: list.count }, 'a do-not-call list is in force');
  }
}
