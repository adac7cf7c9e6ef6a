/**
 * May this call be placed now? Facts, rules, reservation, ledger: in this order.
 * INVARIANT (permit-before-originate): a permit is returned only when its entry is durable and its reservation stands.
 */
import { assertInvariant } from '../domain/assert.ts';
import type { Campaign } from '../domain/campaign.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { rankReasons, type Decision, type Obligation, type Permit, type Reason } from '../domain/decision.ts';
import { type AttemptFacts, known, unknown, type Fact, type Facts } from '../domain/facts.ts';
import type { CallId } from '../domain/ids.ts';
import { type LedgerEntry, textOf } from '../domain/ledger-entry.ts';
import { instant, type Instant } from '../domain/time.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { Claim, CounterView, ReservationRequest } from '../ports/counters.ts';
import type { RecordsMark } from '../ports/fact-sources.ts';
import { RULES, candidatePlaces, evaluate, remembering } from '../rules/index.ts';
import { factWithin, messageOf } from './deadline.ts';
import { decisionDraft, decisionFromEntry } from './decision-entry.ts';
import { COUNTERS_REPLACED, counterFacts, gatherFacts, isReplaced, type Look } from './gather-facts.ts';
import { listsInLedger } from './lists-document.ts';
import { hasSameContacts, isTexting, withTexts } from './messages/texts-beside.ts';
import type { Screened } from './operations.ts';
import { reservationFor } from './reservation-request.ts';
import { settleUnplaced } from './settle-call.ts';
import { type Duty, type Sidecar, underRuling } from './sidecar.ts';

/** Screens, reserves and records. `repeated`: this call id was decided before; the first decision stands. */
export async function screenOrigination(
  sidecar: Sidecar,
  duty: Duty,
  asked: OriginationRequest,
): Promise<{ readonly screened: Screened; readonly repeated: boolean }> {
  const request = remembering(asked);
  const campaign = sidecar.campaigns.get(request.campaignId);
  const now = sidecar.clock.now();
  const look = await gatherFacts(sidecar, duty, request, campaign, now);
  const reservation = reservationFor(sidecar, duty, request, campaign, look.facts);
  const first = await judge(sidecar, duty, request, look, reservation, 'peek');
  if (first.decision.kind === 'veto' || reservation === null) return record(sidecar, request, first);
  const judged = await judge(sidecar, duty, request, look, reservation, 'reserve');
  const answer = await record(sidecar, request, judged);
  if (answer.screened.decision.kind === 'veto') return answer;
  // Asked again by the one who dials now, the first permit must still be right; our own call of that id may be ringing.
  if (answer.repeated && request.placedBy === 'sidecar') return answer;
  return { ...answer, screened: await lastLook(sidecar, duty, answer, { look, ...judged }) };
}

/**
 * One append lies between the facts of a permit and the permit. A request not to be called, a revoked consent or a pause that
 * became durable meanwhile binds this call too: INVARIANT (opt-out-binds-at-once). So does a ruling that came into force meanwhile;
 * what the permit has reserved is then held against its caps as well. Of texts those count whose entries stand before this call's; those
 * behind it have counted this call. `first`: what was seen before the append, and what the rules said to it; facts that are the same
 * under the same policy are not judged again, for the rules would say the same.
 */
