/** One hash chain per writer: each entry's hash covers the hash before it, so no past entry can change, vanish or move unseen. */
import { hash } from 'node:crypto';
import { type Json, withCanonicalBytes } from './canonical-json.ts';

/** Lower-case hexadecimal SHA-256. */
export type Hash = string;

/** The hash before a writer's first entry. */
export const GENESIS_HASH: Hash = '0'.repeat(64);

/** What is hashed of an entry; `at` is RFC 3339 UTC, `seq` counts from 1 without a gap within a writer. */
export interface ChainedEntry {
  readonly writer: string;
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  /** The canonical JSON text of the body, exactly as stored. */
  readonly body: string;
  readonly prevHash: Hash;
}

export function entryHash(entry: ChainedEntry): Hash {
  return hashOf({
    at: entry.at,
    body: entry.body,
    kind: entry.kind,
    prevHash: entry.prevHash,
    seq: entry.seq,
    writer: entry.writer,
  });
}

export const sha256Hex = (data: string | Uint8Array): Hash => hash('sha256', data, 'hex');

/** Hash of a JSON value's canonical form: of an entry, a policy, facts. */
export const hashOf = (value: Json): Hash => withCanonicalBytes(value, sha256Hex);
