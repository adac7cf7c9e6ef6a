/** Mu-law as ITU-T G.711 has it, written for the listener alone: it must not share a mistake with what it measures. */

const BIAS = 0x84;
const LOUDEST = 32_635;

/** 20 ms at 8 kHz: one packet. */
export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;
export const SILENT_BYTE = 0xff;
/** A packet as loud as this is voice and not a rest of the coding. */
export const VOICED = 100;

const DECODED = Int16Array.from({ length: 256 }, (_, byte) => decodeByte(byte));

function decodeByte(byte: number): number {
  const inverted = ~byte & 0xff;
  const segment = (inverted >> 4) & 7;
  const magnitude = (((inverted & 15) << 3) + BIAS) << segment;
  return (inverted & 0x80) === 0 ? magnitude - BIAS : BIAS - magnitude;
}

function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), LOUDEST) + BIAS;
  let segment = 7;
  while (segment > 0 && (magnitude & (0x80 << segment)) === 0) segment -= 1;
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 15)) & 0xff;
}

export const decodeMuLaw = (bytes: Uint8Array): Int16Array =>
  Int16Array.from(bytes, (byte) => DECODED[byte] ?? 0);

export const encodeMuLaw = (samples: Int16Array): Uint8Array => Uint8Array.from(samples, encodeSample);

/** Mean magnitude of the samples; what Asterisk compares with a talk threshold, too. */
export function loudness(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += Math.abs(sample);
  return samples.length === 0 ? 0 : sum / samples.length;
}

/** Whole frames; a rest at the end is filled with zeros. */
export function framesOf(samples: Int16Array): Int16Array[] {
  return Array.from({ length: Math.ceil(samples.length / FRAME_SAMPLES) }, (_, index) => {
    const frame = new Int16Array(FRAME_SAMPLES);
    frame.set(samples.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES));
    return frame;
  });
}
