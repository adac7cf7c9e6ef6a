/** The comparison of sound must tell the whole prompt from a part of it, from other speech, and from silence. */
import { describe, expect, test } from 'vitest';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import { keyPressCapture } from '../../scripts/callers/key-press.ts';
import { averageMagnitude, decodeMuLaw, encodeMuLaw } from '../../scripts/callers/mu-law.ts';
import { parseRtp } from '../../scripts/callers/packets.ts';
import { parsePcap } from '../../scripts/callers/pcap.ts';

const RATE = 8_000;
const prompt = speech(1, 6);

describe('what was heard, compared with a prompt', () => {
  test('the whole prompt after mu-law, somewhere in the call', () => {
    const heard = inCall(throughMuLaw(prompt), 1_234.5, 10);
    const result = compareAudio(heard, prompt);
    expect(result.matchedShare).toBe(1);
    expect(result.correlation).toBeGreaterThan(0.97);
    expect(result.offsetMs).toBeCloseTo(1_234.5, 0);
  });

  test('a truncated prompt: the share falls with what is missing', () => {
    for (const share of [0.25, 0.5, 0.75]) {
      const part = prompt.subarray(0, Math.round(prompt.length * share));
      expect(compareAudio(inCall(part, 500, 10), prompt).matchedShare).toBeCloseTo(share, 1);
    }
  });

  test('a prompt whose beginning was cut off', () => {
    const part = prompt.subarray(prompt.length / 2);
    const result = compareAudio(inCall(part, 3_000, 10), prompt);
    expect(result.matchedShare).toBeCloseTo(0.5, 1);
    expect(result.offsetMs).toBeLessThan(1_000); // where it would have begun
  });

  test('a beginning cut off in the middle of a long vowel, the rest of which sounds like what is missing', () => {
    const vowel = Int16Array.from(
      { length: RATE / 2 },
      (_, i) => 4_000 * Math.sin((2 * Math.PI * 150 * i) / RATE),
    );
    const drawn = Int16Array.from([...vowel, ...prompt]);
    const { matchedShare } = compareAudio(drawn.subarray(0.34 * RATE), drawn);
    expect(matchedShare).toBeGreaterThan(0.9);
    expect(matchedShare).toBeLessThan(1);
  });

  test('a hole in the middle', () => {
    const holed = Int16Array.from(prompt);
    holed.fill(0, 2 * RATE, 3 * RATE);
    const { matchedShare } = compareAudio(inCall(holed, 700, 10), prompt);
    expect(matchedShare).toBeGreaterThan(0.75);
    expect(matchedShare).toBeLessThan(0.9);
  });

  test('a sender that stalls and goes on late is heard in full, a longer hole is not', () => {
    const stalled = (pauseMs: number): Int16Array => {
      const pause = new Int16Array((pauseMs * RATE) / 1_000);
      return Int16Array.from([...prompt.subarray(0, 3 * RATE), ...pause, ...prompt.subarray(3 * RATE)]);
    };
    expect(compareAudio(inCall(stalled(200), 700, 12), prompt).matchedShare).toBeGreaterThan(0.95);
    expect(compareAudio(inCall(stalled(900), 700, 12), prompt).matchedShare).toBeLessThan(0.7);
  });

  test('other speech, noise and silence are not the prompt', () => {
    expect(compareAudio(inCall(speech(2, 6), 900, 10), prompt).matchedShare).toBeLessThan(0.1);
    expect(compareAudio(inCall(noise(9, 6), 900, 10), prompt).matchedShare).toBe(0);
    expect(compareAudio(new Int16Array(10 * RATE), prompt).matchedShare).toBe(0);
    expect(compareAudio(new Int16Array(0), prompt).matchedShare).toBe(0);
    expect(compareAudio(prompt, new Int16Array(RATE)).segments).toBe(0);
  });

  test('quieter and with a little noise it is still the prompt; under a loud voice it is not', () => {
    const hiss = noise(5, 6);
    const quiet = Int16Array.from(prompt, (sample, i) => sample / 4 + hiss[i]! / 80);
    expect(compareAudio(inCall(quiet, 400, 10), prompt).matchedShare).toBeGreaterThan(0.95);
    const other = speech(3, 6);
    const drowned = Int16Array.from(prompt, (sample, i) => sample / 3 + other[i]!);
    expect(compareAudio(inCall(drowned, 400, 10), prompt).matchedShare).toBeLessThan(0.2);
  });
});

