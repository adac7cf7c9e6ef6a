/**
 * Operations in memory, for tests of the doors: a ledger that is an array, campaigns whose figures follow the results they
 * are told. It decides by one made-up rule, so that a test can ask for a permit or a veto by number alone.
 */
import type { BoardedLevel } from '../../src/control/tell-levels.ts';
import type { RouteStatus } from '../../src/control/attest/route-status.ts';
import type { SignedHereFigures } from '../../src/control/attest/signed-here.ts';
import {
  InputProblem,
  type CallHistory,
  type CampaignStatus,
  type Component,
  type Explained,
  type Operations,
  type OriginationAnswer,
  type Readiness,
  type ScreenAnswer,
  type Screened,
  type ScreenInput,
} from '../../src/control/operations.ts';
import { nothingKept } from '../../src/control/recordings/open-recordings.ts';
import type { RecordingDoors, RefusalAnswer } from '../../src/control/recordings/recording-doors.ts';
import type { Reloaded } from '../../src/control/reload-ruling.ts';
import type { Supervised, SupervisionRequest, SupervisorStatus } from '../../src/control/supervise-talks.ts';
import type { Dossier } from '../../src/control/evidence/dossier.ts';
import { makeDossier } from '../../src/control/evidence/make-dossier.ts';
import type { parsed } from '../../src/domain/brand.ts';
import { EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import { canonicalJson, type Json } from '../../src/domain/canonical-json.ts';
import { countsOf, type Outcome } from '../../src/domain/call-result.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { Decision, Reason, ReasonCode } from '../../src/domain/decision.ts';
import type { Tally } from '../../src/domain/drop-budget.ts';
import { unknown } from '../../src/domain/facts.ts';
import { GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import {
  parseAgentId,
  parseCallId,
  parseCampaignId,
  parseSellerId,
  parseWriterId,
} from '../../src/domain/ids.ts';
import type { AgentId, SellerId } from '../../src/domain/ids.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { parsePhoneNumber, type PhoneNumber } from '../../src/domain/phone-number.ts';
import type { ScreenPop } from '../../src/domain/screen-pop.ts';
import type { CallerIdStatus } from '../../src/control/caller-ids.ts';
import { NO_CALLER_PROOFS } from '../../src/control/caller-proofs.ts';
import type { DeadLetters, Resent } from '../../src/control/dead-letters.ts';
import type { DeadLetter } from '../../src/domain/event-delivery.ts';
import type { CanaryRun } from '../../src/control/canary-desk.ts';
import { NO_INBOUND_CALLS } from '../../src/control/recordings/inbound-calls.ts';
import type { OperatorAction } from '../../src/control/operator-action.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { addMs, formatInstant, instant, parseLocalDate, type Instant } from '../../src/domain/time.ts';
import type { ListStatus } from '../../src/ports/fact-sources.ts';
import { type FakeDoors, fakeDoors } from './fake-doors.ts';
import type { LedgerQuery, LedgerReceipt } from '../../src/ports/ledger.ts';

/** The value of a parser that must succeed in a test. */
export function must<T>(answer: ReturnType<typeof parsed<T>>): T {
  if (!answer.ok) throw new Error(answer.problem);
  return answer.value;
}

export const phone = (text: string): PhoneNumber => must(parsePhoneNumber(text));

export function fakeCampaign(id = 'solar', offer = 'home solar survey', sellerName = 'Acme Solar'): Campaign {
  return {
    id: must(parseCampaignId(id)),
    seller: {
      id: must(parseSellerId(`${id}-seller`)),
      name: sellerName,
      callbackNumber: phone('+13035550100'),
      registrations: [],
    },
    offer,
    startedOn: must(parseLocalDate('2026-11-01')),
    zone: 'America/Denver',
    mode: 'predictive',
    consent: { mode: 'written', basis: null, doubleOptIn: false, topicMatch: 'off', topic: null },
    reassigned: { check: 'law' },
    callerIds: [{ number: phone('+13035550100'), proofOfRight: 'contract 7', takesDoNotCallRequests: true }],
    endpoint: 'PJSIP/{number}@carrier',
    ring: { atLeastSeconds: 15, atMostSeconds: 30 },
    greeting: { silenceMs: 700, talkThreshold: 256, noiseThreshold: 1_024, longestMs: 6_000 },
    connect: 'at_greeting_end',
    connectWithinMs: 2_000,
    dropRateMaxBp: 300,
    dialLevelMax: 3,
    attempts: { max: 3, perHours: 24 },
    dropLockoutHours: 72,
    attestation: { minimum: 'B', maxAgeHours: 24, ways: ['seen_there'] },
    recording: {
      enabled: false,
      disclosure: 'law',
      retention: { name: 'tsr', years: 5, citation: '16 CFR 310.5' },
      refusalDigit: null,
      onRefusal: 'stop_and_delete',
      beepSeconds: 0,
    },
    safeHarbor: { optOutDigit: '9', language: 'en', voice: 'slt' },
    agents: {
      destination: { kind: 'stasis' },
      place: 'CO',
      members: [must(parseAgentId('ann'))],
      wrapUpSeconds: 5,
    },
    supervisors: [],
  };
}

export function fakeStatus(campaign: Campaign): CampaignStatus {
  return {
    campaign,
    paused: false,
    today: { liveAnswers: 0, drops: 0 },
    block: { liveAnswers: 400, drops: 9 },
    rolling: { liveAnswers: 700, drops: 15 },
    inFlight: 0,
    agents: { ready: 3, promised: 1, busy: 4, paused: 1 },
    budgetLeft: 2,
    dialLevel: { levelHundredths: 140, linesNow: 4, because: 'answer rate 31 %, budget of today binds' },
    promptProblem: null,
    rebuilt: true,
  };
}

const START = instant(Date.UTC(2026, 10, 21, 17, 0, 0));

const plus = (tally: Tally, add: Tally): Tally => ({
  liveAnswers: tally.liveAnswers + add.liveAnswers,
  drops: tally.drops + add.drops,
});

export class FakeOperations implements Operations {
  /** What a reload answers. */
  reloaded: Reloaded = {
    kind: 'reloaded',
    from: 'a'.repeat(64),
    to: 'b'.repeat(64),
    added: [],
    changed: [],
    removed: [],
  };
  readonly reloads: string[] = [];
  readonly inbound = NO_INBOUND_CALLS;
  readonly callers = NO_CALLER_PROOFS;
  letters: DeadLetter[] = [];
  /** What a resend answers; it stands in `calls`. */
  resent: Resent = { kind: 'unknown' };
  readonly events: DeadLetters = {
    undelivered: () => Promise.resolve(this.letters),
    resend: (target, entryId, who) => {
      this.calls.push(`${who}: ${target} ${entryId} again`);
      return Promise.resolve(this.resent);
    },
  };
  callerIdStatuses: CallerIdStatus[] = [];
  canaryRuns: CanaryRun[] = [];
  /** What a refusal to be recorded answers. */
  refusal: RefusalAnswer = 'unknown';
  recordings: RecordingDoors = {
    ...nothingKept,
    refuse: ({ callId, who }) => {
      this.calls.push(`refuse ${callId} for ${who}`);
      return Promise.resolve(this.refusal);
    },
  };
  readonly ledger: LedgerEntry[] = [];
  statuses = new Map<string, CampaignStatus>();
  problems: string[] = [];
  faulty: Component[] = [];
  listStatuses: ListStatus[] = [];
  /** Thrown by everything that writes, while set. */
  writeFault: Error | null = null;
  /** Awaited by every read of entries: a test may stop the ledger in the middle. */
  beforeRead: () => Promise<void> = () => Promise.resolve();
  readonly calls: string[] = [];
  /** What `decide` was asked, oldest first. */
  readonly askedToDecide: ScreenInput[] = [];
  /** Who follows, by agent. */
  readonly screens = new Map<string, (pop: ScreenPop) => void>();
  private readonly listeners = new Set<(entry: LedgerEntry) => void>();
  private clock: Instant = START;
  private made = 0;
  readonly doors: FakeDoors = fakeDoors(
    () => this.clock,
    () => [...this.statuses.values()].map(({ campaign }) => campaign),
  );
  readonly callerIds = (): Promise<readonly CallerIdStatus[]> => Promise.resolve(this.callerIdStatuses);
  readonly runCanaries: Operations['runCanaries'] = (which) => {
    this.calls.push(`canaries ${which.callerId ?? 'all'} ${which.trunk ?? 'all'}`);
    return Promise.resolve(this.canaryRuns);
  };
  readonly messages = this.doors.messages;
  readonly incidents = this.doors.incidents;
  readonly ledgerHolds = this.doors.ledgerHolds;
  readonly selfTest = this.doors.selfTest;
  readonly importOptOuts = this.doors.importOptOuts;
  readonly importConsents = this.doors.importConsents;
  readonly importReassigned = this.doors.importReassigned;
  readonly dueQueries = this.doors.dueQueries;
  readonly receiveText = this.doors.receiveText;
  readonly unclearRequests = this.doors.unclearRequests;
  readonly settleRequest = this.doors.settleRequest;
  readonly receiveEvent = this.doors.receiveEvent;
  readonly declareEmergency = this.doors.declareEmergency;
  readonly endEmergency = this.doors.endEmergency;
  readonly emergencies = this.doors.emergencies;

  constructor(campaigns: readonly Campaign[] = [fakeCampaign()]) {
    for (const campaign of campaigns) this.statuses.set(campaign.id, fakeStatus(campaign));
  }

  now(): Instant {
    return this.clock;
  }

  advance(ms: number): void {
    this.clock = addMs(this.clock, ms);
  }

  followers(): number {
    return this.listeners.size;
  }

  append(kind: EntryKind, body: JsonObject): LedgerEntry {
    if (this.writeFault !== null) throw this.writeFault;
    const id = (this.ledger.at(-1)?.id ?? 0) + 1;
    const content = { kind, bodyText: canonicalJson(body), at: this.clock };
    const link = nextLink(this.ledger.at(-1) ?? EMPTY_CHAIN, must(parseWriterId('w1')), content);
    const entry = entryOf(link, id);
    this.ledger.push(entry);
    for (const listener of [...this.listeners]) listener(entry);
    return entry;
  }

  decided(callId: string, number: string, code: ReasonCode | null, campaignId = 'solar'): LedgerEntry {
    const reasons = code === null ? [] : [plainReason(code)];
    return this.append('decision', {
      callId,
      campaignId,
      number,
      verdict: code === null ? 'permit' : 'veto',
      headline: code,
      decision: { kind: code === null ? 'permit' : 'veto', reasons: reasons as unknown as Json },
    });
  }

  /** A result as the ledger and the counters would show it. */
  settled(callId: string, number: string, outcome: Outcome, campaignId = 'solar'): LedgerEntry {
    const status = this.statuses.get(campaignId);
    if (status !== undefined) {
      const add = countsOf(outcome);
      this.statuses.set(campaignId, {
        ...status,
        today: plus(status.today, add),
        block: plus(status.block, add),
        rolling: plus(status.rolling, add),
      });
    }
    const endedAt = formatInstant(this.clock);
    return this.append('call_result', { callId, campaignId, number, outcome, endedAt, source: 'ari' });
  }

  screened(input: ScreenInput): Screened {
    const number = parsePhoneNumber(input.number);
    const campaignId = must(parseCampaignId(input.campaignId));
    const code = this.codeFor(input, number.ok);
    const decision: Decision =
      code === null
        ? {
            kind: 'permit',
            obligations: [
              { kind: 'ring_at_least_s', seconds: 15, basis: '47 CFR 64.1200(a)(6)' },
              { kind: 'connect_within_ms', ms: 2_000, basis: '47 CFR 64.1200(a)(7)' },
            ],
            warnings: [],
            validUntil: addMs(this.clock, 5_000),
          }
        : { kind: 'veto', reasons: [plainReason(code)], warnings: [] };
    this.made += 1;
    const idText = input.callId ?? `call-${this.made}`;
    const callId = must(parseCallId(idText));
    return {
      callId,
      request: {
        callId,
        campaignId,
        numberText: input.number,
        number: number.ok ? number.value : null,
        callerIdText: input.callerId ?? '+13035550100',
        callerId: phone('+13035550100'),
        lead: {
          ...NO_LEAD_FACTS,
          zip: input.lead.zip,
          state: input.lead.state,
          lineType: input.lead.lineType,
        },
        automated: input.automated,
        requestedAt: this.clock,
        placedBy: 'dialer',
        door: input.door,
      },
      facts: {
        now: this.clock,
        sidecar: unknown('not asked'),
        campaign: unknown('not asked'),
        lists: unknown('not asked'),
        internalRequest: unknown('not asked'),
        unclearRequest: unknown('not asked'),
        emergencies: unknown('not asked'),
        consent: unknown('not asked'),
        relationship: unknown('not asked'),
        reassigned: unknown('not asked'),
        overrides: unknown('not asked'),
        attestation: unknown('not asked'),
        attempts: unknown('not asked'),
        budget: unknown('not asked'),
      },
      places: [{ state: 'CO', zone: 'America/Denver', because: 'area_code', counties: null }],
      decision,
      decidedAt: input.at ?? this.clock,
      policyHash: GENESIS_HASH,
    };
  }

  /** Numbers ending in 9 are on the internal list; the rest is permitted. */
  private codeFor(input: ScreenInput, isNumber: boolean): ReasonCode | null {
    if (!isNumber) return 'not_a_number';
    if (!this.statuses.has(input.campaignId)) return 'campaign_unknown';
    return input.number.endsWith('9') ? 'on_internal_list' : null;
  }

  async originate(input: ScreenInput): Promise<OriginationAnswer> {
    const screened = await this.screen(input);
    const placement = screened.decision.kind === 'permit' ? 'placed' : 'vetoed';
    return { ...screened, placement, problem: null };
  }

  screen(input: ScreenInput): Promise<ScreenAnswer> {
    const screened = this.screened(input);
    const { decision } = screened;
    this.decided(
      screened.callId,
      screened.request.number ?? input.number,
      decision.kind === 'veto' ? decision.reasons[0].code : null,
      input.campaignId,
    );
    return Promise.resolve({ ...screened, repeated: false, message: 'sound:breakwater/solar/safe-harbor' });
  }

  async explain(input: ScreenInput): Promise<Explained> {
    return {
      ...(await this.decide(input)),
      explanation: {
        places: [
          {
            state: 'CO',
            zone: 'America/Denver',
            because: 'area_code',
            counties: null,
            local: '2026-11-23T11:00:00-07:00',
            weekday: 'mon',
            windows: [{ window: '08:00-21:00', citation: '47 CFR 64.1200(c)(1)' }],
          },
        ],
        rules: [
          {
            rule: 'do_not_call',
            basis: '47 CFR 64.1200(d)',
            findings: [{ veto: plainReason('on_internal_list') }],
            fault: null,
          },
          { rule: 'consent', basis: '47 CFR 64.1200(f)(9)', findings: [], fault: null },
        ],
        nextLawful: { at: this.clock, verdict: 'veto', codes: ['on_internal_list'] },
      },
    };
  }

  withdraw(callId: string, why: string): Promise<void> {
    this.calls.push(`withdraw ${callId}: ${why}`);
    return Promise.resolve();
  }

  originationFailed(callId: string): void {
    this.calls.push(`origination failed ${callId}`);
  }

  decide(input: ScreenInput): Promise<Screened> {
    this.askedToDecide.push(input);
    return Promise.resolve(this.screened(input));
  }

  requestFromLog(): ReturnType<Operations['requestFromLog']> {
    return Promise.reject(new Error('nobody reads a log here'));
  }

  tellFromLog(): ReturnType<Operations['tellFromLog']> {
    return Promise.resolve({ kind: 'unknown' });
  }

  reportResult(
    report: Parameters<Operations['reportResult']>[0],
  ): Promise<'recorded' | 'repeated' | 'unscreened'> {
    const of = (kind: EntryKind) =>
      this.ledger.find((entry) => entry.kind === kind && entry.body.callId === report.callId);
    if (of('call_result') !== undefined) return Promise.resolve('repeated');
    const decision = of('decision');
    if (decision === undefined && report.campaignId === null) {
      return Promise.reject(new InputProblem('campaign', '', 'a campaign id: this call was never screened'));
    }
    const campaignId = textOf(decision?.body.campaignId) ?? report.campaignId ?? '';
    this.settled(report.callId, textOf(decision?.body.number) ?? '', report.outcome, campaignId);
    return Promise.resolve(decision === undefined ? 'unscreened' : 'recorded');
  }

  private async receipt(kind: EntryKind, body: JsonObject): Promise<LedgerReceipt> {
    await Promise.resolve();
    const text = canonicalJson(body);
    const old = this.ledger.find((entry) => entry.kind === kind && entry.bodyText === text);
    if (old !== undefined) return { kind: 'duplicate', entry: old };
    return this.written(kind, body);
  }

  private async written(kind: EntryKind, body: JsonObject): Promise<LedgerReceipt> {
    await Promise.resolve();
    return { kind: 'written', entry: this.append(kind, body) };
  }

  /** One entry for each call; each asking without a call is one. A consent that comes between is not looked at. */
  optOut(request: Parameters<Operations['optOut']>[0]): Promise<LedgerReceipt> {
    const { number, sellerId, callId } = request;
    const asked = (entry: LedgerEntry): boolean =>
      entry.kind === 'opt_out' &&
      entry.body.callId === callId &&
      entry.body.sellerId === sellerId &&
      entry.body.number === number;
    const old = callId === null ? undefined : this.ledger.find(asked);
    if (old !== undefined) return Promise.resolve({ kind: 'duplicate', entry: old });
    return this.written('opt_out', { ...request });
  }

  recordConsent(record: Parameters<Operations['recordConsent']>[0]): Promise<LedgerReceipt> {
    return this.receipt('consent_recorded', { ...record });
  }

  confirmConsent(request: Parameters<Operations['confirmConsent']>[0]): Promise<LedgerReceipt> {
    return this.receipt('consent_confirmed', { ...request });
  }

  recordRelationship(record: Parameters<Operations['recordRelationship']>[0]): Promise<LedgerReceipt> {
    return this.receipt('relationship_recorded', { ...record });
  }

  recordReassigned(record: Parameters<Operations['recordReassigned']>[0]): Promise<LedgerReceipt> {
    return this.receipt('reassigned_checked', { ...record });
  }

  recordOverride(record: Parameters<Operations['recordOverride']>[0]): Promise<LedgerReceipt> {
    return this.receipt('override', { ...record });
  }

  revokeConsent(request: Parameters<Operations['revokeConsent']>[0]): Promise<LedgerReceipt> {
    return this.written('consent_revoked', { ...request });
  }

  recordAttestation(record: Parameters<Operations['recordAttestation']>[0]): Promise<LedgerReceipt> {
    return this.receipt('attestation_recorded', { ...record });
  }

  routes: readonly RouteStatus[] = [];
  mirror: SignedHereFigures | null = null;
  attestations(): Promise<readonly RouteStatus[]> {
    return Promise.resolve(this.routes);
  }
  signedHere(): SignedHereFigures | null {
    return this.mirror;
  }

  setAgentState(...args: Parameters<Operations['setAgentState']>): Promise<void> {
    this.calls.push(`agent ${args[0]} ${args[1]} ${args[2]?.join(',') ?? 'all'}`);
    return Promise.resolve();
  }

  /** What `supervise` answers; the request stands in `calls`. */
  supervised: Supervised = { kind: 'refused', because: 'supervisor_absent' };
  present: SupervisorStatus[] = [];
  supervise({ callId, supervisorId, mode, who }: SupervisionRequest): Promise<Supervised> {
    if (this.writeFault !== null) return Promise.reject(this.writeFault);
    this.calls.push(`${who}: ${supervisorId} ${mode} ${callId}`);
    return Promise.resolve(this.supervised);
  }

  release(supervisorId: string, who: string): Promise<boolean> {
    this.calls.push(`${who}: ${supervisorId} leaves`);
    return Promise.resolve(this.present.some((each) => each.supervisorId === supervisorId));
  }

  supervisors(): readonly SupervisorStatus[] {
    return this.present;
  }

  pause(campaignId: string, who: string, why: string): Promise<void> {
    return this.setPaused(campaignId, true, who, why);
  }

  resume(campaignId: string, who: string, why: string): Promise<void> {
    return this.setPaused(campaignId, false, who, why);
  }

  private setPaused(campaignId: string, paused: boolean, who: string, why: string): Promise<void> {
    const status = this.statuses.get(campaignId);
    if (status !== undefined) this.statuses.set(campaignId, { ...status, paused });
    this.append(paused ? 'campaign_paused' : 'campaign_resumed', { campaignId, who, why });
    return Promise.resolve();
  }

  campaigns(): Promise<readonly CampaignStatus[]> {
    return Promise.resolve([...this.statuses.values()]);
  }

  campaign(campaignId: string): Promise<CampaignStatus | null> {
    return Promise.resolve(this.statuses.get(campaignId) ?? null);
  }

  readonly actions: OperatorAction[] = [];
  recordAction(action: OperatorAction): Promise<void> {
    this.actions.push(action);
    return Promise.resolve();
  }

  reload(by: string): Promise<Reloaded> {
    this.reloads.push(by);
    return Promise.resolve(this.reloaded);
  }

  reloadProblems(): readonly string[] | null {
    return this.reloaded.kind === 'refused' && this.reloads.length > 0 ? this.reloaded.problems : null;
  }

  policyHash(): string {
    return this.reloaded.kind === 'reloaded' ? this.reloaded.to : this.reloaded.policyHash;
  }

  sellerOf(campaignId: string): Promise<SellerId | null> {
    return Promise.resolve(this.statuses.get(campaignId)?.campaign.seller.id ?? null);
  }

  readonly toldLevels = new Map<string, BoardedLevel>();
  toldLevel(campaignId: string): BoardedLevel | null {
    return this.toldLevels.get(campaignId) ?? null;
  }

  lists(): readonly ListStatus[] {
    return this.listStatuses;
  }

  call(callId: string): Promise<CallHistory | null> {
    const entries = this.ledger.filter((entry) => entry.body.callId === callId);
    if (entries.length === 0) return Promise.resolve(null);
    const settled = entries.some((entry) => entry.kind === 'call_result');
    const state = settled ? 'settled' : entries[0]?.body.verdict === 'veto' ? 'vetoed' : 'in_progress';
    return Promise.resolve({ callId: must(parseCallId(callId)), state, entries });
  }

  async entries(query: LedgerQuery): Promise<readonly LedgerEntry[]> {
    const found = this.ledger
      .filter((entry) => entry.id > (query.afterId ?? 0))
      .filter((entry) => query.kinds?.includes(entry.kind) ?? true)
      .filter((entry) => query.campaignId === undefined || entry.body.campaignId === query.campaignId)
      .filter((entry) => query.callId === undefined || entry.body.callId === query.callId)
      .filter((entry) => query.number === undefined || entry.body.number === query.number);
    const ordered = query.order === 'desc' ? found.reverse() : found;
    await this.beforeRead();
    return ordered.slice(0, query.limit);
  }

  evidence(number: PhoneNumber, afterId: number): Promise<Dossier> {
    return makeDossier(
      { entries: (query) => this.entries(query), turn: () => Promise.resolve() },
      { number, afterId, asOf: this.clock },
    );
  }

  followScreen(agentId: AgentId, listener: (pop: ScreenPop) => void): { unsubscribe(): void } {
    this.screens.set(agentId, listener);
    return { unsubscribe: () => void this.screens.delete(agentId) };
  }

  follow(listener: (entry: LedgerEntry) => void): { unsubscribe(): void } {
    this.listeners.add(listener);
    return { unsubscribe: () => this.listeners.delete(listener) };
  }

  readiness(): Promise<Readiness> {
    return Promise.resolve({
      ready: this.problems.length === 0,
      problems: this.problems,
      faulty: this.faulty,
    });
  }
}

const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

function plainReason(code: ReasonCode): Reason {
  const bases: Partial<Record<ReasonCode, string>> = {
    on_internal_list: '47 CFR 64.1200(d)',
    on_national_registry: '47 CFR 64.1200(c)(2)',
    outside_calling_hours: '47 CFR 64.1200(c)(1)',
    consent_missing: '47 CFR 64.1200(a)(2)',
    too_many_attempts: 'Fla. Stat. 501.616(6)(b)',
    drop_budget_spent: '47 CFR 64.1200(a)(7)',
  };
  return { code, rule: 'fake', basis: bases[code] ?? 'campaign setting', detail: { seen: 'in a test' } };
}
