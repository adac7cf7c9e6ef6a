/**
 * Calls numbers of our own with each caller ID over each trunk, and holds what comes back against what went out. A canary is in the
 * ledger before it rings, and is nobody's call: it counts in no drop rate, no limit and no attempt.
 * INVARIANT (lowered-at-once): what a canary shows against a caller ID is in the records before anything else is done with it.
 */
import { meetsLevel, type RecordedLevel } from '../domain/attestation.ts';
import {
  alarmOf,
  type ArrivedCall,
  CANARY_ALARMS,
  CANARY_OUTCOMES,
  type CanaryAlarm,
  type CanaryFinding,
  type CanaryOutcome,
  type CanarySettings,
} from '../domain/canary.ts';
import { canaryNow, type CanaryRefusal, type CanaryRoute, nextCanary } from '../domain/canary-schedule.ts';
import type { CallId } from '../domain/ids.ts';
import { textIn } from '../domain/json-parts.ts';
import type { LedgerDraft, LedgerEntry } from '../domain/ledger-entry.ts';
import { parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { addMs, formatInstant, MINUTE_MS, SECOND_MS } from '../domain/time.ts';
import { trunkOf } from '../domain/trunk.ts';
import type { Timer } from '../ports/clock.ts';
import type { LedgerReceipt } from '../ports/ledger.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import { readBlocking, type Refusal } from '../domain/blocking.ts';
import { campaignsOnRoute, demandOn } from './attest/demands.ts';
import { canaryAlarmDraft, canaryRecordDraft, canaryResultDraft } from './canary-entries.ts';
import { type Canary, type CanaryShown, createCanaryHistory } from './canary-history.ts';
import { witnessed } from './canary-witnesses.ts';
import { messageOf } from './deadline.ts';
import { createTurns } from './in-turn.ts';
import { persist } from './persist.ts';
import type { Station } from './sidecar.ts';
import { signalDraft } from './watch-blocking.ts';

export interface CanaryResult {
  readonly canaryId: string;
  readonly route: CanaryRoute;
  readonly called: PhoneNumber;
  readonly outcome: CanaryOutcome;
  /** Null: it never left, or nobody was there to see it come. */
  readonly level: RecordedLevel | null;
  readonly findings: readonly CanaryFinding[];
  readonly alarm: CanaryAlarm | null;
}

export type CanaryRun =
  | {
      readonly kind: 'placed';
      readonly route: CanaryRoute;
      readonly canaryId: string;
      readonly result: Promise<CanaryResult>;
    }
  | { readonly kind: 'refused'; readonly route: CanaryRoute; readonly why: CanaryRefusal | 'not_ready' };

export interface CanaryDesk {
  /** Where there is nothing to restore or no number, nothing is ever placed. */
  start(): void;
  stop(): void;
  hear(event: TelephonyEvent): void;
  hearEntry(entry: LedgerEntry): void;
  /** Every route that matches, at once; null matches all. The results come when they come. */
  run(which: {
    readonly callerId: PhoneNumber | null;
    readonly trunk: string | null;
  }): Promise<readonly CanaryRun[]>;
  /** `known`: a canary has come back, and what it shows is being looked at. `unknown`: somebody calls the number. */
  arrived(call: ArrivedCall): 'known' | 'unknown';
  routes(): readonly CanaryRoute[];
  lastOf(route: CanaryRoute): CanaryShown | null;
}

const TICK_MS = 5_000;
/** Busy: what `breakwater-canary` of the dialplan says when one has come back. */
const OUR_OWN_ANSWER = 486;
/** So long behind its time a canary of another sidecar is taken for lost with it. */
const OTHERS_GRACE_MS = 60_000;
/** Looks at one canary after the first; by two ways it comes twice. */
const AGAIN_MAX = 4;

interface OnItsWay {
  readonly canary: Canary;
  timer: Timer | null;
  /** It has come; what it shows is being looked at. */
  arriving: boolean;
  /** It has come again meanwhile. */
  readonly again: ArrivedCall[];
  /** Of a call to the same number from somebody else meanwhile. */
  stray: string | null;
  readonly done: (result: CanaryResult) => void;
}

export function createCanaryDesk(
  station: Station,
  settings: () => CanarySettings,
  mayPlace: () => boolean,
  refusalOf: (callId: string) => Refusal | null,
): CanaryDesk {
  const { clock, ledger, log, telephony } = station;
  const history = createCanaryHistory();
  const onItsWay = new Map<string, OnItsWay>();
  let restored = false;
  let stopped = false;
  /** A number is free only until somebody has placed a canary to it: one look and its placing after the other. */
  const inTurn = createTurns();
  /** Seen, and being written. */
  const settling = new Map<string, OnItsWay>();

  const campaigns = () => [...station.inForce().campaigns.values()];

  function routes(): readonly CanaryRoute[] {
    const found = new Map<string, CanaryRoute>();
    for (const { callerIds, endpoint } of campaigns()) {
      const trunk = trunkOf(endpoint);
      if (trunk === null) continue;
      for (const { number } of callerIds) found.set(`${number} ${trunk}`, { callerId: number, trunk });
    }
    return [...found.values()];
  }

  const isOf =
    (route: CanaryRoute) =>
    (campaign: ReturnType<typeof campaigns>[number]): boolean =>
      trunkOf(campaign.endpoint) === route.trunk &&
      campaign.callerIds.some(({ number }) => number === route.callerId);

  /** Null: it was not placed. The result is wrapped, or it would be waited for. */
  async function place(
    route: CanaryRoute,
    called: PhoneNumber,
    by: string,
  ): Promise<{ readonly canaryId: string; readonly result: Promise<CanaryResult> } | null> {
    const canaryId = `canary-${station.newCallId()}`.slice(0, 64);
    const endpoint = campaigns().find(isOf(route))?.endpoint;
    if (endpoint === undefined) return null;
    const { arrivesWithinSeconds } = settings();
    const until = addMs(clock.now(), arrivesWithinSeconds * SECOND_MS);
    const receipt = await ledger.append({
      kind: 'canary_placed',
      // Two sidecars with the same settings want the same canary at the same time.
      dedupeKey:
        by === 'hand' ? canaryId : `${route.callerId} ${route.trunk} ${Math.floor(clock.now() / MINUTE_MS)}`,
      body: { callId: canaryId, ...route, called, by, until: formatInstant(until) },
    });
    if (receipt.kind === 'duplicate') return null;
    history.take(receipt.entry);
    const canary = history.placed().find((each) => each.canaryId === canaryId);
    if (canary === undefined) return null;
    const result = new Promise<CanaryResult>((done) => {
      const timer = clock.after(arrivesWithinSeconds * SECOND_MS, () => void missing(canaryId, null));
      onItsWay.set(canaryId, { canary, timer, arriving: false, again: [], stray: null, done });
    });
    try {
      await telephony.originate({
        callId: canaryId as CallId,
        endpoint: endpoint.replace('{number}', called.slice(1)),
        callerId: route.callerId,
        ringAtMostSeconds: arrivesWithinSeconds,
        variables: {},
        purpose: 'canary',
      });
    } catch (error) {
      // Nothing is known of the far end, and nothing is held against the caller ID.
      void settle(canaryId, { outcome: 'unplaced', level: null, findings: [], text: messageOf(error) });
    }
    return { canaryId, result };
  }

  async function missing(canaryId: string, sipStatus: number | null): Promise<void> {
    const found = onItsWay.get(canaryId);
    if (found === undefined || found.arriving) return;
    const stray = found.stray === null ? '' : `; meanwhile a call from ${found.stray} came to the number`;
    const text =
      sipStatus === null
        ? `did not come back in time${stray}`
        : `was refused on the way with ${sipStatus}${stray}`;
    await settle(canaryId, {
      outcome: sipStatus === null ? 'missing' : 'refused',
      level: 'none',
      findings: [],
      text,
      sipStatus,
    });
  }

  interface Seen {
    readonly outcome: CanaryOutcome;
    readonly level: RecordedLevel | null;
    readonly findings: readonly CanaryFinding[];
    readonly text: string;
    readonly sipStatus?: number | null;
  }

  async function settle(canaryId: string, seen: Seen): Promise<void> {
    const found = onItsWay.get(canaryId);
    if (found === undefined) return;
    onItsWay.delete(canaryId);
    settling.set(canaryId, found);
    found.timer?.cancel();
    const { canary } = found;
    const { outcome, level, findings } = seen;
    const before = history.levelOf(canary.route);
    const demanded = demandedOf(canary.route);
    const alarm = level === null ? null : alarmOf(outcome, { level, before, demanded });
    const shown = { sipStatus: null, ...seen, before, demanded, alarm, at: clock.now() };
    if (level !== null) {
      await write(canaryId, canaryRecordDraft(canary, shown, level, settings().everyHours));
    }
    history.take((await write(canaryId, canaryResultDraft(canary, shown))).entry);
    settling.delete(canaryId);
    if (alarm !== null) {
      log.warn({ callId: canaryId, ...canary.route, outcome, level, before, alarm }, 'canary');
      await write(canaryId, canaryAlarmDraft(canary, shown));
    }
    found.done({ canaryId, route: canary.route, called: canary.called, outcome, level, findings, alarm });
  }

  /** Durable, and in force for the next decision, when this resolves. */
  const write = (callId: string, draft: LedgerDraft): Promise<LedgerReceipt> =>
    persist(station, { what: draft.kind, callId }, () => ledger.append(draft));

  /** The most that a campaign with the route asks for. */
  const demandedOf = ({ callerId, trunk }: CanaryRoute): RecordedLevel =>
    demandOn(campaignsOnRoute(campaigns(), callerId, trunk)).minimum;

  function arrived(call: ArrivedCall): 'known' | 'unknown' {
    const called = parsePhoneNumber(call.calledNumber);
    const caller = parsePhoneNumber(call.callerId);
    const awaited = called.ok ? history.onTheirWayTo(called.value).filter(isAwaited) : [];
    const [canary, ...more] = awaited.filter(({ route }) => caller.ok && caller.value === route.callerId);
    // Two of one caller ID: by which trunk this one came nobody can tell, and it must not confirm the other.
    if (canary === undefined || more.length > 0) {
      const last =
        more.length > 0 || !called.ok || !caller.ok ? null : history.cameTo(called.value, caller.value);
      if (last !== null && clock.now() < last.until) {
        void lookAgain(last, call);
        return 'known';
      }
      for (const { canaryId } of awaited) {
        const mine = onItsWay.get(canaryId);
        if (mine !== undefined) mine.stray = call.callerId.slice(0, 40);
      }
      return 'unknown';
    }
    // Another sidecar may have placed it: the exchange asks whichever it is told to.
    const { canaryId } = canary;
    const found = onItsWay.get(canaryId) ?? settling.get(canaryId) ?? adopt(canary);
    if (found.arriving) {
      if (found.again.length < AGAIN_MAX) found.again.push(call);
      return 'known';
    }
    found.arriving = true;
    found.timer?.cancel();
    void look(canary, found, call);
    return 'known';
  }

  /** What comes long after its time is somebody else's call: whoever placed the canary is gone, or would have called it missing. */
  const isAwaited = ({ until }: Canary): boolean => clock.now() < addMs(until, OTHERS_GRACE_MS);

  function adopt(canary: Canary): OnItsWay {
    const adopted = { canary, timer: null, arriving: false, again: [], stray: null, done: () => undefined };
    onItsWay.set(canary.canaryId, adopted);
    return adopted;
  }

  async function look(canary: Canary, found: OnItsWay, call: ArrivedCall): Promise<void> {
    await settle(canary.canaryId, {
      outcome: 'arrived',
      ...(await witnessed(station, settings().words, call)),
    });
    for (const again of found.again) await lookAgain(canary, again);
  }

  /** It came by two ways, or somebody else called with that caller ID: the lower of two looks counts, as of two witnesses. */
  async function lookAgain(canary: Canary, call: ArrivedCall): Promise<void> {
    const { canaryId, route } = canary;
    const seen = await witnessed(station, settings().words, call);
    const before = history.levelOf(route);
    if (before !== null && meetsLevel(seen.level, before)) return;
    history.lowered(route, seen.level);
    const text = `${seen.text}, when it came a second time`;
    const told = {
      before,
      demanded: demandedOf(route),
      alarm: 'fell',
      sipStatus: null,
      at: clock.now(),
    } as const;
    const shown = { outcome: 'arrived', ...seen, ...told, text } as const;
    const once = { dedupeKey: `${canaryId} again ${seen.level}` };
    const record = canaryRecordDraft(canary, shown, seen.level, settings().everyHours);
    await write(canaryId, { ...record, ...once });
    const fields = { callId: canaryId, ...route, level: seen.level, before };
    log.warn(fields, 'canary: came a second time, with less');
    await write(canaryId, { ...canaryAlarmDraft(canary, shown), ...once });
  }

  /** Ours came back where another sidecar is asked, and that one has written what it showed. */
  function overElsewhere({ body, writer }: LedgerEntry): void {
    const found = onItsWay.get(textIn(body['callId']) ?? '');
    if (found === undefined || writer === ledger.writer) return;
    onItsWay.delete(found.canary.canaryId);
    found.timer?.cancel();
    const { canaryId, route, called } = found.canary;
    const shown = history.lastOf(route);
    const outcome = CANARY_OUTCOMES.find((each) => each === shown?.outcome) ?? 'lost';
    const alarm = CANARY_ALARMS.find((each) => each === shown?.alarm) ?? null;
    found.done({ canaryId, route, called, outcome, level: shown?.level ?? null, findings: [], alarm });
  }

  /** Nobody was there when they came, if they came: we were not, or another sidecar is gone. Else their numbers stayed taken. */
  async function giveUpLost(): Promise<void> {
    for (const canary of history.placed()) {
      const { canaryId, over, writer } = canary;
      if (over || onItsWay.has(canaryId) || settling.has(canaryId)) continue;
      // Our own are in our hands from the first look on; another sidecar's may still come.
      if (writer === ledger.writer ? restored : isAwaited(canary)) continue;
      adopt(canary);
      const text = 'nobody was there to see it';
      await settle(canaryId, { outcome: 'lost', level: null, findings: [], text });
    }
  }

  async function round(): Promise<void> {
    if (!restored) await history.read(ledger, clock.now());
    await giveUpLost();
    restored = true;
    await inTurn(async () => {
      if (!mayPlace() || telephony.problem() !== null) return;
      const next = nextCanary(routes(), settings(), history.placed(), clock.now());
      if (next.kind === 'place') await place(next.route, next.called, 'schedule');
    });
  }

  async function runNow(route: CanaryRoute): Promise<CanaryRun> {
    const may = canaryNow(route, settings(), history.placed(), clock.now());
    if ('refused' in may) return { kind: 'refused', route, why: may.refused };
    const isReady = restored && mayPlace() && telephony.problem() === null;
    const placed = isReady ? await place(route, may.called, 'hand') : null;
    return placed === null
      ? { kind: 'refused', route, why: 'not_ready' }
      : { kind: 'placed', route, ...placed };
  }

  function tick(): void {
    if (stopped) return;
    void round()
      .catch((error: unknown) => log.warn({ problem: messageOf(error) }, 'canary: will be tried again'))
      .finally(() => clock.after(TICK_MS, tick));
  }

  return {
    start: tick,
    stop() {
      stopped = true;
      for (const { timer } of onItsWay.values()) timer?.cancel();
    },
    hear(event) {
      if (event.kind !== 'ended') return;
      const found = onItsWay.get(event.callId);
      if (found === undefined || found.arriving) return;
      const { sipStatus } = event;
      // Without a word of the network, or with that of our own dialplan, it may have come where another sidecar is asked.
      if (sipStatus === null || sipStatus < 300 || sipStatus === OUR_OWN_ANSWER) return;
      const told = refusalOf(event.callId) ?? { sipStatus, phrase: null, reasons: [], callInfo: [] };
      const signal = readBlocking(told);
      if (signal !== null) {
        const call = { callId: event.callId, campaignId: null, sipStatus, phrase: told.phrase };
        void persist(station, { what: 'blocking signal', callId: event.callId }, () =>
          ledger.append(signalDraft(found.canary.route, signal, call)),
        );
      }
      void missing(event.callId, sipStatus);
    },
    hearEntry(entry) {
      if (entry.kind !== 'canary_placed' && entry.kind !== 'canary_result') return;
      history.take(entry);
      if (entry.kind === 'canary_result') overElsewhere(entry);
    },
    async run({ callerId, trunk }) {
      const wanted = routes().filter(
        (route) => (callerId ?? route.callerId) === route.callerId && (trunk ?? route.trunk) === route.trunk,
      );
      const runs: CanaryRun[] = [];
      for (const route of wanted) runs.push(await inTurn(() => runNow(route)));
      return runs;
    },
    arrived,
    routes,
    lastOf: (route) => history.lastOf(route),
  };
}
