/**
 * May this text be sent now? Facts, rules, ledger, and a second look behind the durable entry.
 * INVARIANT (permit-before-text): a text is permitted only when its entry is durable, and when whatever became durable before that entry
 * still permits it. Of two that are asked at once the one with the smaller entry id counts first, whichever sidecar it was asked of, so a
 * limit holds exactly; an opt-out that came meanwhile binds this text too.
 */
import { type Decision, rankReasons, type Reason } from '../../domain/decision.ts';
import { type Fact, unknown } from '../../domain/facts.ts';
import type { SellerId } from '../../domain/ids.ts';
import { type LedgerEntry, textOf } from '../../domain/ledger-entry.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { TextHistory, TextRequest } from '../../domain/text-message.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import { candidatePlaces, contactHoursOf, evaluateText } from '../../rules/index.ts';
import { factWithin, messageOf } from '../deadline.ts';
import { decisionFromEntry } from '../decision-entry.ts';
import { gatherFacts } from '../gather-facts.ts';
import { listsInLedger } from '../lists-document.ts';
import { type Duty, type Sidecar, type Station, underRuling } from '../sidecar.ts';
import { type JudgedText, messageDraft } from './message-entry.ts';
import type { TextAnswer } from './message-doors.ts';
import { readTextHistory } from './text-history.ts';

export async function screenText(station: Station, duty: Duty, request: TextRequest): Promise<TextAnswer> {
  const sidecar = underRuling(station);
  const judged = await judgeText(sidecar, duty, request, null);
  let receipt;
  try {
    const listsHash = await listsInLedger(sidecar.ledger, judged.facts.lists);
    receipt = await sidecar.ledger.append(messageDraft(judged, listsHash, request.messageId));
  } catch (error) {
    sidecar.log.error(
      { messageId: request.messageId, problem: messageOf(error) },
      'a text was not decided durably: vetoed',
    );
    return answerOf(request, { ...judged, decision: withoutLedger(judged.decision, error) }, false);
  }
  const { entry } = receipt;
  const repeated = receipt.kind === 'duplicate';
  const first = decisionFromEntry(entry);
  if (repeated) {
    const problem = await usedUpBecause(sidecar, request, entry, first);
    if (problem !== null) return answerOf(request, { ...judged, decision: usedUp(first, problem) }, true);
    if (first.kind === 'veto') return answerOf(request, { ...judged, decision: first }, true);
  } else if (judged.decision.kind === 'veto') return answerOf(request, judged, false);
  const looked = await secondLook(station, duty, request, entry);
  // Whoever asks again may have sent it under the first permit: it counts as sent, whatever the answer is now.
  if (looked.decision.kind === 'veto' && !repeated)
    await withdraw(sidecar, looked, 'vetoed after the permit was recorded');
  return onRecord(answerOf(request, looked, repeated), entry, first);
}

/** INVARIANT (permit-before-text): what is answered is the permit on record, no longer than it holds now. */
function onRecord(answer: TextAnswer, entry: LedgerEntry, first: Decision): TextAnswer {
  const { decision } = answer;
  if (decision.kind === 'veto' || first.kind === 'veto') return answer;
  return {
    ...answer,
    decision: { ...decision, validUntil: instant(Math.min(first.validUntil, decision.validUntil)) },
    decidedAt: instant(Date.parse(textOf(entry, 'decidedAt'))),
    policyHash: textOf(entry, 'policyHash'),
  };
}

/** Under the ruling of then, with what stood before the entry; a request to confirm is noted as the one. */
async function secondLook(
  station: Station,
  duty: Duty,
  request: TextRequest,
  entry: LedgerEntry,
): Promise<JudgedText> {
  const sidecar = underRuling(station);
  const judged = await judgeText(sidecar, duty, request, entry.id);
  if (judged.decision.kind === 'veto' || request.purpose !== 'opt_in_request') return judged;
  const newest = judged.history.known ? judged.history.value.newest : null;
  const { number } = request.call;
  if (newest === null || number === null) {
    return { ...judged, decision: usedUp(judged.decision, 'there is no consent that it could confirm') };
  }
  const { consentId, sellerId } = newest;
  try {
    const asked = await sidecar.ledger.append({
      kind: 'opt_in_requested',
      dedupeKey: `${consentId}:${sellerId}:${number}`,
      body: {
        ...{ messageId: request.messageId, consentId, sellerId, number },
        requestedAt: formatInstant(sidecar.clock.now()),
      },
    });
    const isOurs = asked.entry.body['messageId'] === request.messageId;
    return isOurs ? judged : { ...judged, decision: askedBefore(judged.decision, asked.entry) };
  } catch (error) {
    return { ...judged, decision: withoutLedger(judged.decision, error) };
  }
}

