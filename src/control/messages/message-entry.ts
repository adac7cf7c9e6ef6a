/** A decision about a text as its ledger entry: everything it saw stands in it, or in a document that it names by hash. */
import type { Campaign } from '../../domain/campaign.ts';
import type { Decision } from '../../domain/decision.ts';
import type { Fact, FixedFacts } from '../../domain/facts.ts';
import type { Hash } from '../../domain/hash-chain.ts';
import type { JsonObject, LedgerDraft } from '../../domain/ledger-entry.ts';
import type { OriginationRequest } from '../../domain/origination.ts';
import type { TextHistory, TextPurpose, TextReplyPurpose } from '../../domain/text-message.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import { candidatePlaces, localTimeAt } from '../../rules/index.ts';
import type { Policy } from '../../domain/policy.ts';
import { toJson } from '../decision-entry.ts';
import { recordedLists } from '../lists-document.ts';

export interface JudgedText {
  readonly messageId: string;
  readonly purpose: TextPurpose | TextReplyPurpose;
  readonly sender: string;
  readonly text: string | null;
  readonly call: OriginationRequest;
  readonly campaign: Campaign | undefined;
  readonly facts: FixedFacts;
  readonly history: Fact<TextHistory>;
  readonly decision: Decision;
  readonly policy: Policy;
}

/** Why an answer is made: the person's own text. */
export interface Answered {
  readonly from: string;
  readonly text: string;
  readonly receivedAt: Instant;
  /** The last instant at which the answer may be sent. */
  readonly sendBefore: Instant;
}

export function messageDraft(
  judged: JudgedText,
  listsHash: Hash | null,
  dedupeKey: string,
  answered: Answered | null = null,
): LedgerDraft {
  const { messageId, purpose, sender, text, call, campaign, facts, history, decision, policy } = judged;
  const lists =
    facts.lists.known && listsHash !== null
      ? { known: true, value: recordedLists(facts.lists.value, listsHash) }
      : facts.lists;
  const state = facts.campaign.known ? facts.campaign.value : null;
  return {
    kind: 'message_decision',
    dedupeKey,
    body: {
      messageId,
      purpose,
      campaignId: call.campaignId,
      sellerId: campaign?.seller.id ?? null,
      number: call.number,
      sender,
      text,
      verdict: decision.kind,
      headline: decision.kind === 'veto' ? decision.reasons[0].code : null,
      decidedAt: formatInstant(facts.now),
      policyHash: policy.hash,
      places: candidatePlaces(call, policy).map(({ state: place, zone, because }) => ({
        ...{ state: place, zone, because },
        local: localTimeAt(facts.now, zone).text,
      })),
      decision: toJson(decision),
      request: toJson(call),
      // The campaign's settings are covered by the policy hash.
      facts: toJson({
        ...facts,
        campaign: state === null ? facts.campaign : { known: true, value: { paused: state.paused } },
        lists,
        texts: history,
      }),
      ...(answered === null ? {} : { reply: true, answers: answerPart(answered) }),
    },
  };
}

const answerPart = ({ from, text, receivedAt, sendBefore }: Answered): JsonObject => ({
  from,
  text,
  receivedAt: formatInstant(receivedAt),
  sendBefore: formatInstant(sendBefore),
});
