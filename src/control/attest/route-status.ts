/** Caller IDs by trunk: what each is known to be signed with, by what and since when, and what its campaigns demand. */
import {
  type AttestationLevel,
  type AttestationRecord,
  decisiveRecord,
  freshUntil,
  meetsLevel,
  RECORDED_LEVELS,
} from '../../domain/attestation.ts';
import type { Campaign } from '../../domain/campaign.ts';
import type { CampaignId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { type Instant, instant } from '../../domain/time.ts';
import { routeKey, trunkOf } from '../../domain/trunk.ts';
import { attestationProblem } from '../../rules/caller-id.ts';
import type { Station } from '../sidecar.ts';
import { demandOf } from './demands.ts';

export interface RouteStatus {
  readonly callerId: PhoneNumber;
  /** Null: the dial string of a campaign does not tell, or the record is of every trunk. */
  readonly trunk: string | null;
  /** The record that stands, null when there is none. Where campaigns differ, the one of the strictest. */
  readonly record: AttestationRecord | null;
  readonly demands: readonly CampaignDemand[];
  /** The newest of each way. */
  readonly records: readonly AttestationRecord[];
}

export interface CampaignDemand {
  readonly campaignId: CampaignId;
  readonly minimum: AttestationLevel | 'none';
  readonly maxAgeHours: number;
  /** `met`; else the reason with which its originations are vetoed, or warned of where no minimum is set. */
  readonly answer: 'met' | 'attestation_unconfirmed' | 'attestation_below_minimum';
  /** Why it is not met, in words; null: it is. */
  readonly problem: string | null;
  /** The first instant at which it is met no more; null: it is not. */
  readonly metUntil: Instant | null;
  readonly record: AttestationRecord | null;
}

export async function routeStatuses(
  station: Pick<Station, 'records' | 'inForce' | 'clock'>,
): Promise<readonly RouteStatus[]> {
  const records = await station.records.attestations();
  return statusesOf([...station.inForce().campaigns.values()], records, station.clock.now());
}

export function statusesOf(
  campaigns: readonly Campaign[],
  records: readonly AttestationRecord[],
  now: Instant,
): readonly RouteStatus[] {
  // Each is looked at once: an operator may have thousands of caller IDs, and calls wait while this runs.
  const ofCaller = new Map<PhoneNumber, AttestationRecord[]>();
  for (const record of records) {
    const ofSame = ofCaller.get(record.callerId) ?? [];
    ofSame.push(record);
    ofCaller.set(record.callerId, ofSame);
  }
  const routes = new Map<string, Route>();
  const shown = new Set<PhoneNumber>();
  const add = (callerId: PhoneNumber, trunk: string | null): Route => {
    const key = routeKey(callerId, trunk);
    const found = routes.get(key) ?? { callerId, trunk, campaigns: [] };
    routes.set(key, found);
    shown.add(callerId);
    return found;
  };
  for (const campaign of campaigns) {
    const trunk = trunkOf(campaign.endpoint);
    for (const { number } of campaign.callerIds) add(number, trunk).campaigns.push(campaign);
  }
  for (const { callerId, trunk } of records) if (trunk !== undefined) add(callerId, trunk);
  // A record of every trunk stands with each; alone where the caller ID is on none.
  for (const callerId of ofCaller.keys()) if (!shown.has(callerId)) add(callerId, null);
  return [...routes.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, route]) => statusOf(route, ofCaller.get(route.callerId) ?? [], now));
}

interface Route {
  readonly callerId: PhoneNumber;
  readonly trunk: string | null;
  readonly campaigns: Campaign[];
}

/** As of a campaign that demands nothing and takes every way. */
const UNASKED = {
  minimum: 'none',
  maxAgeHours: 8_760,
  ways: ['signed_here', 'seen_there', 'declared'],
} as const;

function statusOf(
  { callerId, trunk, campaigns }: Route,
  ofCaller: readonly AttestationRecord[],
  now: Instant,
): RouteStatus {
  const demands = campaigns
    .map((campaign) => demandStatus(campaign, callerId, ofCaller, now))
    .sort((a, b) => RECORDED_LEVELS.indexOf(a.minimum) - RECORDED_LEVELS.indexOf(b.minimum));
  return {
    callerId,
    trunk,
    record: demands[0]?.record ?? decisiveRecord(ofCaller, { ...UNASKED, trunk }, now),
    demands,
    records: ofCaller.filter((record) => record.trunk === undefined || record.trunk === trunk),
  };
}

function demandStatus(
  campaign: Campaign,
  callerId: PhoneNumber,
  records: readonly AttestationRecord[],
  now: Instant,
): CampaignDemand {
  const demand = demandOf(campaign);
  const { minimum, maxAgeHours } = demand;
  const record = decisiveRecord(records, demand, now);
  const unconfirmed = attestationProblem(record, { callerId }, campaign, now);
  // Unsigned is no level that could be below another: it is unconfirmed.
  const isBelow =
    record !== null && record.level !== 'none' && minimum !== 'none' && !meetsLevel(record.level, minimum);
  const problems = [
    ...(isBelow ? [`level ${record.level} is below ${minimum}`] : []),
    ...(unconfirmed === null ? [] : [unconfirmed]),
  ];
  return {
    ...{ campaignId: campaign.id, minimum, maxAgeHours, record },
    answer: isBelow ? 'attestation_below_minimum' : unconfirmed === null ? 'met' : 'attestation_unconfirmed',
    problem: problems.length === 0 ? null : problems.join('; '),
    metUntil: record === null || problems.length > 0 ? null : instant(freshUntil(record, demand)),
  };
}
