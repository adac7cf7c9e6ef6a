/**
 * A part of an export, verified by itself: several of them at once, by threads that know nothing of each other. What only the parts
 * before can tell (where the chain of a writer stood) is told as openings, and `stitch.ts` judges it.
 */
import type { Hash } from '../../domain/hash-chain.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { readExportLine } from '../export-line.ts';
import { type ChainFault, entryFault, type WriterHead } from '../verify-ledger.ts';
import { soundLine } from './sound-line.ts';

/** Hashes that must stand: of each writer, by its sequence number. Heads that were kept elsewhere. */
export type KnownHashes = Readonly<Record<string, Readonly<Record<string, Hash>>>>;

/** The first entry of a writer in a segment. `index`: sound entries of the segment before it. */
export interface Opening {
  readonly index: number;
  readonly id: number;
  readonly writer: string;
  readonly seq: number;
  readonly prevHash: Hash;
}

export type SegmentFault =
  | {
      readonly kind: 'broken';
      readonly index: number;
      readonly fault: ChainFault;
      readonly id: number;
      readonly writer: string;
      readonly seq: number;
      readonly detail: string;
    }
  /** `line` counts from 1 within the segment. */
  | { readonly kind: 'unreadable'; readonly index: number; readonly line: number; readonly problem: string };

/** Plain data: it goes from process to process. */
export interface SegmentReport {
  readonly lines: number;
  /** Sound entries, up to the fault if there is one. */
  readonly entries: number;
  readonly firstId: number;
  readonly lastId: number;
  /** Sound entries that say that a month was pruned. */
  readonly prunings: number;
  readonly openings: readonly Opening[];
  readonly heads: Readonly<Record<string, WriterHead>>;
  readonly fault: SegmentFault | null;
}

export interface SegmentReader {
  readonly entries: number;
  /** Takes the next line, which stands in `[from, to)` without its end. False: nothing more is needed, a fault was found. */
  line(bytes: Buffer, from: number, to: number): boolean;
  report(): SegmentReport;
}

export function readSegment(known: KnownHashes = {}): SegmentReader {
  const heads = new Map<string, WriterHead>();
  const openings: Opening[] = [];
  const knownHashes = new Map(Object.entries(known));
  let lines = 0;
  let entries = 0;
  let firstId = 0;
  let lastId = 0;
  let prunings = 0;
  let fault: SegmentFault | null = null;

  /** As in `verifyLedger`; the chain of a writer whose first entry this is goes on from what the entry says of itself. */
  const faultOf = (
    link: Link,
    entry: LedgerEntry | undefined,
  ): Omit<Broken, 'kind' | 'index'> | undefined => {
    const { id, writer, seq, prevHash, hash } = link;
    const head = heads.get(writer) ?? { seq: seq - 1, hash: prevHash };
    const found = entryFault(link, head, lastId, entry);
    if (found !== undefined) return { ...found, id, writer, seq };
    const due = knownHashes.get(writer)?.[seq];
    if (due === undefined || due === hash) return undefined;
    const detail = `a head that was kept says ${due} stands at seq ${seq}; ${hash} stands there`;
    return { fault: 'head_differs', detail, id, writer, seq };
  };

  return {
    get entries() {
      return entries;
    },
    line(bytes, from, to) {
      lines += 1;
      let link: Link | undefined = soundLine(bytes, from, to);
      let entry: LedgerEntry | undefined;
      if (link === undefined) {
        const text = bytes.toString('utf8', from, to);
        if (text.trim() === '') return true;
        const read = readExportLine(text);
        if (!read.ok) {
          fault = { kind: 'unreadable', index: entries, line: lines, problem: read.problem };
          return false;
        }
        link = entry = read.value;
      }
      const { id, kind, writer, seq, prevHash, hash } = link;
      if (!heads.has(writer)) openings.push({ index: entries, id, writer, seq, prevHash });
      if (firstId === 0) firstId = id;
      const found = faultOf(link, entry);
      if (found !== undefined) {
        fault = { kind: 'broken', index: entries, ...found };
        return false;
      }
      heads.set(writer, { seq, hash });
      lastId = id;
      entries += 1;
      if (kind === 'ledger_pruned') prunings += 1;
      return true;
    },
    report: () => ({
      ...{ lines, entries, firstId, lastId, prunings, openings },
      ...{ heads: Object.fromEntries(heads), fault },
    }),
  };
}

type Link = Pick<LedgerEntry, 'id' | 'seq' | 'prevHash' | 'hash'> & {
  readonly kind: string;
  readonly writer: string;
};
type Broken = Extract<SegmentFault, { kind: 'broken' }>;
