/**
 * A checkpoint: the head of one writer's chain at an instant, signed with Ed25519 (RFC 8032) and kept where whoever owns the store has no
 * hand. A chain that is written anew from before it, or cut off before it, does not meet it any more; the public key is enough to see that.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Parsed, parsed, problem } from './brand.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import { type Hash, sha256Hex } from './hash-chain.ts';
import { parseWriterId, type WriterId } from './ids.ts';
import { formatInstant, type Instant, parseInstant } from './time.ts';

export interface Checkpoint {
  readonly writer: WriterId;
  readonly seq: number;
  readonly hash: Hash;
  readonly at: Instant;
}

/** What is signed too, so that nothing else that the key may sign is taken for a checkpoint. */
const FORM = 'breakwater/checkpoint/1';

/** As it is kept and sent: one object of JSON. The signature, base64, is over the canonical JSON of all the rest. */
export interface SignedCheckpoint {
  readonly form: typeof FORM;
  /** Which key has signed: the first 16 digits of the SHA-256 of its public half (SPKI, DER). */
  readonly key: string;
  readonly writer: string;
  readonly seq: number;
  readonly hash: Hash;
  /** RFC 3339, UTC, with milliseconds. */
  readonly at: string;
  readonly signature: string;
}

export type SignCheckpoint = (checkpoint: Checkpoint) => SignedCheckpoint;

export const checkpointKeyId = (publicKey: KeyObject): string =>
  sha256Hex(publicKey.export({ type: 'spki', format: 'der' })).slice(0, 16);

export function checkpointSigner(privateKey: KeyObject): SignCheckpoint {
  const key = checkpointKeyId(createPublicKey(privateKey));
  return ({ writer, seq, hash, at }) => {
    const said = { form: FORM, key, writer, seq, hash, at: formatInstant(at) } as const;
    const signature = sign(null, Buffer.from(canonicalJson(said)), privateKey).toString('base64');
    return { ...said, signature };
  };
}

/** The checkpoint in a line, if one of the public keys, by their ids, has signed it. */
export function readCheckpoint(line: string, keys: ReadonlyMap<string, KeyObject>): Parsed<Checkpoint> {
  const value = readObject(line);
  if (value === undefined) return problem('is no object of JSON');
  const { signature, ...said } = value;
  const { form, key, writer, seq, hash, at } = said;
  if (form !== FORM) return problem(`\`form\` is not \`${FORM}\``);
  const publicKey = typeof key === 'string' ? keys.get(key) : undefined;
  if (publicKey === undefined) {
    return problem(`was signed by key \`${textOf(key).slice(0, 40)}\`, which was not given`);
  }
  if (typeof signature !== 'string' || !isSigned(said, publicKey, signature)) {
    return problem('has a signature that does not hold');
  }
  const writerRead = parseWriterId(textOf(writer));
  if (!writerRead.ok) return writerRead;
  if (!Number.isSafeInteger(seq) || Number(seq) < 1) return problem('`seq` is not a positive whole number');
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) {
    return problem('`hash` is not 64 hexadecimal digits');
  }
  const atRead = parseInstant(textOf(at));
  if (!atRead.ok) return atRead;
  return parsed({ writer: writerRead.value, seq: Number(seq), hash, at: atRead.value });
}

/** Of what was to be a text; anything else shows as the JSON that it was. */
const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);

function readObject(line: string): Readonly<Record<string, Json>> | undefined {
  try {
    const value = JSON.parse(line) as Json;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, Json>>) : undefined;
  } catch {
    return undefined;
  }
}

/** A text without a canonical form (a lone surrogate) was signed by nobody. */
function isSigned(said: Readonly<Record<string, Json>>, publicKey: KeyObject, signature: string): boolean {
  try {
    return verify(null, Buffer.from(canonicalJson(said)), publicKey, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
