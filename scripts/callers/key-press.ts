/**
 * A pressed key as RFC 4733 packets in a capture file that SIPp replays: its own `play_dtmf` speaks payload type 96 with
 * irregular end marks, while Asterisk offers 101.
 */
import type { Digit } from './behaviour.ts';
import { SAMPLES_PER_MS } from './mu-law.ts';

const PAYLOAD_TYPE = 101;
const PACKET_MS = 20;
export const KEY_MS = 100;
const END_PACKETS = 3;
const VOLUME = 10;

export function keyPressCapture(digit: Digit): Buffer {
  const event = '0123456789*#'.indexOf(digit);
  const updates = KEY_MS / PACKET_MS;
  const packets = Array.from({ length: updates + END_PACKETS }, (_, index) => {
    const isEnd = index >= updates;
    const durationMs = Math.min((index + 1) * PACKET_MS, KEY_MS);
    // The three end packets follow each other at once.
    const atMs = Math.min(index, updates) * PACKET_MS;
    const rtp = Buffer.alloc(16);
    rtp.writeUInt8(0x80, 0);
    rtp.writeUInt8(PAYLOAD_TYPE | (index === 0 ? 0x80 : 0), 1);
    rtp.writeUInt16BE(1 + index, 2);
    rtp.writeUInt32BE(160_000, 4);
    rtp.writeUInt32BE(0x6b657973, 8);
    rtp.writeUInt8(event, 12);
    rtp.writeUInt8((isEnd ? 0x80 : 0) | VOLUME, 13);
    rtp.writeUInt16BE(durationMs * SAMPLES_PER_MS, 14);
    return record(atMs, rtp);
  });
  return capture(packets);
}

/** A capture file of records. */
export function capture(packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20); // Ethernet
  return Buffer.concat([header, ...packets]);
}

/** One record: Ethernet, IPv4 and UDP around the RTP; SIPp rewrites addresses and ports. */
export function record(atMs: number, rtp: Buffer): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(20 + 8 + rtp.length, 16);
  frame.writeUInt8(64, 22);
  frame.writeUInt8(17, 23);
  frame.writeUInt32BE(0x7f000001, 26);
  frame.writeUInt32BE(0x7f000001, 30);
  frame.writeUInt16BE(4_000, 34);
  frame.writeUInt16BE(4_002, 36);
  frame.writeUInt16BE(8 + rtp.length, 38);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(1_600_000_000, 0);
  head.writeUInt32LE(atMs * 1_000, 4);
  head.writeUInt32LE(frame.length + rtp.length, 8);
  head.writeUInt32LE(frame.length + rtp.length, 12);
  return Buffer.concat([head, frame, rtp]);
}
