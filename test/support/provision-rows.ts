/**
 * Every provision of the law as data, as a row that a case of the corpus must reach. A row is reached by a case whose expected answer
 * carries it: a reason, warning or obligation of a code the case names, with the row's paragraph (and window, holiday, state).
 */
import type { Decision, Reason } from '../../src/domain/decision.ts';
import { type Jurisdiction, type Law, type Provision, type Week, WEEKDAYS } from '../../src/domain/law.ts';
import { showWindow } from '../../src/rules/local-time.ts';

/** What a case of the corpus names. */
export interface NamedCase {
  readonly name: string;
  readonly call?: { readonly number?: string };
  readonly facts?: { readonly overrides?: readonly { readonly what?: string }[] };
  readonly reasons?: readonly string[];
  readonly obligations?: readonly string[];
  readonly withoutObligations?: readonly string[];
  readonly warnings?: readonly string[];
}

export interface Row {
  /** `FL hours 1: 08:00-20:00`. */
  readonly name: string;
  /** Set where a permit only warns: the warning. */
  readonly onlyWarns?: 'registration_not_known' | 'called_party_may_be_charged';
  reachedBy(given: NamedCase, decision: Decision): boolean;
}

/**
 * Parts of a jurisdiction that no decision stands on: names and notes for people. The zones are covered by the edges of the hours in
 * every place. Whatever is not here has rows.
 */
type WithoutRows =
  'code' | 'name' | 'zones' | 'zonesNote' | 'abandonedCallNote' | 'areaCodesConfidence' | 'note';

const carries = (basis: unknown, { citation }: Pick<Provision, 'citation'>): boolean =>
  typeof basis === 'string' && basis.includes(citation);

/** Reasons of the expected codes. */
const reasonsOf = (given: NamedCase, decision: Decision, codes: readonly string[]): readonly Reason[] =>
  decision.kind === 'veto'
    ? decision.reasons.filter(({ code }) => codes.includes(code) && given.reasons?.includes(code) === true)
    : [];

const byReason = (
  name: string,
  row: Provision,
  codes: readonly string[],
  also: (reason: Reason) => boolean = () => true,
): Row => ({
  name,
  reachedBy: (given, decision) =>
    reasonsOf(given, decision, codes).some((reason) => carries(reason.basis, row) && also(reason)),
});

const byObligation = (name: string, row: Provision, kind: string): Row => ({
  name,
  reachedBy: (given, decision) =>
    decision.kind === 'permit' &&
    given.obligations?.includes(kind) === true &&
    decision.obligations.some((each) => each.kind === kind && carries(each.basis, row)),
});

/** A row that only warns, because what would decide is not known. */
const byWarning = (
  name: string,
  state: string,
  row: Provision,
  code: NonNullable<Row['onlyWarns']>,
): Row => ({
  name,
  onlyWarns: code,
  reachedBy: (given, decision) =>
    given.warnings?.includes(code) === true &&
    decision.warnings.some(
      (each) => each.code === code && each.detail['state'] === state && carries(each.detail['basis'], row),
    ),
});

const windowsOf = (week: Week): readonly string[] => [
  ...new Set(WEEKDAYS.map((day) => showWindow(week[day]))),
];

const ofState = (code: string) => (reason: Reason) => reason.detail['state'] === code;

/** One for each different window of the week. */
const windowRows = (name: string, code: string, row: Provision & { readonly week: Week }): readonly Row[] =>
  windowsOf(row.week).map((window) =>
    byReason(
      `${name}: ${window}`,
      row,
      ['outside_calling_hours', 'sunday'],
      ({ detail }) => detail['state'] === code && detail['window'] === window,
    ),
  );

