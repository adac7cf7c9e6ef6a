/** The part of `main.ts` that puts a disk beside the ledger, where one is configured. */
import { randomUUID } from 'node:crypto';
import { openSpoolFile } from './adapters/files/spool-file.ts';
import { memoryRecords } from './adapters/memory/records.ts';
import type { PostgresLedger } from './adapters/postgres/ledger.ts';
import type { PostgresStore } from './adapters/postgres/open.ts';
import { postgresRecords } from './adapters/postgres/records.ts';
import { postgresStandingSource } from './adapters/postgres/standing-copy.ts';
import type { Config } from './config/config.ts';
import { freshIds } from './control/spool/fresh-ids.ts';
import { createRecordsCopy, type RecordsCopy } from './control/spool/records-copy.ts';
import { recordsBesideSpool } from './control/spool/records-beside-spool.ts';
import { type SpoolFigures, spoolingLedger } from './control/spool/spooling-ledger.ts';
import type { Campaign } from './domain/campaign.ts';
import type { Clock } from './ports/clock.ts';
import type { ComplianceRecords } from './ports/fact-sources.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Log } from './ports/log.ts';

const MEGABYTE = 1_000_000;
const MINUTE_MS = 60_000;

export interface OpenedSpool {
  readonly ledger: Ledger;
  readonly records: ComplianceRecords;
  readonly newCallId: () => string;
  /** Null: there is no spool. */
  readonly figures: () => SpoolFigures | null;
  drainFound(): Promise<void>;
  close(): Promise<void>;
}

interface Beside {
  readonly ledger: PostgresLedger;
  readonly store: PostgresStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** `campaigns`: those in force when it is asked. Rejects when a spool is there and cannot be read. */
export async function openSpool(
  config: Pick<Config, 'spool'>,
  { ledger, store, clock, log }: Beside,
  campaigns: () => readonly Campaign[],
): Promise<OpenedSpool> {
  const { directory, maxMegabytes, recordsMax, permitMinutes } = config.spool;
  const stored = postgresRecords(store);
  if (directory === null) {
    return {
      ledger,
      records: stored,
      newCallId: randomUUID,
      figures: () => null,
      drainFound: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }
  const { writer } = ledger;
  const spool = await openSpoolFile({ directory, writer, maxBytes: maxMegabytes * MEGABYTE });
  const ids = freshIds(randomUUID);
  const going = (): readonly Campaign[] =>
    campaigns().filter(({ whenLedgerAway }) => whenLedgerAway === 'spool');
  let copy: RecordsCopy | null = null;
  const spooling = spoolingLedger({
    ledger,
    spool,
    clock,
    log,
    goesOn: (campaignId) => going().some(({ id }) => id === campaignId),
    takeFresh: (callId) => ids.take(callId),
    newId: randomUUID,
    isOver: () => ledger.isTakenOver(),
    onSpooled: (entry) => copy?.spooled(entry),
    onWritten: (entry, replayed) => copy?.wrote(entry, replayed),
  });
  const awaySince = () => spooling.awaySince();
  copy = createRecordsCopy({
    source: postgresStandingSource(store, writer),
    ledger,
    clock,
    log,
    empty: () => memoryRecords(() => false),
    recordsMax,
    permitsForMs: permitMinutes * MINUTE_MS,
    awaySince,
    isWanted: () => going().length > 0,
  });
  const opened = copy;
  return {
    ledger: spooling,
    records: recordsBesideSpool(stored, opened, awaySince),
    newCallId: () => ids.make(),
    figures: () => spooling.figures(),
    drainFound: () => spooling.drainFound(),
    async close() {
      opened.stop();
      await spooling.close();
    },
  };
}
