/** Every caller ID over every trunk as supervisors see it: what confirms it, how its calls fare, and what its last canary showed. */
import { type AttestationRecord, decisiveRecord, freshUntil, meetsLevel } from '../domain/attestation.ts';
import type { CallerIdRest } from '../domain/caller-health.ts';
import type { Campaign } from '../domain/campaign.ts';
import { type Fact, known } from '../domain/facts.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { Instant } from '../domain/time.ts';
import { routeKey, trunkOf } from '../domain/trunk.ts';
import { demandOf } from './attest/demands.ts';
import { type RouteStatus, routeStatuses } from './attest/route-status.ts';
import type { CallerBoard, DayOfCalls, RouteHealth } from './caller-board.ts';
import type { CanaryDesk } from './canary-desk.ts';
import type { CanaryShown } from './canary-history.ts';
import { factWithin } from './deadline.ts';
import type { Station } from './sidecar.ts';

export interface CallerIdStatus extends RouteStatus {
  /** Null: it does not rest for any campaign. */
  readonly rest: CallerIdRest | null;
  /** UTC days, oldest first. */
  readonly days: readonly DayOfCalls[];
  readonly lastSignal: RouteHealth['lastSignal'];
  readonly canary: CanaryShown | null;
}

/** As `Duty.callerIdRest`. */
export function restOf(
  board: CallerBoard,
  { callerIds, endpoint }: Campaign,
  callerId: PhoneNumber,
): Fact<CallerIdRest | null> | undefined {
  const policy = callerIds.find(({ number }) => number === callerId)?.rest;
  return policy === undefined ? undefined : board.restOf({ callerId, trunk: trunkOf(endpoint) }, policy);
}

/** Rejects when the records do not answer. */
export async function callerIdStatuses(
  station: Pick<Station, 'clock' | 'records' | 'inForce'>,
  board: CallerBoard,
  canaries: Pick<CanaryDesk, 'lastOf'>,
): Promise<readonly CallerIdStatus[]> {
  const restsOn = restsByRoute([...station.inForce().campaigns.values()], board);
  return (await routeStatuses(station)).map((status) => {
    const { callerId, trunk } = status;
    const { days, lastSignal } = board.health(status);
    return {
      ...status,
      rest: restsOn.get(routeKey(callerId, trunk)) ?? null,
      days,
      lastSignal,
      canary: trunk === null ? null : canaries.lastOf({ callerId, trunk }),
    };
  });
}

/** The longest of each, by `routeKey`. */
function restsByRoute(campaigns: readonly Campaign[], board: CallerBoard): ReadonlyMap<string, CallerIdRest> {
  const longest = new Map<string, CallerIdRest>();
  for (const { callerIds, endpoint } of campaigns) {
    const trunk = trunkOf(endpoint);
    for (const { number: callerId, rest: policy } of callerIds) {
      const rest = policy === undefined ? null : board.restOf({ callerId, trunk }, policy);
      if (rest?.known !== true || rest.value === null) continue;
      const key = routeKey(callerId, trunk);
      if ((longest.get(key)?.until ?? 0) < rest.value.until) longest.set(key, rest.value);
    }
  }
  return longest;
}

/**
 * The caller ID for a call that names none: the first, or, where the campaign says so, the first with proof of right that does not rest and is
 * confirmed as the campaign demands. Where none is, the first: the rules then say why it may not call.
 */
export async function chosenCallerId(
  station: Pick<Station, 'clock' | 'records' | 'inForce'>,
  board: CallerBoard,
  campaign: Campaign,
): Promise<PhoneNumber | null> {
  const first = campaign.callerIds[0]?.number ?? null;
  if (campaign.callerIdChoice !== 'rested') return first;
  const now = station.clock.now();
  // Of all caller IDs at once; a campaign that demands nothing need not know them.
  const records: Fact<readonly AttestationRecord[]> =
    campaign.attestation.minimum === 'none'
      ? known([])
      : await factWithin(station.clock, station.inForce().limits.factMs, 'the records', () =>
          station.records.attestations(),
        );
  const fit = campaign.callerIds.find(({ number, proofOfRight, takesDoNotCallRequests }) => {
    const rest = restOf(board, campaign, number);
    if (proofOfRight === '' || !takesDoNotCallRequests) return false;
    if (rest !== undefined && (!rest.known || rest.value !== null)) return false;
    if (campaign.attestation.minimum === 'none') return true;
    const own = records.known ? records.value.filter((each) => each.callerId === number) : [];
    return isConfirmed(decisiveRecord(own, demandOf(campaign), now), campaign, now);
  });
  return fit?.number ?? first;
}

const isConfirmed = (
  record: AttestationRecord | null,
  { attestation }: Pick<Campaign, 'attestation'>,
  now: Instant,
): boolean =>
  record !== null &&
  meetsLevel(record.level, attestation.minimum) &&
  attestation.ways.includes(record.way) &&
  record.confirmedAt <= now &&
  now < freshUntil(record, attestation);
