/** An export of the ledger as a source of entries: what a stranger has in hands. */
import { stat } from 'node:fs/promises';
import { readExportLine } from '../control/export-line.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import { CommandFailed, EXIT } from './io.ts';
import { plain } from './text.ts';
import { linesOf } from './verify/file-segments.ts';
import type { EntryFilter, LedgerSource, Place, Wiring } from './wiring.ts';

export interface SourceArgs extends Place {
  readonly file?: string | undefined;
  readonly database?: string | undefined;
}

/** The export when one is named, else the store. */
export function ledgerOf(args: SourceArgs, wiring: Pick<Wiring, 'openLedger'>): Promise<LedgerSource> {
  const { file, database } = args;
  if (file !== undefined && database !== undefined) {
    throw new CommandFailed(EXIT.usage, 'name either --file or --database');
  }
  if (file === undefined) return wiring.openLedger({ ...args, databaseUrl: database ?? null });
  return Promise.resolve({
    entries: (filter) => entriesOfFile(file, filter),
    close: () => Promise.resolve(),
  });
}

/**
 * Every entry of the export that passes the filter. A file without a single entry ends the command with `notOk`: it proves nothing,
 * and an export that failed leaves just such a file behind.
 */
async function* entriesOfFile(path: string, filter: EntryFilter = {}): AsyncIterable<LedgerEntry> {
  const unreadable = (why: string): CommandFailed =>
    new CommandFailed(EXIT.fault, `\`${path}\` cannot be read: ${why}`);
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable((error as NodeJS.ErrnoException).code ?? '');
  });
  if (found.isDirectory()) throw unreadable('it is a directory, expected a file');
  let lineNumber = 0;
  let isEmpty = true;
  const lines = linesOf({ path, from: 0, to: found.size });
  try {
    for (;;) {
      const next = await lines.next().catch((error: unknown) => {
        throw unreadable((error as NodeJS.ErrnoException).code ?? '');
      });
      if (next.done === true) break;
      for (const line of next.value) {
        lineNumber += 1;
        if (line.trim() === '') continue;
        isEmpty = false;
        const entry = readExportLine(line);
        if (!entry.ok)
          throw new CommandFailed(EXIT.notOk, `\`${path}\` line ${lineNumber}: ${plain(entry.problem)}`);
        if (isWanted(entry.value, filter)) yield entry.value;
      }
    }
  } finally {
    await lines.return(undefined);
  }
  if (isEmpty)
    throw new CommandFailed(EXIT.notOk, `\`${path}\` holds no entry: expected an export of a ledger`);
}

const isWanted = (entry: LedgerEntry, { afterId = 0, kinds, callId, since }: EntryFilter): boolean =>
  entry.id > afterId &&
  (kinds === undefined || kinds.includes(entry.kind)) &&
  (callId === undefined || entry.body['callId'] === callId) &&
  (since === undefined || entry.at >= since);
