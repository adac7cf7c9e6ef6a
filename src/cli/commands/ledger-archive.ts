/**
 * `ledger archive`: each month that is over as a file of its own, verified while it is written, continuing the file before. What is
 * archived already is not read again. Nothing is taken out of the store.
 */
import {
  type ArchivedMonth,
  archivedMonths,
  ArchiveTaken,
  ArchiveUnreadable,
  beginMonth,
  type MonthFile,
} from '../../adapters/files/month-archive.ts';
import { exportLine } from '../../control/export-line.ts';
import { entryFault, type WriterHead } from '../../control/verify-ledger.ts';
import { EMPTY_CHAIN } from '../../domain/chain-link.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { ledgerMonthOf } from '../../domain/ledger-month.ts';
import { prunedMonths } from '../../domain/pruned-month.ts';
import { instant, type Instant } from '../../domain/time.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { progressBar } from '../progress.ts';
import { plain, table } from '../text.ts';
import type { LedgerSource, Wiring } from '../wiring.ts';
import type { LedgerArgs } from './ledger.ts';

const PROGRESS_EVERY = 10_000;

export interface LedgerArchiveArgs extends LedgerArgs {
  /** The folder of the files. */
  readonly to: string;
}

/** A month that is being written. */
interface Writing {
  readonly month: string;
  readonly file: MonthFile;
  readonly firstId: number;
  entries: number;
}

export async function ledgerArchive(
  { to, ...args }: LedgerArchiveArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<ExitCode> {
  const before = await readArchive(to);
  const source = await wiring.openLedger({ ...args, databaseUrl: args.database ?? null });
  const bar = progressBar(io);
  let months: readonly ArchivedMonth[];
  try {
    const thisMonth = new Date(io.nowMs()).toISOString().slice(0, 7);
    const lastId = before.at(-1)?.last_id ?? 0;
    await refusePruned(source, lastId, { to, now: instant(io.nowMs()) });
    const entries = source.entries({ afterId: lastId });
    months = await archiveMonths(entries, { to, thisMonth, from: before.at(-1) }, (count) => bar.show(count));
  } catch (error) {
    if (error instanceof ArchiveTaken) throw new CommandFailed(EXIT.fault, error.message);
    throw error;
  } finally {
    bar.end();
    await source.close();
  }
  if (args.json === true) printJson(io, { months });
  else if (months.length === 0) io.out('no month is over that was not archived before');
  else {
    const rows = months.map(({ month, entries, file, sha256 }) => [month, entries, file, sha256]);
    io.out(table(['MONTH', 'ENTRIES', 'FILE', 'SHA256'], rows));
  }
  return EXIT.ok;
}

async function readArchive(directory: string): Promise<readonly ArchivedMonth[]> {
  return archivedMonths(directory).catch((error: unknown) => {
    if (error instanceof ArchiveUnreadable) throw new CommandFailed(EXIT.notOk, error.message);
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailed(EXIT.fault, `\`${directory}\` cannot be read: ${code ?? String(error)}`);
  });
}

/** What is left of a pruned month is no month: its archive is the one that it was pruned by, and goes on where that ended. */
async function refusePruned(
  source: LedgerSource,
  lastId: number,
  { to, now }: { readonly to: string; readonly now: Instant },
): Promise<void> {
  const prunings: LedgerEntry[] = [];
  for await (const entry of source.entries({ kinds: ['ledger_pruned'] })) prunings.push(entry);
  const gone = prunedMonths(prunings, now).find(({ fromId }) => fromId > lastId);
  if (gone === undefined) return;
  const problem = `${gone.month} was pruned, and \`${to}\` does not have it`;
  throw new CommandFailed(EXIT.notOk, problem, 'go on in the folder that has the months before');
}

/**
 * Writes the months that are over: those before `thisMonth` of which an entry of a later month shows that nothing follows in them, since
 * ids never go back. Ends the command at the first entry that is broken; months before it are archived.
 */
async function archiveMonths(
  entries: AsyncIterable<LedgerEntry>,
  given: { readonly to: string; readonly thisMonth: string; readonly from: ArchivedMonth | undefined },
  progress: (count: number) => void,
): Promise<readonly ArchivedMonth[]> {
  const heads = new Map<string, WriterHead>(Object.entries(given.from?.heads ?? {}));
  const archived: ArchivedMonth[] = [];
  let lastId = given.from?.last_id ?? 0;
  let count = 0;
  let writing: Writing | undefined;
  const end = async ({ file, firstId, entries: written }: Writing): Promise<void> => {
    const counts = { entries: written, first_id: firstId, last_id: lastId };
    archived.push(await file.commit({ ...counts, heads: Object.fromEntries(heads) }));
  };
  try {
    for await (const entry of entries) {
      const month = ledgerMonthOf(entry.id);
      if (writing !== undefined && writing.month !== month) {
        const over = writing;
        writing = undefined;
        await end(over);
      }
      if (month >= given.thisMonth) break;
      checkLink(entry, heads, lastId);
      writing ??= { month, file: await beginMonth(given.to, month), firstId: entry.id, entries: 0 };
      await writing.file.write(exportLine(entry));
      writing.entries += 1;
      heads.set(entry.writer, { seq: entry.seq, hash: entry.hash });
      lastId = entry.id;
      count += 1;
      if (count % PROGRESS_EVERY === 0) progress(count);
    }
  } finally {
    await writing?.file.abandon();
  }
  return archived;
}

function checkLink(entry: LedgerEntry, heads: ReadonlyMap<string, WriterHead>, lastId: number): void {
  const found = entryFault(entry, heads.get(entry.writer) ?? EMPTY_CHAIN, lastId, entry);
  if (found === undefined) return;
  const { id, writer, seq } = entry;
  const place = `entry ${id} (writer ${plain(writer)}, seq ${seq})`;
  throw new CommandFailed(EXIT.notOk, `BROKEN at ${place}: ${found.fault}: ${found.detail}`);
}
