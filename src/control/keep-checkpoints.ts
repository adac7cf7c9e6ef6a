/**
 * Signs the head of our chain at the start, every so often and at the end, and hands it to whoever keeps it. No entry waits for it, and
 * none is vetoed for want of it: what an outlet missed is covered by the next one that it takes, because the chain links them.
 */
import type { ChainHead } from '../domain/chain-link.ts';
import type { SignCheckpoint, SignedCheckpoint } from '../domain/checkpoint.ts';
import type { Hash } from '../domain/hash-chain.ts';
import type { WriterId } from '../domain/ids.ts';
import type { CheckpointOutlet } from '../ports/checkpoint-outlets.ts';
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

export interface CheckpointKeeper {
  /** Keeps the head as it is now, then ends. */
  stop(): Promise<void>;
}

export function keepCheckpoints(keeping: CheckpointKeeping): CheckpointKeeper {
  const { writer, head, sign, outlets, everyMs, clock, log } = keeping;
  const kept = new Map<CheckpointOutlet, Hash>();
  const busy = new Set<CheckpointOutlet>();
  let timer: Timer | undefined;
  let stopped = false;

  const missed = (outlet: CheckpointOutlet, problem: string): void =>
    log.error({ outlet: outlet.name, problem }, 'a checkpoint was not kept');

  /** Resolves when it is kept, or has failed, or has taken too long. */
  const hand = (outlet: CheckpointOutlet, checkpoint: SignedCheckpoint): Promise<void> =>
    new Promise((resolve) => {
      busy.add(outlet);
      const late = clock.after(KEPT_WITHIN_MS, () => {
        missed(outlet, `not kept within ${KEPT_WITHIN_MS} ms`);
        resolve();
      });
      outlet
        .put(checkpoint)
        .then(
          () => void kept.set(outlet, checkpoint.hash),
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
    const due = outlets.filter((outlet) => kept.get(outlet) !== hash);
    if (seq === 0 || due.length === 0) return;
    for (const outlet of due.filter((each) => busy.has(each)))
      missed(outlet, 'one before is still on its way');
    const free = due.filter((outlet) => !busy.has(outlet));
    const checkpoint = sign({ writer, seq, hash, at: clock.now() });
    await Promise.all(free.map((outlet) => hand(outlet, checkpoint)));
  };

  let running: Promise<void> = Promise.resolve();
  const round = (): void => {
    running = keep().finally(() => {
      if (!stopped) timer = clock.after(everyMs, round);
    });
  };
  round();

  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
      await keep();
    },
  };
}
