/**
 * Ledger entries -> the dossier of one number. Pure, and a function of `head` and the entries it uses alone: the entries in the proof
 * of a dossier, given again, make the same document. `verifyDossier` lives on that.
 */
import { sha256Hex } from '../../domain/hash-chain.ts';
import { objectsIn, snakeNames, textIn } from '../../domain/json-parts.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { formatInstant } from '../../domain/time.ts';
import { exportObject } from '../export-line.ts';
import { callView } from './call-record.ts';
import { decisionView } from './decision-view.ts';
import { RECORDING_KINDS, recordingEntries, recordingView } from './recording-view.ts';
import {
  DOSSIER_FORMAT,
  type Asked,
  type Chains,
  type ConsentView,
  type Dossier,
  type PolicyView,
  type RevocationView,
} from './dossier.ts';

/** What no entry says. */
export interface DossierHead {
  readonly made_by: Dossier['made_by'];
  readonly asked: Asked;
  readonly chains: Chains;
}

export const ACT_KINDS = ['consent_recorded', 'consent_revoked', 'opt_out'] as const;
const CALL_KINDS: readonly EntryKind[] = ['decision', 'call_progress', 'call_result', ...RECORDING_KINDS];

const HOW =
  'Each entry: SHA-256 of the RFC 8785 form of {at, body, kind, prevHash, seq, writer}, where body is the text given here and ' +
  'prevHash is prev_hash, must be its hash. Entries of one writer with consecutive seq must link by prev_hash. ' +
  'The rest of this document is read from these entries and from nothing else.';

const NOT_PROVEN = [
  'Who wrote the entries: there are no signed checkpoints yet. A head hash that was kept elsewhere before ties the chain down.',
  'That no entry of this number was left out of this document: compare with a full export of the ledger.',
  'The instant of asking and what is said of the chains: those are the word of the sidecar that made this document.',
  'Calls that were placed without asking Breakwater, or under a number that differs.',
  'That recordings still are what was hashed: hash the files again.',
] as const;

/** `candidates` may hold more than is needed, in any order, each entry once or more often. */
export function buildDossier(head: DossierHead, candidates: readonly LedgerEntry[]): Dossier {
  const entries = inIdOrder(candidates).filter(({ id }) => id <= head.asked.through_id);
  const mine = entriesOf(head.asked.number, entries);
  const sources = grouped(entries, ({ kind, body }) => sourceKey(kind, body));
  const byCall = grouped(mine, ({ body }) => textIn(body['callId']));
  const used = new Map(mine.map((entry) => [entry.id, entry]));
  const use = (entry: LedgerEntry | null): LedgerEntry | null => {
    if (entry !== null) used.set(entry.id, entry);
    return entry;
  };
  const of = (kind: EntryKind): readonly LedgerEntry[] => mine.filter((entry) => entry.kind === kind);
  const decided = of('decision');
  /** The newest before the decision, of the decision's own writer if it has one. */
  const sourceOf = (decision: LedgerEntry, kind: EntryKind, naming: JsonObject): LedgerEntry | null => {
    const key = sourceKey(kind, naming);
    const found = ((key === null ? undefined : sources.get(key)) ?? []).filter(({ id }) => id < decision.id);
    return use(found.findLast(({ writer }) => writer === decision.writer) ?? found.at(-1) ?? null);
  };
  const policies = decided.map((decision) => sourceOf(decision, 'policy_loaded', decision.body));
  const decisions = decided.map((decision) =>
    decisionView(decision, {
      loaded: (list) => sourceOf(decision, 'list_loaded', list),
      document: (listsHash) => sourceOf(decision, 'lists_document', { listsHash }),
    }),
  );
  const calls = callIdsOf(mine).map((callId) => {
    const own = byCall.get(callId) ?? [];
    const first = (kind: EntryKind): LedgerEntry | null => own.find((entry) => entry.kind === kind) ?? null;
    const decision = first('decision');
    const campaign = decision === null ? null : sourceOf(decision, 'campaign_loaded', decision.body);
    const [progress, result] = [first('call_progress'), first('call_result')];
    return callView({ callId, decision, progress, result, campaign, ids: own.map(({ id }) => id) });
  });
  const consents = of('consent_recorded').map(consentView);
  const revocations = [...of('opt_out'), ...of('consent_revoked')].map(revocationView);
  const recordings = recordingEntries(mine).map((entry) => recordingView(entry, mine));
  const others = mine.filter(({ kind }) => ![...ACT_KINDS, ...CALL_KINDS].includes(kind));
  return {
    format: DOSSIER_FORMAT,
    made_by: head.made_by,
    asked: head.asked,
    statement: statementOf(head.asked, { consents, revocations, decisions, calls, recordings }),
    consents: byTime(consents, ({ elements }) => textIn(elements['given_at'])),
    revocations: byTime(revocations, ({ at }) => at),
    decisions: byTime(decisions, ({ decided_at: at }) => at),
    calls: byTime(calls, ({ decided_at: at }) => at),
    recordings: byTime(recordings, ({ started_at: at }) => at),
    policies: inIdOrder(policies.filter((entry) => entry !== null)).map(policyView),
    others: others.map(({ id, at, kind }) => ({ entry: id, recorded_at: formatInstant(at), kind })),
    proof: {
      how: HOW,
      entries: inIdOrder([...used.values()]).map(exportObject),
      chains: head.chains,
      not_proven: NOT_PROVEN,
    },
  };
}