test('mu-law there and back keeps every step within its resolution', () => {
  for (let sample = -32_000; sample <= 32_000; sample += 37) {
    const back = decodeMuLaw(encodeMuLaw(Int16Array.of(sample)))[0]!;
    expect(Math.abs(back - sample)).toBeLessThanOrEqual(Math.max(8, Math.abs(sample) / 16));
  }
  expect(averageMagnitude(decodeMuLaw(Uint8Array.of(0xff, 0xff)))).toBe(0);
  expect(
    [...encodeMuLaw(decodeMuLaw(Uint8Array.from({ length: 256 }, (_, i) => i)))].filter((b, i) => b !== i),
  ).toEqual([
    0xff, // 0x7f and 0xff are both zero
  ]);
});

test('a pressed key is eight packets of one RFC 4733 event, the last three its end', () => {
  const packets = parsePcap(keyPressCapture('#')).map(({ payload }) => parseRtp(payload)!);
  expect(packets.map(({ payload }) => payload[0])).toEqual(Array(8).fill(11));
  expect(packets.map(({ payload }) => payload[1]! >> 7)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  expect(packets.map(({ payload }) => payload.readUInt16BE(2))).toEqual([
    160, 320, 480, 640, 800, 800, 800, 800,
  ]);
  expect(new Set(packets.map(({ timestamp }) => timestamp)).size).toBe(1);
  expect(packets.map(({ marker }) => marker)).toEqual([true, ...Array<boolean>(7).fill(false)]);
});

test('a capture that is still being written is read up to its last whole packet', () => {
  const whole = keyPressCapture('9');
  expect(parsePcap(whole.subarray(0, whole.length - 5))).toHaveLength(7);
  expect(parsePcap(whole.subarray(0, 10))).toHaveLength(0);
});

/** Something like speech: syllables of a few harmonics with moving pitch, and pauses; another seed, another text. */
function speech(seed: number, seconds: number): Int16Array {
  const random = generator(seed);
  const samples = new Int16Array(seconds * RATE);
  for (let at = 0; at < samples.length;) {
    const length = Math.round((0.08 + 0.15 * random()) * RATE);
    const pitch = 90 + 120 * random();
    const slide = (random() - 0.5) * 40;
    const formants = [300 + 500 * random(), 900 + 1_200 * random(), 2_200 + 900 * random()];
    let phase = 0;
    for (let i = 0; i < length && at + i < samples.length; i++) {
      const frequency = pitch + (slide * i) / length;
      phase += (2 * Math.PI * frequency) / RATE;
      let value = 0;
      for (let harmonic = 1; harmonic * frequency < 3_400; harmonic++) {
        const distance = Math.min(...formants.map((f) => Math.abs(f - harmonic * frequency) / 150));
        value += Math.sin(harmonic * phase) / (1 + distance * distance);
      }
      samples[at + i] = 2_500 * value * Math.sin((Math.PI * i) / length);
    }
    at += length + (random() < 0.2 ? Math.round(0.1 * RATE) : 0);
  }
  return samples;
}

function noise(seed: number, seconds: number): Int16Array {
  const random = generator(seed);
  return Int16Array.from({ length: seconds * RATE }, () => (random() - 0.5) * 8_000);
}

function inCall(sound: Int16Array, afterMs: number, seconds: number): Int16Array {
  const call = new Int16Array(seconds * RATE);
  call.set(sound.subarray(0, Math.max(0, call.length - afterMs * 8)), Math.round(afterMs * 8));
  return call;
}

function throughMuLaw(samples: Int16Array): Int16Array {
  return decodeMuLaw(encodeMuLaw(samples));
}

function generator(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
