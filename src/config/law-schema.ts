/** The shape of the files in `config/rules`, unknown keys refused. What a key means stands at the head of each file. */
import Type, { type Static, type TProperties } from 'typebox';
import { CONFIDENCES, HOURS_BASES, MOBILE_EXCEPTIONS, OTHER_AREA_CODE_KINDS } from '../domain/law.ts';

const strict = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const oneOf = <const V extends string[]>(values: readonly [...V]) => Type.Enum(values);

const Text = Type.String({ minLength: 1 });
const DateText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const MonthDay = Type.String({ pattern: '^(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$' });
const Code = Type.String({ pattern: '^[A-Z]{2}$' });
const AreaCodeText = Type.String({ pattern: '^[2-9]\\d{2}$' });
const Zone = Type.String({ pattern: '^[A-Za-z_]+(/[A-Za-z_]+)+$' });
const Count = Type.Integer({ minimum: 0, maximum: 100_000 });
const Positive = Type.Integer({ minimum: 1, maximum: 100_000 });

const provision = {
  citation: Text,
  from: Type.Optional(Type.Union([DateText, Type.Null()])),
  until: Type.Optional(Type.Union([DateText, Type.Null()])),
  confidence: Type.Optional(oneOf(CONFIDENCES)),
  note: Type.Optional(Text),
};
const Provision = strict(provision);
const Quantity = strict({ value: Positive, ...provision });

/** `mon-fri`, `sat`: expanded and checked for completeness by `expand-week.ts`. */
const Week = Type.Record(
  Type.String({ pattern: '^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$' }),
  Type.String({ pattern: '^(closed|([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d)$' }),
  { additionalProperties: false, minProperties: 1 },
);
const Cap = strict({ max: Positive, window_hours: Positive });

const ConsentDemand = strict({
  needs: oneOf(['written', 'express']),
  when: oneOf(['any_call', 'selected_and_dialed_by_machine', 'selected_or_dialed_by_machine']),
  relationship_exempt: Type.Optional(Type.Boolean()),
  ...provision,
});

const Jurisdiction = strict({
  name: Text,
  zones: Type.Array(Zone, { minItems: 1 }),
  zones_note: Type.Optional(Text),
  area_codes_confidence: oneOf(CONFIDENCES),
  hours: Type.Array(
    strict({
      week: Week,
      basis: oneOf(HOURS_BASES),
      reaches_business_lines: Type.Optional(Type.Boolean()),
      ...provision,
    }),
    { minItems: 1 },
  ),
  automated_hours: Type.Optional(
    Type.Array(
      strict({
        week: Week,
        takes_in_predictive: Type.Optional(Type.Boolean()),
        lifted_by: Type.Optional(Type.Array(Type.Literal('written_consent'))),
        also_needs: Type.Optional(Text),
        cap: Type.Optional(Cap),
        ...provision,
      }),
    ),
  ),
  holidays: Type.Optional(
    Type.Array(
      strict({
        days: Type.Array(Text, { minItems: 1 }),
        strict_extra: Type.Optional(Type.Array(Text)),
        /** Holiday id to the counties that keep it. */
        county_days: Type.Optional(
          Type.Record(Text, Type.Array(Text, { minItems: 1 }), { additionalProperties: false }),
        ),
        ...provision,
      }),
    ),
  ),
  /** Why there is no ban, where charts say otherwise. */
  holidays_note: Type.Optional(Text),
  frequency_caps: Type.Optional(
    Type.Array(
      strict({
        max: Positive,
        window_hours: Positive,
        same_subject: Type.Boolean(),
        across_caller_ids: Type.Boolean(),
        relationship_exempt: Type.Boolean(),
        ...provision,
      }),
    ),
  ),
  emergency_ban: Type.Optional(strict({ scope: Text, trigger: Text, ...provision })),
  do_not_call: strict({
    own_list: Type.Boolean(),
    uses_national: Type.Boolean(),
    registry_max_age_days: Type.Optional(Positive),
    ...provision,
  }),
  registration: strict({
    required: Type.Union([Type.Boolean(), Type.Literal('not_known')]),
    bond_usd: Type.Optional(Type.Integer({ minimum: 0 })),
    ...provision,
  }),
  recording: strict({
    class: oneOf(['one_party', 'all_party', 'mixed', 'none', 'not_known']),
    disclose: Type.Boolean(),
    follows: Type.Optional(oneOf(['either_end', 'called_party'])),
    ...provision,
  }),
  consent: Type.Optional(ConsentDemand),
  mobile: Type.Optional(
    strict({
      rule: oneOf([
        'unsolicited_sales_call_to_mobile_prohibited',
        'express_consent_required_for_mobile',
        'consent_required_if_called_party_is_charged',
      ]),
      lifted_by: Type.Array(oneOf(MOBILE_EXCEPTIONS), { minItems: 1 }),
      ...provision,
    }),
  ),
  reassigned_check: Type.Optional(Provision),
  identify_within_seconds: Type.Optional(Quantity),
  ring_at_most_seconds: Type.Optional(Quantity),
  over_dialing_ban: Type.Optional(Provision),
  relationship: Type.Optional(
    strict({
      purchase_months: Type.Optional(Count),
      inquiry_days: Type.Optional(Count),
      current_customer_only: Type.Optional(Type.Boolean()),
      ...provision,
    }),
  ),
  internal_retention_years: Type.Optional(Quantity),
  abandoned_call_note: Type.Optional(Text),
  script_disclosures: Type.Optional(Type.Array(Text)),
  note: Type.Optional(Text),
});

