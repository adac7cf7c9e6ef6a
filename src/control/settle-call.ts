/**
 * Gives a call its one result: durable in the ledger, counted once.
 * INVARIANT (one-result-per-call): the ledger refuses a second `call_result` of a call; the counters settle once per id.
 * A result that comes after `expired` is kept beside it (`late_result`) and changes no count.
 * A store that is away delays a result, it never loses one while the process lives; after that, `reconcile` finds it.
 */
import { type CallResult, countsOf, OUTCOMES } from '../domain/call-result.ts';
import { type JsonObject, type LedgerDraft, type LedgerEntry, textOf } from '../domain/ledger-entry.ts';
import type { SellerId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import { formatInstant, parseInstant } from '../domain/time.ts';
import type { LedgerReceipt } from '../ports/ledger.ts';
import type { Decision } from '../domain/decision.ts';
import { countingWindows } from './counting-windows.ts';
import { toJson } from './decision-entry.ts';
import { appendWish } from './doors/append-wishes.ts';
import { adjustedPart } from './doors/opt-out-entry.ts';
import { persist } from './persist.ts';
import { type CountedCampaign, countedAs } from './ruling.ts';
import { type Station, underRuling } from './sidecar.ts';

export function settleCall(
  sidecar: Station,
  campaign: CountedCampaign,
  number: PhoneNumber | null,
  result: CallResult,
): Promise<'recorded' | 'repeated' | 'unscreened'> {
  return settle(sidecar, campaign, number, result, null);
}

/** A permit under which no phone has rung: `failed`, and what was reserved for it is given back. */
export async function settleUnplaced(
  sidecar: Station,
  campaign: CountedCampaign,
  number: PhoneNumber | null,
  call: Pick<CallResult, 'callId' | 'source'> & {
    readonly problem: string;
    /** The decision that came after the permit, with all its reasons, and the policy it was made under. */
    readonly veto?: LaterVeto;
  },
): Promise<void> {
  const { callId, source, problem, veto } = call;
  sidecar.log.warn({ callId, problem }, 'permitted call not placed');
  const result: CallResult = {
    callId,
    campaignId: campaign.id,
    outcome: 'failed',
    endedAt: sidecar.clock.now(),
    hangupCause: null,
    sipStatus: null,
    source,
  };
  await settle(sidecar, campaign, number, result, { problem, veto: veto ?? null });
}

export interface LaterVeto {
  readonly decision: Decision;
  readonly policyHash: string;
}

/** Why no phone has rung. */
interface Unplaced {
  readonly problem: string;
  readonly veto: LaterVeto | null;
}

/** `unplaced`: null when a phone has rung, or may have. */
async function settle(
  sidecar: Station,
  campaign: CountedCampaign,
  number: PhoneNumber | null,
  result: CallResult,
  unplaced: Unplaced | null,
): Promise<'recorded' | 'repeated' | 'unscreened'> {
  // Unanswered by a store that is away: then it forgets, or its counts are made anew, and nothing is over-dialed until they are.
  if (countsOf(result.outcome).drops === 1) sidecar.counters.doom(result.callId).catch(() => undefined);
  // The ledger first: until it has the result the call stays in flight, and the budget takes it for a possible drop.
  const receipt = await persist(sidecar, { what: 'result', callId: result.callId }, () =>
    sidecar.ledger.append(resultDraft(campaign, number, result, unplaced)),
  );
  // INVARIANT (counters-equal-ledger): what is counted is the result that stands, not the one that came too late.
  const standing =
    receipt.kind === 'written'
      ? { ...result, placed: unplaced === null }
      : standingResult(receipt.entry, result);
  const settlement = await persist(sidecar, { what: 'count', callId: result.callId }, async () => {
    if (standing.placed) {
      const { outcome, endedAt } = standing;
      const windows = countingWindows(countedAs(sidecar.inForce(), campaign), endedAt);
      const person = number === null ? null : { sellerId: campaign.seller.id, number };
      return sidecar.counters.settle(result.callId, campaign.id, outcome, endedAt, windows, person);
    }
    await sidecar.counters.release(result.callId);
    return 'settled';
  });
  if (receipt.kind === 'duplicate') {
    if (standing.outcome === 'expired' && result.outcome !== 'expired') {
      await persist(sidecar, { what: 'late result', callId: result.callId }, () =>
        sidecar.ledger.append(lateDraft(campaign, number, result, unplaced)),
      );
    }
    return 'repeated';
  }
  return settlement === 'unscreened' ? 'unscreened' : 'recorded';
}

function standingResult(
  entry: LedgerEntry,
  late: CallResult,
): Pick<CallResult, 'outcome' | 'endedAt'> & { readonly placed: boolean } {
  const at = parseInstant(textOf(entry, 'endedAt'));
  return {
    outcome: OUTCOMES.find((each) => each === entry.body['outcome']) ?? late.outcome,
    endedAt: at.ok ? at.value : entry.at,
    placed: entry.body['placed'] !== false,
  };
}

function resultDraft(
  campaign: CountedCampaign,
  number: PhoneNumber | null,
  result: CallResult,
  unplaced: Unplaced | null,
): LedgerDraft {
  return {
    kind: 'call_result',
    dedupeKey: result.callId,
    body: {
      ...toldOf(campaign, number, result),
      placed: unplaced === null,
      problem: unplaced?.problem ?? null,
      veto: unplaced?.veto == null ? null : toJson(unplaced.veto.decision),
      vetoPolicyHash: unplaced?.veto?.policyHash ?? null,
      ...(result.connectTime === undefined ? {} : { connectTime: { ...result.connectTime } }),
    },
  };
}

/**
 * What became of a call after nobody had told in time. The first one told is kept and counts nothing: `expired` stands, a drop, so that
 * no drop can be taken back by a word that comes late.
 */
function lateDraft(
  campaign: CountedCampaign,
  number: PhoneNumber | null,
  result: CallResult,
  unplaced: Unplaced | null,
): LedgerDraft {
  return {
    kind: 'late_result',
    dedupeKey: result.callId,
    body: { ...toldOf(campaign, number, result), problem: unplaced?.problem ?? null, stands: 'expired' },
  };
}

const toldOf = (
  campaign: CountedCampaign,
  number: PhoneNumber | null,
  { callId, outcome, endedAt, hangupCause, sipStatus, source }: CallResult,
): JsonObject => ({
  callId,
  campaignId: campaign.id,
  sellerId: campaign.seller.id,
  number,
  outcome,
  endedAt: formatInstant(endedAt),
  hangupCause,
  sipStatus,
  source,
});

/**
 * A request not to be called again: the suppression is durable when this resolves. Of one call it is recorded once while it binds
 * (`repeat-only-while-it-binds`).
 */
export async function recordOptOut(
  station: Station,
  request: {
    readonly number: PhoneNumber;
    readonly sellerId: SellerId;
    readonly channel: string;
    readonly callId: string | null;
    readonly note?: string | null;
    /** As `SideFields.adjusted`. */
    readonly adjusted?: readonly string[];
  },
): Promise<LedgerReceipt> {
  const { number, sellerId, channel, callId, note = null, adjusted = [] } = request;
  const requestedAt = station.clock.now();
  const draft = {
    kind: 'opt_out',
    body: {
      ...{ number, sellerId, channel, callId, requestedAt: formatInstant(requestedAt) },
      ...(note === null ? {} : { note }),
      ...adjustedPart(adjusted),
    },
  } as const;
  if (callId === null) return station.ledger.append(draft);
  return appendWish(underRuling(station), {
    wish: { number, sellerId, requestedAt },
    draft: { ...draft, dedupeKey: `${callId}:${sellerId}:${number}` },
  });
}
