/**
 * New versions of do-not-call lists while the sidecar runs: looked for at once when an import or another sidecar tells of one, and from
 * time to time in case nobody was heard. INVARIANT (list-before-decision): a version is in the ledger before
 * a decision stands on it, so whoever reads a decision finds what was known of its lists above it.
 */
import type { LedgerDraft } from '../domain/ledger-entry.ts';
import type { Clock } from '../ports/clock.ts';
import type { ListVersions, LoadedList } from '../ports/fact-sources.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { ListNews } from '../ports/list-news.ts';
import type { Log } from '../ports/log.ts';
import { messageOf } from './deadline.ts';

export interface ListWatch {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly lists: ListVersions;
  readonly news: ListNews;
  /** Milliseconds from the end of one look to the next when nobody tells of anything. */
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

/** One look after the other, never two at once, until it is stopped. What is told during a look is looked for after it. */
export function watchLists(watch: ListWatch): { stop(): void } {
  const { clock, ledger, log, news, everyMs } = watch;
  let stopped = false;
  let looking = false;
  let toldMeanwhile = false;
  const look = (): void => {
    if (stopped) return;
    next.cancel();
    looking = true;
    toldMeanwhile = false;
    void lookForNewer(watch)
      .catch((error: unknown) => log.warn({ problem: messageOf(error) }, 'lists will be looked at again'))
      .finally(() => {
        looking = false;
        if (toldMeanwhile) look();
        else if (!stopped) next = clock.after(everyMs, look);
      });
  };
  const told = (): void => {
    if (looking) toldMeanwhile = true;
    else look();
  };
  let next = clock.after(everyMs, look);
  const announced = news.listen(told);
  // Who imports may not reach the store; the first sidecar that has the version in force then tells the others by its entry.
  const recorded = ledger.subscribe(({ kind, writer }) => {
    if (kind === 'list_loaded' && writer !== ledger.writer) told();
  });
  return {
    stop: () => {
      stopped = true;
      next.cancel();
      announced.stop();
      recorded.unsubscribe();
    },
  };
}

/** Rejects when the ledger does; what was not recorded is not in force. */
export async function lookForNewer({
  lists,
  ledger,
  log,
}: Pick<ListWatch, 'lists' | 'ledger' | 'log'>): Promise<void> {
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
