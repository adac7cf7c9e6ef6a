/**
 * A world in which a call is permitted, and a short way to say what differs: shared by the unit tests, the corpus and the properties.
 * By default: a seller registered everywhere, a written consent, fresh lists (national and all eleven states), a fresh A attestation, a fresh answer that the number was not reassigned, one agent ready, 11:00 on a
 * Tuesday in Colorado.
 */
import { fileURLToPath } from 'node:url';
import { loadLaw } from '../../src/config/load-law.ts';
import type { AttestationRecord } from '../../src/domain/attestation.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import { type MeasuredConnect, NOTHING_MEASURED } from '../../src/domain/connect-times.ts';
import type { ConsentRecord } from '../../src/domain/consent.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { ReachedLimit } from '../../src/domain/dial-limits.ts';
import { type Facts, known, type ListVersion, unknown } from '../../src/domain/facts.ts';
import type { CallId, CampaignId, SellerId } from '../../src/domain/ids.ts';
import type { RecordedEmergency } from '../../src/domain/emergency.ts';
import type { Law } from '../../src/domain/law.ts';
import { type GivenAddress, readAddress } from '../../src/domain/lead-address.ts';
import {
  type LeadFacts,
  NO_LEAD_FACTS,
  type OriginationRequest,
  type ToldLineType,
} from '../../src/domain/origination.ts';
import type { Override } from '../../src/domain/override.ts';
import { parsePhoneNumber, type PhoneNumber } from '../../src/domain/phone-number.ts';
import type { ReassignedCheck } from '../../src/domain/reassigned.ts';
import type { RelationshipRecord } from '../../src/domain/relationship.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { DAY_MS, type Instant, instant, type LocalDate, parseInstant } from '../../src/domain/time.ts';
import { evaluate, FACT_NAMES, RULES } from '../../src/rules/index.ts';

export const RULES_DIRECTORY = fileURLToPath(new URL('../../config/rules', import.meta.url));

const loaded = loadLaw(RULES_DIRECTORY);
if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
export const LAW: Law = loaded.law;

export const OWN_LIST_STATES = ['CO', 'FL', 'IN', 'LA', 'MA', 'MO', 'OK', 'PA', 'TN', 'TX', 'WY'] as const;
export const NUMBER = '+13035550123';
const CALLER_ID = '+13035550199';
export const AT = '2026-11-24T18:00:00Z';

export const at = (text: string): Instant => {
  const parsed = parseInstant(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
};

type FactName = (typeof FACT_NAMES)[number];
type Deep<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Deep<T[K]> }
    : T;

/** What differs from the permitted world. Instants are ISO texts, so that a case is plain JSON. */
export interface Case {
  readonly call?: {
    readonly number?: string;
    readonly callerId?: string;
    readonly lead?: Partial<Omit<LeadFacts, 'address'>> & { readonly address?: GivenAddress };
    readonly automated?: boolean;
  };
  readonly at?: string;
  readonly rehearsal?: boolean;
  /** A guard band that the settings have narrower than the default. */
  readonly loosenedGuardMs?: number;
  readonly campaign?: Deep<Omit<Campaign, 'id'>>;
  /** Additions to the operator's part of the law. */
  readonly operator?: Deep<Law['operator']>;
  readonly facts?: {
    /** Facts that could not be looked up. */
    readonly unknown?: readonly string[];
    readonly draining?: boolean;
    readonly campaignKnown?: boolean;
    readonly paused?: boolean;
    readonly promptProblem?: string | null;
    /** How long detector and connection have taken; left out: no call was measured; null: not read yet. */
    readonly measured?: MeasuredConnect | null;
    /** Null: none on file. */
    readonly consent?:
      null | (Omit<Deep<ConsentRecord>, 'givenAt' | 'expiresAt'> & { givenAt?: string; expiresAt?: string });
    readonly confirmedAt?: string;
    /** Left out: none on record. */
    readonly purchase?: Partial<RelationshipRecord>;
    readonly inquiry?: Partial<RelationshipRecord>;
    /** Null: never asked. */
    readonly reassigned?: null | (Omit<Partial<ReassignedCheck>, 'queriedAt'> & { queriedAt?: string });
    readonly overrides?: readonly (Omit<Partial<Override>, 'recordedAt' | 'until'> & {
      recordedAt?: string;
      until?: string;
    })[];
    readonly revokedAt?: string;
    readonly otherSellers?: readonly string[];
    readonly requestedAt?: string;
    /** Instant of a text that nobody has settled. */
    readonly unclearAt?: string;
    readonly emergencies?: readonly Partial<RecordedEmergency>[];
    readonly listHits?: readonly string[];
    readonly listsWithout?: readonly string[];
    /** Lists whose copy was not obtained for the number's area code. */
    readonly listsNotCovering?: readonly string[];
    /** What lists that hold the number say of its line, by name of the list. */
    readonly listLineTypes?: Readonly<Record<string, ToldLineType>>;
    readonly listDates?: Readonly<Record<string, string>>;
    /** Of the whole list, where what it says of lines is older than the copy. */
    readonly lineTypesFrom?: Readonly<Record<string, string>>;
    readonly placed?: number;
    readonly countedHours?: number;
    readonly droppedAt?: string;
    readonly attestation?:
      | null
      | (Omit<Deep<AttestationRecord>, 'confirmedAt' | 'expiresAt'> & {
          confirmedAt?: string;
          expiresAt?: string;
        });
    /** Left out: the caller ID never rests. */
    readonly restsUntil?: string;
    readonly admission?: 'no_agent' | 'drop_budget_spent' | 'over_dialing_barred' | 'overdial';
    readonly limit?: ReachedLimit;
    readonly loggedIn?: number;
  };
}

