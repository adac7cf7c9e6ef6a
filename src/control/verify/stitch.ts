/** Puts the reports of an export's segments together, in their order: the answer is that of one reader who has read them all. */
import { GENESIS_HASH, type Hash } from '../../domain/hash-chain.ts';
import type { LedgerVerification, WriterHead } from '../verify-ledger.ts';
import type { KnownHashes, Opening, SegmentFault, SegmentReport } from './segment.ts';

/** `segment` and `line` (from 1, within it) name the line that is no entry. */
export interface Unreadable {
  readonly segment: number;
  readonly line: number;
  readonly problem: string;
}

export type Stitched =
  | { readonly kind: 'read'; readonly found: LedgerVerification }
  | ({ readonly kind: 'unreadable' } & Unreadable);

/**
 * `from`: the heads that the entries continue; a writer that is not among them starts at seq 1. `known`: hashes that must stand in what
 * was read or before it; one beyond a writer's head says that entries were cut off.
 */
export function stitch(
  reports: readonly SegmentReport[],
  from: Readonly<Record<string, WriterHead>> = {},
  known: KnownHashes = {},
): Stitched {
  const heads = new Map(Object.entries(from));
  let entries = 0;
  let lastId = 0;
  for (const [segment, report] of reports.entries()) {
    const fault = firstFault(report, heads, lastId);
    if (fault?.kind === 'unreadable')
      return { kind: 'unreadable', segment, line: fault.line, problem: fault.problem };
    if (fault !== undefined) {
      const { index, id, writer, seq, detail } = fault;
      return {
        kind: 'read',
        found: { ok: false, fault: fault.fault, id, writer, seq, detail, entries: entries + index },
      };
    }
    for (const [writer, head] of Object.entries(report.heads)) heads.set(writer, head);
    entries += report.entries;
    if (report.lastId > 0) lastId = report.lastId;
  }
  const cut = cutOff(heads, known);
  if (cut !== undefined) {
    const { writer, seq, detail } = cut;
    return { kind: 'read', found: { ok: false, fault: 'cut_off', id: lastId, writer, seq, detail, entries } };
  }
  return {
    kind: 'read',
    found: { ok: true, entries, writers: heads.size, heads: Object.fromEntries(heads) },
  };
}

type Broken = Extract<SegmentFault, { kind: 'broken' }>;

/** The earliest of what the segment found itself and what its openings show; at one entry the order of `verifyLedger`. */
function firstFault(
  report: SegmentReport,
  heads: ReadonlyMap<string, WriterHead>,
  lastId: number,
): SegmentFault | undefined {
  const own = report.fault ?? undefined;
  const [first] = report.openings;
  if (first !== undefined && report.firstId <= lastId) {
    return brokenAt(first, 'id_order', `id ${first.id} follows id ${lastId}`);
  }
  for (const opening of report.openings) {
    if (own !== undefined && (own.index < opening.index || comesFirst(own, opening))) break;
    const found = openingFault(opening, heads.get(opening.writer));
    if (found !== undefined) return found;
  }
  return own;
}

/** At one entry the order of the ids is looked at before its place in the chain. */
const comesFirst = (own: SegmentFault, opening: Opening): boolean =>
  own.index === opening.index && own.kind === 'broken' && own.fault === 'id_order';

function openingFault(opening: Opening, head: WriterHead | undefined): Broken | undefined {
  const due = (head?.seq ?? 0) + 1;
  const prevHash = head?.hash ?? GENESIS_HASH;
  if (opening.seq !== due)
    return brokenAt(opening, 'seq_gap', `seq ${opening.seq} stands where ${due} is due`);
  if (opening.prevHash !== prevHash) {
    const detail = `says the hash before it is ${opening.prevHash}; it is ${prevHash}`;
    return brokenAt(opening, 'link_broken', detail);
  }
  return undefined;
}

const brokenAt = ({ index, id, writer, seq }: Opening, fault: Broken['fault'], detail: string): Broken => ({
  kind: 'broken',
  ...{ index, id, writer, seq, fault, detail },
});

/** A hash that was kept and is beyond what stands: the entries up to it are gone. */
export function cutOff(
  heads: ReadonlyMap<string, WriterHead>,
  known: KnownHashes,
):
  | { readonly writer: string; readonly seq: number; readonly hash: Hash; readonly detail: string }
  | undefined {
  for (const [writer, hashes] of Object.entries(known)) {
    const ends = heads.get(writer)?.seq ?? 0;
    for (const [text, hash] of Object.entries(hashes)) {
      const seq = Number(text);
      if (seq <= ends) continue;
      return {
        writer,
        seq,
        hash,
        detail: `a head that was kept names seq ${seq}; the chain ends at seq ${ends}`,
      };
    }
  }
  return undefined;
}
