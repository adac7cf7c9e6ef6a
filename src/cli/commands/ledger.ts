/** `ledger verify` checks every chain from an export file or the store; `ledger export` writes the lines that it reads. */
import { exportLine } from '../../control/export-line.ts';
import { type LedgerVerification, verifyLedger } from '../../control/verify-ledger.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { readPrunings, type RefusedPruning } from '../../domain/pruned-month.ts';
import { instant } from '../../domain/time.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { type ProgressBar, progressBar } from '../progress.ts';
import { many, plain, table } from '../text.ts';
import { gapLines, gapsAsJson } from '../verify/show-gaps.ts';
import { allKnown, type KeptCheckpoints, readKeptCheckpoints } from '../verify/kept-checkpoints.ts';
import { hashesOf, readHeads, readKeptHeads } from '../verify/kept-heads.ts';
import { verifyFiles } from '../verify/verify-files.ts';
import type { Place, Wiring } from '../wiring.ts';

const PROGRESS_EVERY = 10_000;

export interface LedgerArgs extends Place {
  readonly database?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface LedgerVerifyArgs extends LedgerArgs {
  /** Exports, in the order in which they continue each other. */
  readonly file?: readonly string[] | undefined;
  /** What `ledger verify --json` printed earlier, of the same ledger. */
  readonly heads?: string | undefined;
  /** The same, or the file beside an archived month: the files go on from there. */
  readonly from?: string | undefined;
  /** Files of signed checkpoints, of the same ledger. */
  readonly checkpoints?: readonly string[] | undefined;
  readonly publicKey?: readonly string[] | undefined;
}

export async function ledgerVerify(
  args: LedgerVerifyArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<ExitCode> {
  const found = await verify(args, io, wiring);
  if (args.json === true) printJson(io, gapsAsJson(found));
  else if (found.ok) {
    io.out(`sound: ${many(found.entries, 'entry', 'entries')} of ${many(found.writers, 'writer')}`);
    const rows = Object.entries(found.heads).map(([writer, head]) => [writer, head.seq, head.hash]);
    io.out(table(['WRITER', 'SEQ', 'HASH'], rows));
    for (const line of gapLines(found.gaps ?? [])) io.out(line);
  } else {
    io.out(`BROKEN at entry ${found.id} (writer ${plain(found.writer)}, seq ${found.seq}): ${found.fault}`);
    io.out(`  ${plain(found.detail)}`);
    io.out(`  before it, ${many(found.entries, 'entry is', 'entries are')} sound`);
  }
  return found.ok ? EXIT.ok : EXIT.notOk;
}

/** Those before the beginning of the files are no proof of anything in them. */
function tellOfCheckpoints(
  io: Io,
  { count, known, torn }: KeptCheckpoints,
  from: Readonly<Record<string, { readonly seq: number }>>,
): void {
  for (const line of torn) io.err(line);
  const earlier = Object.entries(known).flatMap(([writer, hashes]) =>
    Object.keys(hashes).filter((seq) => Number(seq) < (from[writer]?.seq ?? 0)),
  ).length;
  const unused = earlier === 0 ? '' : `; ${earlier} of them before what --from names: not looked for`;
  io.err(`${many(count, 'signed checkpoint')}${unused}`);
}

async function verify(
  { file, heads, from: before, checkpoints, publicKey, ...args }: LedgerVerifyArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<LedgerVerification> {
  if (file !== undefined && args.database !== undefined) {
    throw new CommandFailed(EXIT.usage, 'name either --file or --database');
  }
  const ofFiles = Object.entries({ '--heads': heads, '--from': before, '--checkpoints': checkpoints });
  const needy = ofFiles.find(([, value]) => value !== undefined);
  if (file === undefined && needy !== undefined) {
    throw new CommandFailed(EXIT.usage, `${needy[0]} needs --file: export the ledger first`);
  }
  if ((checkpoints === undefined) !== (publicKey === undefined)) {
    throw new CommandFailed(EXIT.usage, '--checkpoints and --public-key belong together');
  }
  const kept =
    checkpoints === undefined ? undefined : await readKeptCheckpoints(checkpoints, publicKey ?? []);
  const from = before === undefined ? {} : await readHeads('--from', before);
  // What the files go on from must not contradict what is known of it either.
  const known = allKnown({
    ...(heads === undefined ? {} : { '--heads': await readKeptHeads(heads) }),
    ...(kept === undefined ? {} : { '--checkpoints': kept.known }),
    ...(before === undefined ? {} : { '--from': hashesOf(from) }),
  });
  if (kept !== undefined) tellOfCheckpoints(io, kept, from);
  const bar = progressBar(io);
  const now = instant(io.nowMs());
  const onRefused = ({ entryId, problem }: RefusedPruning): void =>
    io.err(`entry ${entryId} says that a month was pruned, and is passed over: ${plain(problem)}`);
  try {
    if (file !== undefined)
      return await verifyFiles(file, {
        ...{ from, known, now, onRefused },
        progress: (entries, share) => bar.show(entries, share),
      });
    const source = await wiring.openLedger({ ...args, databaseUrl: args.database ?? null });
    try {
      const prunings: LedgerEntry[] = [];
      for await (const entry of source.entries({ kinds: ['ledger_pruned'] })) prunings.push(entry);
      const { months, refused } = readPrunings(prunings, now);
      for (const each of refused) onRefused(each);
      return await verifyLedger(counted(source.entries(), bar), {}, undefined, months);
    } finally {
      await source.close();
    }
  } finally {
    bar.end();
  }
}

export async function ledgerExport(
  args: LedgerArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<ExitCode> {
  const source = await wiring.openLedger({ ...args, databaseUrl: args.database ?? null });
  const bar = progressBar(io);
  let count = 0;
  try {
    for await (const entry of counted(source.entries(), bar)) {
      io.out(exportLine(entry));
      count += 1;
    }
  } finally {
    bar.end();
    await source.close();
  }
  io.err(many(count, 'entry', 'entries'));
  return EXIT.ok;
}

async function* counted(entries: AsyncIterable<LedgerEntry>, bar: ProgressBar): AsyncIterable<LedgerEntry> {
  let count = 0;
  for await (const entry of entries) {
    yield entry;
    count += 1;
    if (count % PROGRESS_EVERY === 0) bar.show(count);
  }
}
