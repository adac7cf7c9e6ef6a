/**
 * How long people waited for the safe-harbor message, from the start of the law's two seconds (the end of the greeting, or the answer
 * where that end is not known) to the first sound of the message. Buckets are shares of the bound, so that the bound is an edge itself.
 */

/** Upper edges in thousandths of the bound: 100 ms to 3 s where it is 2,000 ms. */
const EDGES_PERMILLE = [50, 100, 150, 250, 375, 500, 750, 1_000, 1_500] as const;

export interface WaitHistogram {
  readonly boundMs: number;
  /** Upper edges in ms, ascending, each included in its bucket; one of them is the bound. */
  readonly edgesMs: readonly number[];
  /** One more than edges: the last bucket has no end. */
  readonly counts: readonly number[];
  /** Null while nobody has waited. */
  readonly longestMs: number | null;
}

export function emptyWaits(boundMs: number): WaitHistogram {
  const edgesMs = EDGES_PERMILLE.map((permille) => Math.round((boundMs * permille) / 1_000));
  return { boundMs, edgesMs, counts: [...edgesMs, 0].map(() => 0), longestMs: null };
}

export function withWait(histogram: WaitHistogram, waitedMs: number): WaitHistogram {
  const found = histogram.edgesMs.findIndex((edge) => waitedMs <= edge);
  const bucket = found === -1 ? histogram.edgesMs.length : found;
  return {
    ...histogram,
    counts: histogram.counts.map((count, at) => (at === bucket ? count + 1 : count)),
    longestMs: Math.max(histogram.longestMs ?? 0, waitedMs),
  };
}

export const waitsIn = ({ counts }: WaitHistogram): number => counts.reduce((sum, each) => sum + each, 0);

/** Who waited longer than the bound. */
export const waitsOver = ({ counts, edgesMs, boundMs }: WaitHistogram): number =>
  counts.slice(edgesMs.indexOf(boundMs) + 1).reduce((sum, each) => sum + each, 0);
