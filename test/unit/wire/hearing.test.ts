/** The benchmark's listener against packets whose truth is known: what it says of a call is only worth what this proves. */
import { describe, expect, test } from 'vitest';
import { tonePacket } from '../../../bench/wire/agents.ts';
import { decodeMuLaw, encodeMuLaw, FRAME_MS, FRAME_SAMPLES, framesOf } from '../../../bench/wire/g711.ts';
import { hear, referenceOf } from '../../../bench/wire/hearing.ts';
import { createRtpSender, parseAudio } from '../../../bench/wire/rtp.ts';
import { greetingFrames } from '../../../bench/wire/sound.ts';
import { isTone } from '../../../bench/wire/tone.ts';

/** Sound that never repeats itself: a chirp whose pitch and loudness wander with the place. */
function speech(frames: number, seed: number): Int16Array {
  let phase = 0;
  return Int16Array.from({ length: frames * FRAME_SAMPLES }, (_, index) => {
    phase += (2 * Math.PI * (180 + seed * 37 + 90 * Math.sin(index / (1_700 + seed)))) / 8_000;
    const loud = 5_000 + 3_000 * Math.sin(index / 900 + seed);
    return Math.round(loud * (0.6 * Math.sin(phase) + 0.4 * Math.sin(2.7 * phase + seed)));
  });
}

const MESSAGE = speech(100, 1);
const reference = referenceOf(MESSAGE);
const payloads = (samples: Int16Array): Uint8Array[] => framesOf(samples).map(encodeMuLaw);
const SILENCE = encodeMuLaw(new Int16Array(FRAME_SAMPLES));

/** Packets 20 ms apart from `at` on. */
const played = (at: number, frames: readonly Uint8Array[]) =>
  frames.map((payload, index) => ({ at: at + index * FRAME_MS, payload }));

const recordOf = (packets: readonly { readonly at: number; readonly payload: Uint8Array }[]) => ({
  heardAt: Float64Array.from(packets, ({ at }) => at),
  heard: Buffer.concat(packets.map(({ payload }) => payload)),
});

describe('mu-law', () => {
  test('says what G.711 says at its corners', () => {
    expect([...decodeMuLaw(Uint8Array.of(0x00, 0x80, 0x7f, 0xff, 0x8f, 0xf0))]).toEqual([
      -32_124, 32_124, 0, 0, 16_764, 120,
    ]);
  });

  test('each byte comes back from its own sample, but for the second zero', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const expected = [...bytes].map((byte) => (byte === 0x7f ? 0xff : byte));
    expect([...encodeMuLaw(decodeMuLaw(bytes))]).toEqual(expected);
  });
});

describe('a message', () => {
  test('heard whole: when it began, that nothing of it is missing and that it was said once', () => {
    const heard = hear(recordOf(played(5_000, payloads(MESSAGE))), reference);
    expect(heard).toMatchObject({
      firstVoicedAt: 5_000,
      messageAt: 5_000,
      lastVoicedAt: 5_000 + 99 * FRAME_MS,
      messageShare: 1,
      messageStarts: 1,
      holeMs: 0,
      agentAt: null,
      strangeFrames: 0,
    });
  });

  test('silent packets before it are not its beginning', () => {
    const before = played(
      4_000,
      Array.from({ length: 50 }, () => SILENCE),
    );
    const heard = hear(recordOf([...before, ...played(5_000, payloads(MESSAGE))]), reference);
    expect(heard.firstVoicedAt).toBe(5_000);
  });

  test('broken off: the share says how much was heard', () => {
    const heard = hear(recordOf(played(0, payloads(MESSAGE).slice(0, 40))), reference);
    expect(heard.messageShare).toBeCloseTo(0.4, 5);
  });

  test('a gap in the middle is found and measured, packets that are merely missing are not a gap', () => {
    const all = payloads(MESSAGE);
    const torn = [...played(0, all.slice(0, 30)), ...played(600 + 2_500, all.slice(30))];
    expect(hear(recordOf(torn), reference)).toMatchObject({
      holeMs: 2_500,
      messageShare: 1,
      messageStarts: 1,
    });
    const lossy = played(0, all).filter((_, index) => index % 10 !== 5);
    expect(hear(recordOf(lossy), reference)).toMatchObject({ holeMs: 0, messageStarts: 1 });
    expect(hear(recordOf(lossy), reference).messageShare).toBeCloseTo(0.9, 5);
  });

  test('said again from the start: two beginnings', () => {
    const all = payloads(MESSAGE);
    const twice = [...played(0, all.slice(0, 60)), ...played(2_000, all)];
    expect(hear(recordOf(twice), reference)).toMatchObject({ messageStarts: 2, messageShare: 1 });
  });

  test('another speech is not the message', () => {
    const heard = hear(recordOf(played(0, payloads(speech(100, 9)))), reference);
    expect(heard.messageAt).toBeNull();
    expect(heard.messageShare).toBe(0);
    expect(heard.strangeFrames).toBe(100);
  });
});