function inIdOrder(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return [...new Map(entries.map((entry) => [entry.id, entry])).values()].sort((a, b) => a.id - b.id);
}

/** Entries that name the number itself, and those that name no number but one of its calls. */
function entriesOf(number: string, entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const named = entries.filter(({ body }) => body['number'] === number);
  const calls = new Set(callIdsOf(named));
  return entries.filter(({ body }) => {
    if (body['number'] === number) return true;
    const callId = textIn(body['callId']);
    return textIn(body['number']) === null && callId !== null && calls.has(callId);
  });
}

/** Calls that may have been placed: a veto is no call, and an opt-out may name a call of another number. */
export function callIdsOf(entries: readonly LedgerEntry[]): readonly string[] {
  const ids = entries.flatMap(({ kind, body }) => {
    const callId = textIn(body['callId']);
    const isCall = CALL_KINDS.includes(kind) && !(kind === 'decision' && body['verdict'] !== 'permit');
    return isCall && callId !== null ? [callId] : [];
  });
  return [...new Set(ids)];
}

/** What a source is found by: a decision and the lists it consulted name the same things. Null for what is no source. */
export function sourceKey(kind: EntryKind, body: JsonObject): string | null {
  const key = (...names: readonly string[]): string =>
    JSON.stringify([kind, ...names.map((name) => body[name] ?? null)]);
  if (kind === 'policy_loaded') return key('policyHash');
  if (kind === 'campaign_loaded') return key('campaignId', 'policyHash');
  if (kind === 'lists_document') return key('listsHash');
  return kind === 'list_loaded' ? key('name', 'version', 'obtainedOn') : null;
}

function grouped(
  entries: readonly LedgerEntry[],
  keyOf: (entry: LedgerEntry) => string | null,
): ReadonlyMap<string, readonly LedgerEntry[]> {
  const groups = new Map<string, LedgerEntry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return groups;
}

function consentView(entry: LedgerEntry): ConsentView {
  const text = textIn(entry.body['disclosureText']);
  return {
    entry: entry.id,
    recorded_at: formatInstant(entry.at),
    elements: snakeNames(entry.body),
    disclosure_sha256: text === null ? null : sha256Hex(text),
  };
}

const revocationView = ({ id, at, kind, body }: LedgerEntry): RevocationView => ({
  entry: id,
  recorded_at: formatInstant(at),
  kind: kind === 'opt_out' ? 'opt_out' : 'consent_revoked',
  at: textIn(body['requestedAt']) ?? textIn(body['revokedAt']),
  seller_id: textIn(body['sellerId']),
  channel: textIn(body['channel']),
  call_id: textIn(body['callId']),
});

const policyView = ({ id, at, body }: LedgerEntry): PolicyView => ({
  entry: id,
  recorded_at: formatInstant(at),
  policy_hash: textIn(body['policyHash']),
  files: objectsIn(body['files']),
});

/** In order of time; what has no instant comes last, and of equals the earlier entry first. */
function byTime<View>(views: readonly View[], at: (view: View) => string | null): readonly View[] {
  const time = (view: View): number => {
    const ms = Date.parse(at(view) ?? '');
    return Number.isNaN(ms) ? Infinity : ms;
  };
  return [...views].sort((a, b) => (time(a) === time(b) ? 0 : time(a) - time(b)));
}

function statementOf(asked: Asked, sections: Readonly<Record<string, readonly unknown[]>>): string {
  const { number, as_of: asOf } = asked;
  const counts = Object.entries(sections).filter(([, views]) => views.length > 0);
  const part =
    asked.after_id === 0 && asked.next_after === null
      ? ''
      : `; decisions and calls from entry ${asked.after_id + 1} on` +
        (asked.next_after === null ? '' : `, more after entry ${asked.next_after}`);
  return counts.length === 0
    ? `nothing on record for ${number} as of ${asOf}${part}`
    : `on record for ${number} as of ${asOf}: ${counts
        .map(([name, views]) => `${views.length} ${name}`)
        .join(', ')}${part}`;
}
