/** The checklist at the head of a month's report: what an auditor asks first, with the figure that answers it. */
import type { CampaignFigures, MonthReport } from './month-figures.ts';
import { prunedText, prunedWithin } from './pruned-months.ts';

/** `nothing`: there was nothing to hold it against, which is no good news by itself. */
export type CheckState = 'in_order' | 'look' | 'nothing';

export interface CheckItem {
  readonly asks: string;
  readonly basis: string;
  readonly state: CheckState;
  readonly answer: string;
}

const judged = (isFine: boolean, is = true): CheckState => (is ? (isFine ? 'in_order' : 'look') : 'nothing');

export function checklistOf(report: MonthReport): readonly CheckItem[] {
  const { figures, verification } = report;
  const pruned = prunedWithin(report);
  const {
    campaigns,
    optOuts,
    afterRequest,
    withoutResult,
    recordings,
    attestation,
    lists,
    selfTests,
    incidents,
    overrides,
  } = figures;
  const sum = (of: (campaign: CampaignFigures) => number): number =>
    campaigns.reduce((total, each) => total + of(each), 0);
  const [permits, vetoes, unscreened] = [
    sum(({ permits: count }) => count),
    sum(({ vetoes: count }) => count),
    sum(({ unscreened: count }) => count),
  ];
  const [drops, begun, late, byDialplan, without] = [
    sum((each) => each.drops),
    sum(({ messages }) => messages.begun),
    sum(({ messages }) => messages.late ?? 0),
    sum(({ messages }) => messages.byDialplan),
    sum(({ messages }) => messages.without.total),
  ];
  const liveAnswers = sum((each) => each.liveAnswers);
  const aboveCeiling = dropsToLookAt(campaigns);
  const unmeasured = sum(({ messages }) => messages.unmeasured);
  const unbound = named(campaigns.filter(({ messages }) => messages.late === null && messages.begun > 0));
  const expired = sum(({ outcomes }) => outcomes.expired ?? 0);
  const overdue = withoutResult.overdue.total;
  const unmatched = optOuts.unmatched.reduce((total, [, count]) => total + count, 0);
  const requests = optOuts.byCall.total + optOuts.byRecord.total;
  const open = incidents.filter(({ closing }) => closing === null).length;
  const { held, missed, permitted, untested } = selfTests.answers;
  const screened = held + missed + permitted;
  return [
    {
      asks: 'Does every hash chain of the ledger hold?',
      basis: '16 CFR 310.5: records are kept as they were made',
      state: judged(verification.ok && pruned.length === 0),
      answer: verification.ok
        ? [
            `${verification.entries} entries of ${verification.writers} writers verified`,
            ...pruned.map(prunedText),
          ].join('; ')
        : `broken at entry ${verification.id}: ${verification.fault}`,
    },
    {
      asks: 'Was every call decided before it was placed?',
      basis: '47 CFR 64.1200(c), (d)',
      state: judged(unscreened === 0, permits + vetoes + unscreened > 0),
      answer: `${permits} permits, ${vetoes} vetoes, ${unscreened} results of calls that nobody permitted`,
    },
    {
      asks: 'Did the drop rate of every campaign and period stay at or below its ceiling?',
      basis: '47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4)(i)',
      state: judged(aboveCeiling.length === 0, liveAnswers > 0),
      answer:
        aboveCeiling.length > 0
          ? aboveCeiling.join('; ')
          : `${drops} drops of ${liveAnswers} live answers, no period above its ceiling`,
    },
    {
      asks: 'Did every dropped person hear the message, in time?',
      basis: '47 CFR 64.1200(a)(7)(i)(A); 16 CFR 310.4(b)(4)(iii)',
      state: judged(late + unmeasured + without === 0 && unbound === '', drops + begun > 0),
      answer: `${drops} drops: ${begun} messages begun, ${late} of them late, ${unmeasured} without a wait on record, ${byDialplan} played by the dialplan alone, ${without} drops without a message on record${unbound === '' ? '' : `; no bound on record of ${unbound}`}`,
    },
    {
      asks: 'Did every permitted call get a result?',
      basis: 'house rule: a result that never comes is a drop',
      state: judged(expired + overdue === 0, permits + expired + overdue > 0),
      answer: `${permits} permits; ${expired} results say only that none came within the lease; ${overdue} permits have no result on record after their lease, ${withoutResult.underWay} were still within it at the end`,
    },
    {
      asks: 'Was nobody called who had asked not to be?',
      basis: '47 CFR 64.1200(d)(6); 16 CFR 310.4(b)(1)(iii)(A)',
      state: judged(afterRequest.without.total === 0, permits > 0),
      answer: `${afterRequest.without.total + afterRequest.consented} calls to people who had asked the seller before, ${afterRequest.consented} of them with a consent on record since`,
    },
    {
      asks: 'Were requests not to be called recorded at once, and none left unread?',
      basis: '47 CFR 64.1200(a)(10), (d)(3)',
      state: judged(
        optOuts.unsettled + unmatched === 0,
        requests + optOuts.revocations + optOuts.unsettled + unmatched > 0,
      ),
      answer: `${requests} requests, ${optOuts.revocations} revocations, longest from a call ${shownMs(optOuts.byCall.longestMs)}, from other doors ${shownMs(optOuts.byRecord.longestMs)}; ${optOuts.unsettled} texts wait for a reader, ${unmatched} told of nobody who is known`,
    },
    {
      asks: 'Was everybody told before a recording began, where that is due?',
      basis: 'the statutes that the decisions name',
      state: judged(recordings.undisclosed.total === 0, recordings.stored > 0),
      answer: `${recordings.stored} recordings, ${recordings.disclosed} of them behind a disclosure, ${recordings.undisclosed.total} without one that was due; ${recordings.refused} refused to be recorded`,
    },
    {
      asks: 'Are do-not-call lists on record, and how old were they?',
      basis: '47 CFR 64.1200(c)(2)(i)(D); 16 CFR 310.4(b)(3)(iv)',
      state: judged(staleVetoes(figures.vetoReasons) === 0, lists.length > 0),
      answer: `${lists.length} lists, the oldest ${lists.reduce((oldest, { ageDays }) => Math.max(oldest, ageDays ?? 0), 0)} days; ${staleVetoes(figures.vetoReasons)} decisions met a copy that was too old or missing`,
    },
    {
      asks: 'Did every known listed number stay uncalled in the daily self-test?',
      basis: '47 CFR 64.1200(c)(2)(i): procedures that are monitored',
      state: judged(
        missed + permitted + untested === 0 && selfTests.days >= figures.days - 1,
        screened + untested > 0,
      ),
      answer: `${held} of ${screened} screenings held by the list, ${untested} without a campaign, on ${selfTests.days} of ${figures.days} days`,
    },
    {
      asks: 'Did calls leave with the attestation they should?',
      basis: '47 CFR 64.6301',
      state: judged(attestation.alarms.total === 0, attestation.records.total + attestation.alarms.total > 0),
      answer: `${attestation.alarms.total} alarms; ${attestation.records.total} records stand`,
    },
    {
      asks: 'Was anything made looser than the default?',
      basis: 'house rule: only by name, with a reason and an end',
      state: judged(overrides.total === 0),
      answer: `${overrides.total} overrides in force or recorded`,
    },
    {
      asks: 'Is every incident closed?',
      basis: 'house rule: finding, cause, correction, verification',
      state: judged(open === 0),
      answer: `${incidents.length} incidents, ${open} open at the end of the month`,
    },
  ];
}

