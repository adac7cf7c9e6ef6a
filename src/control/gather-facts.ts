/** Looks up all facts of one request in parallel, each with its own deadline. */
import {
  known,
  unknown,
  type AttemptFacts,
  type BudgetFacts,
  type Fact,
  type Facts,
} from '../domain/facts.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Instant } from '../domain/time.ts';
import type { CounterView } from '../ports/counters.ts';
import { factWithin } from './deadline.ts';
import type { Duty, Sidecar } from './sidecar.ts';

/** Everything but attempts and budget, which are reserved rather than read. */
export type FixedFacts = Omit<Facts, 'attempts' | 'budget'>;

export async function gatherFacts(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  campaign: Campaign | undefined,
  now: Instant,
): Promise<FixedFacts> {
  const { clock, records, lists, limits } = sidecar;
  const ask = <T>(name: string, lookUp: () => Promise<T>): Promise<Fact<T>> =>
    factWithin(clock, limits.factMs, name, lookUp);
  const sidecarFact = sidecarState(sidecar, duty, request);
  const { number, callerId } = request;
  if (campaign === undefined || number === null) {
    const unasked = unknown(campaign === undefined ? 'the campaign is unknown' : 'the number cannot be read');
    return {
      now,
      sidecar: sidecarFact,
      campaign: campaign === undefined ? known(null) : await campaignState(sidecar, campaign),
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
  const sellerId = campaign.seller.id;
  const [
    campaignFact,
    listFacts,
    internalRequest,
    unclearRequest,
    consent,
    relationship,
    reassigned,
    overrides,
    emergencies,
    attestation,
  ] = await Promise.all([
    campaignState(sidecar, campaign),
    ask('do-not-call lists', () => lists.lookUp(number, campaign)),
    ask('internal list', () => records.internalRequest(number, sellerId)),
    ask('unclear requests', () => records.unclearRequest(number, sellerId)),
    ask('consent', () => records.consent(number, sellerId)),
    ask('relationship', () => records.relationship(number, sellerId)),
    ask('reassigned numbers', () => records.reassigned(number, sellerId)),
    ask('overrides', () => records.overrides(sellerId)),
    ask('emergencies', () => records.emergencies()),
    callerId === null
      ? Promise.resolve(unknown('the caller ID cannot be read'))
      : ask('attestation', () => records.attestation(callerId)),
  ]);
  return {
    now,
    sidecar: sidecarFact,
    campaign: campaignFact,
    lists: listFacts,
    internalRequest,
    unclearRequest,
    consent,
    relationship,
    reassigned,
    overrides,
    emergencies,
    attestation,
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

async function campaignState(sidecar: Sidecar, campaign: Campaign): Promise<Facts['campaign']> {
  const paused = await factWithin(sidecar.clock, sidecar.limits.factMs, 'paused campaigns', () =>
    sidecar.records.pausedCampaigns(),
  );
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
