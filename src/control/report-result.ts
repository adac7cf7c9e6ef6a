/** What dialers report of their calls: the one result of each, and permits that never reached whoever asked for them. */
import { parseCallId, type CampaignId } from '../domain/ids.ts';
import { textOf } from '../domain/ledger-entry.ts';
import { parsePhoneNumber } from '../domain/phone-number.ts';
import { formatInstant } from '../domain/time.ts';
import type { DialerResults } from './dialer-results.ts';
import type { Follower } from './follow-call.ts';
import { InputProblem, must } from './input-problem.ts';
import type { Operations, ResultReport } from './operations.ts';
import { campaignEver } from './past-campaigns.ts';
import type { CountedCampaign } from './ruling.ts';
import { settleCall, settleUnplaced } from './settle-call.ts';
import type { Station } from './sidecar.ts';
import type { Watch } from './watch-calls.ts';

export interface ReportParts {
  readonly station: Station;
  readonly follower: Pick<Follower, 'tell'>;
  readonly watch: Pick<Watch, 'settled'>;
  readonly results: Pick<DialerResults, 'told' | 'proofOf'>;
}

export function resultReports({
  station,
  follower,
  watch,
  results,
}: ReportParts): Pick<Operations, 'reportResult' | 'withdraw'> {
  const { ledger, clock } = station;

  /** A call that was permitted has its result, whatever became of its campaign. */
  async function campaignOfCall(id: string): Promise<CountedCampaign> {
    const found = await campaignEver(station, id as CampaignId);
    if (found === null) throw unknownCampaign(station, id);
    return found;
  }

  return {
    async reportResult(report: ResultReport): Promise<'recorded' | 'repeated' | 'unscreened'> {
      const callId = must('call_id', report.callId, parseCallId(report.callId));
      const [entry] = await ledger.read({ callId, kinds: ['decision'], limit: 1 });
      const campaignText = entry === undefined ? report.campaignId : textOf(entry, 'campaignId');
      if (campaignText === null) {
        throw new InputProblem('campaign', '', 'the campaign of a call that was never screened');
      }
      const campaign = await campaignOfCall(campaignText);
      const told = entry === undefined ? (report.number ?? '') : textOf(entry, 'number');
      const number = parsePhoneNumber(told);
      if (entry === undefined && told !== '') must('number', told, number);
      const { hangupCause, sipStatus } = report;
      const proof = report.unsaid === true ? await results.proofOf(callId) : null;
      const { outcome, source } = proof === null ? report : ({ outcome: proof, source: 'events' } as const);
      const endedAt = clock.now();
      results.told(callId);
      const answer = await settleCall(station, campaign, number.ok ? number.value : null, {
        callId,
        campaignId: campaign.id,
        outcome,
        endedAt,
        hangupCause,
        sipStatus,
        source,
      });
      watch.settled(callId);
      // The dialer says so itself: an agent who is not to be seen here, on another exchange or inside an application.
      if (outcome === 'connected') follower.tell(callId, { kind: 'agent_reached' });
      if (entry?.body['verdict'] === 'permit') return answer;
      if (answer !== 'repeated') {
        station.log.warn(
          { callId, campaignId: campaign.id, outcome, source },
          'result of a call that nobody permitted: it counts against the campaign',
        );
      }
      // Also when it is told again: the first time the ledger may have been away between the two entries.
      await ledger.append({
        kind: 'unscreened_result',
        dedupeKey: callId,
        body: { callId, campaignId: campaign.id, outcome, reportedAt: formatInstant(endedAt) },
      });
      return answer === 'repeated' ? 'repeated' : 'unscreened';
    },

    async withdraw(callIdText, why) {
      const callId = must('call_id', callIdText, parseCallId(callIdText));
      const [entry] = await ledger.read({ callId, kinds: ['decision'], limit: 1 });
      if (entry?.body['verdict'] !== 'permit') return;
      const campaign = await campaignOfCall(textOf(entry, 'campaignId'));
      const number = parsePhoneNumber(textOf(entry, 'number'));
      await settleUnplaced(station, campaign, number.ok ? number.value : null, {
        callId,
        source: 'agi',
        problem: `permit withdrawn: ${why}`,
      });
    },
  };
}

export const unknownCampaign = ({ inForce }: Pick<Station, 'inForce'>, id: string): InputProblem =>
  new InputProblem('campaign', id, `one of ${[...inForce().campaigns.keys()].join(', ')}`);
