/** What a PASSporT must have in common with the call it came with: its numbers and its time (RFC 8224 §6.2). */
import { verify } from 'node:crypto';
import { formatInstant, instant, type Instant } from '../domain/time.ts';
import type { StiCertificate } from './certificate.ts';
import type { Passport } from './passport.ts';
import { type Checked, passed, type Refusal, refusal, refused, shown } from './refusal.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SIP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;

/** The Date header: RFC 3261 §20.17 allows this one spelling, always GMT. */
export function readSipDate(text: string): Instant | null {
  const parts = text.length > 64 ? null : SIP_DATE.exec(text.trim());
  if (parts === null) return null;
  const [day = 0, , year = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const month = MONTHS.indexOf(parts[2] ?? '');
  const time = Date.UTC(year, month, day, hour, minute, second);
  const again = new Date(time);
  return again.getUTCDate() === day && again.getUTCMonth() === month && again.getUTCHours() === hour
    ? instant(time)
    : null;
}

export function checkDate(date: string | null, seenAt: Instant, freshMs: number): Checked<Instant> {
  if (date === null || date.trim() === '') return refused('missing_date', 'the call has no Date header');
  const at = readSipDate(date);
  if (at === null) {
    const like = 'expected for example Mon, 23 Nov 2026 17:00:00 GMT';
    return refused('stale_date', `Date is ${shown(date)}; ${like}`);
  }
  const late = staleness('Date', at, seenAt, freshMs);
  return late === null ? passed(at) : { ok: false, refusal: late };
}

/** `iat` against the clock and against the Date header, each way: a replayed header with a new Date is as stale as an old one. */
export function checkIssuedAt(
  { issuedAtSeconds }: Passport,
  date: Instant,
  seenAt: Instant,
  freshMs: number,
): Refusal | null {
  const issuedAt = instant(issuedAtSeconds * 1_000);
  return staleness('iat', issuedAt, seenAt, freshMs) ?? staleness('iat', issuedAt, date, freshMs);
}

function staleness(name: string, at: Instant, from: Instant, freshMs: number): Refusal | null {
  const away = Math.abs(at - from);
  return away <= freshMs
    ? null
    : refusal(
        'stale_date',
        `${name} is ${formatInstant(at)}, ${Math.round(away / 1_000)} s away from ${formatInstant(from)}; expected at most ${freshMs / 1_000} s`,
      );
}

/** Both numbers canonical, null where the message names none. */
export function checkCaller({ callerId }: Passport, calling: string | null): Refusal | null {
  return callerId === calling
    ? null
    : refusal(
        'caller_mismatch',
        `claim orig.tn is ${shown(callerId)}, but the caller ID is ${shown(calling)}`,
      );
}

export function checkCalled({ calledNumbers }: Passport, called: string | null): Refusal | null {
  return called !== null && calledNumbers.includes(called)
    ? null
    : refusal('called_mismatch', `claim dest.tn is ${shown(calledNumbers)}, but ${shown(called)} is called`);
}

function isSigned(input: string, publicKey: StiCertificate['publicKey'], signature: Buffer): boolean {
  try {
    return verify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}

/** ES256 over header and claims as they stood in the message. */
export function checkSignature(
  { signingInput, signature }: Passport,
  { publicKey, subject }: Pick<StiCertificate, 'publicKey' | 'subject'>,
): Refusal | null {
  return isSigned(signingInput, publicKey, signature)
    ? null
    : refusal('bad_signature', `the signature is not of the key of certificate ${shown(subject)}`);
}
