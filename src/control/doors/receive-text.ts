/** An inbound text message: a word that revokes is the opt-out, anything else waits for a person and stops the calls until then. */
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { JsonObject, LedgerDraft } from '../../domain/ledger-entry.ts';
import { parsePersonNumber, parsePhoneNumber } from '../../domain/phone-number.ts';
import { readRevocationText } from '../../domain/revocation-text.ts';
import { addMs, formatInstant, type Instant } from '../../domain/time.ts';
import type { UnclearRequest } from '../../domain/unclear-request.ts';
import { type LedgerReceipt, LedgerUnavailable } from '../../ports/ledger.ts';
import { InputProblem } from '../input-problem.ts';
import type { Sidecar } from '../sidecar.ts';
import { NO_ID } from '../spool/held-entries.ts';
import { appendWish } from './append-wishes.ts';
import { knownSeller, sellersAt, sellersTextingFrom } from './known-sellers.ts';
import { adjustedPart, optOutDraft } from './opt-out-entry.ts';
import type { InboundText, PeopleDoors, TextTaken } from './people-doors.ts';

type Store = Pick<Sidecar, 'ledger' | 'records' | 'clock' | 'campaigns' | 'retired' | 'policy'>;

const CHANNEL = 'text';

export async function receiveText(store: Store, message: InboundText): Promise<TextTaken> {
  const meaning = readRevocationText(message.text, store.policy.law.federal.revocationWords);
  // A gateway's clock may be ahead of ours; the wish is not from tomorrow for that.
  const receivedAt = Math.min(message.receivedAt, store.clock.now()) as Instant;
  const found = await sellersOf(store, message);
  const { text, adjusted } = message;
  const from = parsePersonNumber(message.from);
  if (!from.ok || found.sellers.length === 0) {
    await store.ledger.append(unmatchedDraft(message, receivedAt, meaning.kind));
    // Whether it belongs to anybody nobody knows while the ledger is away: whoever brings it may bring it again.
    throw from.ok
      ? (found.away ?? found.problem)
      : new InputProblem('from', message.from.slice(0, 80), 'a telephone number of the United States');
  }
  const number = from.value;
  const seen = seenOf(message);
  const taken = found.sellers.map((sellerId): Promise<LedgerReceipt> => {
    const key = keyOf(message, sellerId);
    if (meaning.kind === 'unclear') {
      return hold(store, { number, sellerId, text, receivedAt }, key, { ...seen, ...adjustedPart(adjusted) });
    }
    const wish = { ...NAMELESS, number, sellerId, channel: CHANNEL, requestedAt: receivedAt, adjusted };
    const said = { ...seen, text, word: meaning.word, basis: meaning.basis };
    return appendWish(store, { wish, draft: optOutDraft(wish, `text:${key}`, said) });
  });
  const receipts = await Promise.all(taken);
  if (found.away !== null) {
    // It binds those who are known now; whom else it was said to a person must find out.
    const rest = unmatchedDraft(message, receivedAt, meaning.kind);
    await store.ledger.append({ ...rest, body: { ...rest.body, recordedFor: [...found.sellers] } });
  }
  return {
    meaning: meaning.kind,
    word: meaning.kind === 'revocation' ? meaning.word : null,
    receipts,
  };
}

/** Nobody says a name or what was offered in a text. */
const NAMELESS = { name: null, goods: null } as const;

/**
 * Number and text are part of the key: an id that a gateway gives twice must not swallow another person's request, nor what the same
 * person says next. Without an id the message is known by what it says and when.
 */
const keyOf = ({ from, to, text, receivedAt, messageId }: InboundText, seller: string): string =>
  sha256Hex(JSON.stringify([seller, from, text, messageId ?? [to, receivedAt]]));

const seenOf = ({ to, messageId }: InboundText): Readonly<Record<string, string>> => ({
  to,
  ...(messageId === null ? {} : { messageId }),
});

interface SellersFound {
  readonly sellers: readonly SellerId[];
  /** For when there is none. */
  readonly problem: InputProblem;
  /** As `ReachedSellers.away`. */
  readonly away: LedgerUnavailable | null;
}

