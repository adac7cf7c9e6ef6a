/** Builds the operations that the doors call, out of the use cases of this room. */
import {
  BRIEFING_FACT_CHARS_MAX,
  BRIEFING_FACTS_MAX,
  type Briefing,
  parseBriefing,
} from '../domain/briefing.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { CallId, CampaignId } from '../domain/ids.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { SelfTestSettings } from '../domain/self-test.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import type { AgentPool } from './agents.ts';
import { holdAgent, type HeldAgent } from './agent-call.ts';
import { routeStatuses } from './attest/route-status.ts';
import type { SignedHere } from './attest/signed-here.ts';
import type { CallerDesk } from './caller-desk.ts';
import { deadLettersOf } from './dead-letters.ts';
import { factWithin } from './deadline.ts';
import { peopleDoors } from './doors/index.ts';
import { knownSeller } from './doors/known-sellers.ts';
import { adjustedPart } from './doors/opt-out-entry.ts';
import { makeDossier } from './evidence/make-dossier.ts';
import type { Follower } from './follow-call.ts';
import { NOT_RECONCILED } from './gather-facts.ts';
import { InputProblem } from './input-problem.ts';
import {
  type Component,
  type Operations,
  type OriginationAnswer,
  type Readiness,
  type ScreenAnswer,
  type Screened,
  type OriginationInput,
  type ScreenInput,
} from './operations.ts';
import { messageDoors } from './messages/index.ts';
import { createRequests } from './origination-request.ts';
import { campaignEver } from './past-campaigns.ts';
import { placeCall } from './place-call.ts';
import { attestationDraft, consentDraft, reassignedDraft, relationshipDraft } from './record-entries.ts';
import { recordLoggedRequest } from './record-logged-request.ts';
import { actionDraft } from './operator-action.ts';
import { recordOverride } from './record-override.ts';
import { explain, RULES } from '../rules/index.ts';
import type { Screens } from './screen-pops.ts';
import { createIncidents } from './incidents.ts';
import { createLedgerHolds } from './retention/ledger-holds.ts';
import { createSelfTest } from './self-test.ts';
import { decideOnly, screenOrigination } from './screen-origination.ts';
import { resultReports, unknownCampaign } from './report-result.ts';
import { recordOptOut, settleUnplaced } from './settle-call.ts';
import { type Duty, type Sidecar, type Station, underRuling } from './sidecar.ts';
import type { RecordingDoors } from './recordings/recording-doors.ts';
import type { Supervision } from './supervise-talks.ts';
import { dialerLogWords } from './dialer-log-words.ts';
import type { DialerResults } from './dialer-results.ts';
import type { Watch } from './watch-calls.ts';
import type { QueueDesk } from './queue-desk.ts';
import type { Reloader } from './reload-ruling.ts';
import { reportAgentState } from './report-agent-state.ts';
import type { LevelBoard } from './tell-levels.ts';
import type { Throttle } from './throttle-campaign.ts';

export interface Parts {
  readonly station: Station;
  readonly duty: Duty;
  readonly follower: Follower;
  readonly watch: Watch;
  readonly results: Pick<DialerResults, 'told' | 'proofOf' | 'hear' | 'heardOf'>;
  readonly agents: AgentPool;
  readonly supervision: Supervision;
  readonly throttle: Throttle;
  readonly levels: Pick<LevelBoard, 'newest'>;
  readonly queueDesk: Pick<QueueDesk, 'has'>;
  readonly recordings: RecordingDoors;
  readonly inbound: Operations['inbound'];
  readonly reloader: Reloader;
  readonly screens: Screens;
  /** Null: nobody mirrors what the exchange sends. */
  readonly signedHere: SignedHere | null;
  readonly callers: CallerDesk;
  readonly selfTest: SelfTestSettings;
}

/** Of each store: who asks whether all is well must hear that it is not, in less time than scrapers and balancers wait. */
const READINESS_WITHIN_MS = 1_000;

const FACTS_EXPECTED = `at most ${BRIEFING_FACTS_MAX} texts of at most ${BRIEFING_FACT_CHARS_MAX} characters that can be read out`;

