/**
 * Calling hours, Sundays, holidays and declared emergencies, in every place the person may be: the latest start and the earliest end
 * bind. A guard band lies inside both edges, and the telephone must not still be ringing at the close.
 */
import { holidaysOn } from '../domain/calendar.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { ReasonDetail } from '../domain/decision.ts';
import { campaignOf, type Facts } from '../domain/facts.ts';
import {
  closedAllWeek,
  type DayWindow,
  type FederalLaw,
  type Holiday,
  type HolidayBan,
  inForce,
  type Jurisdiction,
  type Law,
} from '../domain/law.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { jurisdictionOf, type Place } from '../domain/places.ts';
import type { Policy } from '../domain/policy.ts';
import { addMs, formatInstant, type Instant } from '../domain/time.ts';
import { candidatePlaces, longestRingMs, unknownPlaceLaw } from './call-bounds.ts';
import { instantOf, type LocalTime, localTimeAt, showWindow } from './local-time.ts';
import { overrideInForce, shownOverride, unlessOverridden } from './overrides.ts';
import { type Finding, type Rule, veto } from './rule.ts';

const ID = 'calling_hours';
const BASIS = '47 CFR 64.1200(c)(1); 16 CFR 310.4(c); state law by place';

/** A window on a local date with every paragraph that sets it; null is a day without calls. */
interface BoundWindow {
  readonly window: DayWindow | null;
  readonly citation: string;
}

/** What of a call may bring it under the narrower hours of dialing systems. */
export interface Dialing {
  readonly automated: boolean;
  readonly predictive: boolean;
}

export const dialingOf = (request: OriginationRequest, campaign: Campaign | null): Dialing => ({
  automated: request.automated,
  predictive: campaign?.mode === 'predictive',
});

/** Each distinct window once: where a state has the federal hours, one reason names both. */
export function windowsOn(
  law: Law,
  jurisdiction: Jurisdiction,
  local: LocalTime,
  { automated, predictive }: Dialing,
  unknown: FederalLaw['unknownPlace'] | null,
): readonly BoundWindow[] {
  // A week without any hours is a bar, not a window: the rule on automated calls answers for it, and for what lifts it.
  const narrower = jurisdiction.automatedHours.filter(
    ({ week, takesInPredictive }) => (automated || (predictive && takesInPredictive)) && !closedAllWeek(week),
  );
  const rows = [
    law.federal.hours,
    ...jurisdiction.hours,
    ...narrower,
    ...(unknown === null ? [] : [unknown]),
  ];
  const windows = new Map<string, BoundWindow>();
  for (const row of rows) {
    if (!inForce(row, local.date)) continue;
    const window = row.week[local.weekday];
    const key = showWindow(window);
    const same = windows.get(key);
    windows.set(key, {
      window,
      citation: same === undefined ? row.citation : `${same.citation}; ${row.citation}`,
    });
  }
  return [...windows.values()];
}

interface Moment {
  readonly now: Instant;
  readonly ringMs: number;
  readonly guardMs: number;
  /** A narrower one that the settings want; null when they do not. */
  readonly loosenedGuardMs: number | null;
}

function hoursAt(windows: readonly BoundWindow[], place: Place, local: LocalTime, moment: Moment): Finding[] {
  const findings: Finding[] = [];
  const { now, ringMs, guardMs } = moment;
  for (const { window, citation } of windows) {
    const seen: ReasonDetail = {
      state: place.state,
      zone: place.zone,
      because: place.because,
      local: local.text,
      weekday: local.weekday,
      window: showWindow(window),
      guard_ms: guardMs,
      ring_ms: ringMs,
    };
    if (window === null) {
      findings.push(veto(ID, local.weekday === 'sun' ? 'sunday' : 'outside_calling_hours', citation, seen));
      continue;
    }
    const first = addMs(instantOf(local.date, window.openMinute, place.zone), guardMs);
    const last = addMs(instantOf(local.date, window.closeMinute, place.zone), -ringMs - guardMs);
    // Written so that a value that is not a number fails it.
    if (first <= now && now <= last) findings.push({ validUntil: last });
    else {
      findings.push(
        veto(ID, 'outside_calling_hours', citation, {
          ...seen,
          first_start: formatInstant(first),
          last_start: formatInstant(last),
        }),
      );
    }
  }
  return findings;
}

/** A guard band narrower than the house's counts only where an override says so, and only where the house's own would veto. */
function guardedHours(
  windows: readonly BoundWindow[],
  place: Place,
  local: LocalTime,
  moment: Moment,
  facts: Facts,
): readonly Finding[] {
  const found = hoursAt(windows, place, local, moment);
  const { loosenedGuardMs: guardMs } = moment;
  if (guardMs === null || !found.some(isVeto)) return found;
  const override = overrideInForce(facts, 'clock_guard', place.state);
  const again = override === null ? found : hoursAt(windows, place, local, { ...moment, guardMs });
  return override === null || again.some(isVeto)
    ? found
    : [...again, ...shownOverride(ID, override, 'permits.clockGuardSeconds')];
}

const isVeto = (finding: Finding): boolean => 'veto' in finding;

