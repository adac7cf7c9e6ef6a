/** SIP messages and RTP packets out of UDP payloads: only what the witness of a call needs. */

export interface SipMessage {
  /** `INVITE` of a request, undefined for a response. */
  readonly method: string | undefined;
  readonly status: number | undefined;
  readonly requestUser: string | undefined;
  readonly callId: string;
  readonly cseqMethod: string;
  readonly fromUser: string | undefined;
  readonly audioPort: number | undefined;
  readonly text: string;
}

export function parseSip(payload: Buffer): SipMessage | undefined {
  const text = payload.toString('latin1');
  const start = /^(?:SIP\/2\.0 (\d{3})|([A-Z]+) sips?:(?:([^@\s;>]+)@)?\S+ SIP\/2\.0)/.exec(text);
  if (start === null) return undefined;
  const callId = /^(?:Call-ID|i):\s*(\S+)/im.exec(text)?.[1];
  const cseqMethod = /^CSeq:\s*\d+\s+(\w+)/im.exec(text)?.[1];
  if (callId === undefined || cseqMethod === undefined) return undefined;
  const audio = /^m=audio (\d+)/m.exec(text)?.[1];
  return {
    method: start[2],
    status: start[1] === undefined ? undefined : Number(start[1]),
    requestUser: start[3],
    callId,
    cseqMethod,
    fromUser: /^(?:From|f):[^\n]*?sips?:([^@>\s]+)@/im.exec(text)?.[1],
    audioPort: audio === undefined ? undefined : Number(audio),
    text,
  };
}

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly source: number;
  readonly payload: Buffer;
}

export function parseRtp(payload: Buffer): RtpPacket | undefined {
  if (payload.length < 12) return undefined;
  const first = payload.readUInt8(0);
  const second = payload.readUInt8(1);
  if (first >> 6 !== 2 || (second >= 192 && second <= 223)) return undefined; // the latter is RTCP
  const header = 12 + (first & 0x0f) * 4 + ((first & 0x10) === 0 ? 0 : 4);
  if (payload.length < header) return undefined;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: payload.readUInt16BE(2),
    timestamp: payload.readUInt32BE(4),
    source: payload.readUInt32BE(8),
    payload: payload.subarray(header),
  };
}
