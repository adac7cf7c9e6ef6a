/**
 * May this call be placed now? Facts, rules, reservation, ledger: in this order.
 * INVARIANT (permit-before-originate): a permit is returned only when its entry is durable and its reservation stands.
 */
import { assertInvariant } from '../domain/assert.ts';
import type { Campaign } from '../domain/campaign.ts';
import { rankReasons, type Decision, type Reason } from '../domain/decision.ts';
import { known, unknown, type Fact, type Facts } from '../domain/facts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import { SECOND_MS, type Instant } from '../domain/time.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { CounterView, ReservationRequest } from '../ports/counters.ts';
import { RULES, callBounds, evaluate } from '../rules/index.ts';
import { countingWindows } from './counting-windows.ts';
import { factWithin, messageOf } from './deadline.ts';
import { decisionDraft, decisionFromEntry } from './decision-entry.ts';
import { counterFacts, gatherFacts, type FixedFacts } from './gather-facts.ts';
import type { Screened } from './operations.ts';
import type { Duty, Sidecar } from './sidecar.ts';

/** Screens, reserves and records. `repeated`: this call id was decided before; the first decision stands. */
export async function screenOrigination(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
): Promise<{ readonly screened: Screened; readonly repeated: boolean }> {
  const campaign = sidecar.campaigns.get(request.campaignId);
  const now = sidecar.clock.now();
  const fixed = await gatherFacts(sidecar, duty, request, campaign, now);
  const reservation = reservationFor(sidecar, request, campaign, now);
  const first = await judge(sidecar, duty, request, fixed, reservation, 'peek');
  if (first.decision.kind === 'veto' || reservation === null) return record(sidecar, request, first, null);
  const second = await judge(sidecar, duty, request, fixed, reservation, 'reserve');
  return record(sidecar, request, second, second.decision.kind === 'permit' ? reservation : null);
}

/** The same answer without reserving or recording anything; `at` may be any instant. */
export async function decideOnly(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  at: Instant,
): Promise<Screened> {
  const campaign = sidecar.campaigns.get(request.campaignId);
  const fixed = await gatherFacts(sidecar, duty, request, campaign, at);
  const reservation = reservationFor(sidecar, request, campaign, at);
  return toScreened(sidecar, request, await judge(sidecar, duty, request, fixed, reservation, 'peek'));
}

interface Judged {
  readonly facts: Facts;
  readonly decision: Decision;
}

async function judge(
  sidecar: Sidecar,
  duty: Duty,
  request: OriginationRequest,
  fixed: FixedFacts,
  reservation: ReservationRequest | null,
  how: 'peek' | 'reserve',
): Promise<Judged> {
  const view = await counterView(sidecar, reservation, how);
  const facts: Facts = { ...fixed, ...counterFacts(view.fact, duty) };
  const decision = evaluate(RULES, request, facts, sidecar.policy);
  if (view.refused) {
    assertInvariant(decision.kind === 'veto', 'refused-reservation-is-a-veto', JSON.stringify(view.fact));
  } else if (how === 'reserve' && decision.kind === 'veto' && reservation !== null) {
    // Also when the counters answered late: the reservation may stand.
    await giveBack(sidecar, reservation);
  }
  return { facts, decision };
}

async function counterView(
  sidecar: Sidecar,
  reservation: ReservationRequest | null,
  how: 'peek' | 'reserve',
): Promise<{ readonly fact: Fact<CounterView>; readonly refused: boolean }> {
  if (reservation === null) return { fact: unknown('nothing to count for this request'), refused: false };
  const { clock, counters, limits } = sidecar;
  if (how === 'peek') {
    const fact = await factWithin(clock, limits.countersMs, 'counters', () => counters.peek(reservation));
    return { fact, refused: false };
  }
  const answer = await factWithin(clock, limits.countersMs, 'counters', () => counters.reserve(reservation));
  if (!answer.known) return { fact: answer, refused: false };
  if (answer.value.kind === 'ended') {
    return { fact: unknown('this call id has had its result already'), refused: true };
  }
  return { fact: known(answer.value.view), refused: answer.value.kind === 'refused' };
}

