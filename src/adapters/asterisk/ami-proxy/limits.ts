/** What one account and one address may ask of the proxy. Pure; whoever asks brings the time. */

export interface AmiLimits {
  /** Connections that have not logged in. Below the exchange's own `authlimit` (50), which counts them too. */
  readonly anonymousMax: number;
  readonly connectionsPerAccount: number;
  readonly actionsPerSecond: number;
  /** Failed logins of one address within a minute; then its connections are closed at once for a minute. */
  readonly loginFailuresMax: number;
  readonly loginWithinMs: number;
  readonly judgeWithinMs: number;
  /** What may wait in memory for a dialer that does not read, per connection; beyond it the exchange is not read from. */
  readonly bufferBytes: number;
  /** A dialer that takes nothing for this long while so much waits is cut. */
  readonly stalledMs: number;
}

const FAILURE_WINDOW_MS = 60_000;
/** Of addresses with failed logins; the oldest are forgotten. */
const ADDRESSES_MAX = 1_000;

export interface LoginFailures {
  fail(address: string, nowMs: number): void;
  isShut(address: string, nowMs: number): boolean;
}

export function loginFailures(max: number): LoginFailures {
  const failures = new Map<string, readonly number[]>();
  const recent = (address: string, nowMs: number): readonly number[] =>
    (failures.get(address) ?? []).filter((at) => nowMs - at < FAILURE_WINDOW_MS);
  return {
    fail(address, nowMs) {
      const known = [...recent(address, nowMs), nowMs].slice(-max);
      failures.delete(address);
      failures.set(address, known);
      const [oldest] = failures.keys();
      if (failures.size > ADDRESSES_MAX && oldest !== undefined) failures.delete(oldest);
    },
    isShut: (address, nowMs) => recent(address, nowMs).length >= max,
  };
}

/** One second's worth may come at once; a token comes back each 1 / `perSecond` s. Counted in thousandths, so nothing is rounded away. */
export interface ActionRate {
  take(nowMs: number): boolean;
}

export function actionRate(perSecond: number): ActionRate {
  const full = perSecond * 1_000;
  let left = full;
  let at: number | null = null;
  return {
    take(nowMs) {
      left = Math.min(full, left + Math.max(0, nowMs - (at ?? nowMs)) * perSecond);
      at = nowMs;
      if (left < 1_000) return false;
      left -= 1_000;
      return true;
    },
  };
}
