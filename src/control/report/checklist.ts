/** The checklist at the head of a month's report: what an auditor asks first, with the figure that answers it. */
import type { CampaignFigures, MonthReport } from './month-figures.ts';

/** `nothing`: there was nothing to hold it against, which is no good news by itself. */
export type CheckState = 'in_order' | 'look' | 'nothing';

export interface CheckItem {
  readonly asks: string;
  readonly basis: string;
  readonly state: CheckState;
  readonly answer: string;
}

const judged = (isFine: boolean, is = true): CheckState => (is ? (isFine ? 'in_order' : 'look') : 'nothing');

export function checklistOf({ figures, verification }: MonthReport): readonly CheckItem[] {
  const { campaigns, optOuts, attestation, lists, selfTests, incidents, overrides } = figures;
  const sum = (of: (campaign: CampaignFigures) => number): number =>
    campaigns.reduce((total, each) => total + of(each), 0);
  const over = campaigns.flatMap(periodsOver);
  const unheld = campaigns.filter(({ ceilingBp, liveAnswers }) => ceilingBp === null && liveAnswers > 0);
  const [permits, vetoes, unscreened] = [
    sum(({ permits: count }) => count),
    sum(({ vetoes: count }) => count),
    sum(({ unscreened: count }) => count),
  ];
  const [drops, begun, late, byDialplan, without] = [
    sum((each) => each.drops),
    sum(({ messages }) => messages.begun),
    sum(({ messages }) => messages.late),
    sum(({ messages }) => messages.byDialplan),
    sum(({ messages }) => messages.without.total),
  ];
  const expired = sum(({ outcomes }) => outcomes.expired ?? 0);
  const requests = optOuts.byCall.total + optOuts.byRecord.total;
  const open = incidents.filter(({ closing }) => closing === null).length;
  const failed = selfTests.answers.permitted + selfTests.answers.missed;
  const tested = selfTests.answers.held + failed;
  return [
    {
      asks: 'Does every hash chain of the ledger hold?',
      basis: '16 CFR 310.5: records are kept as they were made',
      state: judged(verification.ok),
      answer: verification.ok
        ? `${verification.entries} entries of ${verification.writers} writers verified`
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
      state: judged(over.length === 0 && unheld.length === 0, sum((each) => each.liveAnswers) > 0),
      answer:
        over.length > 0
          ? `above it: ${over.join('; ')}`
          : unheld.length > 0
            ? `no ceiling is on record of ${unheld.map(({ campaignId }) => campaignId).join(', ')}`
            : `${drops} drops of ${sum((each) => each.liveAnswers)} live answers, no period above its ceiling`,
    },
    {
      asks: 'Did every dropped person hear the message, in time?',
      basis: '47 CFR 64.1200(a)(7)(i)(A); 16 CFR 310.4(b)(4)(iii)',
      state: judged(late === 0 && without === 0, drops > 0),
      answer: `${drops} drops: ${begun} messages begun, ${late} of them late, ${byDialplan} played by the dialplan alone, ${without} drops without a message on record`,
    },
    {
      asks: 'Did every permitted call get a result?',
      basis: 'house rule: a result that never comes is a drop',
      state: judged(expired === 0, permits > 0),
      answer: `${expired} calls of which no result came`,
    },
    {
      asks: 'Were requests not to be called recorded at once, and none left unread?',
      basis: '47 CFR 64.1200(a)(10), (d)(3)',
      state: judged(optOuts.unsettled === 0, requests + optOuts.revocations + optOuts.unsettled > 0),
      answer: `${requests} requests, ${optOuts.revocations} revocations, longest from a call ${shownMs(optOuts.byCall.longestMs)}, from other doors ${shownMs(optOuts.byRecord.longestMs)}; ${optOuts.unsettled} texts wait for a reader`,
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
      state: judged(failed === 0 && selfTests.days >= figures.days - 1, tested > 0),
      answer: `${selfTests.answers.held} of ${tested} screenings held by the list, on ${selfTests.days} of ${figures.days} days`,
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

/** Compared as products: no quotient is rounded. */
const periodsOver = ({ campaignId, ceilingBp, periods }: CampaignFigures): readonly string[] =>
  ceilingBp === null
    ? []
    : periods
        .filter(({ drops, liveAnswers }) => drops * 10_000 > ceilingBp * liveAnswers)
        .map(({ startsOn, drops, liveAnswers }) => `${campaignId} from ${startsOn}: ${drops} of ${liveAnswers}`);

const STALE: readonly string[] = ['list_stale', 'list_missing', 'area_code_not_covered'];
const staleVetoes = (reasons: MonthReport['figures']['vetoReasons']): number =>
  reasons.filter(({ code }) => STALE.includes(code)).reduce((total, { among }) => total + among, 0);

const shownMs = (ms: number | null): string =>
  ms === null ? '-' : ms < 1_000 ? `${ms} ms` : `${Math.ceil(ms / 1_000)} s`;
