/**
 * Exports of a ledger of which months were pruned: read once for what was pruned, and once, by one process, for the chains around the
 * gaps. A month that stands whole in the files (the archive has it) has no gap.
 */
import { stat } from 'node:fs/promises';
import { readExportLine } from '../../control/export-line.ts';
import type { KnownHashes } from '../../control/verify/segment.ts';
import { cutOff } from '../../control/verify/stitch.ts';
import {
  type LedgerGap,
  type LedgerVerification,
  verifyLedger,
  type WriterHead,
} from '../../control/verify-ledger.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { type PrunedMonth, readPrunings, type RefusedPruning } from '../../domain/pruned-month.ts';
import type { Instant } from '../../domain/time.ts';
import { CommandFailed, EXIT } from '../io.ts';
import { plain } from '../text.ts';
import { linesOf } from './file-segments.ts';

/** Everything before the body of a line that `exportLine` has written. */
const HEAD_LENGTH_MAX = 320;
const PROGRESS_EVERY = 10_000;

/** Months that were pruned and are not whole in the files. With `from` the files begin later: months before their first entry are of no concern. */
export async function gapsIn(
  paths: readonly string[],
  isContinued: boolean,
  now: Instant,
): Promise<{ readonly gaps: readonly PrunedMonth[]; readonly refused: readonly RefusedPruning[] }> {
  const prunings: LedgerEntry[] = [];
  const counts = new Map<number, number>();
  let firstId: number | undefined;
  for await (const { line } of linesIn(paths)) {
    const head = line.slice(0, HEAD_LENGTH_MAX);
    const id = Number(/^\{"id":(\d+),/.exec(head)?.[1] ?? 0);
    firstId ??= id;
    counts.set(bucketOf(id), (counts.get(bucketOf(id)) ?? 0) + 1);
    if (!head.includes('"kind":"ledger_pruned"')) continue;
    const entry = readExportLine(line);
    if (entry.ok) prunings.push(entry.value);
  }
  const wholeOrGone = ({ fromId, untilId, entries }: PrunedMonth): boolean => {
    let count = 0;
    for (const [bucket, each] of counts) {
      if (bucket >= bucketOf(fromId) && bucket < bucketOf(untilId)) count += each;
    }
    return count === entries || (isContinued && untilId <= (firstId ?? 0));
  };
  const { months, refused } = readPrunings(prunings, now);
  return { gaps: months.filter((month) => !wholeOrGone(month)), refused };
}

/** As `stitch` answers, of files with gaps. */
export async function verifyAroundGaps(
  paths: readonly string[],
  pruned: readonly PrunedMonth[],
  given: {
    readonly from: Readonly<Record<string, WriterHead>>;
    readonly known: KnownHashes;
    readonly progress: (entries: number) => void;
  },
): Promise<LedgerVerification> {
  const { from, known, progress } = given;
  const unheld = unheldOf(known, from);
  let count = 0;
  let lastId = 0;
  let differing: LedgerVerification | undefined;
  const entries = async function* (): AsyncGenerator<LedgerEntry> {
    for await (const { path, number, line } of linesIn(paths)) {
      const read = readExportLine(line);
      if (!read.ok) throw new CommandFailed(EXIT.notOk, `\`${path}\` line ${number}: ${plain(read.problem)}`);
      const { id, writer, seq, hash } = read.value;
      const due = known[writer]?.[seq];
      unheld.get(writer)?.delete(seq);
      if (due !== undefined && due !== hash) {
        const detail = `a head that was kept says ${due} stands at seq ${seq}; ${hash} stands there`;
        differing = { ok: false, fault: 'head_differs', id, writer, seq, detail, entries: count };
        return;
      }
      yield read.value;
      lastId = id;
      count += 1;
      if (count % PROGRESS_EVERY === 0) progress(count);
    }
  };
  const found = await verifyLedger(entries(), from, undefined, pruned);
  if (differing !== undefined) return differing;
  if (!found.ok) return found;
  const cut = cutOff(new Map(Object.entries(found.heads)), known);
  const fault = cut === undefined ? anchorFault(pruned, known) : { ...cut, fault: 'cut_off' as const };
  if (fault === undefined) return { ...found, gaps: withUnheld(pruned, unheld) };
  const { writer, seq, detail } = fault;
  return { ok: false, fault: fault.fault, id: lastId, writer, seq, detail, entries: found.entries };
}

/** Sequence numbers of kept heads behind `from`, by writer: those that no entry meets are of entries that are gone. */
const unheldOf = (
  known: KnownHashes,
  from: Readonly<Record<string, WriterHead>>,
): ReadonlyMap<string, Set<number>> =>
  new Map(
    Object.entries(known).map(([writer, hashes]) => {
      const seqs = Object.keys(hashes).map(Number);
      return [writer, new Set(seqs.filter((seq) => seq > (from[writer]?.seq ?? 0)))];
    }),
  );

/** What is not met stands in the first gap whose end is behind it; at its end the pruning names the hash itself. */
function withUnheld(
  pruned: readonly PrunedMonth[],
  unheld: ReadonlyMap<string, Set<number>>,
): readonly LedgerGap[] {
  return pruned.map((month) => {
    const inside = Object.entries(month.heads).flatMap(([writer, end]) => {
      const seqs = [...(unheld.get(writer) ?? [])].filter((seq) => seq <= end.seq).sort((a, b) => a - b);
      for (const seq of seqs) unheld.get(writer)?.delete(seq);
      const own = seqs.filter((seq) => seq !== end.seq);
      const [fromSeq, untilSeq] = [own[0], own.at(-1)];
      return fromSeq === undefined || untilSeq === undefined
        ? []
        : [{ writer, count: own.length, fromSeq, untilSeq }];
    });
    return inside.length === 0 ? month : { ...month, unheld: inside };
  });
}

/** A kept head within a gap can only be held against the end of its month. */
function anchorFault(
  pruned: readonly PrunedMonth[],
  known: KnownHashes,
): Pick<Broken, 'fault' | 'writer' | 'seq' | 'detail'> | undefined {
  for (const { month, heads } of pruned) {
    for (const [writer, { seq, hash }] of Object.entries(heads)) {
      const due = known[writer]?.[seq];
      if (due === undefined || due === hash) continue;
      const detail = `a head that was kept says ${due} stands at seq ${seq}; the pruning of ${month} says ${hash}`;
      return { fault: 'head_differs', writer, seq, detail };
    }
  }
  return undefined;
}

type Broken = Extract<LedgerVerification, { ok: false }>;

const bucketOf = (id: number): number => Math.floor(id / 100_000_000_000);

interface FileLine {
  readonly path: string;
  /** From 1. */
  readonly number: number;
  readonly line: string;
}

async function* linesIn(paths: readonly string[]): AsyncGenerator<FileLine> {
  for (const path of paths) {
    const { size } = await stat(path);
    let number = 0;
    for await (const lines of linesOf({ path, from: 0, to: size })) {
      for (const line of lines) {
        number += 1;
        if (line.trim() !== '') yield { path, number, line };
      }
    }
  }
}
