/** Comfort noise of RFC 3389 in a capture file that SIPp replays: one packet every 200 ms that only says how loud the silence is. */
import { capture, record } from './key-press.ts';
import { SAMPLES_PER_MS } from './mu-law.ts';

const PAYLOAD_TYPE = 13;
const EVERY_MS = 200;
/** -65 dBov: a quiet room. */
const LEVEL = 65;

export function comfortNoiseCapture(forMs: number): Buffer {
  return capture(
    Array.from({ length: Math.ceil(forMs / EVERY_MS) }, (_, index) => {
      const rtp = Buffer.alloc(13);
      rtp.writeUInt8(0x80, 0);
      rtp.writeUInt8(PAYLOAD_TYPE, 1);
      rtp.writeUInt16BE(1 + index, 2);
      rtp.writeUInt32BE(index * EVERY_MS * SAMPLES_PER_MS, 4);
      rtp.writeUInt32BE(0x71756965, 8);
      rtp.writeUInt8(LEVEL, 12);
      return record(index * EVERY_MS, rtp);
    }),
  );
}
