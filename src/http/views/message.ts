/** A decision about a text message as JSON, and what is to be answered to an inbound one. */
import { Type, type Static } from 'typebox';
import type { MessageTaken, TextAnswer } from '../../control/messages/message-doors.ts';
import { PLACE_GROUNDS } from '../../domain/places.ts';
import { TEXT_PURPOSES, TEXT_REPLIES } from '../../domain/text-message.ts';
import { formatInstant } from '../../domain/time.ts';
import { Detail, MaybeText, OneOf } from '../schema.ts';
import { ReasonSchema, viewReason } from './decision.ts';
import { ReceiptSchema, viewReceipt } from './entry.ts';

export const MessageDecisionSchema = Type.Object(
  {
    message_id: Type.String(),
    verdict: OneOf(['permit', 'veto']),
    purpose: OneOf(TEXT_PURPOSES),
    headline: MaybeText,
    reasons: Type.Array(ReasonSchema, { description: 'in rank order; empty for a permit' }),
    warnings: Type.Array(Type.Object({ code: Type.String(), rule: Type.String(), detail: Detail })),
    places: Type.Array(
      Type.Object({ state: Type.String(), zone: Type.String(), because: OneOf(PLACE_GROUNDS) }),
      { description: 'every place the person may be: lawful in all of them, or a veto' },
    ),
    text: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'what is to be sent, word by word; null on a veto',
    }),
    sender: Type.String(),
    number: Type.String({ description: 'as read, or as given when it could not be read' }),
    campaign: Type.String(),
    valid_until: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'hand it to the gateway before this, or ask again',
    }),
    decided_at: Type.String(),
    policy_hash: Type.String(),
    repeated: Type.Boolean({ description: 'this message id was decided before' }),
  },
  { $id: 'MessageDecision' },
);

export const MessageTakenSchema = Type.Object(
  {
    meaning: OneOf(
      ['revocation', 'confirmation', 'help', 'unclear'],
      'unclear: neither call nor text to the number until somebody settles it',
    ),
    word: MaybeText,
    receipts: Type.Array(ReceiptSchema),
    replies: Type.Array(
      Type.Object({
        message_id: Type.String(),
        purpose: OneOf(TEXT_REPLIES),
        seller: Type.String(),
        to: Type.String(),
        sender: Type.String(),
        text: Type.String({ description: 'word by word' }),
        send_before: Type.String({ description: 'later it must not be sent' }),
      }),
      { description: 'send these now and nothing else; each is in the ledger' },
    ),
  },
  { $id: 'MessageTaken' },
);

export function viewMessageDecision(answer: TextAnswer): Static<typeof MessageDecisionSchema> {
  const { decision, request, places } = answer;
  const reasons = decision.kind === 'veto' ? decision.reasons : [];
  return {
    message_id: answer.messageId,
    verdict: decision.kind,
    purpose: answer.purpose,
    headline: decision.kind === 'veto' ? decision.reasons[0].code : null,
    reasons: reasons.map(viewReason),
    warnings: decision.warnings.map((each) => ({ ...each, detail: { ...each.detail } })),
    places: places.map(({ state, zone, because }) => ({ state, zone, because })),
    text: answer.text,
    sender: answer.sender,
    number: request.number ?? request.numberText,
    campaign: request.campaignId,
    valid_until: decision.kind === 'permit' ? formatInstant(decision.validUntil) : null,
    decided_at: formatInstant(answer.decidedAt),
    policy_hash: answer.policyHash,
    repeated: answer.repeated,
  };
}

export const viewMessageTaken = (taken: MessageTaken): Static<typeof MessageTakenSchema> => ({
  meaning: taken.meaning,
  word: taken.word,
  receipts: taken.receipts.map(viewReceipt),
  replies: taken.replies.map((each) => ({
    message_id: each.messageId,
    purpose: each.purpose,
    seller: each.sellerId,
    to: each.to,
    sender: each.sender,
    text: each.text,
    send_before: formatInstant(each.sendBefore),
  })),
});
