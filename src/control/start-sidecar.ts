/** The life of a sidecar's middle: listens to the exchange, keeps counters and leases true, drains when asked to stop. */
import { createAgentPool } from './agents.ts';
import { createOperations } from './create-operations.ts';
import { messageOf } from './deadline.ts';
import { createFollower } from './follow-call.ts';
import type { Operations } from './operations.ts';
import { rebuildLost } from './rebuild-counters.ts';
import { reconcile } from './reconcile.ts';
import type { Sidecar } from './sidecar.ts';
import { sweepLeases } from './sweep-leases.ts';
import { createThrottle } from './throttle-campaign.ts';
import { createWaitingOptOuts } from './waiting-opt-outs.ts';

/** Leases, lost counters and calls left with the dialplan are looked at this often. */
const ROUND_MS = 2_000;

export interface RunningSidecar {
  readonly operations: Operations;
  /** Takes no new calls from now on; resolves when the live ones have ended, or after `withinMs`, with how many are left. */
  drain(withinMs: number): Promise<number>;
  liveCalls(): number;
  stop(): void;
}

export function startSidecar(given: Sidecar): RunningSidecar {
  const waiting = createWaitingOptOuts();
  const sidecar: Sidecar = { ...given, records: waiting.over(given.records) };
  let draining = false;
  let stopped = false;
  let reconciled = false;
  let rebuilding = true;
  let placing = 0;
  const duty = {
    isDraining: () => draining,
    isReconciled: () => reconciled,
    isRebuilding: () => rebuilding,
  };
  const agents = createAgentPool(sidecar);
  const follower = createFollower(sidecar, agents, waiting);
  const throttle = createThrottle(sidecar);
  const operations = createOperations({ sidecar, duty, follower, agents, throttle });

  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      sidecar.log.warn({ what, problem: messageOf(error) }, 'will be tried again');
    }
  };

  let connections = 0;
  let reconciling: Promise<void> = Promise.resolve();
  /** One after the other, never two at once. */
  const reconcileNow = (): Promise<void> => {
    reconciling = reconciling.then(() =>
      attempt('reconcile', async () => {
        if (sidecar.telephony.problem() !== null) return;
        const connection = connections;
        const found = await reconcile(sidecar, follower);
        if (connection === connections) reconciled = true;
        if (found.takenBack + found.settled > 0) sidecar.log.info({ ...found }, 'calls of before reconciled');
      }),
    );
    return reconciling;
  };

  // One round after the other: two at once would do the same work twice.
  const round = async (): Promise<void> => {
    await attempt('rebuild counters', async () => {
      const rebuilt = await rebuildLost(sidecar, () => {
        rebuilding = true;
      });
      rebuilding = false;
      if (rebuilt.length === 0) return;
      sidecar.log.info({ campaigns: rebuilt.join(' ') }, 'counters rebuilt from the ledger');
      await agents.republish();
    });
    await reconcileNow();
    await attempt('sweep leases', () => sweepLeases(sidecar));
    if (!stopped) sidecar.clock.after(ROUND_MS, () => void round());
  };

  sidecar.telephony.listen((event) => {
    if (event.kind === 'connection') {
      connections += 1;
      reconciled = false;
      if (event.up) void reconcileNow();
    }
    follower.hear(event);
  });
  const feed = sidecar.ledger.subscribe((entry) => {
    const campaignId = entry.body['campaignId'];
    if (entry.kind === 'dial_level_changed' || typeof campaignId !== 'string') return;
    for (const campaign of sidecar.campaigns.values()) {
      if (campaign.id === campaignId) throttle.nudge(campaign.id);
    }
  });
  void round();

  return {
    operations: {
      ...operations,
      async originate(input) {
        placing += 1;
        try {
          return await operations.originate(input);
        } finally {
          placing -= 1;
        }
      },
    },
    liveCalls: () => follower.liveCalls(),
    async drain(withinMs) {
      draining = true;
      const until = sidecar.clock.monotonic() + withinMs;
      // A call may have been permitted just before, and not be followed yet.
      while (follower.liveCalls() + placing > 0 && sidecar.clock.monotonic() < until) {
        await new Promise<void>((resolve) => {
          sidecar.clock.after(50, resolve);
        });
      }
      return follower.liveCalls();
    },
    stop() {
      stopped = true;
      feed.unsubscribe();
      throttle.stop();
    },
  };
}
