/** What waits on the disk, as this process remembers it: in order, by dedupe key and by call. */
import { entryOf } from '../../domain/chain-link.ts';
import { GENESIS_HASH } from '../../domain/hash-chain.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { EntryKind, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { SpooledEntry } from '../../domain/spool-record.ts';

export interface Held {
  readonly spooled: SpooledEntry;
  /** As it is shown meanwhile: it has no id, no place in the chain and no hash yet. */
  readonly entry: LedgerEntry;
  /** Rejects when the disk did not take it; then it is not held any more. */
  readonly durable: Promise<void>;
}

const keyOf = (kind: EntryKind, dedupeKey: string): string => `${kind} ${dedupeKey}`;

/** Of an entry without an id yet: ids of the ledger begin at 1. */
export const NO_ID = 0;

export const provisional = (writer: WriterId, { kind, at, bodyText }: SpooledEntry): LedgerEntry =>
  entryOf({ writer, seq: 0, at, kind, bodyText, prevHash: GENESIS_HASH, hash: GENESIS_HASH }, NO_ID);

export interface HeldEntries {
  readonly size: number;
  all(): readonly Held[];
  twinOf(kind: EntryKind, dedupeKey: string | undefined): Held | undefined;
  add(held: Held): void;
  remove(held: Held): void;
  clear(): void;
  /** In order. */
  ofCall(callId: string): readonly LedgerEntry[];
  /** The same; undefined when the decision about the call is not among them, so that others may be elsewhere. */
  whole(callId: string): readonly LedgerEntry[] | undefined;
}

export function heldEntries(): HeldEntries {
  const order = new Set<Held>();
  const byKey = new Map<string, Held>();
  const byCall = new Map<string, LedgerEntry[]>();
  const callOf = ({ entry }: Held): string | null => {
    const { callId } = entry.body;
    return typeof callId === 'string' ? callId : null;
  };
  return {
    get size() {
      return order.size;
    },
    all: () => [...order],
    twinOf: (kind, dedupeKey) => (dedupeKey === undefined ? undefined : byKey.get(keyOf(kind, dedupeKey))),
    add(held) {
      const { kind, dedupeKey } = held.spooled;
      order.add(held);
      if (dedupeKey !== null) byKey.set(keyOf(kind, dedupeKey), held);
      const callId = callOf(held);
      if (callId !== null) byCall.set(callId, [...(byCall.get(callId) ?? []), held.entry]);
    },
    remove(held) {
      const { kind, dedupeKey } = held.spooled;
      order.delete(held);
      if (dedupeKey !== null && byKey.get(keyOf(kind, dedupeKey)) === held)
        byKey.delete(keyOf(kind, dedupeKey));
      const callId = callOf(held);
      const left = (byCall.get(callId ?? '') ?? []).filter((entry) => entry !== held.entry);
      if (callId !== null && left.length > 0) byCall.set(callId, left);
      else if (callId !== null) byCall.delete(callId);
    },
    clear() {
      order.clear();
      byKey.clear();
      byCall.clear();
    },
    ofCall: (callId) => byCall.get(callId) ?? [],
    whole(callId) {
      const found = byCall.get(callId);
      return found?.some(({ kind }) => kind === 'decision') === true ? found : undefined;
    },
  };
}
