/** From draft to chained entry: the one place where a writer's next link is computed. */
import { canonicalJson } from './canonical-json.ts';
import { entryHash, GENESIS_HASH, type Hash } from './hash-chain.ts';
import type { WriterId } from './ids.ts';
import type { LedgerDraft, LedgerEntry } from './ledger-entry.ts';
import { formatInstant, type Instant } from './time.ts';

/** The last link of a writer's chain. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: Hash;
}

export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: GENESIS_HASH };

/** The entry that follows `head`, without the id that only the store can give. */
export function nextLink(
  head: ChainHead,
  writer: WriterId,
  draft: LedgerDraft,
  at: Instant,
): Omit<LedgerEntry, 'id'> {
  const bodyText = canonicalJson(draft.body);
  const link = { writer, seq: head.seq + 1, at, kind: draft.kind, bodyText, prevHash: head.hash };
  const hash = entryHash({
    writer,
    seq: link.seq,
    at: formatInstant(at),
    kind: draft.kind,
    body: bodyText,
    prevHash: head.hash,
  });
  return { ...link, body: JSON.parse(bodyText) as LedgerEntry['body'], hash };
}
