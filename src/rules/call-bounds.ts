/**
 * What binds a call before anything is reserved: the tightest attempt cap, whether more lines than agents may be dialed, and how long
 * it may ring. `control` reserves with exactly these values, and the rules judge with them again.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { AttemptCap, FederalLaw, Jurisdiction, JurisdictionCode } from '../domain/law.ts';
import { ifInForce, inForce } from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { isUnlisted, jurisdictionOf, type Place, placesOf } from '../domain/places.ts';
import type { Policy } from '../domain/policy.ts';
import { type Instant, type LocalDate, SECOND_MS } from '../domain/time.ts';
import { localTimeAt } from './local-time.ts';
import { perRequest } from './per-request.ts';
import { leavesMessages } from './recorded-message.ts';

export interface BoundCap extends AttemptCap {
  /** The paragraphs and settings it is the tightest of. */
  readonly basis: string;
}

export interface CallBounds {
  readonly attempts: BoundCap;
  readonly overDialing: 'allowed' | 'barred';
  /** Paragraph that bars it; null while allowed. */
  readonly overDialingBasis: string | null;
  readonly ringAtLeastSeconds: number;
  /** The call must be given up after this long; the calling hours are judged with it. */
  readonly longestRingSeconds: number;
  readonly longestRingBasis: string;
  readonly places: readonly Place[];
}

/** Every place the called party may be: see `domain/places.ts`. */
export const candidatePlaces = perRequest((request, policy: Policy) =>
  placesOf(policy.law, request.number, request.lead),
);

/** What binds besides the law of each candidate: an area code in no table may be that of any place (design ruling 1). */
export const unknownPlaceLaw = perRequest(function (
  request,
  policy: Policy,
): FederalLaw['unknownPlace'] | null {
  const binds = isUnlisted(policy.law, request.number) || candidatePlaces(request, policy).length === 0;
  return binds ? policy.law.federal.unknownPlace : null;
});

/** A jurisdiction with the local date there: what is in force is asked of the called party's calendar. */
export interface DatedJurisdiction {
  readonly jurisdiction: Jurisdiction;
  readonly date: LocalDate;
}

/** Candidate jurisdictions, once for each local date that its zones show at `at`. */
export const datedJurisdictions = perRequest(function (
  request,
  at: Instant,
  policy: Policy,
): readonly DatedJurisdiction[] {
  const seen = new Map<string, DatedJurisdiction>();
  for (const { state, zone } of candidatePlaces(request, policy)) {
    const jurisdiction = jurisdictionOf(policy.law, state);
    if (jurisdiction === null) throw new RangeError(`jurisdiction \`${state}\` is not in the law`);
    const { date } = localTimeAt(at, zone);
    seen.set(`${state} ${date}`, { jurisdiction, date });
  }
  return [...seen.values()];
});

/**
 * The cap that satisfies all caps: the smallest count in the longest window. Where one cap is tighter in both it is that cap; where
 * they cross (10 in 168 h against 3 in 24 h) it is stricter than either, because one count is all that can be reserved.
 */
function tightest(caps: readonly [BoundCap, ...BoundCap[]]): BoundCap {
  const max = Math.min(...caps.map((cap) => cap.max));
  const windowHours = Math.max(...caps.map((cap) => cap.windowHours));
  const binding = caps.filter((cap) => cap.max === max || cap.windowHours === windowHours);
  return { max, windowHours, basis: [...new Set(binding.map((cap) => cap.basis))].join('; ') };
}

/** `exempt`: codes of the places whose caps fall away where their law excepts a relationship; see `attempts-allowed.ts`. */
export function attemptCap(
  request: OriginationRequest,
  campaign: Campaign,
  dated: readonly DatedJurisdiction[],
  policy: Policy,
  exempt: readonly JurisdictionCode[] = [],
): BoundCap {
  const own: BoundCap = {
    max: campaign.attempts.max,
    windowHours: campaign.attempts.perHours,
    basis: `campaign ${campaign.id}: attempts`,
  };
  const unknown = unknownPlaceLaw(request, policy);
  const caps: BoundCap[] = unknown === null ? [] : [{ ...unknown.cap, basis: unknown.citation }];
  for (const { jurisdiction, date } of dated) {
    for (const cap of jurisdiction.frequencyCaps) {
      if (cap.relationshipExempt && exempt.includes(jurisdiction.code)) continue;
      if (inForce(cap, date)) caps.push({ max: cap.max, windowHours: cap.windowHours, basis: cap.citation });
    }
    for (const row of request.automated || leavesMessages(campaign) ? jurisdiction.automatedHours : []) {
      if (row.cap !== null && inForce(row, date)) caps.push({ ...row.cap, basis: row.citation });
    }
  }
  return tightest([own, ...caps]);
}

/** `at` decides which provisions are in force: the instant of the decision, or of the request before there is one. */
export const callBounds = perRequest(function (
  request,
  campaign: Campaign,
  policy: Policy,
  at: Instant = request.requestedAt,
): CallBounds {
  const dated = datedJurisdictions(request, at, policy);
  const bans = dated.map(({ jurisdiction, date }) => ifInForce(jurisdiction.overDialingBan, date));
  const ban = bans.find((each) => each !== null) ?? null;
  const unknown = unknownPlaceLaw(request, policy);
  const federalRing = policy.law.federal.ringAtLeastSeconds.value;
  let longest = {
    seconds: campaign.ring.atMostSeconds,
    basis: `campaign ${campaign.id}: ring`,
  };
  for (const { jurisdiction, date } of dated) {
    const limit = ifInForce(jurisdiction.ringAtMostSeconds, date);
    if (limit !== null && limit.value < longest.seconds) {
      longest = { seconds: limit.value, basis: limit.citation };
    }
  }
  // A call may not be given up before the federal minimum, so it may ring at least that long.
  const longestRingSeconds = Math.max(longest.seconds, federalRing);
  return {
    attempts: attemptCap(request, campaign, dated, policy),
    overDialing: ban !== null || unknown !== null ? 'barred' : 'allowed',
    overDialingBasis: ban?.citation ?? unknown?.citation ?? null,
    ringAtLeastSeconds: Math.min(Math.max(campaign.ring.atLeastSeconds, federalRing), longestRingSeconds),
    longestRingSeconds,
    longestRingBasis: longest.basis,
    places: candidatePlaces(request, policy),
  };
});

/** The ring time the calling hours must leave room for, in milliseconds; without a campaign the federal minimum. */
export const longestRingMs = (
  request: OriginationRequest,
  campaign: Campaign | null,
  policy: Policy,
  at: Instant,
): number =>
  SECOND_MS *
  (campaign === null
    ? policy.law.federal.ringAtLeastSeconds.value
    : callBounds(request, campaign, policy, at).longestRingSeconds);
