/**
 * Verifies exports, in the order given, as one ledger. Large ones are read by as many processes as there are cores; processes and not
 * threads, because a thread does not inherit the loader that runs the sources unbuilt.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { KnownHashes, SegmentReport } from '../../control/verify/segment.ts';
import { stitch } from '../../control/verify/stitch.ts';
import type { LedgerVerification, WriterHead } from '../../control/verify-ledger.ts';
import type { RefusedPruning } from '../../domain/pruned-month.ts';
import { instant, type Instant } from '../../domain/time.ts';
import { CommandFailed, EXIT } from '../io.ts';
import { plain } from '../text.ts';
import { type FileSegment, segmentsOf, verifySegment } from './file-segments.ts';
import { gapsIn, verifyAroundGaps } from './verify-pruned.ts';

const SEGMENT_BYTES = 32 << 20;
/** Below this much for each, starting processes takes longer than it saves. */
const WORTH_A_PROCESS_BYTES = 4 << 20;
const PROCESSES_MAX = 16;

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const PROGRAM = fileURLToPath(new URL(`./segment-process.${ending}`, import.meta.url));

export interface VerifyOptions {
  readonly from?: Readonly<Record<string, WriterHead>>;
  readonly known?: KnownHashes;
  /** Default: one for each core, when the files are large enough. */
  readonly processes?: number;
  readonly segmentBytes?: number;
  /** Entries verified so far, and the share of the files that was read, 0 to 1. */
  readonly progress?: (entries: number, share: number) => void;
  /** The clock of who verifies: a pruning that is stamped later is none. Default: stamps are held against nothing. */
  readonly now?: Instant;
  /** Told of each entry that says a month was pruned and cannot be right. */
  readonly onRefused?: (refused: RefusedPruning) => void;
}

/** Ends the command for a file that cannot be read, that holds a line that is no entry, or no entry at all. */
export async function verifyFiles(
  paths: readonly string[],
  options: VerifyOptions = {},
): Promise<LedgerVerification> {
  const { from = {}, known = {}, segmentBytes = SEGMENT_BYTES, progress = () => undefined } = options;
  const sizes = await Promise.all(paths.map(sizeOf));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const worth = Math.min(availableParallelism(), PROCESSES_MAX, Math.floor(bytes / WORTH_A_PROCESS_BYTES));
  const processes = options.processes ?? (worth < 2 ? 0 : worth);
  // No process has nothing to do while another reads the last long segment.
  const most = processes === 0 ? segmentBytes : Math.min(segmentBytes, Math.ceil(bytes / (4 * processes)));
  const segments = paths.flatMap((path, index) => segmentsOf(path, sizes[index] ?? 0, Math.max(1, most)));
  const watch = progressOf(segments, bytes, progress);
  const reports =
    processes === 0
      ? await readHere(segments, known, watch)
      : await readBeside(segments, known, watch, processes);
  const stitched = stitch(reports, from, known);
  if (stitched.kind === 'unreadable') {
    const { path, line } = lineIn(segments, reports, stitched.segment, stitched.line);
    throw new CommandFailed(EXIT.notOk, `\`${path}\` line ${line}: ${plain(stitched.problem)}`);
  }
  if (!stitched.found.ok || reports.some(({ prunings }) => prunings > 0)) {
    const { now = instant(Number.MAX_SAFE_INTEGER), onRefused = () => undefined } = options;
    const { gaps, refused } = await gapsIn(paths, Object.keys(from).length > 0, now);
    for (const each of refused) onRefused(each);
    if (gaps.length > 0)
      return verifyAroundGaps(paths, gaps, { from, known, progress: (entries) => progress(entries, 1) });
  }
  for (const path of paths) {
    const own = reports.filter((_, index) => segments[index]?.path === path);
    if (own.length === segments.filter((each) => each.path === path).length && own.every(isEmpty))
      throw new CommandFailed(EXIT.notOk, `\`${path}\` holds no entry: expected an export of a ledger`);
  }
  return stitched.found;
}

const isEmpty = ({ entries, fault }: SegmentReport): boolean => entries === 0 && fault === null;

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? '');
  });
  if (found.isDirectory()) throw unreadable(path, 'it is a directory, expected a file');
  return found.size;
}

const unreadable = (path: string, why: string): CommandFailed =>
  new CommandFailed(EXIT.fault, `\`${path}\` cannot be read: ${why}`);

/** Told by each segment of its entries so far. */
type Watch = (segment: number, entries: number, isRead: boolean) => void;

function progressOf(
  segments: readonly FileSegment[],
  bytes: number,
  progress: (entries: number, share: number) => void,
): Watch {
  const counts = segments.map(() => 0);
  let total = 0;
  let read = 0;
  return (index, entries, isRead) => {
    total += entries - (counts[index] ?? 0);
    counts[index] = entries;
    const segment = segments[index];
    if (isRead && segment !== undefined) read += segment.to - segment.from;
    progress(total, bytes === 0 ? 1 : read / bytes);
  };
}

/** Segments after one with a fault are of no more use. */
async function readHere(
  segments: readonly FileSegment[],
  known: KnownHashes,
  watch: Watch,
): Promise<readonly SegmentReport[]> {
  const reports: SegmentReport[] = [];
  for (const [index, segment] of segments.entries()) {
    const report = await verifySegment(segment, known, (entries) => watch(index, entries, false)).catch(
      (error: unknown) => {
        throw unreadable(segment.path, (error as NodeJS.ErrnoException).code ?? String(error));
      },
    );
    watch(index, report.entries, true);
    reports.push(report);
    if (report.fault !== null) break;
  }
  return reports;
}

type Told = { readonly entries: number } | { readonly report: SegmentReport } | { readonly problem: string };

async function readBeside(
  segments: readonly FileSegment[],
  known: KnownHashes,
  watch: Watch,
  processes: number,
): Promise<readonly SegmentReport[]> {
  const reports: (SegmentReport | undefined)[] = segments.map(() => undefined);
  let next = 0;
  /** The first segment known to have a fault; those before it are read all the same. */
  let broken = segments.length;
  const work = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      let at = -1;
      const take = (): void => {
        at = next;
        next += 1;
        const segment = segments[at];
        if (segment === undefined || at > broken) resolve();
        else child.send(segment);
      };
      child.on('message', (told: Told) => {
        if ('entries' in told) watch(at, told.entries, false);
        else if ('problem' in told) reject(unreadable(segments[at]?.path ?? '', told.problem));
        else {
          watch(at, told.report.entries, true);
          reports[at] = told.report;
          if (told.report.fault !== null) broken = Math.min(broken, at);
          take();
        }
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(new Error(`a verifying process ended with ${String(code ?? signal)}`));
      });
      child.send({ known });
      take();
    });
  const children = Array.from({ length: Math.min(processes, segments.length) }, () =>
    fork(PROGRAM, { serialization: 'advanced' }),
  );
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) child.kill();
  }
  return reports.slice(0, broken + 1).filter((report) => report !== undefined);
}

/** The place of a segment's line in its file. */
function lineIn(
  segments: readonly FileSegment[],
  reports: readonly SegmentReport[],
  segment: number,
  line: number,
): { readonly path: string; readonly line: number } {
  const path = segments[segment]?.path ?? '';
  const before = reports.slice(0, segment).filter((_, index) => segments[index]?.path === path);
  return { path, line: before.reduce((sum, { lines }) => sum + lines, line) };
}
