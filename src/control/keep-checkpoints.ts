/**
 * Signs the head of our chain at the start, every so often and at the end, and hands it to whoever keeps it. No entry waits for it, and
 * none is vetoed for want of it: what an outlet missed is covered by the next one that it takes, because the chain links them.
 */
import type { ChainHead } from '../domain/chain-link.ts';
import type { SignCheckpoint, SignedCheckpoint } from '../domain/checkpoint.ts';
import type { Hash } from '../domain/hash-chain.ts';
import type { WriterId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { CheckpointOutlet, CheckpointOutletKind } from '../ports/checkpoint-outlets.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { messageOf } from './deadline.ts';

/** An outlet that takes longer is told of; until it has ended it is asked for nothing more, so that one that hangs holds one file at most. */
const KEPT_WITHIN_MS = 60_000;

export interface CheckpointKeeping {
  readonly writer: WriterId;
  /** Last durable link of our chain. */
  readonly head: () => ChainHead;
  readonly sign: SignCheckpoint;
  readonly outlets: readonly CheckpointOutlet[];
  /** Milliseconds from the end of one round to the next. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of one outlet. */
export interface CheckpointFigures {
  readonly outlet: CheckpointOutletKind;
  /** When the newest head that is kept there was our head; the start of the keeping while none is kept. */
  readonly coveredAt: Instant;
  /** Since the start: signed heads that it failed to take, or did not take in time. */
  readonly failures: number;
  readonly everyMs: number;
}

export interface CheckpointKeeper {
  figures(): readonly CheckpointFigures[];
  /** Keeps the head as it is now, then ends. */
  stop(): Promise<void>;
}

export function keepCheckpoints(keeping: CheckpointKeeping): CheckpointKeeper {
  const { writer, head, sign, outlets, everyMs, clock, log } = keeping;
  const kept = new Map<CheckpointOutlet, Hash>();
  const busy = new Set<CheckpointOutlet>();
  const startedAt = clock.now();
  const coveredAt = new Map<CheckpointOutlet, Instant>();
  const failures = new Map<CheckpointOutlet, number>();
  let timer: Timer | undefined;
  let stopped = false;

  const missed = (outlet: CheckpointOutlet, problem: string): void => {
    failures.set(outlet, (failures.get(outlet) ?? 0) + 1);
    log.error({ outlet: outlet.name, problem }, 'a checkpoint was not kept');
  };

  /** Resolves when it is kept, or has failed, or has taken too long. */
  const hand = (outlet: CheckpointOutlet, checkpoint: SignedCheckpoint, at: Instant): Promise<void> =>
    new Promise((resolve) => {
      busy.add(outlet);
      const late = clock.after(KEPT_WITHIN_MS, () => {
        missed(outlet, `not kept within ${KEPT_WITHIN_MS} ms`);
        resolve();
      });
      outlet
        .put(checkpoint)
        .then(
          () => {
            kept.set(outlet, checkpoint.hash);
            coveredAt.set(outlet, at);
          },
          (error: unknown) => missed(outlet, messageOf(error)),
        )
        .finally(() => {
          busy.delete(outlet);
          late.cancel();
          resolve();
        });
    });

  /** Never rejects. */
  const keep = async (): Promise<void> => {
    const { seq, hash } = head();
    const due = outlets.filter((outlet) => seq > 0 && kept.get(outlet) !== hash);
    // Nothing new to keep: what is there still covers the whole chain.
    for (const outlet of outlets) if (!due.includes(outlet)) coveredAt.set(outlet, clock.now());
    if (due.length === 0) return;
    for (const outlet of due.filter((each) => busy.has(each)))
      missed(outlet, 'one before is still on its way');
    const free = due.filter((outlet) => !busy.has(outlet));
    const at = clock.now();
    const checkpoint = sign({ writer, seq, hash, at });
    await Promise.all(free.map((outlet) => hand(outlet, checkpoint, at)));
  };

  let running: Promise<void> = Promise.resolve();
  const round = (): void => {
    running = keep().finally(() => {
      if (!stopped) timer = clock.after(everyMs, round);
    });
  };
  round();

  return {
    figures: () =>
      outlets.map((outlet) => ({
        outlet: outlet.kind,
        coveredAt: coveredAt.get(outlet) ?? startedAt,
        failures: failures.get(outlet) ?? 0,
        everyMs,
      })),
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
      await keep();
    },
  };
}
