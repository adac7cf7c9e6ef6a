/**
 * The law as data: what `config/rules/*.yaml` says, checked and frozen. Plain JSON values only, so that it can be hashed.
 * Every provision names its paragraph; `from` and `until` are calendar dates at the called party, both days included,
 * null where the provision has always been in force or has no end.
 */
import type { LocalDate } from './time.ts';

/** Two letters as the postal service writes them: 50 states, DC, PR, VI, GU. */
export type JurisdictionCode = string;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** How well a value is known: `high` quotes the text, `medium` is secondary, `low` is one weak source. */
export const CONFIDENCES = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** Minutes after local midnight; a call may start when `open <= t < close`. */
export interface DayWindow {
  readonly openMinute: number;
  readonly closeMinute: number;
}

/** Null: no calls that day. */
export type Week = Readonly<Record<Weekday, DayWindow | null>>;

export interface Provision {
  readonly citation: string;
  readonly from: LocalDate | null;
  readonly until: LocalDate | null;
  readonly confidence: Confidence | null;
  readonly note: string | null;
}

export const HOURS_BASES = ['federal_default', 'state_statute', 'state_regulation'] as const;
export type HoursBasis = (typeof HOURS_BASES)[number];

export interface Hours extends Provision {
  readonly week: Week;
  readonly basis: HoursBasis;
  readonly reachesBusinessLines: boolean;
}

/** Automated or recorded sales messages; narrower than `Hours` and intersected with them. */
export interface AutomatedHours extends Provision {
  readonly week: Week;
  /** Live calls of a predictive campaign are bound as well: the place's dialing systems may take them in, and nobody has settled it. */
  readonly takesInPredictive: boolean;
  /** Every day closed: such calls are barred unless one of these is on file. Empty: nothing lifts the bar. */
  readonly liftedBy: readonly 'written_consent'[];
  /** A further condition that this product cannot prove, so that such calls stay barred; null when there is none. */
  readonly alsoNeeds: string | null;
  readonly cap: AttemptCap | null;
}

export interface AttemptCap {
  readonly max: number;
  readonly windowHours: number;
}

export interface FrequencyCap extends Provision, AttemptCap {
  readonly sameSubject: boolean;
  readonly acrossCallerIds: boolean;
  readonly relationshipExempt: boolean;
}

/** Days on which sales calls are barred. `strictExtra`: days some sources leave out; blocked as well. */
export interface HolidayBan extends Provision {
  readonly days: readonly string[];
  readonly strictExtra: readonly string[];
  /** Holiday to the counties that alone keep it; it binds the whole state unless the person is known to be in another county of it. */
  readonly countyDays: Readonly<Record<string, readonly string[]>>;
}

/** A ban while a state of emergency is declared; which are declared stands in `operator.yaml`. */
export interface EmergencyBan extends Provision {
  readonly scope: string;
  readonly trigger: string;
}

export interface DoNotCallLaw extends Provision {
  /** The jurisdiction keeps a list of its own that must be consulted. */
  readonly ownList: boolean;
  readonly usesNational: boolean;
  /** Longest age of the national copy where it is less than the federal one. */
  readonly registryMaxAgeDays: number | null;
}

export interface RegistrationDuty extends Provision {
  /** Null: not known. */
  readonly required: boolean | null;
  readonly bondUsd: number | null;
}

export interface RecordingLaw extends Provision {
  readonly class: 'one_party' | 'all_party' | 'mixed' | 'none' | 'not_known';
  readonly disclose: boolean;
  /** `called_party`: an agent sitting there does not cause the disclosure. */
  readonly follows: 'either_end' | 'called_party';
}

export interface ConsentDemand extends Provision {
  readonly needs: 'written' | 'express';
  /** Which calls: every sales call, or only those whose numbers a machine selects and/or dials. */
  readonly when: 'any_call' | 'selected_and_dialed_by_machine' | 'selected_or_dialed_by_machine';
  /** A relationship takes the call out of the demand. */
  readonly relationshipExempt: boolean;
}

export interface MobileRestriction extends Provision {
  readonly rule:
    | 'unsolicited_sales_call_to_mobile_prohibited'
    | 'express_consent_required_for_mobile'
    | 'consent_required_if_called_party_is_charged';
  /** Any of them on record takes the call out of the restriction. */
  readonly liftedBy: readonly MobileException[];
}

export const MOBILE_EXCEPTIONS = ['express_consent', 'relationship', 'current_customer'] as const;
export type MobileException = (typeof MOBILE_EXCEPTIONS)[number];

