/** `report`: the compliance checklist of a month as one page, filled in from the ledger in one pass. Changes nothing. */
import { writeFile } from 'node:fs/promises';
import { checklistOf } from '../../control/report/checklist.ts';
import { makeMonthReport } from '../../control/report/month-report.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { type PrunedMonth, prunedMonths } from '../../domain/pruned-month.ts';
import { parseReportMonth, type ReportMonth } from '../../domain/report-month.ts';
import { formatInstant, type Instant, instant } from '../../domain/time.ts';
import { VERSION } from '../../domain/version.ts';
import { reportPage } from '../../http/views/report-page.ts';
import { CommandFailed, EXIT, type ExitCode, type Io } from '../io.ts';
import { ledgerOf, type SourceArgs } from '../ledger-file.ts';
import { type ProgressBar, progressBar } from '../progress.ts';
import { plain, table } from '../text.ts';
import { gapsIn } from '../verify/verify-pruned.ts';
import type { LedgerSource, Wiring } from '../wiring.ts';

export interface ReportArgs extends SourceArgs {
  readonly month: string;
  readonly out: string;
}

const PROGRESS_EVERY = 10_000;

/** Not ok where the ledger does not verify; what else is to be looked at stands on the page. */
export async function report(
  args: ReportArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<ExitCode> {
  const now = instant(io.nowMs());
  const month = readMonth(args.month, now);
  const source = await ledgerOf(args, wiring);
  const bar = progressBar(io);
  try {
    const pruned = await gapsOf(args, source, now);
    const made = await makeMonthReport(() => counted(source.entries(), bar), month, now, pruned);
    bar.end();
    const page = reportPage(made, { version: VERSION, madeAt: formatInstant(now) });
    await write(args.out, page);
    const rows = checklistOf(made).map(({ asks, state, answer }) => [
      ...[state.replace('_', ' '), asks, plain(answer)],
    ]);
    io.out(table(['STATE', 'QUESTION', 'ANSWER'], rows));
    io.out(`${plain(args.out)}: report of ${month.name}`);
    return made.verification.ok ? EXIT.ok : EXIT.notOk;
  } finally {
    bar.end();
    await source.close();
  }
}

/** Months that were pruned; an export may hold the archive's months whole, and those have no gap. */
async function gapsOf(
  { file }: ReportArgs,
  source: LedgerSource,
  now: Instant,
): Promise<readonly PrunedMonth[]> {
  const prunings: LedgerEntry[] = [];
  for await (const entry of source.entries({ kinds: ['ledger_pruned'] })) prunings.push(entry);
  const pruned = prunedMonths(prunings, now);
  return file === undefined || pruned.length === 0 ? pruned : (await gapsIn([file], false, now)).gaps;
}

function readMonth(text: string, now: Instant): ReportMonth {
  const month = parseReportMonth(text);
  const expected = 'expected a month of UTC that has begun, like 2026-11';
  if (!month.ok) throw new CommandFailed(EXIT.usage, `--month \`${plain(text.slice(0, 40))}\`: ${expected}`);
  if (month.value.from > now)
    throw new CommandFailed(EXIT.usage, `--month \`${month.value.name}\` has not begun: ${expected}`);
  return month.value;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CommandFailed(EXIT.fault, `--out \`${plain(path)}\` cannot be written: ${code}`);
  }
}

async function* counted(entries: AsyncIterable<LedgerEntry>, bar: ProgressBar): AsyncIterable<LedgerEntry> {
  let count = 0;
  for await (const entry of entries) {
    yield entry;
    count += 1;
    if (count % PROGRESS_EVERY === 0) bar.show(count);
  }
}
