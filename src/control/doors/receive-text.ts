/** An inbound text message: a word that revokes is the opt-out, anything else waits for a person and stops the calls until then. */
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { LedgerDraft } from '../../domain/ledger-entry.ts';
import { readRevocationText } from '../../domain/revocation-text.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import type { UnclearRequest } from '../../domain/unclear-request.ts';
import { InputProblem } from '../input-problem.ts';
import type { Sidecar } from '../sidecar.ts';
import { knownSeller, sellersAt } from './known-sellers.ts';
import { optOutDraft } from './opt-out-entry.ts';
import type { InboundText, PeopleDoors, TextTaken } from './people-doors.ts';

type Store = Pick<Sidecar, 'ledger' | 'records' | 'clock' | 'campaigns' | 'retired' | 'policy'>;

const CHANNEL = 'text';

export async function receiveText(store: Store, message: InboundText): Promise<TextTaken> {
  const meaning = readRevocationText(message.text, store.policy.law.federal.revocationWords);
  // A gateway's clock may be ahead of ours; the wish is not from tomorrow for that.
  const receivedAt = Math.min(message.receivedAt, store.clock.now()) as Instant;
  const drafts = sellersOf(store, message).map((sellerId): LedgerDraft => {
    const { from: number, to, text, messageId } = message;
    // The number is part of the key: an id that a gateway gives twice must not swallow another person's request.
    const key = sha256Hex(JSON.stringify([sellerId, number, messageId]));
    if (meaning.kind === 'unclear')
      return unclearDraft({ number, sellerId, text, receivedAt }, key, { to, messageId });
    const request = { number, sellerId, channel: CHANNEL, requestedAt: receivedAt, name: null, goods: null };
    return optOutDraft(request, `text:${key}`, {
      text,
      to,
      messageId,
      word: meaning.word,
      basis: meaning.basis,
    });
  });
  return {
    meaning: meaning.kind,
    word: meaning.kind === 'revocation' ? meaning.word : null,
    receipts: await Promise.all(drafts.map((draft) => store.ledger.append(draft))),
  };
}

function sellersOf(store: Store, { to, sellerId }: InboundText): readonly SellerId[] {
  if (sellerId !== null) return [knownSeller(store, sellerId)];
  const found = sellersAt(store, to);
  if (found.length > 0) return found;
  throw new InputProblem('to', to, 'a caller ID or callback number of a campaign, or a seller in seller');
}

function unclearDraft(
  request: Pick<UnclearRequest, 'number' | 'sellerId' | 'text' | 'receivedAt'>,
  key: string,
  seen: Readonly<Record<string, string>>,
): LedgerDraft {
  const requestId = `text-${key.slice(0, 32)}`;
  return {
    kind: 'unclear_request',
    dedupeKey: requestId,
    body: { ...request, requestId, channel: CHANNEL, receivedAt: formatInstant(request.receivedAt), ...seen },
  };
}

/** INVARIANT (opt-out-before-settled): the hold is lifted only when the opt-out that takes its place is durable. */
export const settleRequest =
  ({ ledger, records, clock }: Store): PeopleDoors['settleRequest'] =>
  async ({ requestId, as, who, why }) => {
    const found = await records.unclearRequestById(requestId);
    if (found === null) {
      throw new InputProblem('request_id', requestId, 'an id of GET /v1/unclear-requests');
    }
    const { number, sellerId, channel, receivedAt } = found.request;
    if (as === 'opt_out') {
      const request = { number, sellerId, channel, requestedAt: receivedAt, name: null, goods: null };
      await ledger.append(optOutDraft(request, `settled:${requestId}`, { requestId }));
    }
    return ledger.append({
      kind: 'unclear_request_settled',
      dedupeKey: requestId,
      body: { requestId, number, sellerId, as, who, why, settledAt: formatInstant(clock.now()) },
    });
  };
