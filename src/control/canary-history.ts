/** The canaries that the ledger tells of: what has been placed, what is on its way, and what each route showed last. */
import { RECORDED_LEVELS, type RecordedLevel } from '../domain/attestation.ts';
import type { CanaryRoute, PlacedCanary } from '../domain/canary-schedule.ts';
import type { WriterId } from '../domain/ids.ts';
import { textIn } from '../domain/json-parts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import { parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { addMs, DAY_MS, type Instant, parseInstant } from '../domain/time.ts';
import { routeKey } from '../domain/trunk.ts';
import type { Ledger } from '../ports/ledger.ts';

export interface Canary extends PlacedCanary {
  readonly canaryId: string;
  /** Who placed it. */
  readonly writer: WriterId;
  /** Missing from then on. */
  readonly until: Instant;
}

export interface CanaryShown {
  readonly at: Instant;
  readonly outcome: string;
  /** Null: it showed nothing, because it never left. */
  readonly level: RecordedLevel | null;
  readonly alarm: string | null;
}

export interface CanaryHistory {
  /** Each entry once or more often, in the order of the ledger. */
  take(entry: LedgerEntry): void;
  read(ledger: Pick<Ledger, 'read'>, now: Instant): Promise<void>;
  placed(): readonly Canary[];
  /** Those on their way to a number: one, unless two were placed at once. */
  onTheirWayTo(called: PhoneNumber): readonly Canary[];
  /** The last that came, or was called missing, from a caller ID to a number; null where there is none. */
  cameTo(called: PhoneNumber, callerId: PhoneNumber): Canary | null;
  lastOf(route: CanaryRoute): CanaryShown | null;
  /** A second look at the last canary of the route has shown less. */
  lowered(route: CanaryRoute, level: RecordedLevel): void;
  /** Of the last canary that showed one. */
  levelOf(route: CanaryRoute): RecordedLevel | null;
}

/** As long as the longest time between two canaries of one route. */
const DAYS_READ = 31;
const ENTRIES_READ_MAX = 10_000;
const KEPT_MAX = 10_000;

const keyOf = ({ callerId, trunk }: CanaryRoute): string => routeKey(callerId, trunk);

export function createCanaryHistory(): CanaryHistory {
  const canaries = new Map<string, Canary>();
  const shown = new Map<string, CanaryShown>();
  const levels = new Map<string, RecordedLevel>();

  function takePlaced(canaryId: string, { body, at, writer }: LedgerEntry): void {
    const callerId = parsePhoneNumber(textIn(body['callerId']) ?? '');
    const called = parsePhoneNumber(textIn(body['called']) ?? '');
    const trunk = textIn(body['trunk']);
    const until = parseInstant(textIn(body['until']) ?? '');
    if (!callerId.ok || !called.ok || trunk === null || !until.ok || canaries.has(canaryId)) return;
    canaries.set(canaryId, {
      canaryId,
      writer,
      route: { callerId: callerId.value, trunk },
      called: called.value,
      placedAt: at,
      until: until.value,
      over: false,
      fine: null,
    });
    const [oldest] = canaries.size > KEPT_MAX ? canaries.keys() : [];
    if (oldest !== undefined) canaries.delete(oldest);
  }

  function takeResult(canaryId: string, { body, at }: LedgerEntry): void {
    const canary = canaries.get(canaryId);
    if (canary === undefined || canary.over) return;
    const outcome = textIn(body['outcome']) ?? '';
    const alarm = textIn(body['alarm']);
    const level = RECORDED_LEVELS.find((each) => each === body['level']) ?? null;
    canaries.set(canaryId, { ...canary, over: true, fine: outcome === 'arrived' && alarm === null });
    shown.set(keyOf(canary.route), { at, outcome, level, alarm });
    if (level !== null) levels.set(keyOf(canary.route), level);
  }

  function take(entry: LedgerEntry): void {
    const canaryId = textIn(entry.body['callId']);
    if (canaryId === null) return;
    if (entry.kind === 'canary_placed') takePlaced(canaryId, entry);
    else if (entry.kind === 'canary_result') takeResult(canaryId, entry);
  }

  return {
    take,
    async read(ledger, now) {
      const entries = await ledger.read({
        kinds: ['canary_placed', 'canary_result'],
        since: addMs(now, -DAYS_READ * DAY_MS),
        order: 'desc',
        limit: ENTRIES_READ_MAX,
      });
      for (const entry of entries.toReversed()) take(entry);
    },
    placed: () => [...canaries.values()],
    onTheirWayTo: (called) => [...canaries.values()].filter((each) => each.called === called && !each.over),
    cameTo: (called, callerId) =>
      [...canaries.values()].findLast(
        (each) => each.called === called && each.route.callerId === callerId && each.over,
      ) ?? null,
    lowered: (route, level) => void levels.set(keyOf(route), level),
    levelOf: (route) => levels.get(keyOf(route)) ?? null,
    lastOf: (route) => shown.get(keyOf(route)) ?? null,
  };
}
