/** The audio of one call: a socket of its own, a packet each 20 ms, keys, and every packet that came in with its instant. */
import { createSocket, type Socket } from 'node:dgram';
import { FRAME_MS, FRAME_SAMPLES, SILENT_BYTE } from './g711.ts';
import { createRtpSender, parseAudio, type RtpSender } from './rtp.ts';
import { type KeyPress, wallNow } from './script.ts';

/** A key is held down this long. */
const KEY_MS = 100;
/** RFC 4733 2.5.1.4: the end of a key is told three times. */
const KEY_ENDS = 3;
/** What may be made up for after a stall of this process; older packets are skipped, as a telephone would. */
const CATCH_UP_MS = 200;
/** Two minutes. */
const MOST_FRAMES = 6_000;

const SILENCE = new Uint8Array(FRAME_SAMPLES).fill(SILENT_BYTE);

export interface Leg {
  readonly port: number;
  /** Begins to send and to keep what comes. */
  start(peerPort: number): void;
  /** Sends what is due. */
  tick(now: number): void;
  press(digit: string): void;
  /** The frame that is sent `index` frames after the start; null is silence. */
  says: (index: number) => Uint8Array | null;
  /** Told of each frame of `says` as it leaves. */
  said: (at: number, index: number) => void;
  /** Told of each packet of audio that comes in. */
  heard: (at: number, payload: Uint8Array) => void;
  readonly keys: readonly KeyPress[];
  readonly received: () => { readonly at: Float64Array; readonly audio: Uint8Array };
  close(): void;
}

export async function openLeg(source: number, keeps: boolean): Promise<Leg> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined); // the other side's port may be gone before its BYE is here
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return legOn(socket, createRtpSender(source), keeps);
}

function legOn(socket: Socket, sender: RtpSender, keeps: boolean): Leg {
  const keys: { digit: string; downAt: number; upAt: number }[] = [];
  const at: number[] = [];
  const chunks: Uint8Array[] = [];
  let connected = false;
  let closed = false;
  let startedAt = 0;
  let next = 0;
  let pressing: { readonly digit: string; elapsedMs: number; readonly downAt: number } | null = null;

  const send = (packet: Buffer): void => {
    if (connected && !closed) socket.send(packet);
  };
  const sendKey = (now: number): void => {
    if (pressing === null) return;
    const { digit, downAt } = pressing;
    if (pressing.elapsedMs < KEY_MS) {
      pressing.elapsedMs += FRAME_MS;
      send(sender.key(digit, pressing.elapsedMs, false));
      return;
    }
    for (let end = 0; end < KEY_ENDS; end += 1) send(sender.key(digit, KEY_MS, true));
    sender.keyUp();
    keys.push({ digit, downAt, upAt: now });
    pressing = null;
  };

  const leg: Leg = {
    port: socket.address().port,
    start(peerPort) {
      if (startedAt > 0) return;
      startedAt = wallNow();
      socket.on('message', (packet) => {
        const now = wallNow();
        const audio = parseAudio(packet);
        if (audio?.payload.length !== FRAME_SAMPLES) return;
        if (keeps && chunks.length < MOST_FRAMES) {
          at.push(now);
          chunks.push(Uint8Array.from(audio.payload));
        }
        leg.heard(now, audio.payload);
      });
      socket.connect(peerPort, '127.0.0.1', () => {
        connected = true;
      });
    },
    tick(now) {
      if (startedAt === 0 || closed) return;
      const skipped = Math.floor((now - CATCH_UP_MS - startedAt) / FRAME_MS);
      if (next < skipped) next = skipped;
      for (; startedAt + next * FRAME_MS <= now; next += 1) {
        if (pressing !== null) sendKey(now);
        else {
          const frame = leg.says(next);
          send(sender.audio(frame ?? SILENCE));
          if (frame !== null) leg.said(wallNow(), next);
        }
      }
    },
    press(digit) {
      pressing ??= { digit, elapsedMs: 0, downAt: wallNow() };
    },
    says: () => null,
    said: () => undefined,
    heard: () => undefined,
    keys,
    received: () => ({ at: Float64Array.from(at), audio: Buffer.concat(chunks) }),
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
  return leg;
}
