/** What a month of the ledger adds up to: counts, and the few rows a reader must see one by one. Integers; instants as the ledger has them. */
import type { Outcome } from '../../domain/call-result.ts';
import type { Incident } from '../../domain/incident.ts';
import type { ReportMonth } from '../../domain/report-month.ts';
import type { SeedAnswer } from '../../domain/self-test.ts';
import type { LedgerVerification } from '../verify-ledger.ts';

/** A table that is cut says so: `total` rows there are, the first of them here. */
export interface Rows<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface PeriodTally {
  /** First day in the campaign's calendar, of 30; drops are held against the ceiling period by period. */
  readonly startsOn: string;
  readonly liveAnswers: number;
  readonly drops: number;
}

export interface CampaignFigures {
  readonly campaignId: string;
  readonly permits: number;
  readonly vetoes: number;
  /** Results of placed calls; an outcome that did not happen is left out. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Permits under which no phone rang. */
  readonly unplaced: number;
  readonly liveAnswers: number;
  readonly drops: number;
  /** As its settings were at the end; null: no policy document on record names it. */
  readonly ceilingBp: number | null;
  /** Those that reach into the month, each as a whole up to the end of the month. */
  readonly periods: readonly PeriodTally[];
  /** Live answers of the month in no period, because no entry before them names the campaign's calendar. */
  readonly outsidePeriods: number;
  readonly unscreened: number;
  readonly messages: MessageFigures;
}

/** What dropped people heard instead of an agent. */
export interface MessageFigures {
  /** Began, with its instant on record. */
  readonly begun: number;
  /** Of those: later than the campaign allows; null: no policy document on record says how long that is. */
  readonly late: number | null;
  /** Of those: the start of the wait is not on record. */
  readonly unmeasured: number;
  readonly longestWaitMs: number | null;
  /** Played by the dialplan alone: the ledger has the drop and not its instants. */
  readonly byDialplan: number;
  /** Drops of which no message is on record; a call whose result never came is one. */
  readonly without: Rows<string>;
}

export interface VetoReason {
  readonly code: string;
  /** As the headline of so many decisions. */
  readonly headline: number;
  /** Among the reasons of so many. */
  readonly among: number;
}

/** `counts` beside `LATENCY_BOUNDS_MS`, and one more for what took longer. */
export interface Latencies {
  readonly total: number;
  readonly counts: readonly number[];
  readonly longestMs: number | null;
}

/** From the request to its entry; for readers, no bound of the law. */
export const LATENCY_BOUNDS_MS = [1_000, 10_000, 60_000, 3_600_000, 86_400_000, 864_000_000] as const;

export interface AttestationRow {
  readonly callerId: string;
  readonly trunk: string | null;
  readonly level: string;
  readonly way: string;
  readonly confirmedAt: string;
  readonly expiresAt: string;
}

export interface AlarmRow {
  readonly at: string;
  readonly callerId: string;
  readonly trunk: string;
  readonly level: string;
  readonly problem: string;
}

export interface ListRow {
  readonly name: string;
  readonly version: string;
  readonly obtainedOn: string;
  readonly count: number | null;
  /** At the end of the month, or at the report where the month has not ended. */
  readonly ageDays: number | null;
  /** Versions that came in this month. */
  readonly loaded: number;
}

export interface OverrideRow {
  readonly what: string;
  readonly sellerId: string;
  readonly state: string;
  readonly who: string;
  readonly why: string;
  readonly recordedAt: string;
  readonly until: string;
}

export interface FailureRow {
  readonly at: string;
  readonly number: string;
  readonly expects: string;
  readonly answer: string;
}

export interface SelfTestFigures {
  /** Seeds screened, each time counted. */
  readonly answers: Readonly<Record<SeedAnswer, number>>;
  /** Days of UTC with at least one. */
  readonly days: number;
  readonly failures: Rows<FailureRow>;
}

export interface MonthFigures {
  readonly month: ReportMonth;
  /** Instant up to which there was anything to count. */
  readonly asOf: string;
  readonly days: number;
  readonly campaigns: readonly CampaignFigures[];
  readonly vetoReasons: readonly VetoReason[];
  readonly optOuts: {
    readonly byCall: Latencies;
    readonly byRecord: Latencies;
    readonly channels: readonly (readonly [string, number])[];
    readonly revocations: number;
    /** Texts that may be requests and that nobody had settled at the end. */
    readonly unsettled: number;
    /** Of the month, by kind of entry: what nobody could be found for, so that it binds nobody. */
    readonly unmatched: readonly (readonly [string, number])[];
  };
  /** Permits that no result of any kind followed, not even that it never came. */
  readonly withoutResult: {
    /** Their lease ran out in the month; call ids. */
    readonly overdue: Rows<string>;
    /** Their lease had not run out at the end. */
    readonly underWay: number;
  };
  /** Permits of the month to who had asked the seller not to be called; those whose call was placed, or may have been. */
  readonly afterRequest: {
    /** A consent was recorded after the request. */
    readonly consented: number;
    /** No consent since. */
    readonly without: Rows<string>;
  };
  readonly recordings: {
    readonly stored: number;
    /** Begun after the disclosure had been played. */
    readonly disclosed: number;
    readonly refused: number;
    /** A disclosure was due, and none was played before it began. */
    readonly undisclosed: Rows<string>;
  };
  readonly attestation: {
    readonly records: Rows<AttestationRow>;
    readonly alarms: Rows<AlarmRow>;
  };
  readonly lists: readonly ListRow[];
  readonly overrides: Rows<OverrideRow>;
  readonly incidents: readonly Incident[];
  readonly selfTests: SelfTestFigures;
  /** Every entry of the month by its kind. */
  readonly entries: readonly (readonly [string, number])[];
}

export interface MonthReport {
  readonly figures: MonthFigures;
  /** Of the whole ledger, not only of the month. */
  readonly verification: LedgerVerification;
}
