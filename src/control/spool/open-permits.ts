/**
 * Permits of this process whose result it has not seen: whoever brings the result of such a call while the ledger is away must find what
 * it was permitted for. No other sidecar decides under these ids.
 */
import type { EntryKind, LedgerDraft, LedgerEntry } from '../../domain/ledger-entry.ts';

/** Of each of two generations: more calls than are ever on their way; of older ones the result waits until the ledger is back. */
const GENERATION = 5_000;
/** Of the others some may stand in the ledger only. */
const ANSWERED: readonly EntryKind[] = ['decision', 'call_result'];

export interface OpenPermits {
  /** Of every entry of this process that is written, with what it was made of. */
  note(draft: LedgerDraft, entry: LedgerEntry): void;
  /** What is known of the call; undefined: not all that was asked for is. */
  read(
    callId: string,
    kinds: readonly EntryKind[] | undefined,
    held: readonly LedgerEntry[],
  ): readonly LedgerEntry[] | undefined;
}

export function openPermits(): OpenPermits {
  let young = new Map<string, LedgerEntry>();
  let old = new Map<string, LedgerEntry>();
  return {
    note({ kind, body }, entry) {
      if (kind !== 'decision' && kind !== 'call_result') return;
      const { callId, verdict } = body;
      if (typeof callId !== 'string') return;
      if (kind === 'call_result') {
        if (!young.delete(callId)) old.delete(callId);
      } else if (verdict === 'permit') {
        if (young.size >= GENERATION) {
          old = young;
          young = new Map();
        }
        young.set(callId, entry);
      }
    },
    read(callId, kinds, held) {
      const permit = young.get(callId) ?? old.get(callId);
      if (permit === undefined || kinds?.every((kind) => ANSWERED.includes(kind)) !== true) return undefined;
      return [permit, ...held.filter(({ kind }) => kind === 'call_result')];
    },
  };
}
