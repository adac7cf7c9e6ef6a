/**
 * As much of a SIP message (RFC 3261) as a confirmation needs: its start line and the headers that tell who calls whom. Bounded, and
 * never throws: what cannot be read is null or left out.
 */

export interface SipMessage {
  readonly start:
    | { readonly kind: 'request'; readonly method: string; readonly uri: string }
    | { readonly kind: 'response'; readonly status: number };
  /** '' when there is none. */
  readonly callId: string;
  readonly from: SipParty | null;
  /** The first that has a user part. */
  readonly asserted: SipParty | null;
  readonly to: SipParty | null;
  readonly date: string | null;
  /** Unfolded, in the order of the message. */
  readonly identities: readonly string[];
  readonly reasons: readonly string[];
  readonly callInfo: readonly string[];
}

export interface SipParty {
  /** User part of the URI without its parameters; '' when there is none. */
  readonly user: string;
  readonly tag: string | null;
}

/** Datagrams are never longer. */
const MESSAGE_BYTES_MAX = 65_535;
const HEADERS_MAX = 256;
const IDENTITIES_MAX = 16;

/** RFC 3261 section 7.3.3 and RFC 8224 section 4: the names that have a short form. */
const COMPACT: Readonly<Record<string, string>> = { y: 'identity', f: 'from', t: 'to', i: 'call-id' };

const WANTED: ReadonlySet<string> = new Set([
  'identity',
  'from',
  'to',
  'call-id',
  'date',
  'p-asserted-identity',
  'reason',
  'call-info',
]);

/** Cheap: tells messages apart before anything is read of them. */
export function isInvite(payload: Uint8Array): boolean {
  return INVITE.every((byte, at) => payload[at] === byte);
}
const INVITE = [...Buffer.from('INVITE ', 'latin1')];

/** A response with which networks refuse calls because of who calls. */
export function isRefusal(payload: Uint8Array): boolean {
  return (
    REFUSAL.every((byte, at) => payload[at] === byte) && REFUSED_BY.includes(payload[REFUSAL.length] ?? 0)
  );
}
const REFUSAL = [...Buffer.from('SIP/2.0 60', 'latin1')];
const REFUSED_BY = [...Buffer.from('378', 'latin1')];

export function parseSipMessage(payload: Uint8Array): SipMessage | null {
  if (payload.length > MESSAGE_BYTES_MAX) return null;
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1');
  const firstEnd = text.indexOf('\n');
  if (firstEnd < 0) return null;
  const start = startLine(trimEnd(text.slice(0, firstEnd)));
  if (start === null) return null;
  const headers = headersOf(text, firstEnd + 1);
  const first = (name: string): string | null => headers.get(name)?.[0] ?? null;
  return {
    start,
    callId: first('call-id') ?? '',
    from: partyOf(first('from')),
    asserted: assertedOf(headers.get('p-asserted-identity') ?? []),
    to: partyOf(first('to')),
    date: first('date'),
    identities: headers.get('identity') ?? [],
    reasons: headers.get('reason') ?? [],
    callInfo: headers.get('call-info') ?? [],
  };
}

function startLine(line: string): SipMessage['start'] | null {
  const request = /^([A-Z]{1,20}) (\S+) SIP\/2\.0$/.exec(line);
  if (request !== null) return { kind: 'request', method: request[1] ?? '', uri: request[2] ?? '' };
  const response = /^SIP\/2\.0 ([1-6]\d\d)(?: |$)/.exec(line);
  return response === null ? null : { kind: 'response', status: Number(response[1]) };
}

/** Up to the empty line. A line that begins with a blank goes on with the header before it. */
function headersOf(text: string, from: number): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let last: { readonly values: string[] } | null = null;
  let count = 0;
  for (let at = from; at < text.length && count < HEADERS_MAX; count += 1) {
    const end = text.indexOf('\n', at);
    const line = trimEnd(text.slice(at, end < 0 ? text.length : end));
    at = end < 0 ? text.length : end + 1;
    if (line === '') break;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last !== null) last.values.push(`${last.values.pop() ?? ''} ${line.trim()}`.trim());
      continue;
    }
    last = null;
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const written = line.slice(0, colon).trim().toLowerCase();
    const name = COMPACT[written] ?? written;
    if (!WANTED.has(name)) continue;
    const values = found.get(name) ?? [];
    found.set(name, values);
    if (values.length >= IDENTITIES_MAX) continue;
    values.push(line.slice(colon + 1).trim());
    last = { values };
  }
  return found;
}

const trimEnd = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** Several values may stand behind commas, as in RFC 3325: one of SIP, one of tel. */
function assertedOf(values: readonly string[]): SipParty | null {
  for (const value of values) {
    for (const part of outsideQuotes(value, ',')) {
      const party = partyOf(part);
      if (party !== null && party.user !== '') return party;
    }
  }
  return null;
}

/** `"Name" <sip:user@host;uri=x>;tag=y`, `sip:user@host;tag=y` or `tel:+1...`; null when no URI can be found. */
function partyOf(value: string | null): SipParty | null {
  if (value === null) return null;
  const [shown = '', ...rest] = outsideQuotes(value, '<');
  const inner = rest.join('<');
  const close = inner.indexOf('>');
  if (rest.length > 0 && close < 0) return null;
  const bare = shown.trim();
  const uri = rest.length > 0 ? inner.slice(0, close) : (bare.split(';')[0] ?? '');
  const parameters = rest.length > 0 ? inner.slice(close + 1) : bare.slice(uri.length);
  const user = userOf(uri.trim());
  if (user === null) return null;
  const [, tag] = /;\s*tag\s*=\s*([^;\s]+)/i.exec(parameters) ?? [];
  return { user, tag: tag ?? null };
}

function userOf(uri: string): string | null {
  const [, scheme, rest] = /^(sips?|tel):(.*)$/i.exec(uri) ?? [];
  if (scheme === undefined || rest === undefined) return null;
  if (scheme.toLowerCase() === 'tel') return unescaped(rest.split(';')[0] ?? '');
  const at = rest.lastIndexOf('@');
  // The password and the user's parameters, as `;phone-context=`, are no part of the number.
  return at < 0 ? '' : unescaped(rest.slice(0, at).split(/[:;]/)[0] ?? '');
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Cut at each `at` that stands outside quotation marks. */
function outsideQuotes(text: string, at: string): readonly string[] {
  if (!text.includes('"')) return text.split(at);
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '\\' && quoted) index += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === at && !quoted) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