async function record(
  sidecar: Sidecar,
  request: OriginationRequest,
  judged: Judged,
  reserved: ReservationRequest | null,
): Promise<{ readonly screened: Screened; readonly repeated: boolean }> {
  const screened = toScreened(sidecar, request, judged);
  try {
    const receipt = await sidecar.ledger.append(decisionDraft(screened, sidecar.campaigns));
    if (receipt.kind === 'written') return { screened, repeated: false };
    return await repeat(sidecar, screened, receipt.entry, reserved);
  } catch (error) {
    if (reserved !== null) await giveBack(sidecar, reserved);
    sidecar.log.error({ callId: request.callId, problem: messageOf(error) }, 'decision not durable: vetoed');
    return { screened: { ...screened, decision: withoutLedger(judged.decision, error) }, repeated: false };
  }
}

/**
 * The first decision under a call id stands, with the reservation it may hold, but only for the same call and only until that
 * call has had its result: one permit is one call.
 */
async function repeat(
  sidecar: Sidecar,
  screened: Screened,
  first: LedgerEntry,
  reserved: ReservationRequest | null,
): Promise<{ readonly screened: Screened; readonly repeated: boolean }> {
  const { request } = screened;
  const decision = decisionFromEntry(first);
  if (decision.kind === 'veto' && reserved !== null) await giveBack(sidecar, reserved);
  const sameCall =
    first.body['number'] === request.number &&
    first.body['callerId'] === request.callerId &&
    first.body['campaignId'] === request.campaignId;
  const results = await sidecar.ledger.read({ callId: request.callId, kinds: ['call_result'], limit: 1 });
  const problem = !sameCall
    ? 'this call id belongs to a call to another number, from another caller ID or of another campaign'
    : results.length > 0
      ? 'the call with this id has ended'
      : null;
  const standing: Decision =
    problem === null || decision.kind === 'veto' ? decision : usedUp(decision, problem);
  return { screened: { ...screened, decision: standing, decidedAt: first.at }, repeated: true };
}

const usedUp = (decision: Decision, problem: string): Decision => ({
  kind: 'veto',
  reasons: [
    {
      code: 'fact_unavailable',
      rule: 'system',
      basis: 'house rule: one permit is one call',
      detail: { fact: 'call_id', problem },
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

async function giveBack(sidecar: Sidecar, reservation: ReservationRequest): Promise<void> {
  try {
    await sidecar.counters.release(reservation.callId);
  } catch (error) {
    sidecar.log.warn(
      { callId: reservation.callId, problem: messageOf(error) },
      'reservation not given back: its lease will end it',
    );
  }
}

function toScreened(sidecar: Sidecar, request: OriginationRequest, judged: Judged): Screened {
  return {
    callId: request.callId,
    request,
    facts: judged.facts,
    decision: judged.decision,
    decidedAt: judged.facts.now,
    policyHash: sidecar.policy.hash,
  };
}

/** What the call would change; null when the request is too broken to count anything. */
function reservationFor(
  sidecar: Sidecar,
  request: OriginationRequest,
  campaign: Campaign | undefined,
  at: Instant,
): ReservationRequest | null {
  if (campaign === undefined || request.number === null) return null;
  const bounds = boundsOf(sidecar, request, campaign, at);
  if (bounds === null) return null;
  return {
    callId: request.callId,
    campaignId: campaign.id,
    sellerId: campaign.seller.id,
    number: request.number,
    at,
    windows: countingWindows(campaign, at),
    ceilingBp: campaign.dropRateMaxBp,
    overDialing: campaign.mode === 'predictive' ? bounds.overDialing : 'barred',
    attempts: bounds.attempts,
    lockoutHours: campaign.dropLockoutHours,
    leaseMs: bounds.longestRingSeconds * SECOND_MS + sidecar.limits.leaseAfterRingMs,
  };
}

/** Null when the law cannot tell the bounds of this call: nothing can be reserved, so the counters' facts are unknown. */
function boundsOf(
  sidecar: Sidecar,
  request: OriginationRequest,
  campaign: Campaign,
  at: Instant,
): ReturnType<typeof callBounds> | null {
  try {
    return callBounds(request, campaign, sidecar.policy, at);
  } catch (error) {
    sidecar.log.error({ callId: request.callId, problem: messageOf(error) }, 'no bounds for a call');
    return null;
  }
}
