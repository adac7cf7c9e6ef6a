/**
 * A carrier on loopback that brings calls back to the exchange they came from, as the carrier of somebody else's number would: it hands the
 * proofs of the caller on, changes them, takes them away, refuses the call or loses it.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What becomes of the call on its way. Headers replace those of the same name; null takes one away. */
export type Treatment =
  | {
      readonly kind: 'returns';
      /** Given the call as it came, the headers to change. */
      readonly headers: (call: {
        readonly caller: string;
        readonly called: string;
      }) => Readonly<Record<string, string | null>>;
    }
  | { readonly kind: 'refuses'; readonly status: string; readonly headers: readonly string[] }
  | { readonly kind: 'loses' };

export interface LoopCarrier {
  readonly port: number;
  /** Of the calls from now on. */
  treat(treatment: Treatment): void;
  /** INVITEs that have come, repeats not counted. */
  calls(): number;
  close(): Promise<void>;
}

interface Message {
  readonly start: string;
  /** Names in small letters; several of one name in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Handed on with the call. */
const FORWARDED = ['identity', 'date', 'p-asserted-identity', 'content-type'];

export async function startLoopCarrier(
  exchange: () => { readonly host: string; readonly port: number },
): Promise<LoopCarrier> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const originals = new Map<string, Message>();
  let treatment: Treatment = { kind: 'loses' };
  let count = 0;

  const send = (lines: readonly string[], body = ''): void => {
    const { host, port: to } = exchange();
    socket.send([...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'), to, host);
  };

  function answer(request: Message, status: string, more: readonly string[] = []): void {
    const of = (name: string): string[] =>
      all(request, name).map((value) => `${NAMES[name] ?? name}: ${value}`);
    const tagged = status.startsWith('100') ? '' : ';tag=carrier';
    const to = `To: ${first(request, 'to')}${/;tag=/.test(first(request, 'to')) ? '' : tagged}`;
    send([`SIP/2.0 ${status}`, ...of('via'), ...of('from'), to, ...of('call-id'), ...of('cseq'), ...more]);
  }

  function bringBack(invite: Message, changed: Readonly<Record<string, string | null>>): void {
    const called = calledOf(invite);
    const { host, port: to } = exchange();
    const headers = new Map<string, string>();
    for (const [name, value] of invite.headers) if (FORWARDED.includes(name)) headers.set(name, value);
    for (const [name, value] of Object.entries(changed)) {
      if (value === null) headers.delete(name.toLowerCase());
      else headers.set(name.toLowerCase(), value);
    }
    const id = first(invite, 'call-id');
    send(
      [
        `INVITE sip:${called}@${host}:${to} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${id.replace(/\W/g, '')}`,
        `From: ${first(invite, 'from').replace(/;tag=.*$/, '')};tag=back`,
        `To: <sip:${called}@${host}:${to}>`,
        `Call-ID: back-${id}`,
        'CSeq: 1 INVITE',
        `Contact: <sip:carrier@127.0.0.1:${port}>`,
        'Max-Forwards: 60',
        ...[...headers].map(([name, value]) => `${NAMES[name] ?? name}: ${value}`),
      ],
      invite.body,
    );
  }

  function hearInvite(invite: Message): void {
    const id = first(invite, 'call-id');
    if (originals.has(id)) return;
    originals.set(id, invite);
    count += 1;
    answer(invite, '100 Trying');
    if (treatment.kind === 'refuses') {
      answer(invite, treatment.status, treatment.headers);
      return;
    }
    answer(invite, '180 Ringing', [`Contact: <sip:carrier@127.0.0.1:${port}>`]);
    if (treatment.kind === 'loses') return;
    const caller = /sip:\+?(\d+)@/.exec(first(invite, 'from'))?.[1] ?? '';
    bringBack(invite, treatment.headers({ caller, called: calledOf(invite) }));
  }

  function hearResponse(response: Message): void {
    const id = first(response, 'call-id').replace(/^back-/, '');
    const [, status = '', phrase = ''] = /^SIP\/2\.0 (\d+) (.*)$/.exec(response.start) ?? [];
    const original = originals.get(id);
    if (original === undefined || Number(status) < 200) return;
    const called = calledOf(original);
    const { host, port: to } = exchange();
    send([
      `ACK sip:${called}@${host}:${to} SIP/2.0`,
      `Via: ${first(response, 'via')}`,
      `From: ${first(response, 'from')}`,
      `To: ${first(response, 'to')}`,
      `Call-ID: ${first(response, 'call-id')}`,
      'CSeq: 1 ACK',
      'Max-Forwards: 60',
    ]);
    answer(original, `${status} ${phrase}`);
  }

  socket.on('message', (bytes) => {
    const message = parse(bytes.toString('latin1'));
    const method = message.start.split(' ')[0];
    if (method === 'INVITE') hearInvite(message);
    else if (method === 'SIP/2.0') hearResponse(message);
    else if (method === 'CANCEL') {
      answer(message, '200 OK');
      const original = originals.get(first(message, 'call-id'));
      if (original !== undefined) answer(original, '487 Request Terminated');
    } else if (method === 'BYE' || method === 'OPTIONS') answer(message, '200 OK');
  });

  return {
    port,
    treat(next) {
      treatment = next;
    },
    calls: () => count,
    close: () => closed(socket),
  };
}

const NAMES: Readonly<Record<string, string>> = {
  via: 'Via',
  from: 'From',
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  identity: 'Identity',
  date: 'Date',
  'p-asserted-identity': 'P-Asserted-Identity',
  'content-type': 'Content-Type',
};

function parse(text: string): Message {
  const cut = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = text.slice(0, cut < 0 ? text.length : cut).split('\r\n');
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { start, headers, body: cut < 0 ? '' : text.slice(cut + 4) };
}

const all = ({ headers }: Message, wanted: string): readonly string[] =>
  headers.filter(([name]) => name === wanted).map(([, value]) => value);
const first = (message: Message, name: string): string => all(message, name)[0] ?? '';
const calledOf = ({ start }: Message): string => /^INVITE sip:\+?(\d+)@/.exec(start)?.[1] ?? '';

async function closed(socket: Socket): Promise<void> {
  socket.close();
  await once(socket, 'close');
}
