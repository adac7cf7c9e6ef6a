/** A decision as its ledger entry, and back. Everything the decision saw is in the entry, or in a document it names by hash, so that it can be replayed. */
import type { Json } from '../domain/canonical-json.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Decision } from '../domain/decision.ts';
import type { CampaignState } from '../domain/facts.ts';
import type { Hash } from '../domain/hash-chain.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { JsonObject, LedgerDraft, LedgerEntry } from '../domain/ledger-entry.ts';
import { formatInstant } from '../domain/time.ts';
import { localTimeAt } from '../rules/index.ts';
import { recordedLists } from './lists-document.ts';
import type { Screened } from './operations.ts';

/** `listsHash`: of the lists it consulted, which MUST be in the ledger (`listsInLedger`); null: the entry carries what it has of them. */
export function decisionDraft(
  screened: Screened,
  campaigns: ReadonlyMap<CampaignId, Campaign>,
  listsHash: Hash | null,
): LedgerDraft {
  const { request, facts, decision } = screened;
  const campaign = campaigns.get(request.campaignId);
  // The campaign's settings are covered by the policy hash; the entry keeps what changes from call to call.
  const campaignFact = facts.campaign.known
    ? {
        known: true,
        value: facts.campaign.value === null ? null : asSeen(facts.campaign.value),
      }
    : facts.campaign;
  const lists =
    facts.lists.known && listsHash !== null
      ? { known: true, value: recordedLists(facts.lists.value, listsHash) }
      : facts.lists;
  return {
    kind: 'decision',
    dedupeKey: request.callId,
    body: {
      callId: request.callId,
      campaignId: request.campaignId,
      sellerId: campaign?.seller.id ?? null,
      number: request.number,
      callerId: request.callerId,
      verdict: decision.kind,
      headline: decision.kind === 'veto' ? decision.reasons[0].code : null,
      decidedAt: formatInstant(screened.decidedAt),
      policyHash: screened.policyHash,
      places: placesWithClocks(screened),
      decision: asJson(decision),
      request: asJson(request),
      facts: asJson({ ...facts, campaign: campaignFact, lists }),
    },
  };
}

const asSeen = ({ paused, promptProblem, measured }: CampaignState): object =>
  measured === null ? { paused, promptProblem } : { paused, promptProblem, measured };

/** Every place the person may be, with the clock on the wall there: a permit has no reasons that would show it. */
const placesWithClocks = ({ places, decidedAt }: Screened): readonly JsonObject[] =>
  places.map(({ state, zone, because }) => ({
    state,
    zone,
    because,
    local: localTimeAt(decidedAt, zone).text,
  }));

/** The decision as it was written; the shape is ours, checked only at its discriminant. */
export function decisionFromEntry(entry: LedgerEntry): Decision {
  const decision = entry.body['decision'] as { readonly kind?: unknown } | undefined;
  if (decision?.kind !== 'permit' && decision?.kind !== 'veto') {
    throw new TypeError(`ledger entry ${entry.id} holds no decision`);
  }
  return decision as unknown as Decision;
}

/** No copy: the ledger takes the canonical text at once, and that leaves undefined members out. */
const asJson = (value: object): JsonObject => value as JsonObject;

/** A plain copy: drops undefined members, keeps null. */
export const toJson = (value: object): JsonObject =>
  JSON.parse(JSON.stringify(value)) as Record<string, Json>;
