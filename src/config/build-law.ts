/** Checked file contents as the `Law` of the domain: names changed, weeks expanded, absent values as null. */
import type {
  AreaCode,
  AttemptCap,
  ConsentDemand,
  FederalLaw,
  Jurisdiction,
  Law,
  Provision,
  Quantity,
  RelationshipWindow,
  RevocationWords,
} from '../domain/law.ts';
import type { LocalDate } from '../domain/time.ts';
import { buildHolidays } from './build-holidays.ts';
import { buildZips } from './build-zips.ts';
import { expandWeek } from './expand-week.ts';
import type {
  RawAreaCodes,
  RawFederal,
  RawHolidays,
  RawJurisdiction,
  RawOperator,
  RawProvision,
  RawStates,
} from './law-schema.ts';
import type { ZipSection } from './read-zips.ts';

export interface RawLaw {
  readonly federal: RawFederal;
  readonly states: RawStates;
  readonly holidays: RawHolidays;
  readonly areaCodes: RawAreaCodes;
  readonly zips: readonly ZipSection[];
  readonly operator: RawOperator;
}

/** Told every problem: the file it is in, and `path: problem, got, expected`. */
export type Report = (file: keyof RawLaw, line: string) => void;

/** The shape check has seen to the form; whether the day exists is checked with the relations. */
const date = (text: string): LocalDate => text as LocalDate;
const dateOrNull = (text: string | null | undefined): LocalDate | null =>
  text === null || text === undefined ? null : date(text);

const provision = (raw: RawProvision): Provision => ({
  citation: raw.citation,
  from: dateOrNull(raw.from),
  until: dateOrNull(raw.until),
  confidence: raw.confidence ?? null,
  note: raw.note ?? null,
});

const quantity = (raw: RawProvision & { value: number }): Quantity => ({
  ...provision(raw),
  value: raw.value,
});
const cap = (raw: { max: number; window_hours: number }): AttemptCap => ({
  max: raw.max,
  windowHours: raw.window_hours,
});
const orNull = <R, T>(raw: R | undefined, build: (raw: R) => T): T | null =>
  raw === undefined ? null : build(raw);

const demand = (raw: RawFederal['automated_consent']): ConsentDemand => ({
  ...provision(raw),
  needs: raw.needs,
  when: raw.when,
  relationshipExempt: raw.relationship_exempt ?? false,
});

function relationship(raw: NonNullable<RawJurisdiction['relationship']>): RelationshipWindow {
  return {
    ...provision(raw),
    purchaseMonths: raw.purchase_months ?? null,
    inquiryDays: raw.inquiry_days ?? null,
    currentCustomerOnly: raw.current_customer_only ?? false,
  };
}

function jurisdiction(code: string, raw: RawJurisdiction, report: Report): Jurisdiction {
  const week = (rows: 'hours' | 'automated_hours', index: number, given: Parameters<typeof expandWeek>[0]) =>
    expandWeek(given, `jurisdictions.${code}.${rows}.${index}.week`, (line) => report('states', line));
  return {
    code,
    name: raw.name,
    zones: raw.zones,
    zonesNote: raw.zones_note ?? null,
    hours: raw.hours.map((row, index) => ({
      ...provision(row),
      week: week('hours', index, row.week),
      basis: row.basis,
      reachesBusinessLines: row.reaches_business_lines ?? false,
    })),
    automatedHours: (raw.automated_hours ?? []).map((row, index) => ({
      ...provision(row),
      week: week('automated_hours', index, row.week),
      takesInPredictive: row.takes_in_predictive ?? false,
      liftedBy: row.lifted_by ?? [],
      alsoNeeds: row.also_needs ?? null,
      cap: orNull(row.cap, cap),
    })),
    holidays: (raw.holidays ?? []).map((row) => ({
      ...provision(row),
      days: row.days,
      strictExtra: row.strict_extra ?? [],
      countyDays: row.county_days ?? {},
    })),
    frequencyCaps: (raw.frequency_caps ?? []).map((row) => ({
      ...provision(row),
      ...cap(row),
      sameSubject: row.same_subject,
      acrossCallerIds: row.across_caller_ids,
      relationshipExempt: row.relationship_exempt,
    })),
    emergencyBan: orNull(raw.emergency_ban, (row) => ({
      ...provision(row),
      scope: row.scope,
      trigger: row.trigger,
    })),
    doNotCall: {
      ...provision(raw.do_not_call),
      ownList: raw.do_not_call.own_list,
      usesNational: raw.do_not_call.uses_national,
      registryMaxAgeDays: raw.do_not_call.registry_max_age_days ?? null,
    },
    registration: {
      ...provision(raw.registration),
      required: raw.registration.required === 'not_known' ? null : raw.registration.required,
      bondUsd: raw.registration.bond_usd ?? null,
    },
    recording: {
      ...provision(raw.recording),
      class: raw.recording.class,
      disclose: raw.recording.disclose,
      follows: raw.recording.follows ?? 'either_end',
    },
    consent: orNull(raw.consent, demand),
    mobile: orNull(raw.mobile, (row) => ({
      ...provision(row),
      rule: row.rule,
      liftedBy: row.lifted_by,
    })),
    reassignedCheck: orNull(raw.reassigned_check, provision),
    identifyWithinSeconds: orNull(raw.identify_within_seconds, quantity),
    ringAtMostSeconds: orNull(raw.ring_at_most_seconds, quantity),
    overDialingBan: orNull(raw.over_dialing_ban, provision),
    relationship: orNull(raw.relationship, relationship),
    internalRetentionYears: orNull(raw.internal_retention_years, quantity),
    abandonedCallNote: raw.abandoned_call_note ?? null,
    scriptDisclosures: raw.script_disclosures ?? [],
    areaCodesConfidence: raw.area_codes_confidence,
    note: raw.note ?? raw.holidays_note ?? null,
  };
}

