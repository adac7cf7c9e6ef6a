/**
 * An inbound text with everything that may follow from it. A word that revokes, and whatever nobody can read, goes the way of every
 * text (`receive-text.ts`) before anything else happens; YES confirms only what was asked; HELP is answered unless the person has stopped us.
 * INVARIANT (stop-before-reply): a reply is made only when what the person said is durable.
 */
import type { LedgerReceipt } from '../../ports/ledger.ts';
import type { SellerId } from '../../domain/ids.ts';
import { parsePersonNumber, type PhoneNumber } from '../../domain/phone-number.ts';
import { wordSaid } from '../../domain/revocation-text.ts';
import { addMs, type Instant } from '../../domain/time.ts';
import type { InboundText } from '../doors/people-doors.ts';
import { receiveText, sellersOf } from '../doors/receive-text.ts';
import { type Duty, type Sidecar, type Station, underRuling } from '../sidecar.ts';
import type { MessageTaken, TextReply } from './message-doors.ts';
import { answerHelp, confirmStop } from './replies.ts';
import { textConfirmationDraft } from './text-entries.ts';
import { readTextHistory } from './text-history.ts';

export async function receiveMessage(
  station: Station,
  duty: Duty,
  message: InboundText,
): Promise<MessageTaken> {
  const sidecar = underRuling(station);
  const { textConfirmationWords, textHelpWords, revocationWords } = sidecar.policy.law.federal;
  const receivedAt = Math.min(message.receivedAt, sidecar.clock.now()) as Instant;
  const from = parsePersonNumber(message.from);
  const revokes = wordSaid(message.text, revocationWords) !== null;
  if (from.ok && !revokes) {
    const inbound = { ...message, receivedAt, number: from.value };
    const yes = wordSaid(message.text, textConfirmationWords);
    const receipts = yes === null ? [] : await confirm(sidecar, inbound);
    if (yes !== null && receipts.length > 0) {
      return { meaning: 'confirmation', word: yes.word, receipts, replies: [] };
    }
    const help = wordSaid(message.text, textHelpWords);
    const replies = help === null ? null : await helpFrom(sidecar, duty, inbound);
    if (help !== null && replies !== null) return { meaning: 'help', word: help.word, ...replies };
  }
  const taken = await receiveText(sidecar, message);
  if (taken.meaning !== 'revocation' || !from.ok) return { ...taken, replies: [] };
  const inbound = { ...message, receivedAt, number: from.value };
  const replies: TextReply[] = [];
  for (const receipt of taken.receipts) {
    const reply = await confirmStop(underRuling(station), duty, inbound, receipt);
    if (reply !== null) replies.push(reply);
  }
  return { ...taken, replies };
}

/** As received, with its number read; never of tomorrow. */
export interface ReadInbound extends InboundText {
  readonly number: PhoneNumber;
}

/**
 * One receipt for each seller whose request was answered; none where nobody has asked, or where the person has stopped us since: then a
 * yes is the answer to something that is not known, and waits for a person as any other text.
 */
async function confirm(sidecar: Sidecar, inbound: ReadInbound): Promise<readonly LedgerReceipt[]> {
  const { sellers } = await sellersOf(sidecar, inbound);
  const receipts: LedgerReceipt[] = [];
  for (const sellerId of sellers) {
    const receipt = await confirmTo(sidecar, inbound, sellerId);
    if (receipt !== null) receipts.push(receipt);
  }
  return receipts;
}

async function confirmTo(
  { ledger, records, clock, policy }: Sidecar,
  { number, receivedAt, text, messageId }: ReadInbound,
  sellerId: SellerId,
): Promise<LedgerReceipt | null> {
  const question = { number, sellerId, now: clock.now(), textHours: 1, contactHours: 1, beforeId: null };
  const [{ newest, optIn }, { internalRequest, consent }] = await Promise.all([
    readTextHistory(ledger, question),
    records.standing({ number, sellerId, callerId: null }),
  ]);
  if (newest === null || optIn === null) return null;
  // A gateway's clock may be behind ours by as much as clocks are allowed to differ.
  if (addMs(receivedAt, policy.clockGuardMs) < optIn.requestedAt) return null;
  const { revokedAt } = consent;
  const stopped = [internalRequest?.requestedAt ?? null, revokedAt].some(
    (each) => each !== null && addMs(each, policy.clockGuardMs) >= newest.givenAt,
  );
  if (stopped) return null;
  const confirmedAt = Math.max(receivedAt, newest.givenAt) as Instant;
  return ledger.append(textConfirmationDraft(newest, confirmedAt, { text, messageId }));
}

/** Null where no campaign texts from there: then nobody can answer, and a person reads it. */
async function helpFrom(
  sidecar: Sidecar,
  duty: Duty,
  inbound: ReadInbound,
): Promise<Pick<MessageTaken, 'receipts' | 'replies'> | null> {
  const { sellers } = await sellersOf(sidecar, inbound);
  const receipts: LedgerReceipt[] = [];
  const replies: TextReply[] = [];
  for (const sellerId of sellers) {
    const answered = await answerHelp(sidecar, duty, inbound, sellerId);
    if (answered === null) continue;
    receipts.push(answered.receipt);
    if (answered.reply !== null) replies.push(answered.reply);
  }
  return receipts.length === 0 ? null : { receipts, replies };
}