/** Whom the person speaks to: the seller that is named, or everybody who is reached at `to`. */
export async function sellersOf(
  store: Pick<Store, 'campaigns' | 'retired' | 'records'>,
  { to, seller }: Pick<InboundText, 'to' | 'seller'>,
): Promise<SellersFound> {
  const expected = 'a caller ID or callback number of a campaign, or a seller in seller';
  const problem = new InputProblem('to', to.slice(0, 80), expected);
  if (seller === null) {
    const number = parsePhoneNumber(to);
    if (number.ok) return { ...(await sellersAt(store, number.value)), problem };
    return { sellers: sellersTextingFrom(store, to.trim()), problem, away: null };
  }
  try {
    return { sellers: [await knownSeller(store, seller)], problem, away: null };
  } catch (error) {
    if (error instanceof InputProblem) return { sellers: [], problem: error, away: null };
    if (error instanceof LedgerUnavailable) return { sellers: [], problem, away: error };
    throw error;
  }
}

/** It may be a wish, and the sender may never say it again: whoever reads the ledger can still find out whose it is. */
function unmatchedDraft(
  message: InboundText,
  receivedAt: Instant,
  meaning: 'revocation' | 'unclear',
): LedgerDraft {
  const { from: number, text, seller, adjusted } = message;
  return {
    kind: 'text_unmatched',
    dedupeKey: keyOf(message, `unmatched ${seller ?? message.to}`),
    body: {
      ...seenOf(message),
      ...{ number, text, seller, meaning, receivedAt: formatInstant(receivedAt) },
      ...adjustedPart(adjusted),
    },
  };
}

type Unclear = Pick<UnclearRequest, 'number' | 'sellerId' | 'text' | 'receivedAt'>;

/** A repeat while such a text holds the calls, or when it was received before the last one was settled: as `repeat-only-while-it-binds`. */
async function hold(store: Store, request: Unclear, key: string, seen: JsonObject): Promise<LedgerReceipt> {
  const first = await store.ledger.append(unclearDraft(request, key, seen));
  // What waits on the disk nobody has settled.
  if (first.kind === 'written' || first.entry.id === NO_ID) return first;
  const { number, sellerId, receivedAt } = request;
  const { unclearRequest } = await store.records.standing({ number, sellerId, callerId: null });
  if (unclearRequest !== null) return first;
  const settledAt = await lastSettledAt(store, request);
  return settledAt === null || addMs(receivedAt, store.policy.clockGuardMs) <= settledAt
    ? first
    : store.ledger.append(unclearDraft(request, sha256Hex(`${key}:after:${settledAt}`), seen));
}

/** Settlements of one number that are looked through, newest first; they may be of several sellers. */
const SETTLEMENTS_MAX = 1_000;

async function lastSettledAt({ ledger }: Store, { number, sellerId }: Unclear): Promise<Instant | null> {
  const settlements = await ledger.read({
    number,
    kinds: ['unclear_request_settled'],
    order: 'desc',
    limit: SETTLEMENTS_MAX,
  });
  return settlements.find(({ body }) => body['sellerId'] === sellerId)?.at ?? null;
}

const requestIdOf = (key: string): string => `text-${key.slice(0, 32)}`;

function unclearDraft(request: Unclear, key: string, seen: JsonObject): LedgerDraft {
  const requestId = requestIdOf(key);
  return {
    kind: 'unclear_request',
    dedupeKey: requestId,
    body: { ...request, requestId, channel: CHANNEL, receivedAt: formatInstant(request.receivedAt), ...seen },
  };
}

/** INVARIANT (opt-out-before-settled): the hold is lifted only when the opt-out that takes its place is durable. */
export async function settleRequest(
  store: Pick<Store, 'ledger' | 'records' | 'clock' | 'policy'>,
  { requestId, as, who, why }: Parameters<PeopleDoors['settleRequest']>[0],
): ReturnType<PeopleDoors['settleRequest']> {
  const { ledger, records, clock } = store;
  const found = await records.unclearRequestById(requestId);
  if (found === null) {
    throw new InputProblem('request_id', requestId, 'an id of GET /v1/unclear-requests');
  }
  const { number, sellerId, channel, receivedAt } = found.request;
  if (as === 'opt_out') {
    const wish = { ...NAMELESS, number, sellerId, channel, requestedAt: receivedAt, adjusted: [] };
    await appendWish(store, { wish, draft: optOutDraft(wish, `settled:${requestId}`, { requestId }) });
  }
  return ledger.append({
    kind: 'unclear_request_settled',
    dedupeKey: requestId,
    body: { requestId, number, sellerId, as, who, why, settledAt: formatInstant(clock.now()) },
  });
}