const named = (campaigns: readonly CampaignFigures[]): string =>
  campaigns.map(({ campaignId }) => campaignId).join(', ');

/** What could not be held against a ceiling is to be looked at like what is above it. */
function dropsToLookAt(campaigns: readonly CampaignFigures[]): readonly string[] {
  const over = campaigns.flatMap(periodsOver);
  const unheld = named(campaigns.filter((each) => each.ceilingBp === null && each.liveAnswers > 0));
  const outside = named(campaigns.filter(({ outsidePeriods }) => outsidePeriods > 0));
  return [
    ...(over.length === 0 ? [] : [`above it: ${over.join('; ')}`]),
    ...(unheld === '' ? [] : [`no ceiling is on record of ${unheld}`]),
    ...(outside === '' ? [] : [`no calendar, and so no period, is on record of ${outside}`]),
  ];
}

/** Compared as products: no quotient is rounded. */
const periodsOver = ({ campaignId, ceilingBp, periods }: CampaignFigures): readonly string[] =>
  ceilingBp === null
    ? []
    : periods
        .filter(({ drops, liveAnswers }) => drops * 10_000 > ceilingBp * liveAnswers)
        .map(
          ({ startsOn, drops, liveAnswers }) => `${campaignId} from ${startsOn}: ${drops} of ${liveAnswers}`,
        );

const STALE: readonly string[] = ['list_stale', 'list_missing', 'area_code_not_covered'];
const staleVetoes = (reasons: MonthReport['figures']['vetoReasons']): number =>
  reasons.filter(({ code }) => STALE.includes(code)).reduce((total, { among }) => total + among, 0);

const shownMs = (ms: number | null): string =>
  ms === null ? '-' : ms < 1_000 ? `${ms} ms` : `${Math.ceil(ms / 1_000)} s`;
