/** SIP messages as text (RFC 3261): read, answered and written, as much as a telephone on loopback needs. */

export interface SipMessage {
  /** Upper case; null for a response. */
  readonly method: string | null;
  /** Null for a request. */
  readonly status: number | null;
  readonly target: string;
  readonly callId: string;
  readonly cseq: string;
  readonly body: string;
  /** All values of a header, in order. */
  all(name: string): readonly string[];
  one(name: string): string;
}

export function parseSip(text: string): SipMessage | undefined {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [start = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const response = /^SIP\/2\.0 (\d{3})/.exec(start);
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start);
  if (response === null && request === null) return undefined;
  const all = (name: string): readonly string[] => headers.get(name.toLowerCase()) ?? [];
  const one = (name: string): string => all(name)[0] ?? '';
  return {
    method: request?.[1] ?? null,
    status: response === null ? null : Number(response[1]),
    target: request?.[2] ?? '',
    callId: one('Call-ID'),
    cseq: one('CSeq'),
    body: rest.join('\r\n\r\n'),
    all,
    one,
  };
}

export interface Answering {
  readonly tag: string;
  readonly contact: string;
  readonly sdp?: string;
}

export function response(to: SipMessage, status: string, { tag, contact, sdp }: Answering): string {
  const called = to.one('To');
  return message([
    `SIP/2.0 ${status}`,
    ...to.all('Via').map((via) => `Via: ${via}`),
    ...to.all('Record-Route').map((route) => `Record-Route: ${route}`),
    `From: ${to.one('From')}`,
    `To: ${called.includes(';tag=') ? called : `${called};tag=${tag}`}`,
    `Call-ID: ${to.callId}`,
    `CSeq: ${to.cseq}`,
    `Contact: <${contact}>`,
    ...(sdp === undefined ? [] : ['Content-Type: application/sdp']),
    ...body(sdp),
  ]);
}

export interface Dialog {
  readonly callId: string;
  /** `From` and `To` as this side writes them, with tags. */
  readonly from: string;
  readonly to: string;
  readonly target: string;
  readonly contact: string;
  readonly port: number;
}

export function request(method: string, cseq: number, dialog: Dialog, branch: string, sdp?: string): string {
  return message([
    `${method} ${dialog.target} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${dialog.port};rport;branch=z9hG4bK${branch}`,
    `From: ${dialog.from}`,
    `To: ${dialog.to}`,
    `Call-ID: ${dialog.callId}`,
    `CSeq: ${cseq} ${method}`,
    `Contact: <${dialog.contact}>`,
    'Max-Forwards: 70',
    ...(sdp === undefined ? [] : ['Content-Type: application/sdp']),
    ...body(sdp),
  ]);
}

const body = (sdp = ''): string[] => [`Content-Length: ${Buffer.byteLength(sdp)}`, '', sdp];
const message = (lines: readonly string[]): string => lines.join('\r\n');

export const sessionAt = (port: number): string =>
  [
    'v=0',
    'o=wire 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');

/** Where the other side wants its audio. */
export function audioPortOf(sdp: string): number {
  const port = Number(/^m=audio (\d+) /m.exec(sdp)?.[1]);
  if (!Number.isInteger(port) || port === 0) throw new Error('no audio in the session description');
  return port;
}

export const targetOf = (contact: string): string => /<([^>]+)>/.exec(contact)?.[1] ?? contact;
