/**
 * Who may command the calls of the application. Two sidecars of one writer id never act on the same calls:
 * INVARIANT (ours-before-acting): no command leaves by ARI or AMI, and the application is not taken, when the calls are known to be
 * another's, or when this process has stood still and they are not known to be ours.
 */
import { TelephonyUnavailable } from '../../ports/telephony.ts';
import { openPauseGuard } from './pause-guard.ts';
import { within } from './within.ts';

/** That the calls are ours, as the ledger knows it: one writer id, one session, one sidecar. */
export interface Tenure {
  /** Asked after this process has stood still, and before the application is taken. Rejects when it is not known to be so. */
  confirm(): Promise<void>;
  /** True when another has taken over for certain. */
  isOver(): boolean;
}

/** What every command to the exchange passes, whatever interface it takes. */
export interface Gate {
  /** Null when there is nothing to wait for; else resolves when the calls are ours, rejects with `TelephonyUnavailable`. */
  pass(what: string): Promise<void> | null;
  /** Before the application is taken. Asked of the ledger each time: it takes the calls from whoever has them. */
  enter(): Promise<void>;
  close(): void;
}

/** The store answers at once or is in trouble; a command that waited longer would come too late. */
const CONFIRM_WITHIN_MS = 2_000;

/** Left out: nobody else could command the calls. */
export function openGate(tenure: Tenure | undefined): Gate {
  if (tenure === undefined) {
    return { pass: () => null, enter: () => Promise.resolve(), close: () => undefined };
  }
  const confirm = async (): Promise<void> => {
    if (tenure.isOver()) throw new TelephonyUnavailable('another sidecar has taken over our writer id');
    await within('ledger', () => tenure.confirm(), CONFIRM_WITHIN_MS);
  };
  const guard = openPauseGuard(confirm);
  return {
    pass(what) {
      const confirmed = tenure.isOver() ? confirm() : guard.check();
      if (confirmed === null) return null;
      return confirmed.catch((cause: unknown) => {
        throw new TelephonyUnavailable(`${what}: the call may be another's by now`, { cause });
      });
    },
    enter: confirm,
    close: () => guard.stop(),
  };
}
