/** The life of a sidecar's middle: listens to the exchange, keeps counters and leases true, drains when asked to stop. */
import type { Campaign } from '../domain/campaign.ts';
import type { CanarySettings } from '../domain/canary.ts';
import type { CallId, CampaignId } from '../domain/ids.ts';
import { memberOf } from '../domain/ledger-entry.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { SelfTestSettings } from '../domain/self-test.ts';
import type { Instant } from '../domain/time.ts';
import { createAgentPool } from './agents.ts';
import { createSignedHere, type SignedHereParts } from './attest/signed-here.ts';
import { createCallerDesk } from './caller-desk.ts';
import { createConnectTimes } from './connect-times.ts';
import { countingWindows } from './counting-windows.ts';
import { createOperations } from './create-operations.ts';
import { messageOf } from './deadline.ts';
import { deliverEvents } from './deliver-events.ts';
import { createDialerResults } from './dialer-results.ts';
import { createFollower } from './follow-call.ts';
import type { Operations } from './operations.ts';
import { createPacing } from './pace-campaign.ts';
import { callRecordings } from './recordings/call-recordings.ts';
import { inboundCalls } from './recordings/inbound-calls.ts';
import { type ArchiveParts, startKeeper } from './recordings/keeper.ts';
import { nothingKept, openRecordings } from './recordings/open-recordings.ts';
import type { RecordingDoors } from './recordings/recording-doors.ts';
import { refuseAfterwards } from './recordings/refuse-afterwards.ts';
import { rebuildLost } from './rebuild-counters.ts';
import { reconcile } from './reconcile.ts';
import { createQueueDesk } from './queue-desk.ts';
import { recordAgentLoss } from './record-agent-loss.ts';
import { createReload, type LoadRuling } from './reload-ruling.ts';
import { holdRuling, knownCampaign, type NewRuling } from './ruling.ts';
import { createScreens } from './screen-pops.ts';
import { NO_SELF_TEST, repeatSelfTest } from './self-test.ts';
import { type Station, underRuling } from './sidecar.ts';
import { staffOf } from './staff.ts';
import { createSupervision } from './supervise-talks.ts';
import { sweepLeases } from './sweep-leases.ts';
import { createLevelBoard } from './tell-levels.ts';
import { createThrottle } from './throttle-campaign.ts';
import { createWatch } from './watch-calls.ts';
import { createFloorWatch } from './watch-floor.ts';
import { createWaitingOptOuts } from './waiting-opt-outs.ts';

/** Leases, lost counters and calls left with the dialplan are looked at this often. */
const ROUND_MS = 2_000;
/** The end waits at most this long for those who are told that there is no dial level any more. */
const LEVELS_TOLD_MS = 2_000;

export interface RunningSidecar {
  readonly operations: Operations;
  /** Takes no new calls from now on; resolves when the live ones have ended, or after `withinMs`, with how many are left. */
  drain(withinMs: number): Promise<number>;
  /**
   * Beside `drain`, which goes on: resolves as soon as only talks are left, with how many live calls there are. A telephone that rings, or a
   * person who has answered and has nobody yet, is not left to the dialplan, whose message would be a drop.
   */
  leaveTalks(): Promise<number>;
  stop(): void;
}

/** The station and the first ruling. */
export interface Given extends Omit<Station, 'inForce'>, NewRuling {
  /** Left out: nothing can be reloaded. */
  readonly loadRuling?: LoadRuling;
  /** When the reading of the first ruling began; left out: now. */
  readonly configReadAt?: Instant;
  /** Another sidecar controls our calls from now on: this one is to end, and leave them alone. */
  readonly onReplaced?: () => void;
  /** Left out: no canary is ever placed. */
  readonly canary?: CanarySettings;
  /** Left out: no number is known to be listed. */
  readonly selfTest?: SelfTestSettings;
  /** Left out: recordings are hashed where the exchange leaves them, and nothing else. */
  readonly archive?: ArchiveParts;
  /** Left out: nobody mirrors what the exchange sends, and no level is confirmed here. */
  readonly signedHere?: SignedHereParts;
}

