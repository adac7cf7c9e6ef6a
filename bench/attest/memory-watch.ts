/** Whether memory stays bounded over a long run of single things: resident bytes at its begin and end, and what grew once it had settled. */
import { say } from './figures.ts';

/** The machine takes a while to settle; what grows after that is kept by somebody. */
const SETTLED_SHARE = 0.2;
/** A hundred bytes kept of each of 2,500,000 would be twice that; a collector that is late on a busy machine is half of it. */
export const RSS_GROWTH_BYTES_MAX = 128 * 1_048_576;
const SAY_EVERY_MS = 5_000;

export interface MemoryFigures {
  readonly beginBytes: number;
  readonly endBytes: number;
  /** The most after the first fifth of the run over the most within it. */
  readonly growthBytes: number;
  readonly seconds: number;
}

export function watchMemory(what: string, total: number) {
  const started = performance.now();
  const beginBytes = process.memoryUsage.rss();
  let settledBytes = beginBytes;
  let mostBytes = 0;
  let saidAt = started;
  return {
    /** To be told now and then how many are done. */
    look(done: number): void {
      const rss = process.memoryUsage.rss();
      if (done <= total * SETTLED_SHARE) settledBytes = Math.max(settledBytes, rss);
      else mostBytes = Math.max(mostBytes, rss);
      const now = performance.now();
      if (now - saidAt < SAY_EVERY_MS) return;
      saidAt = now;
      const perSecond = done / ((now - started) / 1_000);
      const left = Math.ceil((total - done) / perSecond);
      say(`${done} of ${total} ${what}, ${Math.round(perSecond)} a second, ${left} s left, ${mb(rss)} MB`);
    },
    figures(): MemoryFigures {
      return {
        beginBytes,
        endBytes: process.memoryUsage.rss(),
        growthBytes: Math.max(0, mostBytes - settledBytes),
        seconds: (performance.now() - started) / 1_000,
      };
    },
  };
}

const mb = (bytes: number): number => Math.round(bytes / 1_048_576);