export const StatesFile = strict({
  as_of: DateText,
  jurisdictions: Type.Record(Code, Jurisdiction, { additionalProperties: false }),
});

const TextWords = Type.Array(
  strict({
    language: Type.String({ pattern: '^[a-z]{2}$' }),
    words: Type.Array(Text, { minItems: 1 }),
    courtesies: Type.Optional(Type.Array(Text)),
    ...provision,
  }),
  { minItems: 1 },
);

export const FederalFile = strict({
  as_of: DateText,
  hours: strict({ week: Week, ...provision }),
  ring_at_least_seconds: Quantity,
  connect_within_ms: Quantity,
  drop_rate_max_bp: Quantity,
  drop_period_days: Quantity,
  registry_max_age_days: Quantity,
  state_list_max_age_days: Quantity,
  internal_honor_business_days: Quantity,
  internal_retention_years: Quantity,
  record_retention_years: Quantity,
  recording_retention: Type.Array(
    strict({ name: Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), years: Positive, ...provision }),
    { minItems: 1 },
  ),
  revocation_words: TextWords,
  text_help_words: TextWords,
  text_confirmation_words: TextWords,
  revocation_confirmation_seconds: Quantity,
  automated_consent: ConsentDemand,
  relationship: strict({
    purchase_months: Positive,
    purchase_days: Positive,
    inquiry_months: Positive,
    inquiry_days: Positive,
    month_days: Positive,
    ...provision,
  }),
  reassigned_answer_max_age_days: Quantity,
  unknown_place: strict({
    week: Week,
    cap: Cap,
    holidays: Type.Array(Text, { minItems: 1 }),
    disclose_recording: Type.Boolean(),
    identify_within_seconds: Positive,
    registry_max_age_days: Positive,
    internal_retention_years: Positive,
    automated_barred: Type.Boolean(),
    ...provision,
  }),
});

/** One of fixed, nth, easter, kept_on_monday; which one is checked by `build-holidays.ts`. */
const Holiday = strict({
  name: Text,
  fixed: Type.Optional(MonthDay),
  kept_on_monday: Type.Optional(MonthDay),
  easter: Type.Optional(Type.Integer({ minimum: -100, maximum: 100 })),
  nth: Type.Optional(
    Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3), Type.Literal(4), Type.Literal('last')]),
  ),
  weekday: Type.Optional(
    oneOf(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']),
  ),
  month: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
  plus_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 6 })),
  years: Type.Optional(Type.Literal('even')),
});

export const HolidaysFile = strict({
  as_of: DateText,
  holidays: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), Holiday, {
    additionalProperties: false,
  }),
});

export const AreaCodesFile = strict({
  as_of: DateText,
  us: Type.Record(
    AreaCodeText,
    strict({
      state: Code,
      zones: Type.Array(Zone, { minItems: 1 }),
      minority_zones: Type.Optional(Type.Array(Zone)),
      note: Type.Optional(Text),
    }),
    { additionalProperties: false },
  ),
  other: Type.Array(
    strict({
      kind: oneOf(OTHER_AREA_CODE_KINDS),
      place: Text,
      codes: Type.Array(AreaCodeText, { minItems: 1 }),
    }),
  ),
  exchanges: Type.Array(
    strict({
      kind: oneOf(['premium', 'service']),
      note: Type.Optional(Text),
      codes: Type.Array(AreaCodeText, { minItems: 1 }),
    }),
  ),
});

export const OperatorFile = strict({
  emergencies: strict({
    active: Type.Array(
      strict({
        jurisdiction: Code,
        from: DateText,
        until: Type.Optional(Type.Union([DateText, Type.Null()])),
        source: Text,
      }),
    ),
  }),
  proclaimed_days: Type.Array(strict({ jurisdiction: Code, date: DateText, name: Text, source: Text })),
  area_codes: Type.Array(
    strict({
      code: AreaCodeText,
      state: Code,
      zones: Type.Optional(Type.Array(Zone, { minItems: 1 })),
      source: Text,
      date: DateText,
    }),
  ),
});

export type RawWeek = Static<typeof Week>;
export type RawProvision = Static<typeof Provision>;
export type RawJurisdiction = Static<typeof Jurisdiction>;
export type RawStates = Static<typeof StatesFile>;
export type RawFederal = Static<typeof FederalFile>;
export type RawHoliday = Static<typeof Holiday>;
export type RawHolidays = Static<typeof HolidaysFile>;
export type RawAreaCodes = Static<typeof AreaCodesFile>;
export type RawOperator = Static<typeof OperatorFile>;