export function createOperations(parts: Parts): Operations {
  const { station, duty, follower, watch, throttle, recordings } = parts;
  const { ledger, clock } = station;

  const { requestOf, withCallerId } = createRequests(station, (campaign) => parts.callers.choose(campaign));

  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      clock.after(0, resolve);
    });

  async function originate({
    agentFacts = [],
    agentId,
    ...given
  }: OriginationInput): Promise<OriginationAnswer> {
    const sidecar = underRuling(station);
    const input = await withCallerId(sidecar, given);
    const asked = requestOf(sidecar, input, 'sidecar');
    const request = agentId === undefined ? asked : { ...asked, agentId };
    const briefing = parseBriefing(agentFacts);
    if (!briefing.ok) throw new InputProblem('agent_facts', briefing.problem, FACTS_EXPECTED);
    const { callId } = request;
    return follower.whilePlacing(callId, async () => {
      const held = await holdAgent(sidecar, parts.agents, request, sidecar.campaigns.get(request.campaignId));
      let placement: OriginationAnswer['placement'] | null = null;
      try {
        const answer = await screenAndPlace(sidecar, request, {
          briefing: briefing.value,
          facts: agentFacts,
          held,
        });
        placement = answer.placement;
        return answer;
      } finally {
        // One that may be ringing keeps the agent.
        if (held !== null && placement !== 'placed' && !follower.isBeforeAnswer(callId))
          parts.agents.unreserve(callId);
      }
    });
  }

  async function screenAndPlace(
    sidecar: Sidecar,
    request: OriginationRequest,
    {
      briefing,
      facts,
      held,
    }: {
      readonly briefing: Briefing | null;
      readonly facts: readonly string[];
      readonly held: HeldAgent | null;
    },
  ): Promise<OriginationAnswer> {
    const { screened, repeated } = await screenOrigination(sidecar, duty, request);
    throttle.nudge(request.campaignId);
    if (repeated) return { ...screened, placement: 'repeated', problem: null };
    const campaign = sidecar.campaigns.get(request.campaignId);
    const { decision } = screened;
    if (
      decision.kind === 'veto' ||
      campaign === undefined ||
      request.number === null ||
      request.callerId === null
    ) {
      return { ...screened, placement: 'vetoed', problem: null };
    }
    if (held?.isLost() === true) {
      const { callId, number } = request;
      const problem = `agent ${held.agentId} is not free any more`;
      await settleUnplaced(sidecar, campaign, number, { callId, source: 'ari', problem });
      return { ...screened, placement: 'failed', problem };
    }
    parts.signedHere?.expect({ callId: request.callId, campaign, callerId: request.callerId });
    const placement = await placeCall(sidecar, follower, {
      callId: request.callId,
      campaign,
      number: request.number,
      callerId: request.callerId,
      permit: decision,
      briefing: campaign.agents.briefing === true ? briefing : null,
      lead: { leadId: request.lead.leadId, facts },
      byHand: held !== null,
    });
    return placement.placed
      ? { ...screened, placement: 'placed', problem: null }
      : { ...screened, placement: 'failed', problem: placement.problem };
  }

  async function screenForDialer(given: ScreenInput): Promise<ScreenAnswer> {
    const sidecar = underRuling(station);
    const request = requestOf(sidecar, await withCallerId(sidecar, given), 'dialer');
    const { screened, repeated } = await screenOrigination(sidecar, duty, request);
    const { decision, callId } = screened;
    const { campaignId, number } = screened.request;
    throttle.nudge(campaignId);
    const campaign = sidecar.campaigns.get(campaignId);
    const prompt = sidecar.prompts.prompt(campaignId, 'safe_harbor');
    if (decision.kind === 'permit' && !repeated && campaign !== undefined && number !== null) {
      const { prompts } = sidecar;
      watch.permitted({ callId, campaign, number, obligations: decision.obligations, prompts });
    }
    return { ...screened, repeated, message: prompt.fit ? prompt.media : null };
  }

  async function decide(sidecar: Sidecar, input: ScreenInput): Promise<Screened> {
    const at: Instant = input.at ?? clock.now();
    const chosen = await withCallerId(sidecar, input);
    return decideOnly(sidecar, duty, { ...requestOf(sidecar, chosen, 'sidecar'), requestedAt: at }, at);
  }

  function hasPassed(field: string, at: Instant): void {
    if (at > clock.now()) throw new InputProblem(field, formatInstant(at), 'an instant that has passed');
  }

  function campaignNamed(id: CampaignId): Campaign {
    const campaign = station.inForce().campaigns.get(id);
    if (campaign === undefined) throw unknownCampaign(station, id);
    return campaign;
  }

  async function switchCampaign(
    kind: 'campaign_paused' | 'campaign_resumed',
    campaignId: CampaignId,
    who: string,
    why: string,
  ): Promise<void> {
    campaignNamed(campaignId);
    await ledger.append({ kind, body: { campaignId, who, why } });
    throttle.nudge(campaignId);
  }

  async function readiness(): Promise<Readiness> {
    const problems: string[] = [];
    const faulty = new Set<Component>();
    const add = (component: Component, problem: string): void => {
      faulty.add(component);
      problems.push(problem);
    };
    if (duty.isDraining()) add('sidecar', 'shutting down');
    if (duty.isRebuilding()) add('counters', 'counters are being rebuilt from the ledger');
    const exchange = station.telephony.problem();
    if (exchange !== null) add('exchange', `telephone exchange: ${exchange}`);
    else if (!duty.isReconciled()) add('exchange', `telephone exchange: ${NOT_RECONCILED}`);
    const pinged = (ping: () => Promise<void>) => factWithin(clock, READINESS_WITHIN_MS, 'the store', ping);
    const [stored, counted] = await Promise.all([
      pinged(() => ledger.ping()),
      pinged(() => station.counters.ping()),
    ]);
    if (!stored.known) add('ledger', `ledger: ${stored.problem}`);
    if (!counted.known) add('counters', `counters: ${counted.problem}`);
    const { campaigns, prompts, lists } = station.inForce();
    for (const campaign of campaigns.values()) {
      const prompt = prompts.prompt(campaign.id, 'safe_harbor');
      if (!prompt.fit) add('messages', `safe-harbor message of ${campaign.id}: ${prompt.problem}`);
    }
    for (const { name, inForce, problem } of lists.status()) {
      if (inForce === null) add('lists', `do-not-call list ${name}: ${problem ?? 'is not there'}`);
    }
    const kept = await factWithin(clock, READINESS_WITHIN_MS, 'recordings', () => recordings.status());
    const keyProblem = kept.known ? kept.value.problem : null;
    if (keyProblem !== null) add('recordings', `recordings stay in plain files: ${keyProblem}`);
    return { ready: problems.length === 0, problems, faulty: [...faulty] };
  }

  const reports = resultReports(parts);

  return {
    ...peopleDoors(station),
    recordings,
    inbound: parts.inbound,
    callers: parts.callers.proofs,
    events: deadLettersOf(ledger, station.eventTargets ?? []),
    messages: messageDoors(station, duty),
    selfTest: createSelfTest(station, parts.selfTest, (input) => decide(underRuling(station), input)),
    incidents: createIncidents(station),
    ledgerHolds: createLedgerHolds(station),
    callerIds: () => parts.callers.statuses(),
    runCanaries: (which) => parts.callers.runCanaries(which),
    originate,
    screen: async (input) => screenForDialer(input),
    // Async, so that an unusable input rejects and does not throw.
    decide: async (input) => decide(underRuling(station), input),
    async explain(input) {
      const sidecar = underRuling(station);
      const screened = await decide(sidecar, input);
      const explanation = explain(RULES, screened.request, screened.facts, sidecar.policy);
      return { ...screened, explanation };
    },
    ...reports,
    tellFromLog: dialerLogWords({ station, results: parts.results, reportResult: reports.reportResult }),
    requestFromLog: (request) => recordLoggedRequest(station, request),
    originationFailed: (callId) =>
      parts.results.hear({ kind: 'dialer_origination_failed', callId, why: 'failed' }),
    // Async, so that an unknown seller rejects and does not throw.
    async optOut(request) {
      await knownSeller(underRuling(station), request.sellerId);
      return recordOptOut(station, request);
    },
    async recordConsent(record) {
      // The newest consent stands: one of tomorrow would stand against what the person takes back until then.
      hasPassed('given_at', record.givenAt);
      await knownSeller(underRuling(station), record.sellerId);
      return ledger.append(consentDraft(record));
    },
    async confirmConsent(request) {
      await knownSeller(underRuling(station), request.sellerId);
      return ledger.append({
        kind: 'consent_confirmed',
        dedupeKey: `${request.consentId}:${request.sellerId}:${request.number}`,
        body: { ...request, confirmedAt: formatInstant(clock.now()) },
      });
    },
    async recordRelationship(record) {
      await knownSeller(underRuling(station), record.sellerId);
      return ledger.append(relationshipDraft(record));
    },
    recordReassigned: async (record) => {
      // The newest answer stands: one of tomorrow would stand against every true answer until then.
      hasPassed('queried_at', record.queriedAt);
      await knownSeller(underRuling(station), record.sellerId);
      return ledger.append(reassignedDraft(record));
    },
    recordAction: async (action) => {
      await ledger.append(actionDraft(action));
    },
    recordOverride: (record) => recordOverride(underRuling(station), record),
    async revokeConsent({ adjusted = [], ...request }) {
      await knownSeller(underRuling(station), request.sellerId);
      return ledger.append({
        kind: 'consent_revoked',
        body: { ...request, revokedAt: formatInstant(clock.now()), ...adjustedPart(adjusted) },
      });
    },
    recordAttestation: async (record, onceAs) => {
      // The newest confirmation stands: one of tomorrow would hold the caller ID against every true one until then.
      hasPassed('confirmed_at', record.confirmedAt);
      const draft = attestationDraft(record);
      return ledger.append(onceAs === undefined ? draft : { ...draft, dedupeKey: onceAs });
    },
    attestations: () => routeStatuses(station),
    signedHere: () => parts.signedHere?.figures() ?? null,
    setAgentState: (agentId, state, campaignIds) =>
      Promise.resolve().then(() =>
        reportAgentState({ ...parts, campaignNamed }, { agentId, state, campaignIds }),
      ),
    supervise: (request) => parts.supervision.supervise(request),
    release: (supervisorId, who) => parts.supervision.release(supervisorId, who),
    supervisors: () => parts.supervision.supervisors(),
    pause: (campaignId, who, why) => switchCampaign('campaign_paused', campaignId, who, why),
    resume: (campaignId, who, why) => switchCampaign('campaign_resumed', campaignId, who, why),
    campaigns: () =>
      Promise.all([...station.inForce().campaigns.values()].map((campaign) => throttle.status(campaign))),
    async campaign(campaignId) {
      const campaign = station.inForce().campaigns.get(campaignId);
      return campaign === undefined ? null : throttle.status(campaign);
    },
    toldLevel: (campaignId) => parts.levels.newest(campaignId),
    lists: () => station.inForce().lists.status(),
    reload: (by) => parts.reloader.reload(by),
    reloadProblems: () => parts.reloader.problems(),
    policyHash: () => station.inForce().policy.hash,
    sellerOf: async (campaignId) => (await campaignEver(station, campaignId))?.seller.id ?? null,
    async call(callId: CallId) {
      const entries = await ledger.read({ callId, limit: 100 });
      const decision = entries.find((entry) => entry.kind === 'decision');
      if (entries.length === 0) return null;
      const settled = entries.some((entry) => entry.kind === 'call_result');
      const vetoed = decision?.body['verdict'] === 'veto';
      return { callId, state: vetoed ? 'vetoed' : settled ? 'settled' : 'in_progress', entries };
    },
    entries: (query) => ledger.read(query),
    evidence: (number, afterId) =>
      makeDossier({ entries: (query) => ledger.read(query), turn }, { number, afterId, asOf: clock.now() }),
    follow: (listener) => ledger.subscribe(listener),
    followScreen: (agentId, listener) => parts.screens.follow(agentId, listener),
    readiness,
    now: () => clock.now(),
  };
}
