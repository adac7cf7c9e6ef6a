/** G.711 mu-law, the sound format of every call here: 8,000 samples a second, one byte each. */

export const SAMPLES_PER_MS = 8;
/** The byte of silence; packets full of it keep the stream flowing without speech. */
export const SILENCE_BYTE = 0xff;

const DECODED = Int16Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
});

export function decodeMuLaw(bytes: Uint8Array): Int16Array {
  return Int16Array.from(bytes, (byte) => DECODED[byte] ?? 0);
}

export function encodeMuLaw(samples: Int16Array): Uint8Array {
  return Uint8Array.from(samples, encodeSample);
}

/** The average magnitude of a piece of sound: what Asterisk's talk detection compares with its threshold. */
export function averageMagnitude(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += Math.abs(sample);
  return sum / samples.length;
}

function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + 0x84;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}
