/** From draft to chained entry: the one place where a writer's next link is computed. */
import { entryHash, GENESIS_HASH, type Hash } from './hash-chain.ts';
import type { WriterId } from './ids.ts';
import type { EntryKind, LedgerEntry } from './ledger-entry.ts';
import { formatInstant, type Instant } from './time.ts';

/** The last link of a writer's chain. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: Hash;
}

export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: GENESIS_HASH };

/** What a link is made of: `bodyText` is canonical JSON (`readDraft`), taken when the entry was appended. */
export interface LinkContent {
  readonly kind: EntryKind;
  readonly bodyText: string;
  readonly at: Instant;
}

/** An entry without the id that only the store can give. */
export type Link = Omit<LedgerEntry, 'id'>;

/** The link that follows `head`. Its body is read from the text when somebody first asks for it. */
export function nextLink(head: ChainHead, writer: WriterId, { kind, bodyText, at }: LinkContent): Link {
  const seq = head.seq + 1;
  const prevHash = head.hash;
  const hash = entryHash({ writer, seq, at: formatInstant(at), kind, body: bodyText, prevHash });
  let body: LedgerEntry['body'] | undefined;
  return {
    writer,
    seq,
    at,
    kind,
    get body() {
      return (body ??= JSON.parse(bodyText) as LedgerEntry['body']);
    },
    bodyText,
    prevHash,
    hash,
  };
}

/** The link as it stands in the store. Not a spread: that would read the body. */
export const entryOf = (link: Link, id: number): LedgerEntry => ({
  id,
  writer: link.writer,
  seq: link.seq,
  at: link.at,
  kind: link.kind,
  get body() {
    return link.body;
  },
  bodyText: link.bodyText,
  prevHash: link.prevHash,
  hash: link.hash,
});
