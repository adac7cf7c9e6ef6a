/**
 * Looks up all facts of one request in parallel, each source with its own deadline. Asked again about the same request, it reads the
 * records' mark first: where that is the same, so is every record.
 */
import {
  known,
  unknown,
  type AttemptFacts,
  type BudgetFacts,
  type Fact,
  type Facts,
  type FixedFacts,
  type ListFacts,
} from '../domain/facts.ts';
import { decisiveRecord } from '../domain/attestation.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Instant } from '../domain/time.ts';
import type { CounterView } from '../ports/counters.ts';
import type {
  ComplianceRecords,
  RecordsMark,
  StandingQuestion,
  StandingRecords,
} from '../ports/fact-sources.ts';
import { promptProblemOf } from '../ports/prompts.ts';
import { demandOf } from './attest/demands.ts';
import { factWithin } from './deadline.ts';
import type { Duty, Sidecar } from './sidecar.ts';

/** What one look at a request found. */
export interface Look {
  readonly facts: FixedFacts;
  /** What `facts` were read from; null when it did not answer or was not asked. */
  readonly records: StandingRecords | null;
}

/**
 * `before`: an earlier look at the same request under the same policy. It is the answer, the very object, when nothing has changed since.
 * `told`: the records' mark of this moment, where it is known already.
 */
export async function gatherFacts(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  campaign: Campaign | undefined,
  now: Instant,
  before: Look | null = null,
  told?: RecordsMark,
): Promise<Look> {
  const { clock, records, lists, limits } = sidecar;
  const sidecarFact = sidecarState(sidecar, duty, request);
  const { number, callerId } = request;
  if (campaign === undefined || number === null) {
    const unasked = unknown(campaign === undefined ? 'the campaign is unknown' : 'the number cannot be read');
    const facts: FixedFacts = {
      now,
      sidecar: sidecarFact,
      campaign:
        campaign === undefined
          ? known(null)
          : campaignState(sidecar, duty, campaign, await pausedFact(sidecar)),
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
    return { facts, records: null };
  }
  const question = { number, sellerId: campaign.seller.id, callerId };
  const [listFacts, onRecord] = await Promise.all([
    factWithin(clock, limits.factMs, 'do-not-call lists', () => lists.lookUp(number, campaign)),
    factWithin(clock, limits.factMs, 'the records', () => standingSince(records, question, before, told)),
  ]);
  const recorded = <Name extends keyof StandingRecords>(name: Name): Fact<StandingRecords[Name]> =>
    onRecord.known ? known(onRecord.value[name]) : onRecord;
  const facts: FixedFacts = {
    now,
    sidecar: sidecarFact,
    campaign: campaignState(sidecar, duty, campaign, recorded('pausedCampaigns')),
    lists: listFacts,
    internalRequest: recorded('internalRequest'),
    unclearRequest: recorded('unclearRequest'),
    consent: recorded('consent'),
    relationship: recorded('relationship'),
    reassigned: recorded('reassigned'),
    overrides: recorded('overrides'),
    emergencies: recorded('emergencies'),
    attestation:
      callerId === null
        ? unknown('the caller ID cannot be read')
        : onRecord.known
          ? known(decisiveRecord(onRecord.value.attestations, demandOf(campaign), now))
          : onRecord,
  };
  const rest = callerId === null ? undefined : duty.callerIdRest?.(campaign, callerId);
  const look: Look = {
    facts: rest === undefined ? facts : { ...facts, callerIdRest: rest },
    records: onRecord.known ? onRecord.value : null,
  };
  return before !== null && isSameLook(before, look) ? before : look;
}

/** The records that were read before, the very object, as long as their mark stands. */
async function standingSince(
  records: ComplianceRecords,
  question: StandingQuestion,
  before: Look | null,
  told: RecordsMark | undefined,
): Promise<StandingRecords> {
  const read = before?.records ?? null;
  return read !== null && (await records.mark(told)) === read.mark ? read : records.standing(question);
}

/** All that is in facts besides `now` comes from the records, the lists, the campaign's state and the sidecar's. */
function isSameLook(before: Look, now: Look): boolean {
  return (
    now.records !== null &&
    now.records === before.records &&
    now.facts.now === before.facts.now &&
    isSameFact(before.facts.sidecar, now.facts.sidecar, Object.is) &&
    isSameFact(before.facts.campaign, now.facts.campaign, hasSameMembers) &&
    isSameFact(before.facts.lists, now.facts.lists, isSameLists) &&
    isSameRest(before.facts.callerIdRest, now.facts.callerIdRest)
  );
}

const isSameFact = <T>(a: Fact<T>, b: Fact<T>, isSame: (a: T, b: T) => boolean): boolean =>
  a.known && b.known && isSame(a.value, b.value);

/** Small, and made anew at each look. */
const isSameRest = (a: Facts['callerIdRest'], b: Facts['callerIdRest']): boolean =>
  a === b || (a !== undefined && b !== undefined && isSameFact(a, b, (x, y) => x?.until === y?.until));

/** The versions are the same objects as long as they are in force; what else they say of the number is short. */
const isSameLists = (a: ListFacts, b: ListFacts): boolean =>
  hasSameMembers(a.consulted, b.consulted) &&
  JSON.stringify({ ...a, consulted: null }) === JSON.stringify({ ...b, consulted: null });

/** The same members, each the very same value: no deep comparison, versions and campaigns are never changed in place. */
function hasSameMembers(a: object | null, b: object | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  const [ours, theirs] = [Object.entries(a), Object.entries(b)];
  return (
    ours.length === theirs.length &&
    ours.every(([name, value], at) => {
      const [otherName, otherValue] = theirs[at] ?? [];
      return otherName === name && Object.is(otherValue, value);
    })
  );
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
  duty: Duty,
  campaign: Campaign,
  paused: Fact<readonly CampaignId[]>,
): Facts['campaign'] {
  if (!paused.known) return paused;
  return known({
    campaign,
    paused: paused.value.includes(campaign.id),
    promptProblem: promptProblemOf(sidecar.prompts, campaign),
    measured: duty.measured(campaign),
  });
}

export interface CountedFacts {
  readonly attempts: Fact<AttemptFacts>;
  readonly budget: Fact<BudgetFacts>;
}

export const COUNTERS_REPLACED =
  'the counters that were asked are not those that are rebuilt from the ledger';

/** INVARIANT (counters-fenced): what was counted in a store whose place another one has taken is not known any more. */
export function isReplaced(store: string | null, records: Look['records']): boolean {
  const named = records?.countersStore ?? null;
  return store !== null && named !== null && store !== named;
}

/** The counters' answer as facts. */
export function counterFacts(view: Fact<CounterView>, duty: Duty, records: Look['records']): CountedFacts {
  if (!view.known) return { attempts: view, budget: view };
  const { attempts, attemptsWhole, snapshot, loggedIn, admission, limit } = view.value;
  // While counters are being rebuilt the attempts may be too low, and too low would permit.
  const isAnothers = isReplaced(view.value.store, records);
  const counted =
    !isAnothers && attemptsWhole && !duty.isRebuilding()
      ? known(attempts)
      : unknown(isAnothers ? COUNTERS_REPLACED : 'counters are being rebuilt from the ledger');
  const budget = { snapshot, loggedIn, admission, ...(limit === null ? {} : { limit }) };
  return { attempts: counted, budget: known(budget) };
}
