/** An inbound text message: a word that revokes is the opt-out, anything else waits for a person and stops the calls until then. */
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { JsonObject, LedgerDraft } from '../../domain/ledger-entry.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import { readRevocationText } from '../../domain/revocation-text.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import type { UnclearRequest } from '../../domain/unclear-request.ts';
import { InputProblem } from '../input-problem.ts';
import type { Sidecar } from '../sidecar.ts';
import { knownSeller, sellersAt } from './known-sellers.ts';
import { adjustedPart, optOutDraft } from './opt-out-entry.ts';
import type { InboundText, PeopleDoors, TextTaken } from './people-doors.ts';

type Store = Pick<Sidecar, 'ledger' | 'records' | 'clock' | 'campaigns' | 'retired' | 'policy'>;

const CHANNEL = 'text';

export async function receiveText(store: Store, message: InboundText): Promise<TextTaken> {
  const meaning = readRevocationText(message.text, store.policy.law.federal.revocationWords);
  // A gateway's clock may be ahead of ours; the wish is not from tomorrow for that.
  const receivedAt = Math.min(message.receivedAt, store.clock.now()) as Instant;
  const found = await sellersOf(store, message);
  if (found.sellers.length === 0) {
    await store.ledger.append(unmatchedDraft(message, receivedAt, meaning.kind));
    throw found.problem;
  }
  const drafts = found.sellers.map((sellerId): LedgerDraft => {
    const { from: number, text, adjusted } = message;
    const key = keyOf(message, sellerId);
    const seen = seenOf(message);
    if (meaning.kind === 'unclear')
      return unclearDraft({ number, sellerId, text, receivedAt }, key, {
        ...seen,
        ...adjustedPart(adjusted),
      });
    const wish = { ...NAMELESS, number, sellerId, channel: CHANNEL, requestedAt: receivedAt, adjusted };
    return optOutDraft(wish, `text:${key}`, { ...seen, text, word: meaning.word, basis: meaning.basis });
  });
  return {
    meaning: meaning.kind,
    word: meaning.kind === 'revocation' ? meaning.word : null,
    receipts: await Promise.all(drafts.map((draft) => store.ledger.append(draft))),
  };
}

/** Nobody says a name or what was offered in a text. */
const NAMELESS = { name: null, goods: null } as const;

/**
 * The number is part of the key: an id that a gateway gives twice must not swallow another person's request. Without an id the message
 * is known by what it says and when.
 */
const keyOf = ({ from, to, text, receivedAt, messageId }: InboundText, seller: string): string =>
  sha256Hex(JSON.stringify([seller, from, messageId ?? [to, text, receivedAt]]));

const seenOf = ({ to, messageId }: InboundText): Readonly<Record<string, string>> => ({
  to,
  ...(messageId === null ? {} : { messageId }),
});

interface SellersFound {
  readonly sellers: readonly SellerId[];
  /** For when there is none. */
  readonly problem: InputProblem;
}

async function sellersOf(store: Store, { to, seller }: InboundText): Promise<SellersFound> {
  const expected = 'a caller ID or callback number of a campaign, or a seller in seller';
  const problem = new InputProblem('to', to.slice(0, 80), expected);
  if (seller === null) {
    const number = parsePhoneNumber(to);
    return { sellers: number.ok ? await sellersAt(store, number.value) : [], problem };
  }
  try {
    return { sellers: [await knownSeller(store, seller)], problem };
  } catch (error) {
    if (error instanceof InputProblem) return { sellers: [], problem: error };
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

function unclearDraft(
  request: Pick<UnclearRequest, 'number' | 'sellerId' | 'text' | 'receivedAt'>,
  key: string,
  seen: JsonObject,
): LedgerDraft {
  const requestId = `text-${key.slice(0, 32)}`;
  return {
    kind: 'unclear_request',
    dedupeKey: requestId,
    body: { ...request, requestId, channel: CHANNEL, receivedAt: formatInstant(request.receivedAt), ...seen },
  };
}

/** INVARIANT (opt-out-before-settled): the hold is lifted only when the opt-out that takes its place is durable. */
export async function settleRequest(
  { ledger, records, clock }: Pick<Store, 'ledger' | 'records' | 'clock'>,
  { requestId, as, who, why }: Parameters<PeopleDoors['settleRequest']>[0],
): ReturnType<PeopleDoors['settleRequest']> {
  const found = await records.unclearRequestById(requestId);
  if (found === null) {
    throw new InputProblem('request_id', requestId, 'an id of GET /v1/unclear-requests');
  }
  const { number, sellerId, channel, receivedAt } = found.request;
  if (as === 'opt_out') {
    const wish = { ...NAMELESS, number, sellerId, channel, requestedAt: receivedAt, adjusted: [] };
    await ledger.append(optOutDraft(wish, `settled:${requestId}`, { requestId }));
  }
  return ledger.append({
    kind: 'unclear_request_settled',
    dedupeKey: requestId,
    body: { requestId, number, sellerId, as, who, why, settledAt: formatInstant(clock.now()) },
  });
}