export async function judgeText(
  sidecar: Sidecar,
  duty: Duty,
  request: TextRequest,
  beforeId: number | null,
): Promise<JudgedText> {
  const { call } = request;
  const { policy } = sidecar;
  const campaign = sidecar.campaigns.get(call.campaignId);
  const now = sidecar.clock.now();
  const { facts } = await gatherFacts(sidecar, duty, call, campaign, now);
  const { texts } = campaign ?? {};
  const history =
    campaign === undefined || call.number === null
      ? unknown('nothing to look up for this request')
      : await historyWithin(sidecar, {
          ...{ number: call.number, sellerId: campaign.seller.id, now, beforeId },
          textHours: texts?.limit.perHours ?? 1,
          contactHours: () => contactHoursOf(call, campaign, facts, policy),
        });
  const decision = evaluateText(request, facts, history, policy);
  return { ...request, campaign, facts, history, decision, policy };
}

/** A law that cannot tell the windows leaves the history unknown, and that is a veto. */
export const historyWithin = (
  { clock, limits, ledger }: Pick<Sidecar, 'clock' | 'limits' | 'ledger'>,
  question: {
    readonly number: PhoneNumber;
    readonly sellerId: SellerId;
    readonly now: TextAnswer['decidedAt'];
    readonly beforeId: number | null;
    readonly textHours: number;
    readonly contactHours: () => number;
  },
): Promise<Fact<TextHistory>> =>
  factWithin(clock, limits.factMs, 'texts on record', () =>
    readTextHistory(ledger, { ...question, contactHours: question.contactHours() }),
  );

/** Asked again it is the same text only with the same data, and only as long as the first permit lasts. */
async function usedUpBecause(
  sidecar: Sidecar,
  request: TextRequest,
  entry: LedgerEntry,
  first: Decision,
): Promise<string | null> {
  const { body } = entry;
  const isSame =
    body['number'] === request.call.number &&
    body['campaignId'] === request.call.campaignId &&
    body['purpose'] === request.purpose &&
    body['sender'] === request.sender &&
    body['text'] === request.text;
  if (!isSame) return 'this message id belongs to another text';
  if (first.kind === 'veto') return null;
  if (sidecar.clock.now() >= first.validUntil) return 'the permit under this message id has run out';
  const number = textOf(entry, 'number');
  try {
    const gone = await sidecar.ledger.read({
      number,
      kinds: ['message_withdrawn'],
      afterId: entry.id,
      limit: 1_000,
    });
    return gone.some((each) => each.body['messageId'] === request.messageId)
      ? 'the permit under this message id was withdrawn'
      : null;
  } catch (error) {
    return `whether it was withdrawn is not known: ${messageOf(error)}`;
  }
}

/** It does not count as sent then. Where the ledger does not take it, it counts all the same. */
async function withdraw(
  sidecar: Sidecar,
  { messageId, call, campaign, decision }: JudgedText,
  why: string,
): Promise<void> {
  if (call.number === null || campaign === undefined || decision.kind === 'permit') return;
  const codes = decision.reasons.map(({ code }) => code);
  try {
    await sidecar.ledger.append({
      kind: 'message_withdrawn',
      dedupeKey: messageId,
      body: { messageId, number: call.number, sellerId: campaign.seller.id, why, codes },
    });
  } catch (error) {
    sidecar.log.warn({ messageId, problem: messageOf(error) }, 'a text that was withdrawn counts as sent');
  }
}

const answerOf = (request: TextRequest, judged: JudgedText, repeated: boolean): TextAnswer => ({
  messageId: request.messageId,
  purpose: request.purpose,
  request: request.call,
  sender: request.sender,
  text: judged.decision.kind === 'permit' ? request.text : null,
  places: candidatePlaces(request.call, judged.policy),
  decision: judged.decision,
  decidedAt: judged.facts.now,
  policyHash: judged.policy.hash,
  repeated,
});

const vetoed = (decision: Decision, reason: Reason): Decision => {
  const others = decision.kind === 'veto' ? decision.reasons : [];
  const [first = reason, ...rest] = rankReasons([...others, reason]);
  return { kind: 'veto', reasons: [first, ...rest], warnings: decision.warnings };
};

const usedUp = ({ warnings }: Decision, problem: string): Decision => ({
  kind: 'veto',
  reasons: [
    {
      code: 'fact_unavailable',
      rule: 'system',
      basis: 'house rule: one permit is one text',
      detail: { fact: 'message_id', problem },
    },
  ],
  warnings,
});

const askedBefore = (decision: Decision, asked: LedgerEntry): Decision =>
  vetoed(decision, {
    code: 'opt_in_already_requested',
    rule: 'opt_in',
    basis: 'house rule: double opt-in, one request',
    detail: { requested_at: textOf(asked, 'requestedAt'), consent_id: textOf(asked, 'consentId') },
  });

/** A decision that could not be written is a veto, whatever the rules said. */
const withoutLedger = (decision: Decision, error: unknown): Decision =>
  vetoed(decision, {
    code: 'ledger_unavailable',
    rule: 'system',
    basis: 'a decision is durable before its text',
    detail: { problem: messageOf(error) },
  });