export const CAMPAIGN: Campaign = {
  id: 'solar-west' as CampaignId,
  seller: {
    id: 'sunrise' as SellerId,
    name: 'Sunrise Solar',
    callbackNumber: '+13035550198' as PhoneNumber,
    registrations: Object.keys(LAW.jurisdictions).map((state) => ({
      state,
      number: `TEST-${state}-1`,
      from: '2020-01-01' as LocalDate,
      until: null,
      bond: { usd: 1_000_000, until: null },
      source: 'made up for tests',
    })),
  },
  offer: 'roof panels',
  startedOn: '2025-01-01' as LocalDate,
  zone: 'America/Denver',
  mode: 'predictive',
  consent: { mode: 'written', basis: null, doubleOptIn: false, topicMatch: 'off', topic: null },
  reassigned: { check: 'law' },
  callerIds: [
    { number: CALLER_ID as PhoneNumber, proofOfRight: 'contract 12', takesDoNotCallRequests: true },
  ],
  endpoint: 'PJSIP/{number}@carrier',
  ring: { atLeastSeconds: 20, atMostSeconds: 30 },
  greeting: { silenceMs: 700, talkThreshold: 256, noiseThreshold: 1_024, longestMs: 4_000 },
  connect: 'at_greeting_end',
  connectWithinMs: 2_000,
  dropRateMaxBp: 250,
  dialLevelMax: 3,
  attempts: { max: 5, perHours: 24 },
  dropLockoutHours: 72,
  attestation: { minimum: 'A', maxAgeHours: 24, ways: ['signed_here', 'seen_there'] },
  recording: {
    enabled: true,
    disclosure: 'law',
    retention: { name: 'tsr', years: 5, citation: '16 CFR 310.5' },
    refusalDigit: null,
    onRefusal: 'stop_and_delete',
    beepSeconds: 0,
  },
  safeHarbor: { optOutDigit: '9', language: 'en', voice: 'slt' },
  agents: { destination: { kind: 'stasis' }, place: 'CO', members: [], wrapUpSeconds: 5 },
  supervisors: [],
};

/** Later values win; lists and nulls replace. */
function merged<T>(base: T, patch: unknown): T {
  if (patch === undefined) return base;
  const plain = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!plain(base) || !plain(patch)) return patch as T;
  const keys = new Set([...Object.keys(base), ...Object.keys(patch)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(base[key], patch[key])])) as T;
}

function transaction(
  kind: RelationshipRecord['kind'],
  number: string,
  said: Partial<RelationshipRecord> | undefined,
): RelationshipRecord | null {
  if (said === undefined) return null;
  return {
    relationshipId: `${kind}-1`,
    number: number as PhoneNumber,
    sellerId: CAMPAIGN.seller.id,
    kind,
    occurredOn: '2026-11-01' as LocalDate,
    subject: 'roof panels',
    contractUntil: null,
    source: 'order 17',
    ...said,
  };
}