const textWords = (row: RawFederal['revocation_words'][number]): RevocationWords => ({
  ...provision(row),
  language: row.language,
  words: row.words,
  courtesies: row.courtesies ?? [],
});

function federal(raw: RawFederal, report: Report): FederalLaw {
  const tell = (line: string): void => report('federal', line);
  return {
    hours: { ...provision(raw.hours), week: expandWeek(raw.hours.week, 'hours.week', tell) },
    ringAtLeastSeconds: quantity(raw.ring_at_least_seconds),
    connectWithinMs: quantity(raw.connect_within_ms),
    dropRateMaxBp: quantity(raw.drop_rate_max_bp),
    dropPeriodDays: quantity(raw.drop_period_days),
    registryMaxAgeDays: quantity(raw.registry_max_age_days),
    stateListMaxAgeDays: quantity(raw.state_list_max_age_days),
    internalHonorBusinessDays: quantity(raw.internal_honor_business_days),
    internalRetentionYears: quantity(raw.internal_retention_years),
    recordRetentionYears: quantity(raw.record_retention_years),
    recordingRetention: raw.recording_retention.map((row) => ({
      ...provision(row),
      name: row.name,
      years: row.years,
    })),
    revocationWords: raw.revocation_words.map(textWords),
    textHelpWords: raw.text_help_words.map(textWords),
    textConfirmationWords: raw.text_confirmation_words.map(textWords),
    revocationConfirmationSeconds: quantity(raw.revocation_confirmation_seconds),
    automatedConsent: demand(raw.automated_consent),
    relationship: {
      ...provision(raw.relationship),
      purchaseMonths: raw.relationship.purchase_months,
      purchaseDays: raw.relationship.purchase_days,
      inquiryMonths: raw.relationship.inquiry_months,
      inquiryDays: raw.relationship.inquiry_days,
      monthDays: raw.relationship.month_days,
    },
    reassignedAnswerMaxAgeDays: quantity(raw.reassigned_answer_max_age_days),
    unknownPlace: {
      ...provision(raw.unknown_place),
      week: expandWeek(raw.unknown_place.week, 'unknown_place.week', tell),
      cap: cap(raw.unknown_place.cap),
      holidays: raw.unknown_place.holidays,
      discloseRecording: raw.unknown_place.disclose_recording,
      identifyWithinSeconds: raw.unknown_place.identify_within_seconds,
      registryMaxAgeDays: raw.unknown_place.registry_max_age_days,
      internalRetentionYears: raw.unknown_place.internal_retention_years,
      automatedBarred: raw.unknown_place.automated_barred,
    },
  };
}

function areaCodes(raw: RawAreaCodes): Law['areaCodes'] {
  const us = Object.entries(raw.us).map(
    ([code, row]) =>
      [
        code,
        {
          kind: 'us',
          state: row.state,
          zones: row.zones,
          minorityZones: row.minority_zones ?? [],
          note: row.note ?? null,
        },
      ] as const,
  );
  const other = raw.other.flatMap((row) =>
    row.codes.map((code) => [code, { kind: row.kind, place: row.place }] as const),
  );
  return Object.fromEntries<AreaCode>([...other, ...us]);
}

/** A row that names no zones stands for all zones of its state. */
const mappedAreaCodes = (raw: RawLaw): Law['operator']['areaCodes'] =>
  raw.operator.area_codes.map((row) => ({
    code: row.code,
    state: row.state,
    zones: row.zones ?? raw.states.jurisdictions[row.state]?.zones ?? [],
    source: row.source,
    date: date(row.date),
  }));

export function buildLaw(raw: RawLaw, report: Report): Law {
  return {
    asOf: date(raw.states.as_of),
    federal: federal(raw.federal, report),
    jurisdictions: Object.fromEntries(
      Object.entries(raw.states.jurisdictions).map(([code, row]) => [code, jurisdiction(code, row, report)]),
    ),
    holidays: buildHolidays(raw.holidays, (line) => report('holidays', line)),
    areaCodes: areaCodes(raw.areaCodes),
    exchanges: Object.fromEntries(
      raw.areaCodes.exchanges.flatMap((row) => row.codes.map((code) => [code, row.kind] as const)),
    ),
    zips: buildZips(raw.zips),
    operator: {
      emergencies: raw.operator.emergencies.active.map((row) => ({
        jurisdiction: row.jurisdiction,
        from: date(row.from),
        until: dateOrNull(row.until),
        source: row.source,
      })),
      proclaimedDays: raw.operator.proclaimed_days.map((row) => ({
        jurisdiction: row.jurisdiction,
        date: date(row.date),
        name: row.name,
        source: row.source,
      })),
      areaCodes: mappedAreaCodes(raw),
    },
  };
}
