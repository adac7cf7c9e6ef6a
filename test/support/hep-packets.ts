/** HEP3 packets and INVITEs as an exchange makes them. */

export interface HepChunk {
  readonly type: number;
  readonly value: Uint8Array;
  readonly vendor?: number;
}

export function hepPacket(chunks: readonly HepChunk[]): Buffer {
  const parts = chunks.map(({ type, value, vendor = 0 }) => {
    const head = Buffer.alloc(6);
    head.writeUInt16BE(vendor, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt16BE(6 + value.length, 4);
    return Buffer.concat([head, value]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.from('HEP3\0\0', 'latin1');
  head.writeUInt16BE(6 + body.length, 4);
  return Buffer.concat([head, body]);
}

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** The chunks that Asterisk's res_hep_pjsip writes, in its order. */
export const hepChunks = (
  payload: string,
  atMs = 1_795_293_891_250,
  correlationId = 'c-1',
): readonly HepChunk[] => [
  { type: 1, value: Buffer.from([2]) },
  { type: 2, value: Buffer.from([17]) },
  { type: 3, value: Buffer.from([127, 0, 0, 1]) },
  { type: 4, value: Buffer.from([192, 0, 2, 7]) },
  { type: 7, value: u16(5060) },
  { type: 8, value: u16(5080) },
  { type: 9, value: u32(Math.floor(atMs / 1_000)) },
  { type: 10, value: u32(Math.round((atMs % 1_000) * 1_000)) },
  { type: 11, value: Buffer.from([1]) },
  { type: 12, value: u32(77) },
  { type: 15, value: Buffer.from(payload, 'latin1') },
  { type: 17, value: Buffer.from(correlationId, 'latin1') },
];

export interface InviteParts {
  readonly callId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly identity?: string | null;
  readonly date?: string;
  readonly more?: readonly string[];
}

export const inviteText = ({
  callId = 'c-1',
  from = '"Solar" <sip:+13035550199@127.0.0.1>;tag=a1',
  to = '<sip:13035550101@192.0.2.7>',
  identity = 'e30.e30.c2ln;info=<https://certs.example.test/tn.pem>;alg=ES256;ppt=shaken',
  date = 'Tue, 24 Nov 2026 18:00:00 GMT',
  more = [],
}: InviteParts = {}): string =>
  [
    'INVITE sip:13035550101@192.0.2.7:5080 SIP/2.0',
    'Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKPj1',
    `From: ${from}`,
    `To: ${to}`,
    'Contact: <sip:asterisk@127.0.0.1:5060>',
    `Call-ID: ${callId}`,
    'CSeq: 31241 INVITE',
    `Date: ${date}`,
    ...(identity === null ? [] : [`Identity: ${identity}`]),
    ...more,
    'Max-Forwards: 70',
    'Content-Type: application/sdp',
    'Content-Length: 4',
    '',
    'v=0\r\n',
  ].join('\r\n');
