/**
 * How each caller ID fares over each trunk, as the ledger tells it: calls and blocking signals. Counted in memory, of every
 * sidecar on the ledger, and read back at the start. INVARIANT (rest-known-or-vetoed): until it has been read, whether a caller ID rests is
 * unknown.
 */
import {
  type CallerIdRest,
  type FaredCall,
  restAt,
  type RestPolicy,
  signOf,
  type SilentPattern,
  silentPatternOf,
} from '../domain/caller-health.ts';
import { type Fact, known, unknown } from '../domain/facts.ts';
import type { CampaignId } from '../domain/ids.ts';
import { objectIn, textIn } from '../domain/json-parts.ts';
import { type EntryKind, type LedgerEntry, memberOf, textOf } from '../domain/ledger-entry.ts';
import { type PhoneNumber, parsePhoneNumber } from '../domain/phone-number.ts';
import { addMs, DAY_MS, type Instant, parseInstant } from '../domain/time.ts';
import { routeKey, trunkOf } from '../domain/trunk.ts';
import type { Station } from './sidecar.ts';

/** A caller ID on one trunk. */
export interface CallerRoute {
  readonly callerId: PhoneNumber;
  readonly trunk: string | null;
}

/** What one UTC day adds up to. */
export interface DayOfCalls {
  readonly day: string;
  calls: number;
  blocked: number;
  silent: number;
  atOnce: number;
}

export interface RouteHealth extends CallerRoute {
  /** Oldest first. */
  readonly days: readonly DayOfCalls[];
  /** Newest blocking signal, null when none is remembered. */
  readonly lastSignal: { readonly kind: string; readonly at: Instant; readonly header: string | null } | null;
}

export interface CallerBoard {
  hear(entry: LedgerEntry): void;
  /** Reads what was before; repeated it does nothing more. Rejects when the ledger does not answer. */
  restore(): Promise<void>;
  /** Whether the caller ID rests now. */
  restOf(route: CallerRoute, policy: RestPolicy): Fact<CallerIdRest | null>;
  /** By what the call's permit says; null for a call that is not remembered. */
  routeOf(callId: string): CallerRoute | null;
  patternOf(route: CallerRoute, sign: SilentPattern['sign']): SilentPattern | null;
  health(route: CallerRoute): RouteHealth;
}

/** Read back at most so much; what is older is in the ledger and not counted. */
const ENTRIES_READ_MAX = 20_000;
const PAGE = 2_000;
const DAYS_KEPT = 14;
const CALLS_KEPT = 1_000;
const CALLS_OPEN_MAX = 20_000;

const OF_CALLS: readonly EntryKind[] = ['decision', 'call_result', 'call_progress'];
const RARE: readonly EntryKind[] = ['blocking_signal'];

interface Kept {
  readonly route: CallerRoute;
  /** Oldest first, no more than are kept; changed in place, because each result adds one. */
  readonly calls: FaredCall[];
  readonly days: Map<string, DayOfCalls>;
  lastSignal: RouteHealth['lastSignal'];
}

const NOT_READ: Fact<never> = unknown('how the caller ID fared is being read from the ledger');