export interface RelationshipWindow extends Provision {
  /** Null: the federal window; 0: no such exemption. */
  readonly purchaseMonths: number | null;
  readonly inquiryDays: number | null;
  readonly currentCustomerOnly: boolean;
}

export interface Quantity extends Provision {
  readonly value: number;
}

export interface Jurisdiction {
  readonly code: JurisdictionCode;
  readonly name: string;
  /** All zones of the place. */
  readonly zones: readonly string[];
  readonly zonesNote: string | null;
  /** In order of time, without overlap; a date in no row falls back to the federal hours. */
  readonly hours: readonly Hours[];
  readonly automatedHours: readonly AutomatedHours[];
  readonly holidays: readonly HolidayBan[];
  readonly frequencyCaps: readonly FrequencyCap[];
  readonly emergencyBan: EmergencyBan | null;
  readonly doNotCall: DoNotCallLaw;
  readonly registration: RegistrationDuty;
  readonly recording: RecordingLaw;
  readonly consent: ConsentDemand | null;
  readonly mobile: MobileRestriction | null;
  readonly reassignedCheck: Provision | null;
  readonly identifyWithinSeconds: Quantity | null;
  readonly ringAtMostSeconds: Quantity | null;
  /** Set where dialing more lines than agents is barred. */
  readonly overDialingBan: Provision | null;
  readonly relationship: RelationshipWindow | null;
  readonly internalRetentionYears: Quantity | null;
  readonly abandonedCallNote: string | null;
  readonly scriptDisclosures: readonly string[];
  readonly areaCodesConfidence: Confidence;
  readonly note: string | null;
}

/** Words that mean something when a text message is nothing else; data, because the list is the rule's and grows. */
export interface RevocationWords extends Provision {
  /** Two-letter code. */
  readonly language: string;
  readonly words: readonly string[];
  /** Words around them that change nothing. */
  readonly courtesies: readonly string[];
}

/** How long recordings of a kind of seller are kept; a campaign picks one by name. */
export interface RecordingRetention extends Provision {
  readonly name: string;
  readonly years: number;
}

export interface FederalLaw {
  readonly hours: Provision & { readonly week: Week };
  readonly ringAtLeastSeconds: Quantity;
  readonly connectWithinMs: Quantity;
  /** Basis points: 300 is 3 %. */
  readonly dropRateMaxBp: Quantity;
  readonly dropPeriodDays: Quantity;
  readonly registryMaxAgeDays: Quantity;
  /** Age after which a state's own list counts as stale. */
  readonly stateListMaxAgeDays: Quantity;
  readonly internalHonorBusinessDays: Quantity;
  readonly internalRetentionYears: Quantity;
  readonly recordRetentionYears: Quantity;
  readonly recordingRetention: readonly RecordingRetention[];
  readonly revocationWords: readonly RevocationWords[];
  /** A text that is nothing but one of them asks for help. */
  readonly textHelpWords: readonly RevocationWords[];
  /** And one of them, after the request to confirm, confirms. */
  readonly textConfirmationWords: readonly RevocationWords[];
  /** So long after a revocation by text the one confirmation of it may be sent. */
  readonly revocationConfirmationSeconds: Quantity;
  readonly automatedConsent: ConsentDemand;
  readonly relationship: Provision & {
    readonly purchaseMonths: number;
    readonly purchaseDays: number;
    readonly inquiryMonths: number;
    readonly inquiryDays: number;
    /** A month of a window in days. */
    readonly monthDays: number;
  };
  /** An answer of the reassigned-numbers database is good for this long. */
  readonly reassignedAnswerMaxAgeDays: Quantity;
  /** Intersection of all places: what binds while the place is unknown, and where the area code is in no table. */
  readonly unknownPlace: Provision & {
    readonly week: Week;
    readonly cap: AttemptCap;
    readonly holidays: readonly string[];
    readonly discloseRecording: boolean;
    readonly identifyWithinSeconds: number;
    /** Longest age of the national copy, in days. */
    readonly registryMaxAgeDays: number;
    readonly internalRetentionYears: number;
    /** Recorded messages are barred at every hour, and nothing lifts it. */
    readonly automatedBarred: boolean;
  };
}

