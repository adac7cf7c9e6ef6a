/** Looks up all facts of one request in parallel, each source with its own deadline. */
import {
  known,
  unknown,
  type AttemptFacts,
  type BudgetFacts,
  type Fact,
  type Facts,
  type FixedFacts,
} from '../domain/facts.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Instant } from '../domain/time.ts';
import type { CounterView } from '../ports/counters.ts';
import type { StandingRecords } from '../ports/fact-sources.ts';
import { factWithin } from './deadline.ts';
import type { Duty, Sidecar } from './sidecar.ts';

export async function gatherFacts(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  campaign: Campaign | undefined,
  now: Instant,
): Promise<FixedFacts> {
  const { clock, records, lists, limits } = sidecar;
  const sidecarFact = sidecarState(sidecar, duty, request);
  const { number, callerId } = request;
  if (campaign === undefined || number === null) {
    const unasked = unknown(campaign === undefined ? 'the campaign is unknown' : 'the number cannot be read');
    return {
      now,
      sidecar: sidecarFact,
      campaign:
        campaign === undefined ? known(null) : campaignState(sidecar, campaign, await pausedFact(sidecar)),
      lists: unasked,
      internalRequest: unasked,
      unclearRequest: unasked,
      consent: unasked,
      relationship: unasked,
      reassigned: unasked,
      overrides: unasked,
      emergencies: unasked,
      attestation: unasked,
    };
  }
  const question = { number, sellerId: campaign.seller.id, callerId };
  const [listFacts, onRecord] = await Promise.all([
    factWithin(clock, limits.factMs, 'do-not-call lists', () => lists.lookUp(number, campaign)),
    factWithin(clock, limits.factMs, 'the records', () => records.standing(question)),
  ]);
  const recorded = <Name extends keyof StandingRecords>(name: Name): Fact<StandingRecords[Name]> =>
    onRecord.known ? known(onRecord.value[name]) : onRecord;
  return {
    now,
    sidecar: sidecarFact,
    campaign: campaignState(sidecar, campaign, recorded('pausedCampaigns')),
    lists: listFacts,
    internalRequest: recorded('internalRequest'),
    unclearRequest: recorded('unclearRequest'),
    consent: recorded('consent'),
    relationship: recorded('relationship'),
    reassigned: recorded('reassigned'),
    overrides: recorded('overrides'),
    emergencies: recorded('emergencies'),
    attestation: callerId === null ? unknown('the caller ID cannot be read') : recorded('attestation'),
  };
}

export const NOT_RECONCILED = 'what it did while we were away is not in the ledger yet';

/** Dialers that place calls themselves do not need our hold on the exchange; the dialplan asked, so it lives. */
function sidecarState(sidecar: Sidecar, duty: Duty, request: OriginationRequest): Fact<'ready' | 'draining'> {
  if (duty.isDraining()) return known('draining');
  const problem = sidecar.telephony.problem();
  if (problem === null && !duty.isReconciled()) return unknown(`telephone exchange: ${NOT_RECONCILED}`);
  return problem === null || request.placedBy === 'dialer'
    ? known('ready')
    : unknown(`telephone exchange: ${problem}`);
}

const pausedFact = (sidecar: Sidecar): Promise<Fact<readonly CampaignId[]>> =>
  factWithin(sidecar.clock, sidecar.limits.factMs, 'paused campaigns', () =>
    sidecar.records.pausedCampaigns(),
  );

function campaignState(
  sidecar: Sidecar,
  campaign: Campaign,
  paused: Fact<readonly CampaignId[]>,
): Facts['campaign'] {
  if (!paused.known) return paused;
  const prompt = sidecar.prompts.prompt(campaign.id, 'safe_harbor');
  return known({
    campaign,
    paused: paused.value.includes(campaign.id),
    promptProblem: prompt.fit ? null : prompt.problem,
  });
}

/** The counters' answer as facts. */
export function counterFacts(
  view: Fact<CounterView>,
  duty: Duty,
): {
  readonly attempts: Fact<AttemptFacts>;
  readonly budget: Fact<BudgetFacts>;
} {
  if (!view.known) return { attempts: view, budget: view };
  const { attempts, snapshot, loggedIn, admission } = view.value;
  // While counters are being rebuilt the attempts may be too low, and too low would permit.
  const counted =
    snapshot.rebuilt && !duty.isRebuilding()
      ? known(attempts)
      : unknown('counters are being rebuilt from the ledger');
  return { attempts: counted, budget: known({ snapshot, loggedIn, admission }) };
}
