/**
 * What the ledger says of a call that comes to an agent: the decision it stands on, the consent that decision saw, and what became of the
 * seller's earlier calls to the person. For the program on the agent's screen; no call waits for it.
 */
import { objectIn, textIn } from '../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../domain/ledger-entry.ts';
import type { ScreenPop, ScreenRecord } from '../domain/screen-pop.ts';
import { formatInstant } from '../domain/time.ts';
import { factWithin } from './deadline.ts';
import { countedCampaigns, knownCampaign } from './ruling.ts';
import type { Station } from './sidecar.ts';

const EARLIER_MAX = 5;
/** Those of other sellers are among them; they are nobody's business here. */
const LOOKED_THROUGH = 50;

type Source = Pick<Station, 'ledger' | 'clock' | 'inForce'>;

/** Null when the ledger did not answer in time. */
export async function screenRecord(source: Source, pop: ScreenPop): Promise<ScreenRecord | null> {
  const { ledger, clock, inForce } = source;
  const found = await factWithin(clock, inForce().limits.factMs, 'the ledger', () =>
    Promise.all([
      ledger.read({ callId: pop.callId, kinds: ['decision'], limit: 1 }),
      ledger.read({ number: pop.number, kinds: ['call_result'], order: 'desc', limit: LOOKED_THROUGH }),
    ]),
  );
  if (!found.known) return null;
  const [[decision], results] = found.value;
  return {
    decisionId: decision?.id ?? null,
    consent: decision === undefined ? null : consentIn(decision.body),
    earlier: earlierOf(source, pop, results),
  };
}

/** As the decision saw it, so also of a consent that was recorded anew since. */
function consentIn(body: JsonObject): ScreenRecord['consent'] {
  const consent = objectIn(objectIn(body['facts'])?.['consent']);
  const newest = objectIn(objectIn(consent?.['value'])?.['newest']);
  const [consentId, kind] = [textIn(newest?.['consentId']), textIn(newest?.['kind'])];
  const given = newest?.['givenAt'];
  if (consentId === null || kind === null || typeof given !== 'number') return null;
  return {
    consentId,
    kind,
    givenAt: new Date(given).toISOString(),
    source: textIn(newest?.['source']) ?? '',
  };
}

function earlierOf(
  { inForce }: Source,
  { callId, campaignId }: ScreenPop,
  results: readonly LedgerEntry[],
): ScreenRecord['earlier'] {
  const ruling = inForce();
  const seller = knownCampaign(ruling, campaignId)?.campaign.seller.id;
  const ofSeller = new Set<unknown>(
    countedCampaigns(ruling)
      .filter((each) => each.seller.id === seller)
      .map(({ id }) => id),
  );
  return results
    .filter(({ body }) => ofSeller.has(body['campaignId']) && body['callId'] !== callId)
    .slice(0, EARLIER_MAX)
    .map(({ at, body }) => ({
      callId: textIn(body['callId']) ?? '',
      campaignId: textIn(body['campaignId']) ?? '',
      outcome: textIn(body['outcome']) ?? '',
      at: textIn(body['endedAt']) ?? formatInstant(at),
    }));
}
