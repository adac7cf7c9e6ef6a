/** One decision for the dossier: the verdict with every reason, and what it saw, each list with the hash of the file it came from. */
import type { Json } from '../../domain/canonical-json.ts';
import { isJsonObject, numberIn, objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { DecisionView, ListView } from './dossier.ts';

/** The entry of a list as loaded before the decision, or null. */
export type FindList = (list: JsonObject) => LedgerEntry | null;

export function decisionView(entry: LedgerEntry, findList: FindList): DecisionView {
  const { body } = entry;
  const decision = objectIn(body['decision']) ?? {};
  const { lists, ...facts } = objectIn(body['facts']) ?? {};
  return {
    entry: entry.id,
    recorded_at: formatInstant(entry.at),
    call_id: textIn(body['callId']),
    decided_at: textIn(body['decidedAt']),
    verdict: textIn(body['verdict']),
    campaign_id: textIn(body['campaignId']),
    seller_id: textIn(body['sellerId']),
    caller_id: textIn(body['callerId']),
    reasons: objectsIn(decision['reasons']),
    obligations: objectsIn(decision['obligations']),
    warnings: objectsIn(decision['warnings']),
    valid_until: instantText(decision['validUntil']),
    ...listsOf(lists, findList),
    ...localTimesOf(body['places']),
    request: objectIn(body['request']) ?? {},
    facts,
    policy_hash: textIn(body['policyHash']),
  };
}

/** Milliseconds since 1970 as the ledger keeps them inside a decision; what is no instant is null. */
function instantText(value: Json | undefined): string | null {
  const ms = numberIn(value);
  return ms === null || !(Math.abs(ms) <= 8.64e15) ? null : formatInstant(instant(ms));
}

function localTimesOf(
  value: Json | undefined,
): Pick<DecisionView, 'local_times' | 'local_times_unknown_because'> {
  return Array.isArray(value)
    ? { local_times: objectsIn(value), local_times_unknown_because: null }
    : { local_times: null, local_times_unknown_because: 'the decision does not record them' };
}

function listsOf(
  fact: Json | undefined,
  findList: FindList,
): Pick<DecisionView, 'lists' | 'lists_unknown_because'> {
  const value = isJsonObject(fact) ? objectIn(fact['value']) : null;
  if (value === null) {
    const problem = isJsonObject(fact) ? textIn(fact['problem']) : null;
    return { lists: null, lists_unknown_because: problem ?? 'the decision does not record them' };
  }
  const namesIn = (key: string): readonly Json[] => {
    const names: Json | undefined = value[key];
    return Array.isArray(names) ? (names as readonly Json[]) : [];
  };
  const [hits, notCovering] = [namesIn('hits'), namesIn('notCovering')];
  const lineTypes = objectsIn(value['lineTypes']);
  return {
    lists: objectsIn(value['consulted']).map((list) =>
      listView(list, { hits, notCovering, lineTypes }, findList(list)),
    ),
    lists_unknown_because: null,
  };
}

interface Looked {
  readonly hits: readonly Json[];
  readonly notCovering: readonly Json[];
  readonly lineTypes: readonly JsonObject[];
}

function listView(
  list: JsonObject,
  { hits, notCovering, lineTypes }: Looked,
  loaded: LedgerEntry | null,
): ListView {
  const sha256 = textIn(loaded?.body['sha256']);
  return {
    name: textIn(list['name']),
    kind: textIn(list['kind']),
    jurisdiction: textIn(list['jurisdiction']),
    version: textIn(list['version']),
    obtained_on: textIn(list['obtainedOn']),
    holds_number: hits.includes(list['name'] ?? null),
    covers_number: !notCovering.includes(list['name'] ?? null),
    line_type: textIn(lineTypes.find((said) => said['list'] === list['name'])?.['lineType']),
    sha256,
    sha256_unknown_because: sha256 === null ? 'no entry says which file this version was' : null,
    entry: loaded?.id ?? null,
  };
}
