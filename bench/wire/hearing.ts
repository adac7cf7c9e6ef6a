/**
 * What a person heard, told from the packets alone: the message frame by frame, the agent's tone, or anything else. Pure.
 * A message is recognised by its own samples: each frame heard is laid beside the frames of the rendered file.
 */
import { decodeMuLaw, FRAME_SAMPLES, framesOf, loudness, VOICED } from './g711.ts';
import type { CallRecord } from './script.ts';
import { isTone } from './tone.ts';

/** Mean deviation of two frames that are the same sound coded twice, as a share of their loudness. */
const SAME = 0.15;
/** A step back by fewer frames is a frame that came late, not a beginning anew. */
const NEAR = 5;

export interface Reference {
  readonly frames: readonly Int16Array[];
  readonly loudness: readonly number[];
  readonly voiced: number;
}

export function referenceOf(samples: Int16Array): Reference {
  const frames = framesOf(samples);
  const loud = frames.map(loudness);
  return { frames, loudness: loud, voiced: loud.filter((each) => each >= VOICED).length };
}

export interface Hearing {
  /** The first packet with any voice. */
  readonly firstVoicedAt: number | null;
  readonly lastVoicedAt: number | null;
  readonly messageAt: number | null;
  /** The share of the message's voiced frames that were heard. */
  readonly messageShare: number;
  /** How often its beginning was heard. */
  readonly messageStarts: number;
  /** The longest wait between two of its frames that belong together. */
  readonly holeMs: number;
  readonly agentAt: number | null;
  readonly agentFrames: number;
  /** Voiced, and neither the message nor the tone. */
  readonly strangeFrames: number;
}

export function hear(record: Pick<CallRecord, 'heardAt' | 'heard'>, message: Reference): Hearing {
  const seen = new Set<number>();
  let place = -1;
  let placeAt = 0;
  let messageAt: number | null = null;
  let messageStarts = 0;
  let holeMs = 0;
  let agentAt: number | null = null;
  let agentFrames = 0;
  let strangeFrames = 0;
  let firstVoicedAt: number | null = null;
  let lastVoicedAt: number | null = null;
  const opening = message.loudness.findIndex((each) => each >= VOICED);

  record.heardAt.forEach((at, index) => {
    const frame = decodeMuLaw(record.heard.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES));
    const loud = loudness(frame);
    if (loud < VOICED) return;
    firstVoicedAt ??= at;
    lastVoicedAt = at;
    if (isTone(frame)) {
      agentAt ??= at;
      agentFrames += 1;
      return;
    }
    const found = placeOf(frame, loud, message, place);
    if (found < 0) {
      strangeFrames += 1;
      return;
    }
    messageAt ??= at;
    if (found > place && place >= 0) holeMs = Math.max(holeMs, at - placeAt - (found - place) * 20);
    // At its beginning, or back before where it was: it is being said again.
    if (messageStarts === 0 || found <= place - NEAR) messageStarts += found <= opening + NEAR ? 1 : 0;
    place = found;
    placeAt = at;
    seen.add(found);
  });
  const heardVoiced = [...seen].filter((each) => (message.loudness[each] ?? 0) >= VOICED).length;
  return {
    firstVoicedAt,
    lastVoicedAt,
    messageAt,
    messageShare: message.voiced === 0 ? 0 : heardVoiced / message.voiced,
    messageStarts,
    holeMs,
    agentAt,
    agentFrames,
    strangeFrames,
  };
}

/** Which frame of the message this is; -1 for none. What has not been heard yet is tried first. */
function placeOf(frame: Int16Array, loud: number, message: Reference, last: number): number {
  const { length } = message.frames;
  for (let step = 1; step <= length; step += 1) {
    const index = (last + step) % length;
    if (isSame(frame, loud, message, index)) return index;
  }
  return -1;
}

function isSame(frame: Int16Array, loud: number, message: Reference, index: number): boolean {
  const other = message.frames[index];
  if (other === undefined || Math.abs((message.loudness[index] ?? 0) - loud) > SAME * loud) return false;
  let sum = 0;
  for (let at = 0; at < frame.length; at += 1) sum += Math.abs((frame[at] ?? 0) - (other[at] ?? 0));
  return sum / frame.length <= SAME * loud;
}
