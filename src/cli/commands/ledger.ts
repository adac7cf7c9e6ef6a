/** `ledger verify` checks every chain from an export file or the store; `ledger export` writes the lines that it reads. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { exportLine, readExportLine } from '../../control/export-line.ts';
import { verifyLedger } from '../../control/verify-ledger.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';
import type { Place, Wiring } from '../wiring.ts';

const PROGRESS_EVERY = 100_000;

export interface LedgerArgs extends Place {
  readonly database?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface LedgerVerifyArgs extends LedgerArgs {
  readonly file?: string | undefined;
}

export async function ledgerVerify(
  args: LedgerVerifyArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<ExitCode> {
  if (args.file !== undefined && args.database !== undefined) {
    throw new CommandFailed(EXIT.usage, 'name either --file or --database');
  }
  const source =
    args.file === undefined
      ? await wiring.openLedger({ ...args, databaseUrl: args.database ?? null })
      : { entries: () => entriesOfFile(args.file ?? ''), close: () => Promise.resolve() };
  try {
    const found = await verifyLedger(counted(source.entries(), io));
    if (args.json === true) printJson(io, found);
    else if (found.ok) {
      io.out(`sound: ${found.entries} entries of ${found.writers} writers`);
      const rows = Object.entries(found.heads).map(([writer, head]) => [writer, head.seq, head.hash]);
      io.out(table(['WRITER', 'SEQ', 'HASH'], rows));
    } else {
      io.out(`BROKEN at entry ${found.id} (writer ${plain(found.writer)}, seq ${found.seq}): ${found.fault}`);
      io.out(`  ${plain(found.detail)}`);
      io.out(`  ${found.entries} entries before it are sound`);
    }
    return found.ok ? EXIT.ok : EXIT.notOk;
  } finally {
    await source.close();
  }
}

export async function ledgerExport(
  args: LedgerArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<ExitCode> {
  const source = await wiring.openLedger({ ...args, databaseUrl: args.database ?? null });
  let count = 0;
  try {
    for await (const entry of counted(source.entries(), io)) {
      io.out(exportLine(entry));
      count += 1;
    }
  } finally {
    await source.close();
  }
  io.err(`${count} entries`);
  return EXIT.ok;
}

async function* entriesOfFile(path: string): AsyncIterable<LedgerEntry> {
  const stream = createReadStream(path, 'utf8');
  const opened = new Promise<void>((resolve, reject) =>
    stream.once('open', () => resolve()).once('error', reject),
  );
  await opened.catch((error: unknown) => {
    throw new CommandFailed(
      EXIT.fault,
      `\`${path}\` cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`,
    );
  });
  let lineNumber = 0;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const entry = readExportLine(line);
    if (!entry.ok)
      throw new CommandFailed(EXIT.notOk, `\`${path}\` line ${lineNumber}: ${plain(entry.problem)}`);
    yield entry.value;
  }
}

async function* counted(entries: AsyncIterable<LedgerEntry>, io: Io): AsyncIterable<LedgerEntry> {
  let count = 0;
  for await (const entry of entries) {
    yield entry;
    count += 1;
    if (count % PROGRESS_EVERY === 0) io.err(`${count} entries`);
  }
}
