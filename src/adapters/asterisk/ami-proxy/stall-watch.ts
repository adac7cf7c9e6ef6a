/**
 * Keeps in bounds what waits in memory for a dialer that does not read: beyond the bound the exchange is not read from, and a dialer
 * that takes nothing for too long is cut. (The exchange itself would drop it sooner: `writetimeout` of manager.conf.)
 */
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../../ports/clock.ts';

export interface StallBounds {
  readonly bufferBytes: number;
  readonly stalledMs: number;
  readonly clock: Clock;
  cut(): void;
}

export interface StallWatch {
  /** After each write to the dialer. */
  wrote(): void;
  drained(): void;
  close(): void;
}

export function stallWatch(client: Socket, upstream: Socket, bounds: StallBounds): StallWatch {
  let timer: Timer | null = null;
  let takenAt = 0;
  /** Bytes the system has taken from us so far. */
  const taken = (): number => client.bytesWritten - client.writableLength;
  const watch = (): void => {
    timer = bounds.clock.after(bounds.stalledMs, () => {
      if (taken() === takenAt) {
        bounds.cut();
        return;
      }
      takenAt = taken();
      watch();
    });
  };
  const rest = (): void => {
    timer?.cancel();
    timer = null;
  };
  return {
    wrote() {
      if (timer !== null || client.writableLength <= bounds.bufferBytes) return;
      upstream.pause();
      takenAt = taken();
      watch();
    },
    drained() {
      if (timer === null) return;
      rest();
      upstream.resume();
    },
    close: rest,
  };
}