/** Days that only some counties keep, as far as the person may be in one of them: any, unless a ZIP says which (design ruling 10). */
const countyDaysAt = ({ countyDays }: HolidayBan, { counties }: Place): readonly string[] =>
  Object.entries(countyDays).flatMap(([id, keepers]) =>
    counties === null || counties.some((county) => keepers.includes(county)) ? [id] : [],
  );

interface Ban extends Pick<HolidayBan, 'days' | 'strictExtra' | 'citation' | 'from' | 'until'> {
  /** Those of `countyDays` that reach the place. */
  readonly countyDays: readonly string[];
}

function bansAt(
  jurisdiction: Jurisdiction,
  place: Place,
  unknown: FederalLaw['unknownPlace'] | null,
): readonly Ban[] {
  const bans = jurisdiction.holidays.map((ban) => ({ ...ban, countyDays: countyDaysAt(ban, place) }));
  return unknown === null
    ? bans
    : [...bans, { ...unknown, days: unknown.holidays, strictExtra: [], countyDays: [] }];
}

function holidaysAt(
  law: Law,
  jurisdiction: Jurisdiction,
  place: Place,
  local: LocalTime,
  unknown: FederalLaw['unknownPlace'] | null,
  facts: Facts,
): Finding[] {
  const findings: Finding[] = [];
  for (const ban of bansAt(jurisdiction, place, unknown)) {
    if (!inForce(ban, local.date)) continue;
    const kept = [...ban.days, ...ban.strictExtra, ...ban.countyDays].map((id): Holiday => {
      const holiday = Object.hasOwn(law.holidays, id) ? law.holidays[id] : undefined;
      if (holiday === undefined) throw new RangeError(`holiday \`${id}\` is not in the calendar`);
      return holiday;
    });
    const waived = overrideInForce(facts, 'strict_extra_holidays', jurisdiction.code);
    for (const hit of holidaysOn(local.date, kept)) {
      if (waived !== null && ban.strictExtra.includes(hit.id)) {
        findings.push(...shownOverride(ID, waived, ban.citation));
        continue;
      }
      findings.push(
        veto(ID, 'legal_holiday', ban.citation, {
          state: place.state,
          zone: place.zone,
          local: local.text,
          holiday: hit.name,
          as: hit.as,
          strict_extra: ban.strictExtra.includes(hit.id),
          county_day: ban.countyDays.includes(hit.id),
        }),
      );
    }
  }
  for (const day of law.operator.proclaimedDays) {
    if (day.jurisdiction === jurisdiction.code && day.date === local.date) {
      findings.push(
        veto(ID, 'legal_holiday', day.source, {
          state: place.state,
          zone: place.zone,
          local: local.text,
          holiday: day.name,
          as: 'proclaimed',
        }),
      );
    }
  }
  return findings;
}

/** Rows of `operator.yaml` and what was declared while sidecars run: either is enough, neither lifts the other. */
function emergenciesAt(
  law: Law,
  jurisdiction: Jurisdiction,
  place: Place,
  local: LocalTime,
  facts: Facts,
): Finding[] {
  const declared = facts.emergencies.known ? facts.emergencies.value : [];
  return [...law.operator.emergencies, ...declared]
    .filter((each) => each.jurisdiction === jurisdiction.code && inForce(each, local.date))
    .map((each) =>
      veto(ID, 'state_emergency', jurisdiction.emergencyBan?.citation ?? each.source, {
        state: place.state,
        local: local.text,
        since: each.from,
        until: each.until,
        source: each.source,
      }),
    );
}

export function checkPlace(
  place: Place,
  request: OriginationRequest,
  facts: Facts,
  policy: Policy,
  moment: Moment,
): readonly Finding[] {
  const { law } = policy;
  const dialing = dialingOf(request, campaignOf(facts));
  const jurisdiction = jurisdictionOf(law, place.state);
  if (jurisdiction === null) throw new RangeError(`jurisdiction \`${place.state}\` is not in the law`);
  const local = localTimeAt(moment.now, place.zone);
  const unknown = unknownPlaceLaw(request, policy);
  return [
    ...guardedHours(windowsOn(law, jurisdiction, local, dialing, unknown), place, local, moment, facts),
    ...holidaysAt(law, jurisdiction, place, local, unknown, facts),
    ...emergenciesAt(law, jurisdiction, place, local, facts),
  ];
}

export const callingHours: Rule = {
  id: ID,
  basis: BASIS,
  check(request, facts, policy) {
    const campaign = campaignOf(facts);
    const moment: Moment = {
      now: facts.now,
      ringMs: longestRingMs(request, campaign, policy, facts.now),
      guardMs: policy.clockGuardMs,
      loosenedGuardMs: policy.loosened?.clockGuardMs ?? null,
    };
    // Without a place there is no local time to check: the number rule vetoes such a number.
    return candidatePlaces(request, policy).flatMap((place) => {
      const found = checkPlace(place, request, facts, policy, moment);
      if (place.because !== 'minority_zone') return found;
      // The corner only adds its clock: whatever else bars calls in the state bars them in its other zones too.
      const left = overrideInForce(facts, 'minority_zones', place.state);
      return unlessOverridden(ID, found, left, `the corner of ${place.state} in ${place.zone}`);
    });
  },
};
