/**
 * Who sent an event: `Breakwater-Signature: t=<seconds>,v1=<hex>`, where v1 is HMAC-SHA256 over `<t>.<raw body>` with the secret of the source.
 * The whole header is judged in one answer, compared in constant time, and nothing of it is ever logged.
 */
import { timingSafeEqual } from 'node:crypto';
import { eventHmac } from '../domain/event-signature.ts';

const HEADER = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

export const signatureOf = (secret: string, seconds: number, body: Uint8Array): string =>
  eventHmac(secret, seconds).update(body).digest('hex');

export type SignatureVerdict = 'valid' | 'malformed' | 'stale' | 'wrong';

/** `stale`: signed rightly, but too long ago, or ahead of our clock by as much. */
export function judgeSignature(
  header: string | undefined,
  body: Uint8Array,
  given: { readonly secret: string; readonly nowMs: number; readonly freshSeconds: number },
): SignatureVerdict {
  const match = HEADER.exec(header ?? '');
  const [, seconds, hex] = match ?? [];
  if (seconds === undefined || hex === undefined) return 'malformed';
  const expected = Buffer.from(signatureOf(given.secret, Number(seconds), body), 'hex');
  if (!timingSafeEqual(expected, Buffer.from(hex, 'hex'))) return 'wrong';
  return Math.abs(given.nowMs / 1_000 - Number(seconds)) <= given.freshSeconds ? 'valid' : 'stale';
}