/** How the day of a holiday is found in a year. */
export type HolidayRule =
  /** `08-30`: month and day. */
  | { readonly kind: 'fixed'; readonly month: number; readonly day: number }
  /** The nth weekday of a month, or the last; then `plusDays` later. */
  | {
      readonly kind: 'nth';
      readonly nth: 1 | 2 | 3 | 4 | 'last';
      readonly weekday: Weekday;
      readonly month: number;
      readonly plusDays: number;
    }
  /** Days after (negative: before) Easter Sunday of the western calendar. */
  | { readonly kind: 'easter'; readonly days: number }
  /** A fixed day kept on a Monday: Tuesday to Friday go back to Monday, Saturday and Sunday go on to Monday. */
  | { readonly kind: 'kept_on_monday'; readonly month: number; readonly day: number };

export interface Holiday {
  readonly id: string;
  readonly name: string;
  readonly rule: HolidayRule;
  /** Only in years divisible by two. */
  readonly evenYearsOnly: boolean;
}

/** What an area code stands for. */
export type AreaCode =
  | {
      readonly kind: 'us';
      readonly state: JurisdictionCode;
      readonly zones: readonly string[];
      /** Zones of small corners; candidates as long as nothing else places the person. */
      readonly minorityZones: readonly string[];
      readonly note: string | null;
    }
  | { readonly kind: OtherAreaCodeKind; readonly place: string | null };

export const OTHER_AREA_CODE_KINDS = [
  'unmodelled_territory',
  'canada',
  'caribbean',
  'non_geographic',
  'toll_free',
  'premium',
  'special_service',
] as const;
export type OtherAreaCodeKind = (typeof OTHER_AREA_CODE_KINDS)[number];

/** A state that a ZIP reaches, with every zone it has there. */
export interface ZipPlace {
  readonly state: JurisdictionCode;
  readonly zones: readonly string[];
  /** Counties with law of their own that the ZIP may lie in; empty: in none of them. */
  readonly counties: readonly string[];
}

/** What a ZIP stands for. */
export type ZipArea =
  | { readonly kind: 'us'; readonly place: ZipPlace }
  | { readonly kind: 'unmodelled_territory'; readonly place: string };

/** ZIPs with the same first three digits that stand for the same. */
export interface ZipRow {
  /** Last two digits of each, one blank between: 42,000 ZIPs as a thousand texts are read and frozen in no time. */
  readonly ends: string;
  readonly area: ZipArea;
}

/** Exchanges that mean the same in every area code. */
export type ExchangeKind = 'premium' | 'service';

/** A declared emergency, entered by the operator. */
export interface DeclaredEmergency {
  readonly jurisdiction: JurisdictionCode;
  readonly from: LocalDate;
  readonly until: LocalDate | null;
  readonly source: string;
}

/** A single day added by proclamation, entered by the operator. */
export interface ProclaimedDay {
  readonly jurisdiction: JurisdictionCode;
  readonly date: LocalDate;
  readonly name: string;
  readonly source: string;
}

/** A code in no table, mapped by the operator: it is called by the strictest hours as long as the table lacks it. */
export interface MappedAreaCode {
  readonly code: string;
  readonly state: JurisdictionCode;
  readonly zones: readonly string[];
  readonly source: string;
  readonly date: LocalDate;
}

export interface Law {
  /** Date up to which the law is known. */
  readonly asOf: LocalDate;
  readonly federal: FederalLaw;
  readonly jurisdictions: Readonly<Record<JurisdictionCode, Jurisdiction>>;
  readonly holidays: Readonly<Record<string, Holiday>>;
  readonly areaCodes: Readonly<Record<string, AreaCode>>;
  readonly exchanges: Readonly<Record<string, ExchangeKind>>;
  /** By the first three digits; a ZIP stands in several rows when it reaches several states. What is not here places nobody. */
  readonly zips: Readonly<Record<string, readonly ZipRow[]>>;
  readonly operator: {
    readonly emergencies: readonly DeclaredEmergency[];
    readonly proclaimedDays: readonly ProclaimedDay[];
    readonly areaCodes: readonly MappedAreaCode[];
  };
}

/** True when a provision is in force on a local date. */
export const inForce = (provision: Pick<Provision, 'from' | 'until'>, date: LocalDate): boolean =>
  (provision.from === null || provision.from <= date) &&
  (provision.until === null || date <= provision.until);

/** True when no day of the week has hours. */
export const closedAllWeek = (week: Week): boolean => WEEKDAYS.every((day) => week[day] === null);

/** The provision or null. */
export const ifInForce = <P extends Provision>(provision: P | null, date: LocalDate): P | null =>
  provision !== null && inForce(provision, date) ? provision : null;
