/**
 * One HEP3 packet (Homer Encapsulation Protocol, version 3): `HEP3`, its length, then chunks of vendor, type, length and value.
 * Never throws, whatever the bytes; nothing is copied but addresses and short texts.
 */

export interface HepPacket {
  /** Null where the packet does not tell, or tells it unreadably. */
  readonly source: HepAddress | null;
  readonly destination: HepAddress | null;
  /** When the message was captured, in milliseconds since 1970 with three decimals; null when it is not told. */
  readonly capturedAtMs: number | null;
  /** 1 is SIP. */
  readonly protocol: number;
  readonly captureId: number | null;
  /** With `uuid_type=call-id` of Asterisk's hep.conf: the Call-ID. */
  readonly correlationId: string | null;
  /** A view of the packet, not a copy. */
  readonly payload: Uint8Array;
}

export interface HepAddress {
  readonly host: string;
  /** Null when it is not told. */
  readonly port: number | null;
}

export type HepProblem =
  | 'not_hep3'
  | 'truncated'
  /** A chunk that is shorter than its own head, reaches past the packet, or has the wrong length for its type. */
  | 'bad_chunk'
  | 'too_many_chunks'
  | 'no_payload'
  /** Deflated: nobody we know sends it, and unpacking would have to be bounded. */
  | 'compressed';

export type ParsedHep =
  { readonly ok: true; readonly packet: HepPacket } | { readonly ok: false; readonly problem: HepProblem };

export const SIP_PROTOCOL = 1;
const HEAD_BYTES = 6;
const CHUNK_HEAD_BYTES = 6;
/** Asterisk writes 12; other capture agents a few more. */
const CHUNKS_MAX = 64;
const CORRELATION_CHARS_MAX = 256;
const GENERIC_VENDOR = 0;

const refused = (problem: HepProblem): ParsedHep => ({ ok: false, problem });

export function parseHep3(bytes: Uint8Array): ParsedHep {
  if (bytes.length < HEAD_BYTES) return refused(bytes.length === 0 ? 'not_hep3' : 'truncated');
  if (bytes[0] !== 0x48 || bytes[1] !== 0x45 || bytes[2] !== 0x50 || bytes[3] !== 0x33)
    return refused('not_hep3');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(4);
  if (length < HEAD_BYTES || length > bytes.length) return refused('truncated');
  const chunks = new Map<number, Uint8Array>();
  let count = 0;
  for (let at = HEAD_BYTES; at < length;) {
    if (++count > CHUNKS_MAX) return refused('too_many_chunks');
    if (at + CHUNK_HEAD_BYTES > length) return refused('bad_chunk');
    const size = view.getUint16(at + 4);
    if (size < CHUNK_HEAD_BYTES || at + size > length) return refused('bad_chunk');
    // The first of a type counts: a second one cannot take its place.
    const type = view.getUint16(at + 2);
    if (view.getUint16(at) === GENERIC_VENDOR && !chunks.has(type))
      chunks.set(type, bytes.subarray(at + CHUNK_HEAD_BYTES, at + size));
    at += size;
  }
  return assembled(chunks);
}

/** Types of the generic vendor (HEP3 draft, section 4). */
const TYPE = {
  sourceV4: 3,
  destinationV4: 4,
  sourceV6: 5,
  destinationV6: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  microseconds: 10,
  protocol: 11,
  captureId: 12,
  payload: 15,
  compressed: 16,
  correlationId: 17,
} as const;

/** Bytes of the types that have a fixed length. */
const LENGTHS: readonly (readonly [number, number])[] = [
  [TYPE.sourceV4, 4],
  [TYPE.destinationV4, 4],
  [TYPE.sourceV6, 16],
  [TYPE.destinationV6, 16],
  [TYPE.sourcePort, 2],
  [TYPE.destinationPort, 2],
  [TYPE.seconds, 4],
  [TYPE.microseconds, 4],
  [TYPE.protocol, 1],
  [TYPE.captureId, 4],
];

function assembled(chunks: ReadonlyMap<number, Uint8Array>): ParsedHep {
  for (const [type, length] of LENGTHS) {
    const value = chunks.get(type);
    if (value !== undefined && value.length !== length) return refused('bad_chunk');
  }
  const payload = chunks.get(TYPE.payload);
  if (payload === undefined) return refused(chunks.has(TYPE.compressed) ? 'compressed' : 'no_payload');
  const seconds = unsigned(chunks.get(TYPE.seconds));
  const correlation = chunks.get(TYPE.correlationId);
  return {
    ok: true,
    packet: {
      source: addressOf(chunks, TYPE.sourceV4, TYPE.sourceV6, TYPE.sourcePort),
      destination: addressOf(chunks, TYPE.destinationV4, TYPE.destinationV6, TYPE.destinationPort),
      capturedAtMs:
        seconds === null ? null : seconds * 1_000 + (unsigned(chunks.get(TYPE.microseconds)) ?? 0) / 1_000,
      protocol: unsigned(chunks.get(TYPE.protocol)) ?? 0,
      captureId: unsigned(chunks.get(TYPE.captureId)),
      correlationId:
        correlation === undefined || correlation.length > CORRELATION_CHARS_MAX
          ? null
          : Buffer.from(correlation.buffer, correlation.byteOffset, correlation.length).toString('latin1'),
      payload,
    },
  };
}

function addressOf(
  chunks: ReadonlyMap<number, Uint8Array>,
  v4: number,
  v6: number,
  port: number,
): HepAddress | null {
  const [four, six] = [chunks.get(v4), chunks.get(v6)];
  const host = four !== undefined ? four.join('.') : six === undefined ? null : ipv6(six);
  return host === null ? null : { host, port: unsigned(chunks.get(port)) };
}

/** All eight groups: for comparing, not for reading. */
function ipv6(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2)
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return groups.join(':');
}

/** Big-endian, of one to four bytes. */
const unsigned = (bytes: Uint8Array | undefined): number | null =>
  bytes === undefined ? null : bytes.reduce((value, byte) => value * 256 + byte, 0);
