/** A small reader of DER (X.690): definite lengths, single-byte tags, nothing outside its bounds. Never throws. */

export interface DerElement {
  readonly tag: number;
  /** Where the element begins, with tag and length. */
  readonly from: number;
  /** Where its content begins. */
  readonly start: number;
  /** One past its content. */
  readonly end: number;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Constructed and context-specific, `[n]`. */
export const contextTag = (number: number): number => 0xa0 + number;

/** Lengths of more than four bytes are of no certificate. */
const LENGTH_BYTES_MAX = 4;

/** The element at `at`, null when it does not read or does not end before `limit`. */
export function readDer(bytes: Uint8Array, at: number, limit: number): DerElement | null {
  const end = Math.min(limit, bytes.length);
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > end || (tag & 0x1f) === 0x1f) return null;
  if (first < 0x80) return within(tag, at, at + 2, first, end);
  const count = first & 0x7f;
  if (count === 0 || count > LENGTH_BYTES_MAX || at + 2 + count > end) return null;
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[at + 2 + index] ?? 0);
  // DER wants the shortest writing; another would be a second spelling of the same certificate.
  const isShortest = length >= 0x80 && (bytes[at + 2] ?? 0) !== 0;
  return isShortest ? within(tag, at, at + 2 + count, length, end) : null;
}

const within = (
  tag: number,
  from: number,
  start: number,
  length: number,
  limit: number,
): DerElement | null => (start + length <= limit ? { tag, from, start, end: start + length } : null);

/** The elements inside `parent`, null when one does not read or there are more than `most`. */
export function derChildren(
  bytes: Uint8Array,
  parent: Pick<DerElement, 'start' | 'end'>,
  most: number,
): readonly DerElement[] | null {
  const children: DerElement[] = [];
  for (let at = parent.start; at < parent.end;) {
    const child = readDer(bytes, at, parent.end);
    if (child === null || children.length >= most) return null;
    children.push(child);
    at = child.end;
  }
  return children;
}

/** The one element that fills `bytes`, with the expected tag. */
export function wholeDer(bytes: Uint8Array, tag: number): DerElement | null {
  const element = readDer(bytes, 0, bytes.length);
  return element?.tag === tag && element.end === bytes.length ? element : null;
}

export const derHex = (bytes: Uint8Array, { from, end }: DerElement): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('hex');

export const contentHex = (bytes: Uint8Array, { start, end }: DerElement): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex');

const contentText = (bytes: Uint8Array, { start, end }: DerElement): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

/** Text of an IA5String of at most `most` characters, null for any other element. */
export function ia5Text(bytes: Uint8Array, element: DerElement, most: number): string | null {
  const length = element.end - element.start;
  if (element.tag !== TAG.ia5String || length === 0 || length > most) return null;
  return contentText(bytes, element);
}

const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** Milliseconds since 1970 of a UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5), null when it is none. */
export function derTime(bytes: Uint8Array, element: DerElement): number | null {
  if (element.end - element.start > 15) return null;
  const pattern = element.tag === TAG.utcTime ? UTC_TIME : GENERALIZED_TIME;
  if (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime) return null;
  const parts = pattern.exec(contentText(bytes, element))?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [written = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const year = element.tag === TAG.utcTime ? written + (written >= 50 ? 1900 : 2000) : written;
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  const again = new Date(time);
  return again.getUTCMonth() === month - 1 && again.getUTCDate() === day && again.getUTCHours() === hour
    ? time
    : null;
}
