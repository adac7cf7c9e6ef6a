/** From draft to chained entry: the one place where a writer's next link is computed. */
import type { Json } from './canonical-json.ts';
import { entryHash, GENESIS_HASH, type Hash } from './hash-chain.ts';
import type { WriterId } from './ids.ts';
import { memberIn } from './json-members.ts';
import type { EntryKind, LedgerEntry, LookUpTexts } from './ledger-entry.ts';
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
export type Link = Omit<LedgerEntry, 'id' | 'body' | 'member'>;

/** The link that follows `head`. */
export function nextLink(head: ChainHead, writer: WriterId, { kind, bodyText, at }: LinkContent): Link {
  const seq = head.seq + 1;
  const prevHash = head.hash;
  const hash = entryHash({ writer, seq, at: formatInstant(at), kind, body: bodyText, prevHash });
  return { writer, seq, at, kind, bodyText, prevHash, hash };
}

/** Characters. A shorter body is read as quickly as its members are found. */
const READ_WHOLE_BELOW = 600;

/** The link as it stands in the store. `lookUp`: as the store keeps them of this very body, where they are at hand. */
export const entryOf = (link: Link, id: number, lookUp?: LookUpTexts): LedgerEntry =>
  new StoredEntry(link, id, lookUp);

/**
 * Its body is read from the text when somebody first asks for it: most listeners look at the kind and let it go. A class, because an
 * object with a getter of its own has a shape of its own, and shapes stay until a large collection of garbage, with all that they hold.
 * A copy (`{ ...entry }`) has no body.
 */
class StoredEntry implements LedgerEntry {
  readonly id: number;
  readonly writer: WriterId;
  readonly seq: number;
  readonly at: Instant;
  readonly kind: EntryKind;
  readonly bodyText: string;
  readonly prevHash: Hash;
  readonly hash: Hash;
  #body: LedgerEntry['body'] | undefined;
  readonly #lookUp: LookUpTexts | undefined;

  constructor(link: Link, id: number, lookUp: LookUpTexts | undefined) {
    this.id = id;
    this.writer = link.writer;
    this.seq = link.seq;
    this.at = link.at;
    this.kind = link.kind;
    this.bodyText = link.bodyText;
    this.prevHash = link.prevHash;
    this.hash = link.hash;
    this.#lookUp = lookUp;
  }

  get body(): LedgerEntry['body'] {
    return (this.#body ??= JSON.parse(this.bodyText) as LedgerEntry['body']);
  }

  member(name: string): Json | undefined {
    const told = this.#lookUp?.[name as keyof LookUpTexts];
    if (typeof told === 'string') return told;
    if (this.#body !== undefined || this.bodyText.length < READ_WHOLE_BELOW) return this.body[name];
    const answer = memberIn(this.bodyText, name);
    return answer.found ? answer.value : this.body[name];
  }
}