/** Every part of a jurisdiction has its rows or stands in `WithoutRows`; the compiler asks for a new one. */
const ROWS_OF: {
  readonly [Part in Exclude<keyof Jurisdiction, WithoutRows>]: (
    place: Jurisdiction,
    law: Law,
  ) => readonly Row[];
} = {
  hours: ({ code, hours }) =>
    hours.flatMap((row, index) => windowRows(`${code} hours ${index + 1}`, code, row)),
  automatedHours: ({ code, automatedHours }) =>
    automatedHours.flatMap((row, index) => {
      const name = `${code} recorded messages ${index + 1}`;
      const barred = windowsOf(row.week).every((window) => window === 'closed') || row.alsoNeeds !== null;
      return [
        ...(barred
          ? [byReason(`${name}: barred`, row, ['automatic_dialing_barred'], ofState(code))]
          : windowRows(name, code, row)),
        ...(row.cap === null ? [] : [byReason(`${name}: attempts`, row, ['too_many_attempts'])]),
      ];
    }),
  holidays: ({ code, holidays }, law) =>
    holidays.flatMap((row) =>
      [...row.days, ...row.strictExtra, ...Object.keys(row.countyDays)].map((id) =>
        byReason(
          `${code} holiday ${id}`,
          row,
          ['legal_holiday'],
          ({ detail }) =>
            detail['state'] === code &&
            detail['holiday'] === law.holidays[id]?.name &&
            detail['county_day'] === Object.hasOwn(row.countyDays, id),
        ),
      ),
    ),
  frequencyCaps: ({ code, frequencyCaps }) =>
    frequencyCaps.map((row, index) => byReason(`${code} attempts ${index + 1}`, row, ['too_many_attempts'])),
  emergencyBan: ({ code, emergencyBan }) =>
    emergencyBan === null
      ? []
      : [byReason(`${code} emergency`, emergencyBan, ['state_emergency'], ofState(code))],
  doNotCall: ({ code, doNotCall }) => [
    ...(doNotCall.ownList ? [byReason(`${code} own list`, doNotCall, ['list_missing'], ofState(code))] : []),
    ...(doNotCall.registryMaxAgeDays === null
      ? []
      : [byReason(`${code} age of the registry`, doNotCall, ['list_stale'])]),
  ],
  registration: ({ code, registration }) => {
    const name = `${code} registration`;
    switch (registration.required) {
      case false:
        return [];
      case true:
        return [byReason(name, registration, ['seller_not_registered'], ofState(code))];
      default:
        return [byWarning(name, code, registration, 'registration_not_known')];
    }
  },
  recording: ({ code, recording }, law) => [
    recording.disclose
      ? byObligation(`${code} recording: disclosure`, recording, 'disclose_recording')
      : withoutDisclosure(code, law),
  ],
  consent: ({ code, consent }) =>
    consent === null ? [] : [byReason(`${code} consent`, consent, ['consent_missing', 'consent_incomplete'])],
  mobile: ({ code, mobile }) =>
    mobile === null
      ? []
      : [
          mobile.rule === 'consent_required_if_called_party_is_charged'
            ? byWarning(`${code} mobile`, code, mobile, 'called_party_may_be_charged')
            : byReason(`${code} mobile`, mobile, ['mobile_barred'], ofState(code)),
        ],
  reassignedCheck: ({ code, reassignedCheck }) =>
    reassignedCheck === null
      ? []
      : [byReason(`${code} reassigned`, reassignedCheck, ['reassigned_not_checked'])],
  identifyWithinSeconds: ({ code, identifyWithinSeconds: row }) =>
    row === null ? [] : [byObligation(`${code} identification`, row, 'identify_within_s')],
  scriptDisclosures: ({ code, scriptDisclosures }) =>
    scriptDisclosures.map((text, index) => said(`${code} says ${index + 1}`, text)),
  internalRetentionYears: ({ code, internalRetentionYears: row }) =>
    row === null ? [] : [keptRequest(`${code} keeps requests`, row)],
  ringAtMostSeconds: ({ code, ringAtMostSeconds: row }) =>
    row === null ? [] : [byObligation(`${code} ring at most`, row, 'ring_at_most_s')],
  overDialingBan: ({ code, overDialingBan }) =>
    overDialingBan === null
      ? []
      : [byReason(`${code} over-dialing`, overDialingBan, ['over_dialing_barred'])],
  relationship: ({ code, relationship }) =>
    relationship === null
      ? []
      : [byReason(`${code} relationship`, relationship, ['relationship_missing'], ofState(code))],
};

/** A permit that says the text, in a case that names what the agent says. */
const said = (name: string, text: string): Row => ({
  name,
  reachedBy: (given, decision) =>
    decision.kind === 'permit' &&
    given.obligations?.includes('say') === true &&
    decision.obligations.some((each) => each.kind === 'say' && each.text === text),
});

/** A request that binds though an override lifts those older than the law wants them kept. */
function keptRequest(name: string, row: Provision): Row {
  const base = byReason(name, row, ['on_internal_list']);
  return {
    name,
    reachedBy: (given, decision) =>
      given.facts?.overrides?.some(({ what }) => what === 'internal_request_retention') === true &&
      base.reachedBy(given, decision),
  };
}

/** A permit for a number of the state, named without a disclosure. */
const withoutDisclosure = (code: string, law: Law): Row => ({
  name: `${code} recording: no disclosure`,
  reachedBy: (given, decision) => {
    const called = law.areaCodes[given.call?.number?.slice(2, 5) ?? ''];
    return (
      decision.kind === 'permit' &&
      given.withoutObligations?.includes('disclose_recording') === true &&
      called?.kind === 'us' &&
      called.state === code
    );
  },
});

function federalRows({ federal }: Law): readonly Row[] {
  return [
    ...windowsOf(federal.hours.week).map((window) =>
      byReason(
        `federal hours ${window}`,
        federal.hours,
        ['outside_calling_hours'],
        ({ detail }) => detail['window'] === window,
      ),
    ),
    byObligation('federal ring at least', federal.ringAtLeastSeconds, 'ring_at_least_s'),
    byObligation('federal connect within', federal.connectWithinMs, 'connect_within_ms'),
    byReason('federal age of the registry', federal.registryMaxAgeDays, ['list_stale']),
    byReason("age of a state's list", federal.stateListMaxAgeDays, ['list_stale']),
    byReason('federal consent to recorded messages', federal.automatedConsent, [
      'consent_missing',
      'consent_incomplete',
    ]),
    byReason('attempts while the place is unknown', federal.unknownPlace, ['too_many_attempts']),
    byReason('over-dialing while the place is unknown', federal.unknownPlace, ['over_dialing_barred']),
    byReason('recorded messages while the place is unknown', federal.unknownPlace, [
      'automatic_dialing_barred',
    ]),
    byReason('age of the registry while the place is unknown', federal.unknownPlace, ['list_stale']),
  ];
}

/** All rows of the law, the federal ones first. */
export function provisionRows(law: Law): readonly Row[] {
  const parts = Object.values(ROWS_OF);
  return [
    ...federalRows(law),
    ...Object.values(law.jurisdictions).flatMap((place) => parts.flatMap((rowsOf) => rowsOf(place, law))),
  ];
}
