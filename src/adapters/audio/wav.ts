/** Reads RIFF/WAVE with plain 16-bit PCM, the one format the exchange plays without conversion. Never throws on bad bytes. */
import { type Parsed, parsed, problem } from '../../domain/brand.ts';

export interface Wav {
  readonly sampleRate: number;
  readonly channels: number;
  readonly samples: Int16Array;
}

const PCM = 1;
const EXTENSIBLE = 0xfffe;

export function readWav(bytes: Uint8Array): Parsed<Wav> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') {
    return problem('is not a WAV file (no RIFF/WAVE header)');
  }
  let format: { readonly sampleRate: number; readonly channels: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tag(at) === 'fmt ') {
      if (size < 16 || body + size > bytes.length) return problem('has a broken format chunk');
      const code = view.getUint16(body, true);
      // Extensible headers carry the real code in the first two bytes of the sub-format.
      const coding = code === EXTENSIBLE && size >= 26 ? view.getUint16(body + 24, true) : code;
      const bits = view.getUint16(body + 14, true);
      if (coding !== PCM || bits !== 16) {
        return problem(`is ${bits}-bit audio of coding ${coding}; expected 16-bit PCM (coding 1)`);
      }
      format = { channels: view.getUint16(body + 2, true), sampleRate: view.getUint32(body + 4, true) };
    } else if (tag(at) === 'data') {
      if (format === undefined) return problem('has its data before its format');
      if (body + size > bytes.length)
        return problem('is cut short: it holds less audio than its header says');
      const samples = new Int16Array(Math.floor(size / 2));
      for (let index = 0; index < samples.length; index += 1) {
        samples[index] = view.getInt16(body + 2 * index, true);
      }
      return parsed({ ...format, samples });
    }
    at = body + size + (size % 2);
  }
  return problem('has no audio in it');
}
