/**
 * A recorded decision made again, bit for bit, from nothing but the ledger: the request and the facts stand in its entry, the law,
 * the campaigns and the settings in the `policy_document` whose hash it bears, the lists in the `lists_document` it names.
 */
import type { Campaign } from '../domain/campaign.ts';
import { canonicalJson, type Json } from '../domain/canonical-json.ts';
import { NOTHING_MEASURED } from '../domain/connect-times.ts';
import type { Decision } from '../domain/decision.ts';
import { type CampaignState, type Fact, type Facts, known } from '../domain/facts.ts';
import { type JsonObject, type LedgerEntry, textOf } from '../domain/ledger-entry.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { type Policy, type PolicyDocument, policyOf } from '../domain/policy.ts';
import { evaluate, RULES } from '../rules/index.ts';
import { decisionFromEntry, toJson } from './decision-entry.ts';
import { messageOf } from './deadline.ts';
import { listsFactOf, type ListsDocuments } from './lists-document.ts';

export type Replayed =
  /** The rules of this program say what the entry says, to the byte. */
  | { readonly kind: 'same'; readonly recorded: Decision }
  | { readonly kind: 'differs'; readonly recorded: Decision; readonly again: Decision }
  /** The entry or the document cannot be read as what it should be. */
  | { readonly kind: 'impossible'; readonly problem: string };

/** A policy as decisions were, or would be, made under it. */
export interface DecidingPolicy {
  readonly policy: Policy;
  readonly campaigns: readonly Campaign[];
}

export const decidingUnder = (document: PolicyDocument): DecidingPolicy => ({
  policy: policyOf(document),
  campaigns: document.campaigns,
});

/** What a `policy_document` entry keeps; throws when it is not the one its hash names. */
export function policyOfEntry(entry: LedgerEntry): DecidingPolicy {
  const deciding = decidingUnder(entry.body['document'] as unknown as PolicyDocument);
  const named = textOf(entry, 'policyHash');
  if (deciding.policy.hash !== named) {
    const found = deciding.policy.hash;
    throw new TypeError(`ledger entry ${entry.id}: the document hashes to ${found}, not to ${named}`);
  }
  return deciding;
}

/** Decides a recorded decision again under a policy: its own, to prove it, or another, to see what would change. */
export function redecide(
  entry: LedgerEntry,
  { policy, campaigns }: DecidingPolicy,
  documents: ListsDocuments,
): Decision {
  const request = entry.body['request'] as unknown as OriginationRequest;
  const recorded = entry.body['facts'] as unknown as Facts & { readonly campaign: RecordedCampaign };
  const facts: Facts = {
    ...NOT_YET_ASKED,
    ...recorded,
    lists: listsFactOf(recorded.lists as unknown as Json, documents) as unknown as Facts['lists'],
    campaign: campaignFact(recorded.campaign, request, campaigns),
  };
  return evaluate(RULES, request, facts, policy);
}

/** Facts that decisions of before this version were made without. */
const NOT_YET_ASKED: Pick<Facts, 'unclearRequest' | 'emergencies'> = {
  unclearRequest: known(null),
  emergencies: known([]),
};

export function replay(entry: LedgerEntry, deciding: DecidingPolicy, documents: ListsDocuments): Replayed {
  try {
    const under = textOf(entry, 'policyHash');
    const { hash } = deciding.policy;
    if (under !== hash) return { kind: 'impossible', problem: `decided under policy ${under}, not ${hash}` };
    const recorded = decisionFromEntry(entry);
    const again = redecide(entry, deciding, documents);
    const same = canonicalJson(toJson(again)) === canonicalJson(entry.body['decision'] as Json);
    return same ? { kind: 'same', recorded } : { kind: 'differs', recorded, again };
  } catch (error) {
    return { kind: 'impossible', problem: messageOf(error) };
  }
}

/** As `decisionDraft` writes it: the settings are in the document, the entry keeps what changes from call to call. */
type RecordedCampaign = Fact<
  (Pick<CampaignState, 'paused' | 'promptProblem'> & Partial<Pick<CampaignState, 'measured'>>) | null
>;

/** No rule asked, or the decision was made before anything was measured. */
const NOT_MEASURED = known(NOTHING_MEASURED);

/** A campaign that the policy does not have was unknown to it. */
function campaignFact(
  recorded: RecordedCampaign,
  request: OriginationRequest,
  campaigns: readonly Campaign[],
): Facts['campaign'] {
  if (!recorded.known) return recorded;
  const campaign = campaigns.find(({ id }) => id === request.campaignId);
  if (recorded.value === null || campaign === undefined) return { known: true, value: null };
  return { known: true, value: { campaign, measured: NOT_MEASURED, ...recorded.value } };
}

/** Why a changed policy answers otherwise: verdict and ranked codes, in one line. */
export const shortDecision = (decision: Decision): string =>
  decision.kind === 'permit' ? 'permit' : `veto ${decision.reasons.map(({ code }) => code).join(', ')}`;

/** True when two decisions differ in what they tell a dialer: verdict, reasons' codes, obligations. */
export function answersDiffer(a: Decision, b: Decision): boolean {
  return canonicalJson(answerOf(a)) !== canonicalJson(answerOf(b));
}

const answerOf = (decision: Decision): JsonObject =>
  decision.kind === 'permit'
    ? { verdict: 'permit', obligations: decision.obligations.map((each) => toJson(each)) }
    : { verdict: 'veto', codes: decision.reasons.map(({ code }) => code) };