async function lastLook(
  decided: Sidecar,
  duty: Duty,
  { screened: permitted, repeated, entryId, recordsMark }: Recorded,
  first: { readonly look: Look } & Pick<Judged, 'decision' | 'store' | 'called'>,
): Promise<Screened> {
  const sidecar = underRuling(decided);
  const { request, facts } = permitted;
  if (permitted.decision.kind === 'veto') return permitted;
  const named = sidecar.campaigns.get(request.campaignId);
  const policyHash = sidecar.policy.hash;
  const isSamePolicy = policyHash === decided.policy.hash;
  const before = isSamePolicy ? first.look : null;
  // The mark came with the receipt, just now. Where the ledger is asked for texts first, the records are asked in the same moment.
  const told = isTexting(sidecar, named?.seller.id) ? undefined : recordsMark;
  const [look, attempts] = await Promise.all([
    gatherFacts(sidecar, duty, request, named, facts.now, before, told),
    withTexts(sidecar, request, facts.now, first.called, entryId),
  ]);
  const looked =
    look === before && hasSameContacts(facts.attempts, attempts)
      ? first.decision
      : isReplaced(first.store, look.records)
        ? usedUp(first.decision, COUNTERS_REPLACED, 'counters')
        : isSamePolicy
          ? evaluate(RULES, request, { ...look.facts, attempts, budget: facts.budget }, sidecar.policy)
          : await judgedAnew(sidecar, duty, request, named, look);
  // Another ruling came into force while the facts of this one were looked up: it binds before the call is placed.
  if (decided.inForce().policy.hash !== policyHash)
    return lastLook(decided, duty, { screened: permitted, repeated, entryId }, first);
  const campaign = decided.campaigns.get(request.campaignId);
  if (campaign === undefined) return permitted;
  const decision = asPermitted(permitted.decision, looked);
  if (decision.kind === 'permit') return { ...permitted, decision };
  if (repeated) return { ...permitted, decision, policyHash };
  const codes = decision.reasons.map(({ code }) => code).join(', ');
  // Beside the answer: the veto must not wait for a store that has just gone away, and until then the reservation stands.
  void settleUnplaced(sidecar, campaign, request.number, {
    callId: request.callId,
    source: request.placedBy === 'sidecar' ? 'ari' : 'agi',
    problem: `vetoed after the permit was recorded: ${codes}`,
    veto: { decision, policyHash },
  });
  return { ...permitted, decision, policyHash };
}

/** Under another policy the counters are asked too: its caps may be others. */
async function judgedAnew(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  campaign: Campaign | undefined,
  look: Look,
): Promise<Decision> {
  const reservation = reservationFor(sidecar, duty, request, campaign, look.facts);
  return (await judge(sidecar, duty, request, look, reservation, 'peek')).decision;
}

/** The permit that is on record, no longer than it holds now; what it would demand now and did not then makes it void. */
function asPermitted(permit: Permit, looked: Decision): Decision {
  if (looked.kind === 'veto') return looked;
  if (!looked.obligations.every((each) => isTold(permit.obligations, each))) {
    return usedUp(permit, 'what the permit demands has changed while it was recorded');
  }
  return { ...permit, validUntil: instant(Math.min(permit.validUntil, looked.validUntil)) };
}

/** Mostly the very object: what a rule found once about a request is kept for it. */
const isTold = (told: readonly Obligation[], asked: Obligation): boolean =>
  told.includes(asked) || told.some((each) => canonicalJson({ ...each }) === canonicalJson({ ...asked }));

/** The same answer without reserving or recording anything; `at` may be any instant. */
export async function decideOnly(
  sidecar: Sidecar,
  duty: Duty,
  asked: OriginationRequest,
  at: Instant,
): Promise<Screened> {
  const request = remembering(asked);
  const campaign = sidecar.campaigns.get(request.campaignId);
  const look = await gatherFacts(sidecar, duty, request, campaign, at);
  const reservation = reservationFor(sidecar, duty, request, campaign, look.facts);
  return toScreened(sidecar, request, await judge(sidecar, duty, request, look, reservation, 'peek'));
}

/**
 * What this request holds of the counters: `ours` was reserved by it, `standing` by an earlier request of the same call id, whose
 * call may be ringing; `unknown` when the counters answered late.
 */
type Hold =
  { readonly kind: 'none' | 'unknown' } | { readonly kind: 'ours' | 'standing'; readonly claim: Claim };

const NOTHING_HELD: Hold = { kind: 'none' };

interface Judged {
  readonly facts: Facts;
  /** The attempts of `facts` without the texts among them. */
  readonly called: Fact<AttemptFacts>;
  readonly decision: Decision;
  readonly hold: Hold;
  /** Where the counters that answered are kept; null: in this process, or nowhere. */
  readonly store: string | null;
}