export function createCallerBoard({
  clock,
  ledger,
  inForce,
}: Pick<Station, 'clock' | 'ledger' | 'inForce'>): CallerBoard {
  const routes = new Map<string, Kept>();
  const routeOfCall = new Map<string, CallerRoute>();
  /** Result and timeline of a call come in any order, and of a call that nobody followed there is no timeline. */
  const outcomes = new Map<string, string>();
  const timelines = new Map<string, Readonly<Record<string, Instant>>>();
  /** Entries that came while older ones were being read; null when those are all in. */
  let waiting: LedgerEntry[] | null = [];
  let restoring: Promise<void> | null = null;

  function keptOf(route: CallerRoute): Kept {
    const key = routeKey(route.callerId, route.trunk);
    const found = routes.get(key);
    if (found !== undefined) return found;
    const kept: Kept = { route, calls: [], days: new Map(), lastSignal: null };
    routes.set(key, kept);
    return kept;
  }

  function dayOf(kept: Kept, at: Instant): DayOfCalls {
    const day = new Date(at).toISOString().slice(0, 10);
    const found = kept.days.get(day);
    if (found !== undefined) return found;
    const fresh: DayOfCalls = { day, calls: 0, blocked: 0, silent: 0, atOnce: 0 };
    kept.days.set(day, fresh);
    for (const old of [...kept.days.keys()].sort().slice(0, -DAYS_KEPT)) kept.days.delete(old);
    return fresh;
  }

  function setSign(kept: Kept, callId: string, sign: FaredCall['sign'], at: Instant): void {
    const index = kept.calls.findIndex((each) => each.callId === callId);
    const call = kept.calls[index];
    // A network's word stands; what only looks like it gives way.
    if (sign === 'none' || call?.sign === 'blocked' || call?.sign === sign) return;
    const day = dayOf(kept, call?.at ?? at);
    if (call !== undefined && call.sign !== 'none') day[call.sign === 'silent' ? 'silent' : 'atOnce'] -= 1;
    day[sign === 'at_once' ? 'atOnce' : sign] += 1;
    if (call !== undefined) kept.calls[index] = { ...call, sign };
  }

  function noteCall({ calls }: Kept, call: FaredCall): void {
    calls.push(call);
    if (calls.length > CALLS_KEPT) calls.shift();
  }

  function takeDecision(callId: string, entry: LedgerEntry): void {
    if (memberOf(entry, 'verdict') !== 'permit') return;
    const callerId = parsePhoneNumber(textOf(entry, 'callerId'));
    if (!callerId.ok) return;
    const campaign = inForce().campaigns.get(textOf(entry, 'campaignId') as CampaignId);
    routeOfCall.set(callId, {
      callerId: callerId.value,
      trunk: campaign === undefined ? null : trunkOf(campaign.endpoint),
    });
    keepNewest(routeOfCall);
  }

  function takeResult(callId: string, { body, at }: LedgerEntry): void {
    const route = routeOfCall.get(callId);
    if (route === undefined || body['placed'] === false) return;
    const kept = keptOf(route);
    if (kept.calls.some((each) => each.callId === callId)) return;
    noteCall(kept, { callId, at, sign: 'none' });
    dayOf(kept, at).calls += 1;
    outcomes.set(callId, textIn(body['outcome']) ?? '');
    keepNewest(outcomes);
    judge(callId, route, at);
  }

  function judge(callId: string, route: CallerRoute, at: Instant): void {
    const outcome = outcomes.get(callId);
    const moments = timelines.get(callId);
    if (outcome === undefined || moments === undefined) return;
    outcomes.delete(callId);
    timelines.delete(callId);
    setSign(keptOf(route), callId, signOf({ outcome, sipStatus: null, moments }), at);
  }

  function takeProgress(callId: string, { body, at }: LedgerEntry): void {
    const route = routeOfCall.get(callId);
    if (route === undefined) return;
    const moments = Object.entries(objectIn(body['timeline']) ?? {}).flatMap(([name, text]) => {
      const read = parseInstant(textIn(text) ?? '');
      return read.ok ? [[name, read.value] as const] : [];
    });
    timelines.set(callId, Object.fromEntries(moments));
    keepNewest(timelines);
    judge(callId, route, at);
  }

  function takeSignal(callId: string | null, { body, at }: LedgerEntry): void {
    const callerId = parsePhoneNumber(textIn(body['callerId']) ?? '');
    if (!callerId.ok) return;
    const kept = keptOf({ callerId: callerId.value, trunk: textIn(body['trunk']) });
    kept.lastSignal = { kind: textIn(body['signal']) ?? '', at, header: textIn(body['header']) };
    if (callId === null || body['pattern'] != null) return;
    if (kept.calls.some((each) => each.callId === callId)) setSign(kept, callId, 'blocked', at);
    else {
      // Its call is no longer remembered, or was a canary: the signal counts all the same.
      noteCall(kept, { callId, at, sign: 'blocked' });
      const day = dayOf(kept, at);
      day.calls += 1;
      day.blocked += 1;
    }
  }

  function take(entry: LedgerEntry): void {
    const callId = textIn(memberOf(entry, 'callId'));
    if (entry.kind === 'decision' && callId !== null) takeDecision(callId, entry);
    else if (entry.kind === 'call_result' && callId !== null) takeResult(callId, entry);
    else if (entry.kind === 'call_progress' && callId !== null) takeProgress(callId, entry);
    else if (entry.kind === 'blocking_signal') takeSignal(callId, entry);
  }

  async function newest(kinds: readonly EntryKind[]): Promise<readonly LedgerEntry[]> {
    const since = addMs(clock.now(), -DAYS_KEPT * DAY_MS);
    const found: LedgerEntry[] = [];
    for (let beforeId: number | undefined; found.length < ENTRIES_READ_MAX;) {
      const page = await ledger.read({
        kinds,
        since,
        order: 'desc',
        limit: PAGE,
        ...(beforeId === undefined ? {} : { beforeId }),
      });
      found.push(...page);
      beforeId = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
    return found;
  }

  async function read(): Promise<void> {
    const found = [...(await newest(OF_CALLS)), ...(await newest(RARE))].sort((a, b) => a.id - b.id);
    for (const entry of found) take(entry);
    // By name, not by number: what came between the two reads, or was committed late, has a lower one than the last that was read.
    const taken = new Set(found.map(({ id }) => id));
    for (const entry of waiting ?? []) if (!taken.has(entry.id)) take(entry);
    waiting = null;
  }

  return {
    hear(entry) {
      if (waiting !== null) waiting.push(entry);
      else take(entry);
    },
    restore() {
      restoring ??= read().catch((error: unknown) => {
        restoring = null;
        throw error;
      });
      return restoring;
    },
    restOf(route, policy) {
      if (waiting !== null) return NOT_READ;
      const calls = routes.get(routeKey(route.callerId, route.trunk))?.calls ?? [];
      return known(restAt(calls, policy, clock.now()));
    },
    routeOf: (callId) => routeOfCall.get(callId) ?? null,
    patternOf: (route, sign) =>
      silentPatternOf(routes.get(routeKey(route.callerId, route.trunk))?.calls ?? [], sign),
    health(route) {
      const kept = keptOf(route);
      const days = [...kept.days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
      return { ...route, days: days.map((each) => ({ ...each })), lastSignal: kept.lastSignal };
    },
  };
}

function keepNewest(map: Map<string, unknown>): void {
  const [oldest] = map.size > CALLS_OPEN_MAX ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}
