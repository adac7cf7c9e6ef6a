/** `ledger verify` checks every chain from an export file or the store; `ledger export` writes the lines that it reads. */
import { exportLine } from '../../control/export-line.ts';
import { verifyLedger } from '../../control/verify-ledger.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { ledgerOf } from '../ledger-file.ts';
import { many, plain, table } from '../text.ts';
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
  const source = await ledgerOf(args, wiring);
  try {
    const found = await verifyLedger(counted(source.entries(), io));
    if (args.json === true) printJson(io, found);
    else if (found.ok) {
      io.out(`sound: ${many(found.entries, 'entry', 'entries')} of ${many(found.writers, 'writer')}`);
      const rows = Object.entries(found.heads).map(([writer, head]) => [writer, head.seq, head.hash]);
      io.out(table(['WRITER', 'SEQ', 'HASH'], rows));
    } else {
      io.out(`BROKEN at entry ${found.id} (writer ${plain(found.writer)}, seq ${found.seq}): ${found.fault}`);
      io.out(`  ${plain(found.detail)}`);
      io.out(`  before it, ${many(found.entries, 'entry is', 'entries are')} sound`);
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
  io.err(many(count, 'entry', 'entries'));
  return EXIT.ok;
}

async function* counted(entries: AsyncIterable<LedgerEntry>, io: Io): AsyncIterable<LedgerEntry> {
  let count = 0;
  for await (const entry of entries) {
    yield entry;
    count += 1;
    if (count % PROGRESS_EVERY === 0) io.err(`${count} entries`);
  }
}