async function judge(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  look: Look,
  reservation: ReservationRequest | null,
  how: 'peek' | 'reserve',
): Promise<Judged> {
  const view = await counterView(sidecar, reservation, how);
  const store = view.fact.known ? view.fact.value.store : null;
  const counted = counterFacts(view.fact, duty, look.records);
  const attempts = await withTexts(sidecar, request, look.facts.now, counted.attempts, null);
  const facts: Facts = { ...look.facts, ...counted, attempts };
  const decision = evaluate(RULES, request, facts, sidecar.policy);
  if (view.refused) {
    assertInvariant(decision.kind === 'veto', 'refused-reservation-is-a-veto', JSON.stringify(view.fact));
  }
  return { facts, called: counted.attempts, decision, hold: view.hold, store };
}

async function counterView(
  sidecar: Sidecar,
  reservation: ReservationRequest | null,
  how: 'peek' | 'reserve',
): Promise<{ readonly fact: Fact<CounterView>; readonly refused: boolean; readonly hold: Hold }> {
  if (reservation === null) {
    return { fact: unknown('nothing to count for this request'), refused: false, hold: NOTHING_HELD };
  }
  const { clock, counters, limits } = sidecar;
  if (how === 'peek') {
    const fact = await factWithin(clock, limits.countersMs, 'counters', () => counters.peek(reservation));
    return { fact, refused: false, hold: NOTHING_HELD };
  }
  const answer = await factWithin(clock, limits.countersMs, 'counters', () => counters.reserve(reservation));
  if (!answer.known) return { fact: answer, refused: false, hold: { kind: 'unknown' } };
  if (answer.value.kind === 'ended') {
    return { fact: unknown('this call id has had its result already'), refused: true, hold: NOTHING_HELD };
  }
  const fact = known(answer.value.view);
  if (answer.value.kind === 'refused') return { fact, refused: true, hold: NOTHING_HELD };
  const { standing, claim } = answer.value;
  return { fact, refused: false, hold: { kind: standing ? 'standing' : 'ours', claim } };
}

interface Recorded {
  readonly screened: Screened;
  readonly repeated: boolean;
  /** Of the decision that stands; null: nothing is durable, and that is a veto. */
  readonly entryId: number | null;
  /** As the receipt told it. */
  readonly recordsMark?: RecordsMark | undefined;
}

async function record(sidecar: Sidecar, request: OriginationRequest, judged: Judged): Promise<Recorded> {
  const screened = toScreened(sidecar, request, judged);
  const { hold } = judged;
  try {
    const listsHash = await listsInLedger(sidecar.ledger, screened.facts.lists);
    const receipt = await sidecar.ledger.append(decisionDraft(screened, sidecar.campaigns, listsHash));
    if (receipt.kind === 'duplicate') return await repeat(sidecar, screened, receipt.entry, hold);
    // The first decision of this call id: a reservation of unknown outcome can only be our own.
    if (judged.decision.kind === 'veto' && hold.kind !== 'none') await giveBack(sidecar, request.callId);
    const { entry, recordsMark } = receipt;
    return { screened, repeated: false, entryId: entry.id, recordsMark };
  } catch (error) {
    // Another sidecar may have been asked meanwhile, have its permit on record, and stand on the same reservation.
    if ('claim' in hold) await giveBack(sidecar, request.callId, hold.claim);
    sidecar.log.error({ callId: request.callId, problem: messageOf(error) }, 'decision not durable: vetoed');
    const decision = withoutLedger(judged.decision, error);
    return { screened: { ...screened, decision }, repeated: false, entryId: null };
  }
}

/**
 * The first decision under a call id stands, with the reservation it may hold, but only for the same call and only until that
 * call has had its result: one permit is one call. A dialer that asks again is about to dial, so for it the permit must also still
 * be valid and right by the facts of now.
 */
