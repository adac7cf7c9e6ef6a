/** Sound files of the benchmark: the person's greeting by flite, and the rendered message as the reference of what is heard. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeMuLaw, FRAME_MS, framesOf, loudness } from './g711.ts';

/** The greeting begins and ends with a frame as loud as this: Asterisk hears talk from 256 on. */
const LOUD = 500;
/** A longer pause inside would end it for a threshold of 500 ms. */
const LONGEST_PAUSE_MS = 300;

/** Samples of a 16-bit mono file at 8 kHz. */
export async function readSamples(file: string): Promise<Int16Array> {
  const bytes = await readFile(file);
  const name = (at: number): string => bytes.toString('latin1', at, at + 4);
  if (name(0) !== 'RIFF' || name(8) !== 'WAVE') throw new Error(`\`${file}\` is no WAV file`);
  let format = '';
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (name(at) === 'fmt ') {
      format = [0, 2, 14].map((each) => body.readUInt16LE(each)).join('/') + `/${body.readUInt32LE(4)}`;
    } else if (name(at) === 'data') {
      if (format !== '1/1/16/8000') throw new Error(`\`${file}\` is not 16-bit mono PCM at 8 kHz: ${format}`);
      return Int16Array.from({ length: Math.floor(body.length / 2) }, (_, i) => body.readInt16LE(2 * i));
    }
    at += 8 + size + (size % 2);
  }
  throw new Error(`\`${file}\` has no sound in it`);
}

/** A spoken greeting as payloads of 20 ms, voiced at both ends and without a pause that could end it. */
export async function speakGreeting(text: string, folder: string): Promise<readonly Uint8Array[]> {
  const file = join(folder, 'greeting.wav');
  // The voice kal speaks at 8 kHz: nothing has to be resampled.
  await promisify(execFile)('flite', ['-voice', 'kal', '-t', text, '-o', file]);
  return greetingFrames(await readSamples(file));
}

export function greetingFrames(samples: Int16Array): readonly Uint8Array[] {
  const frames = framesOf(samples);
  const isLoud = frames.map((frame) => loudness(frame) >= LOUD);
  const [first, last] = [isLoud.indexOf(true), isLoud.lastIndexOf(true)];
  if (first < 0) throw new Error('the greeting is silent');
  let pause = 0;
  for (const loud of isLoud.slice(first, last + 1)) {
    pause = loud ? 0 : pause + FRAME_MS;
    if (pause > LONGEST_PAUSE_MS)
      throw new Error(`the greeting has a pause of more than ${LONGEST_PAUSE_MS} ms`);
  }
  return frames.slice(first, last + 1).map(encodeMuLaw);
}
