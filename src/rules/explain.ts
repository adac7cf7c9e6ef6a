/**
 * A decision laid open: what each rule found, where the person may be and what the clock says there, and when a call would next be
 * lawful if nothing but the time changed. Pure; the decision itself is still `evaluate`'s.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { Decision, ReasonCode } from '../domain/decision.ts';
import { campaignOf, type Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { jurisdictionOf, type Place } from '../domain/places.ts';
import type { Policy } from '../domain/policy.ts';
import { addMs, DAY_MS, HOUR_MS, type Instant } from '../domain/time.ts';
import { candidatePlaces, unknownPlaceLaw } from './call-bounds.ts';
import { callingHours, dialingOf, windowsOn } from './calling-hours.ts';
import { evaluate } from './evaluate.ts';
import { instantOf, type LocalTime, localTimeAt, showWindow } from './local-time.ts';
import { remembering } from './per-request.ts';
import { asJudged } from './recorded-message.ts';
import type { Finding, Rule } from './rule.ts';

/** Bans last days, not weeks: no lawful start within this time means that no change of time alone helps. */
const LOOK_AHEAD_DAYS = 21;

export interface RuleFindings {
  readonly rule: string;
  readonly basis: string;
  /** Empty: the rule had nothing to say. */
  readonly findings: readonly Finding[];
  /** Set when the rule threw: a veto of the engine. */
  readonly fault: string | null;
}

export interface PlaceNow extends Place {
  /** Local time with offset. */
  readonly local: string;
  readonly weekday: string;
  /** Windows of this local day, every one of which binds: `08:00-21:00`, `closed`. */
  readonly windows: readonly { readonly window: string; readonly citation: string }[];
}

/** What the same request would hear at a later instant with the same facts. */
export interface LaterAnswer {
  readonly at: Instant;
  readonly verdict: Decision['kind'];
  readonly codes: readonly ReasonCode[];
}

export interface Explanation {
  readonly rules: readonly RuleFindings[];
  readonly places: readonly PlaceNow[];
  /** First instant from now on at which calling hours allow the call in every place; null when none is within three weeks. */
  readonly nextLawful: LaterAnswer | null;
}

export function explain(
  rules: readonly [Rule, ...Rule[]],
  asked: OriginationRequest,
  facts: Facts,
  policy: Policy,
): Explanation {
  const request = asJudged(remembering(asked), facts.campaign);
  const campaign = campaignOf(facts);
  return {
    rules: rules.map((rule) => findingsOf(rule, request, facts, policy)),
    places: candidatePlaces(request, policy).map((place) =>
      placeAt(place, request, campaign, facts.now, policy),
    ),
    nextLawful: nextLawful(rules, request, facts, policy),
  };
}

function findingsOf(rule: Rule, request: OriginationRequest, facts: Facts, policy: Policy): RuleFindings {
  const { id, basis } = rule;
  try {
    return { rule: id, basis, findings: rule.check(request, facts, policy), fault: null };
  } catch (error) {
    return { rule: id, basis, findings: [], fault: error instanceof Error ? error.message : String(error) };
  }
}

function placeAt(
  place: Place,
  request: OriginationRequest,
  campaign: Campaign | null,
  now: Instant,
  policy: Policy,
): PlaceNow {
  const local = localTimeAt(now, place.zone);
  const windows = windowsAt(place, request, campaign, local, policy).map(({ window, citation }) => {
    return { window: showWindow(window), citation };
  });
  return { ...place, local: local.text, weekday: local.weekday, windows };
}

function windowsAt(
  place: Place,
  request: OriginationRequest,
  campaign: Campaign | null,
  local: LocalTime,
  policy: Policy,
): ReturnType<typeof windowsOn> {
  const jurisdiction = jurisdictionOf(policy.law, place.state);
  if (jurisdiction === null) return [];
  const dialing = dialingOf(request, campaign);
  return windowsOn(policy.law, jurisdiction, local, dialing, unknownPlaceLaw(request, policy));
}

/**
 * Lawful time is an intersection of windows, so it can only begin where one of them opens, where a lockout ends, or now. Each such
 * instant is asked, in order.
 */
function nextLawful(
  rules: readonly [Rule, ...Rule[]],
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
): LaterAnswer | null {
  for (const at of beginnings(request, facts, policy)) {
    const then: Facts = { ...facts, now: at };
    if (callingHours.check(request, then, policy).some((finding) => 'veto' in finding)) continue;
    const decision = evaluate(rules, request, then, policy);
    const codes = decision.kind === 'veto' ? decision.reasons.map(({ code }) => code) : [];
    if (codes.includes('drop_lockout')) continue;
    return { at, verdict: decision.kind, codes: [...new Set(codes)] };
  }
  return null;
}

function beginnings(request: OriginationRequest, facts: Facts, policy: Policy): readonly Instant[] {
  const { now } = facts;
  const found = new Set<Instant>([now]);
  const campaign = campaignOf(facts);
  const droppedAt = facts.attempts.known ? facts.attempts.value.droppedAt : null;
  if (campaign !== null && droppedAt !== null) {
    for (const hours of [campaign.dropLockoutHours, campaign.loosened?.dropLockoutHours ?? 0]) {
      found.add(addMs(droppedAt, hours * HOUR_MS));
    }
  }
  for (const place of candidatePlaces(request, policy)) {
    for (let day = 0; day <= LOOK_AHEAD_DAYS; day += 1) {
      const opens = opensOn(place, request, campaign, addMs(now, day * DAY_MS), policy);
      for (const open of opens) found.add(open);
    }
  }
  return [...found].filter((at) => at >= now).sort((a, b) => a - b);
}

function opensOn(
  place: Place,
  request: OriginationRequest,
  campaign: Campaign | null,
  at: Instant,
  policy: Policy,
): readonly Instant[] {
  const local = localTimeAt(at, place.zone);
  const guards = [policy.clockGuardMs, policy.loosened?.clockGuardMs ?? policy.clockGuardMs];
  return windowsAt(place, request, campaign, local, policy).flatMap(({ window }) =>
    window === null
      ? []
      : guards.map((guardMs) => addMs(instantOf(local.date, window.openMinute, place.zone), guardMs)),
  );
}
