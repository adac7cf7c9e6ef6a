/** How far a long reading of the ledger is: a bar where its length is known, entries and their rate always. For people at a terminal. */
import type { Io } from './io.ts';

export interface ProgressBar {
  /** `share` from 0 to 1; left out: nobody knows how much there is. */
  show(entries: number, share?: number): void;
  end(): void;
}

const BAR_WIDTH = 30;
const REDRAW_MS = 100;

export function progressBar(io: Pick<Io, 'progress' | 'nowMs'>): ProgressBar {
  const startedMs = io.nowMs();
  let drawnMs = startedMs;
  return {
    show(entries, share) {
      const nowMs = io.nowMs();
      if (io.progress === undefined || nowMs - drawnMs < REDRAW_MS) return;
      drawnMs = nowMs;
      const rate = Math.round((entries * 1_000) / (nowMs - startedMs));
      const counted = `${grouped(entries)} entries, ${grouped(rate)}/s`;
      io.progress(share === undefined ? counted : `${bar(share)} ${counted}`);
    },
    end: () => io.progress?.(null),
  };
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)} %`;
}

const grouped = (count: number): string => count.toLocaleString('en-US');