export function startSidecar(given: Given): RunningSidecar {
  const waiting = createWaitingOptOuts();
  const {
    policy,
    campaigns,
    prompts,
    lists,
    limits,
    loadRuling = nothingToLoad,
    configReadAt = given.clock.now(),
    onReplaced = nobodyWaits,
    archive,
    signedHere: signing,
    canary,
    selfTest = NO_SELF_TEST,
    ...ports
  } = given;
  const holder = holdRuling({ policy, campaigns, prompts, lists, limits });
  const station: Station = { ...ports, records: waiting.over(given.records), inForce: holder.inForce };
  const recount = new Set<CampaignId>();
  let draining = false;
  let stopped = false;
  let reconciled = false;
  let rebuilding = true;
  let placing = 0;
  const connectTimes = createConnectTimes(station);
  const duty = {
    isDraining: () => draining,
    isReconciled: () => reconciled,
    isRebuilding: () => rebuilding || recount.size > 0,
    measured: connectTimes.of,
    callerIdRest: (campaign: Campaign, callerId: PhoneNumber) => callers.callerIdRest(campaign, callerId),
    limits: (campaign: Campaign) => pacing.limits(campaign),
  };
  const callers = createCallerDesk(station, canary, () => !draining && reconciled);
  signing?.tap.listenRefusals?.((response) => callers.mirrored(response));
  const pacing = createPacing(station);
  const floor = createFloorWatch(station, {
    learn: (id, fact) => pacing.learn(id, fact),
    lineEnded: (id) => agents.lineEnded(id),
    agentsChanged: (id) => throttle.nudge(id),
  });
  const pool = createAgentPool(station, {
    ...floor,
    // What an earlier life has dialed rings for these agents too, and no permit of this life has told of it.
    openLines: (id) => [...new Set([...floor.openLines(id), ...follower.openCalls(id)])],
  });
  const queueDesk = createQueueDesk(station, floor, pool);
  const agents = staffOf(pool, queueDesk);
  const kept = archive === undefined ? null : { station, ...archive };
  const keeper = kept === null ? null : startKeeper(kept, kept, (callId) => follower.follows(callId));
  const screens = createScreens(station);
  const results = createDialerResults(station, (callId) => {
    watch.settled(callId);
  });
  const follower = createFollower(
    station,
    agents,
    waiting,
    callRecordings(station, keeper),
    screens,
    (callId, outcome) => {
      results.prove(callId, outcome);
    },
  );
  const recordings: RecordingDoors = {
    ...(kept === null ? nothingKept : openRecordings(kept, station.newCallId)),
    status: () => keeper?.status() ?? nothingKept.status(),
    async refuse({ callId, who }) {
      const answer = follower.refuseRecording(callId as CallId, who);
      return answer === 'unknown' ? refuseAfterwards(station, keeper, { callId, who }) : answer;
    },
  };
  const watch = createWatch(station, follower);
  const signedHere = signing === undefined ? null : createSignedHere(station, follower, signing);
  const supervision = createSupervision(station, follower);
  const levels = createLevelBoard(station, station.levelOutlets ?? []);
  const throttle = createThrottle(station, { pacing, floor, agents, board: levels });
  let hearsQueues = false;
  /** Also when a reload names the first queue. */
  const followQueues = (): void => {
    queueDesk.followSettings();
    const named = [...station.inForce().campaigns.values()].some((each) => each.agents.queues?.length);
    if (hearsQueues || !named || station.queues === undefined) return;
    hearsQueues = true;
    station.queues.open((told) => {
      if (!stopped) queueDesk.hear(told);
    });
  };
  const seatAgents = (): Promise<void> => {
    followQueues();
    return attempt('seat agents', () => agents.followSettings((id) => isIdle(station, id)));
  };
  const reloader = createReload({
    station,
    duty,
    holder,
    load: loadRuling,
    configReadAt,
    recount: (ids) => {
      for (const id of ids) recount.add(id);
    },
    onChange: ({ added, changed }) => {
      for (const id of [...added, ...changed]) throttle.nudge(id);
      void seatAgents();
    },
  });
  const operations = createOperations({
    station,
    duty,
    follower,
    watch,
    results,
    agents,
    supervision,
    throttle,
    levels,
    queueDesk,
    recordings,
    inbound: inboundCalls(station, keeper),
    reloader,
    screens,
    signedHere,
    callers,
    selfTest,
  });
  const selfTests = repeatSelfTest(station, selfTest, operations.selfTest, () => !draining);

  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      station.log.warn({ what, problem: messageOf(error) }, 'will be tried again');
    }
  };

  let connections = 0;
  let reconciling: Promise<void> = Promise.resolve();
  /** One after the other, never two at once. */
  const reconcileNow = (): Promise<void> => {
    reconciling = reconciling.then(() =>
      attempt('reconcile', async () => {
        if (station.telephony.problem() !== null) return;
        const connection = connections;
        const found = await reconcile(underRuling(station), follower);
        if (connection === connections) reconciled = true;
        if (found.takenBack + found.settled > 0) station.log.info({ ...found }, 'calls of before reconciled');
      }),
    );
    return reconciling;
  };

  let caughtUp = false;
  // One round after the other: two at once would do the same work twice.
  const round = async (): Promise<void> => {
    await attempt('rebuild counters', async () => {
      const lost = (): void => {
        rebuilding = true;
      };
      const rebuilt = await rebuildLost(station, lost, recount);
      rebuilding = false;
      if (rebuilt.length === 0) return;
      station.log.info({ campaigns: rebuilt.join(' ') }, 'counters rebuilt from the ledger');
      await agents.republish();
      await queueDesk.republish();
    });
    if (!caughtUp) {
      await attempt('take the policy of another sidecar', async () => {
        await reloader.catchUp();
        caughtUp = true;
      });
    }
    await attempt('read connect times', connectTimes.read);
    await attempt('read how caller IDs fared', () => callers.restore());
    await reconcileNow();
    await attempt('sweep leases', () => sweepLeases(underRuling(station)));
    await seatAgents();
    if (!stopped) station.clock.after(ROUND_MS, () => void round());
  };

  station.telephony.listen((event) => {
    // Whoever has stopped leaves the calls to the next one.
    if (stopped) return;
    if (event.kind === 'connection') {
      connections += 1;
      reconciled = false;
      if (event.up) void reconcileNow();
    }
    if (event.kind === 'replaced') {
      draining = true;
      onReplaced();
    }
    signedHere?.hear(event);
    floor.hear(event);
    watch.hear(event);
    results.hear(event);
    follower.hear(event);
    supervision.hear(event);
    callers.hear(event);
  });
  station.counters.onAgentsLost((lost) => {
    for (const { agentId, campaignId, was } of lost) {
      const loss = { agentId, campaigns: [campaignId], was, why: 'sidecar_gone' } as const;
      void recordAgentLoss(station, loss);
      throttle.nudge(campaignId);
    }
  });
  const telling = (station.eventTargets ?? []).map((target) => deliverEvents(station, target));
  const feed = station.ledger.subscribe((entry) => {
    for (const delivery of telling) delivery.nudge();
    connectTimes.hear(entry);
    floor.hearEntry(entry);
    signedHere?.hearEntry(entry);
    callers.hearEntry(entry);
    reloader.hearEntry(entry);
    const campaignId = memberOf(entry, 'campaignId');
    if (entry.kind === 'dial_level_changed' || typeof campaignId !== 'string') return;
    throttle.nudge(campaignId as CampaignId);
  });
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      station.clock.after(50, resolve);
    });
  void round();
  levels.watch((id) => throttle.refresh(id));

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
    async leaveTalks() {
      // What is known of a dialer's call and waits for the dialer's own word is nowhere else.
      while (follower.unattended() + placing + results.pending() > 0) await pause();
      return follower.liveCalls();
    },
    async drain(withinMs) {
      draining = true;
      // Whatever the floor does until the last call has ended: the level that was withdrawn is the last.
      throttle.stop();
      const toldOfEnd = levels.end(LEVELS_TOLD_MS);
      const until = station.clock.monotonic() + withinMs;
      // A call may have been permitted just before, and not be followed yet.
      while (follower.liveCalls() + placing + results.pending() > 0 && station.clock.monotonic() < until) {
        await pause();
      }
      await toldOfEnd;
      await Promise.all(telling.map((delivery) => delivery.end()));
      return follower.liveCalls();
    },
    stop() {
      stopped = true;
      keeper?.stop();
      results.stop();
      callers.stop();
      selfTests.stop();
      feed.unsubscribe();
      throttle.stop();
      levels.stop();
      for (const delivery of telling) void delivery.end();
    },
  };
}

const nobodyWaits = (): void => undefined;

const nothingToLoad: LoadRuling = () =>
  Promise.resolve({ ok: false, problems: ['this sidecar was started without a configuration folder'] });

/** No call of the campaign is on its way. Unknown campaigns have none. */
async function isIdle({ clock, counters, inForce }: Station, id: CampaignId): Promise<boolean> {
  const known = knownCampaign(inForce(), id);
  if (known === undefined) return true;
  const now = clock.now();
  return (await counters.tally(id, now, countingWindows(known.campaign, now))).inFlight === 0;
}