const listName = (kind: string, state: string | null): string => (state === null ? kind : `${kind} ${state}`);

function lists(now: Instant, given: NonNullable<Case['facts']>): readonly ListVersion[] {
  const fresh = new Date(now - 3 * DAY_MS).toISOString().slice(0, 10);
  const version = (kind: ListVersion['kind'], state: string | null): ListVersion => {
    const name = listName(kind, state);
    return {
      name,
      kind,
      jurisdiction: state,
      campaignId: kind === 'campaign' ? CAMPAIGN.id : null,
      version: '7',
      obtainedOn: (given.listDates?.[name] ?? fresh) as LocalDate,
      ...(given.lineTypesFrom?.[name] === undefined
        ? {}
        : { lineTypesFrom: given.lineTypesFrom[name] as LocalDate }),
    };
  };
  return [
    version('national', null),
    ...OWN_LIST_STATES.map((state) => version('state', state)),
    version('internal', null),
    version('campaign', null),
    version('litigator', null),
  ].filter((list) => !(given.listsWithout ?? []).includes(list.name));
}

export function factsOf(given: Case): Facts {
  const now = at(given.at ?? AT);
  const said = given.facts ?? {};
  const number = given.call?.number ?? NUMBER;
  const record: ConsentRecord = {
    consentId: 'consent-1',
    number: number as PhoneNumber,
    sellerId: CAMPAIGN.seller.id,
    kind: 'written',
    givenAt: at('2024-06-01T12:00:00Z'),
    expiresAt: null,
    disclosureText: 'I agree to calls and prerecorded messages of Sunrise Solar about roof panels.',
    act: 'checked the box and pressed Send',
    signature: 'typed name',
    source: 'https://example.com/quote',
    notConditionOfPurchase: true,
    disclosureSha256: null,
    pageUrl: null,
    ip: null,
    userAgent: null,
    prefilled: null,
    leadSourceTier: null,
    topic: null,
  };
  const dated = <T extends object>(base: T, patch: object): T =>
    merged(
      base,
      Object.fromEntries(
        Object.entries(patch).map(([key, value]) => [
          key,
          key.endsWith('At') || key === 'until' ? at(String(value)) : (value as unknown),
        ]),
      ),
    );
  const attestation: AttestationRecord = {
    callerId: CALLER_ID as PhoneNumber,
    level: 'A',
    way: 'signed_here',
    confirmedAt: instant(now - 3_600_000),
    expiresAt: instant(now + 7 * DAY_MS),
    proof: 'call 17',
  };
  const consultedLists = lists(now, said);
  const facts: Facts = {
    now,
    sidecar: known(said.draining === true ? 'draining' : 'ready'),
    campaign: known(
      said.campaignKnown === false
        ? null
        : {
            campaign: merged(CAMPAIGN, given.campaign),
            paused: said.paused ?? false,
            promptProblem: said.promptProblem ?? null,
            measured:
              said.measured === null ? unknown('not read yet') : known(said.measured ?? NOTHING_MEASURED),
          },
    ),
    lists: known({
      ...{ consulted: consultedLists, hits: said.listHits ?? [] },
      ...(said.listLineTypes === undefined
        ? {}
        : {
            lineTypes: Object.entries(said.listLineTypes).map(([list, lineType]) => ({ list, lineType })),
          }),
      ...(said.listsNotCovering === undefined ? {} : { notCovering: said.listsNotCovering }),
    }),
    ...(said.restsUntil === undefined
      ? {}
      : {
          callerIdRest: known({ from: now, until: at(said.restsUntil), blocked: 3, ofLast: 20 }),
        }),
    internalRequest: known(
      said.requestedAt === undefined ? null : { requestedAt: at(said.requestedAt), channel: 'key press' },
    ),
    unclearRequest: known(
      said.unclearAt === undefined
        ? null
        : {
            requestId: 'unclear-1',
            number: number as PhoneNumber,
            sellerId: CAMPAIGN.seller.id,
            channel: 'text',
            text: 'who is this',
            receivedAt: at(said.unclearAt),
          },
    ),
    emergencies: known(
      (said.emergencies ?? []).map((each) => ({
        jurisdiction: 'CO',
        from: '2026-11-01' as LocalDate,
        until: null,
        source: 'notice of 2026-11-01',
        who: 'Jo Example',
        ...each,
      })),
    ),
    consent: known({
      newest: said.consent === null ? null : dated(record, said.consent ?? {}),
      confirmedAt: said.confirmedAt === undefined ? null : at(said.confirmedAt),
      revokedAt: said.revokedAt === undefined ? null : at(said.revokedAt),
      otherSellers: (said.otherSellers ?? []) as readonly SellerId[],
    }),
    relationship: known({
      purchase: transaction('purchase', number, said.purchase),
      inquiry: transaction('inquiry', number, said.inquiry),
    }),
    reassigned: known(
      said.reassigned === null
        ? null
        : dated<ReassignedCheck>(
            {
              checkId: 'query-1',
              number: number as PhoneNumber,
              sellerId: CAMPAIGN.seller.id,
              queriedAt: instant(now - 3_600_000),
              since: '2024-06-01' as LocalDate,
              answer: 'no',
            },
            said.reassigned ?? {},
          ),
    ),
    overrides: known(
      (said.overrides ?? []).map((each, index) =>
        dated<Override>(
          {
            overrideId: `override-${index + 1}`,
            what: 'registration',
            sellerId: CAMPAIGN.seller.id,
            state: 'CO',
            who: 'Jo Example',
            why: 'opinion of counsel of 2026-10-01',
            recordedAt: at('2026-10-01T12:00:00Z'),
            until: at('2027-01-01T00:00:00Z'),
          },
          each,
        ),
      ),
    ),
    attestation: known(said.attestation === null ? null : dated(attestation, said.attestation ?? {})),
    attempts: known({
      placed: said.placed ?? 0,
      windowHours: said.countedHours ?? 24,
      droppedAt: said.droppedAt === undefined ? null : at(said.droppedAt),
    }),
    budget: known({
      snapshot: {
        windows: [{ liveAnswers: 100, drops: 1 }],
        inFlight: 0,
        ready: 1,
        promised: 0,
        rebuilt: true,
      },
      loggedIn: said.loggedIn ?? 1,
      ...(said.limit === undefined ? {} : { limit: said.limit }),
      admission:
        said.admission === undefined || said.admission === 'overdial'
          ? { admitted: true, overdial: said.admission === 'overdial' }
          : { admitted: false, code: said.admission },
    }),
  };
  const unknowns = (said.unknown ?? []).map((name) => [name, unknown('no answer within 200 ms')] as const);
  for (const [name] of unknowns) {
    if (!FACT_NAMES.includes(name as FactName)) throw new Error(`no such fact \`${name}\``);
  }
  return { ...facts, ...Object.fromEntries(unknowns) };
}

