/**
 * The two texts that answer a person: the one confirmation of a revocation (47 CFR 64.1200(a)(12)) and the answer to HELP. Each is a
 * decision in the ledger before it is handed out, under a key that makes it one.
 */
import type { Campaign } from '../../domain/campaign.ts';
import type { Decision } from '../../domain/decision.ts';
import type { FixedFacts } from '../../domain/facts.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { CallId, SellerId } from '../../domain/ids.ts';
import { NO_LEAD_FACTS, type OriginationRequest } from '../../domain/origination.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import type { TextReplyPurpose, TextSettings } from '../../domain/text-message.ts';
import { addMs, formatInstant, type Instant, SECOND_MS } from '../../domain/time.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { evaluateReply } from '../../rules/index.ts';
import { messageOf } from '../deadline.ts';
import { gatherFacts } from '../gather-facts.ts';
import type { Duty, Sidecar } from '../sidecar.ts';
import { messageDraft } from './message-entry.ts';
import type { TextReply } from './message-doors.ts';
import type { ReadInbound } from './receive-message.ts';
import { historyWithin } from './screen-text.ts';
import { newestTextConsent } from './text-history.ts';

interface Texting {
  readonly campaign: Campaign;
  readonly texts: TextSettings;
  readonly sender: string;
}

/** The campaign of the seller that texts from where the person has written to; null when none does. */
function textingFrom({ campaigns }: Sidecar, sellerId: SellerId, to: string): Texting | null {
  const number = parsePhoneNumber(to);
  const sender = number.ok ? number.value : to.trim();
  for (const campaign of campaigns.values()) {
    const { texts } = campaign;
    if (campaign.seller.id === sellerId && texts?.senders.includes(sender) === true)
      return { campaign, texts, sender };
  }
  return null;
}

/**
 * Null where none may be sent: the revocation is not new, the five minutes are over, nobody texts from there, or one was sent already
 * since the person consented last. The person asked for silence, so whatever is not known is no reply.
 */
export async function confirmStop(
  sidecar: Sidecar,
  duty: Duty,
  inbound: ReadInbound,
  receipt: LedgerReceipt,
): Promise<TextReply | null> {
  const sellerId = receipt.entry.body['sellerId'] as SellerId;
  const found = textingFrom(sidecar, sellerId, inbound.to);
  if (receipt.kind === 'duplicate' || found === null) return null;
  const sendBefore = replyUntil(sidecar, inbound);
  if (sidecar.clock.now() >= sendBefore) return null;
  try {
    const consent = await newestTextConsent(sidecar.ledger, { number: inbound.number, sellerId });
    const key = `opt_out_confirmation:${sellerId}:${inbound.number}:${consent?.consentId ?? 'none'}`;
    const made = await reply(sidecar, duty, inbound, found, {
      ...{ purpose: 'opt_out_confirmation', key, sendBefore, text: found.texts.templates.optOutConfirmation },
      judge: (_call, facts) => ({
        kind: 'permit',
        obligations: [],
        warnings: [],
        validUntil: Math.min(sendBefore, addMs(facts.now, sidecar.policy.permitValidMs)) as Instant,
      }),
    });
    return made.reply;
  } catch (error) {
    sidecar.log.warn({ problem: messageOf(error) }, 'a revocation by text stands and is not confirmed');
    return null;
  }
}

/** Null where nobody of the seller texts from there. At most one answer a day: two machines must not talk to each other for ever. */
export async function answerHelp(
  sidecar: Sidecar,
  duty: Duty,
  inbound: ReadInbound,
  sellerId: SellerId,
): Promise<{ readonly receipt: LedgerReceipt; readonly reply: TextReply | null } | null> {
  const found = textingFrom(sidecar, sellerId, inbound.to);
  if (found === null) return null;
  const { number } = inbound;
  const now = sidecar.clock.now();
  const history = await historyWithin(sidecar, {
    ...{ number, sellerId, now, beforeId: null, textHours: 1 },
    contactHours: () => 1,
  });
  return reply(sidecar, duty, inbound, found, {
    purpose: 'help',
    key: `help:${sellerId}:${number}:${formatInstant(now).slice(0, 10)}`,
    sendBefore: replyUntil(sidecar, inbound),
    text: found.texts.templates.help,
    judge: (call, facts) => evaluateReply(call, facts, history, sidecar.policy),
  });
}

/** The law's bound for confirmations; an answer to HELP that comes later answers nothing either. */
const replyUntil = ({ policy }: Sidecar, { receivedAt }: ReadInbound): Instant =>
  addMs(receivedAt, policy.law.federal.revocationConfirmationSeconds.value * SECOND_MS);

async function reply(
  sidecar: Sidecar,
  duty: Duty,
  inbound: ReadInbound,
  { campaign, sender }: Texting,
  wanted: {
    readonly purpose: TextReplyPurpose;
    readonly key: string;
    readonly sendBefore: Instant;
    readonly text: string;
    readonly judge: (call: OriginationRequest, facts: FixedFacts) => Decision;
  },
): Promise<{ readonly receipt: LedgerReceipt; readonly reply: TextReply | null }> {
  const { purpose, key, sendBefore, text } = wanted;
  const messageId = `${purpose === 'help' ? 'help' : 'stop'}-${sha256Hex(key).slice(0, 32)}`;
  const call = callOf(sidecar, inbound, campaign, messageId);
  const { facts } = await gatherFacts(sidecar, duty, call, campaign, sidecar.clock.now());
  const decision = wanted.judge(call, facts);
  const receipt = await sidecar.ledger.append(
    messageDraft(
      {
        ...{ messageId, purpose, sender, text, call, campaign, facts, decision, policy: sidecar.policy },
        history: { known: false, problem: 'an answer is no contact of ours' },
      },
      null,
      key,
      { from: inbound.from, text: inbound.text, receivedAt: inbound.receivedAt, sendBefore },
    ),
  );
  if (receipt.kind === 'duplicate' || decision.kind === 'veto') return { receipt, reply: null };
  // One append lies between the facts and the entry: a stop that became durable meanwhile binds an answer too.
  const again = await gatherFacts(sidecar, duty, call, campaign, sidecar.clock.now());
  const isLate = sidecar.clock.now() >= sendBefore;
  if (isLate || wanted.judge(call, again.facts).kind === 'veto') return { receipt, reply: null };
  return {
    receipt,
    reply: {
      ...{ messageId, purpose, sellerId: campaign.seller.id, sender, text, sendBefore },
      to: inbound.number,
    },
  };
}

const callOf = (
  sidecar: Sidecar,
  { number, from }: ReadInbound,
  campaign: Campaign,
  messageId: string,
): OriginationRequest => ({
  callId: messageId as CallId,
  campaignId: campaign.id,
  numberText: from.slice(0, 80),
  number,
  callerIdText: '',
  callerId: null,
  lead: NO_LEAD_FACTS,
  automated: false,
  requestedAt: sidecar.clock.now(),
  placedBy: 'dialer',
  door: 'http',
});