async function repeat(
  sidecar: Sidecar,
  screened: Screened,
  first: LedgerEntry,
  hold: Hold,
): Promise<Recorded> {
  const { request } = screened;
  const decision = decisionFromEntry(first);
  const results = await sidecar.ledger.read({ callId: request.callId, kinds: ['call_result'], limit: 1 });
  const ended = results.length > 0;
  // Nothing can be in flight under a veto or after a result: what was reserved now would be nobody's.
  if ((hold.kind === 'ours' || hold.kind === 'unknown') && (decision.kind === 'veto' || ended)) {
    await giveBack(sidecar, request.callId);
  }
  const standing =
    decision.kind === 'veto' ? decision : stillPermitted(sidecar, screened, first, decision, ended);
  // The first decision was made under the ruling of then.
  const policyHash = standing === decision ? textOf(first, 'policyHash') : screened.policyHash;
  const answer = { ...screened, decision: standing, decidedAt: first.at, policyHash };
  const told: Screened = isSameCall(first, request) ? answer : { ...answer, sameCall: false };
  return { screened: told, repeated: true, entryId: first.id };
}

function stillPermitted(
  sidecar: Sidecar,
  { request, decision: now }: Screened,
  first: LedgerEntry,
  permit: Permit,
  ended: boolean,
): Decision {
  if (!isSameCall(first, request)) return usedUp(permit, 'this call id belongs to a call with other data');
  if (ended) return usedUp(permit, 'the call with this id has ended');
  if (request.placedBy === 'sidecar') return permit;
  if (sidecar.clock.now() >= permit.validUntil)
    return usedUp(permit, 'the permit under this call id has run out');
  return now.kind === 'veto' ? now : permit;
}

/** Everything that the decision stood on and that came with the request. */
function isSameCall(first: LedgerEntry, request: OriginationRequest): boolean {
  const asked = first.body['request'] as Partial<OriginationRequest> | undefined;
  return (
    first.body['number'] === request.number &&
    first.body['callerId'] === request.callerId &&
    first.body['campaignId'] === request.campaignId &&
    asked?.placedBy === request.placedBy &&
    asked.agentId === request.agentId &&
    asked.automated === request.automated &&
    asked.lead?.zip === request.lead.zip &&
    asked.lead.state === request.lead.state &&
    asked.lead.address?.form === request.lead.address?.form &&
    asked.lead.address?.state === request.lead.address?.state &&
    asked.lead.address?.zip === request.lead.address?.zip &&
    asked.lead.lineType === request.lead.lineType
  );
}

const usedUp = (decision: Decision, problem: string, fact = 'call_id'): Decision => ({
  kind: 'veto',
  reasons: [
    {
      code: 'fact_unavailable',
      rule: 'system',
      basis: 'house rule: one permit is one call',
      detail: { fact, problem },
    },
  ],
  warnings: decision.warnings,
});

/** A decision that could not be written is a veto, whatever the rules said. */
function withoutLedger(decision: Decision, error: unknown): Decision {
  const reason: Reason = {
    code: 'ledger_unavailable',
    rule: 'system',
    basis: 'a decision is durable before its call',
    detail: { problem: messageOf(error) },
  };
  const others = decision.kind === 'veto' ? decision.reasons : [];
  const [first = reason, ...rest] = rankReasons([...others, reason]);
  return { kind: 'veto', reasons: [first, ...rest], warnings: decision.warnings };
}

/** `claim`: only that one; left out, whoever asked. */
async function giveBack({ counters, log }: Sidecar, callId: CallId, claim?: Claim): Promise<void> {
  try {
    await (claim === undefined ? counters.release(callId) : counters.withdraw(callId, claim));
  } catch (error) {
    log.warn({ callId, problem: messageOf(error) }, 'reservation not given back: its lease will end it');
  }
}

function toScreened(
  sidecar: Sidecar,
  request: OriginationRequest,
  judged: Pick<Judged, 'facts' | 'decision'>,
): Screened {
  return {
    callId: request.callId,
    request,
    facts: judged.facts,
    places: candidatePlaces(request, sidecar.policy),
    decision: judged.decision,
    decidedAt: judged.facts.now,
    policyHash: sidecar.policy.hash,
  };
}
