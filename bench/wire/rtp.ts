/** RTP (RFC 3550) and telephone events (RFC 4733), as much as a telephone on loopback needs. */

export const AUDIO_TYPE = 0;
export const EVENT_TYPE = 101;

const HEADER = 12;
const KEYS = '0123456789*#';

export interface RtpAudio {
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** The audio of one packet; undefined for anything else: other types, other versions, empty ones. */
export function parseAudio(packet: Buffer): RtpAudio | undefined {
  if (packet.length <= HEADER || packet.readUInt8(0) >> 6 !== 2) return undefined;
  if ((packet.readUInt8(1) & 0x7f) !== AUDIO_TYPE) return undefined;
  const extended = (packet.readUInt8(0) & 0x10) !== 0;
  const sources = 4 * (packet.readUInt8(0) & 0x0f);
  let start = HEADER + sources;
  if (extended) {
    if (packet.length < start + 4) return undefined;
    start += 4 + 4 * packet.readUInt16BE(start + 2);
  }
  const payload = packet.subarray(start);
  return payload.length === 0 ? undefined : { sequence: packet.readUInt16BE(2), payload };
}

export interface RtpSender {
  audio(payload: Uint8Array): Buffer;
  /** One packet of a key that is held down; `elapsedMs` since it went down. */
  key(digit: string, elapsedMs: number, isEnd: boolean): Buffer;
  /** The key is up: the time stamps go on. */
  keyUp(): void;
}

export function createRtpSender(source: number): RtpSender {
  let sequence = source & 0x7fff;
  let timestamp = (source * 160) >>> 0;
  let keyAt: number | null = null;
  const header = (type: number, marker: boolean, at: number, length: number): Buffer => {
    const packet = Buffer.alloc(HEADER + length);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(type | (marker ? 0x80 : 0), 1);
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(at, 4);
    packet.writeUInt32BE(source >>> 0, 8);
    sequence = (sequence + 1) & 0xffff;
    return packet;
  };
  return {
    audio(payload) {
      const packet = header(AUDIO_TYPE, false, timestamp, payload.length);
      packet.set(payload, HEADER);
      timestamp = (timestamp + payload.length) >>> 0;
      return packet;
    },
    key(digit, elapsedMs, isEnd) {
      const code = KEYS.indexOf(digit);
      if (code < 0) throw new Error(`\`${digit}\` is not a key; expected one of ${KEYS}`);
      // All packets of one key carry the instant at which it went down.
      const isFirst = keyAt === null;
      keyAt ??= timestamp;
      const packet = header(EVENT_TYPE, isFirst, keyAt, 4);
      packet.writeUInt8(code, HEADER);
      packet.writeUInt8(isEnd ? 0x8a : 0x0a, HEADER + 1);
      packet.writeUInt16BE(elapsedMs * 8, HEADER + 2);
      if (!isEnd) timestamp = (timestamp + 160) >>> 0;
      return packet;
    },
    keyUp() {
      keyAt = null;
    },
  };
}