describe("the agent's tone", () => {
  test('is told from speech, whole or shifted', () => {
    const tone = decodeMuLaw(tonePacket());
    expect(isTone(tone)).toBe(true);
    expect(isTone(Int16Array.from(tone, (_, index) => tone[(index + 37) % FRAME_SAMPLES] ?? 0))).toBe(true);
    expect(framesOf(MESSAGE).filter(isTone)).toEqual([]);
    expect(isTone(new Int16Array(FRAME_SAMPLES))).toBe(false);
  });

  test('before the message: both are kept apart', () => {
    const agent = played(1_000, Array.from({ length: 10 }, tonePacket));
    const heard = hear(recordOf([...agent, ...played(3_000, payloads(MESSAGE))]), reference);
    expect(heard).toMatchObject({ agentAt: 1_000, agentFrames: 10, messageAt: 3_000, messageShare: 1 });
  });
});

describe('packets', () => {
  test('audio goes out and is read back; events and rubbish are no audio', () => {
    const sender = createRtpSender(7);
    const payload = encodeMuLaw(MESSAGE.subarray(0, FRAME_SAMPLES));
    const [first, second] = [sender.audio(payload), sender.audio(payload)];
    expect(parseAudio(first)?.payload).toEqual(Buffer.from(payload));
    expect((parseAudio(second)?.sequence ?? 0) - (parseAudio(first)?.sequence ?? 0)).toBe(1);
    expect(second.readUInt32BE(4) - first.readUInt32BE(4)).toBe(FRAME_SAMPLES);
    expect(parseAudio(sender.key('9', 20, false))).toBeUndefined();
    expect(parseAudio(Buffer.alloc(5))).toBeUndefined();
  });

  test('a key: one time stamp, a growing duration, an end; then audio goes on behind it', () => {
    const sender = createRtpSender(7);
    const start = sender.audio(SILENCE).readUInt32BE(4);
    const packets = [sender.key('9', 20, false), sender.key('9', 40, false), sender.key('9', 40, true)];
    expect(packets.map((packet) => packet.readUInt32BE(4))).toEqual(packets.map(() => start + FRAME_SAMPLES));
    expect(packets.map((packet) => packet.readUInt16BE(14))).toEqual([160, 320, 320]);
    expect(packets.map((packet) => packet.readUInt8(13) >> 7)).toEqual([0, 0, 1]);
    expect(packets.map((packet) => packet.readUInt8(12))).toEqual([9, 9, 9]);
    sender.keyUp();
    expect(sender.audio(SILENCE).readUInt32BE(4)).toBe(start + 3 * FRAME_SAMPLES);
    expect(sender.key('9', 20, false).readUInt32BE(4)).toBe(start + 4 * FRAME_SAMPLES);
  });
});

describe('a greeting', () => {
  const quiet = new Int16Array(5 * FRAME_SAMPLES);
  const words = (frames: number): Int16Array => speech(frames, 3);
  const join = (...parts: readonly Int16Array[]): Int16Array =>
    Int16Array.from(parts.flatMap((part) => [...part]));

  test('is cut to its voice, so that its end is known', () => {
    expect(greetingFrames(join(quiet, words(20), quiet))).toHaveLength(20);
  });

  test('silence, and a pause that would end it, are refused', () => {
    expect(() => greetingFrames(quiet)).toThrow('the greeting is silent');
    const split = join(words(10), quiet, quiet, quiet, quiet, words(10));
    expect(() => greetingFrames(split)).toThrow('has a pause of more than 300 ms');
  });
});
