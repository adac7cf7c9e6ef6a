/** Keeps a metric from growing with what the outside names: after so many different label sets no further one is shown. */
import type { Gauge } from 'prom-client';

/** Series of one metric: more than any dashboard shows, few enough for every scrape. */
export const SERIES_MAX = 1_000;

export interface BoundedLabels {
  /** False: the metric has its fill, and this label set is none of those that are shown. */
  admits(...labels: readonly string[]): boolean;
}

/** `leftOut` counts, under the name of the metric, what was not admitted. */
export function boundedLabels(metric: string, leftOut: Gauge, seriesMax: number = SERIES_MAX): BoundedLabels {
  const shown = new Set<string>();
  const refused = new Set<string>();
  leftOut.set({ metric }, 0);
  return {
    admits(...labels) {
      const key = JSON.stringify(labels);
      if (shown.has(key)) return true;
      if (shown.size < seriesMax) {
        shown.add(key);
        return true;
      }
      // Counted, and counted no further than the metric itself may grow: a flood of names must not fill the memory either.
      if (refused.size < seriesMax) refused.add(key);
      leftOut.set({ metric }, refused.size);
      return false;
    },
  };
}