export function requestOf(given: Case): OriginationRequest {
  const numberText = given.call?.number ?? NUMBER;
  const callerIdText = given.call?.callerId ?? CALLER_ID;
  const parse = (text: string): PhoneNumber | null => {
    const parsed = parsePhoneNumber(text);
    return parsed.ok ? parsed.value : null;
  };
  const { address, ...lead } = given.call?.lead ?? {};
  const read = address === undefined ? null : readAddress(LAW, address);
  return {
    callId: 'call-1' as CallId,
    campaignId: CAMPAIGN.id,
    numberText,
    number: parse(numberText),
    callerIdText,
    callerId: parse(callerIdText),
    lead: { ...NO_LEAD_FACTS, ...lead, ...(read === null ? {} : { address: read }) },
    automated: given.call?.automated ?? false,
    requestedAt: at(given.at ?? AT),
    placedBy: 'sidecar',
    door: 'http',
  };
}

export const policyOf = (given: Case): Policy => ({
  law: given.operator === undefined ? LAW : { ...LAW, operator: merged(LAW.operator, given.operator) },
  hash: '0'.repeat(64),
  // All numbers of the examples are fictional, so a rehearsal it is unless the case says otherwise.
  rehearsal: given.rehearsal ?? true,
  clockGuardMs: 60_000,
  ...(given.loosenedGuardMs === undefined ? {} : { loosened: { clockGuardMs: given.loosenedGuardMs } }),
  permitValidMs: 30_000,
});

export const decide = (given: Case): Decision =>
  evaluate(RULES, requestOf(given), factsOf(given), policyOf(given));

/** `permit`, or the reason codes in rank order. */
export function codesOf(decision: Decision): readonly string[] {
  return decision.kind === 'permit' ? ['permit'] : decision.reasons.map((reason) => reason.code);
}
