/**
 * Notices that this process has stood still (SIGSTOP, a swapped-out machine): what its timers want then is late, and the calls may
 * have been taken over by the dialplan or by another sidecar. Until it is confirmed that they are ours nothing is done to them.
 */
const BEAT_MS = 100;

/** The dead-man switch of a call fires after 800 ms; a loop that is merely busy is back sooner. */
const LONGEST_PAUSE_MS = 600;

export interface PauseGuard {
  /** Null when there is nothing to wait for; else resolves when the calls are ours, and rejects when they are not known to be. */
  check(): Promise<void> | null;
  stop(): void;
}

export function openPauseGuard(
  confirmOurs: () => Promise<void>,
  now: () => number = () => performance.now(),
): PauseGuard {
  let last = now();
  let pauses = 0;
  /** As many pauses as there had been when the answer was asked for that confirmed us. */
  let confirmed = 0;
  const look = (): void => {
    const at = now();
    if (at - last > LONGEST_PAUSE_MS) pauses += 1;
    last = at;
  };
  /** An answer from before a further pause says nothing. */
  const confirm = async (): Promise<void> => {
    while (confirmed < pauses) {
      const asked = pauses;
      await confirmOurs();
      confirmed = Math.max(confirmed, asked);
      look();
    }
  };
  const beat = setInterval(look, BEAT_MS);
  return {
    check() {
      look();
      return confirmed < pauses ? confirm() : null;
    },
    stop: () => clearInterval(beat),
  };
}
