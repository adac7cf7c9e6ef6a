/** What the ledger can say. One row of this union per kind; the body is what is hashed, plain JSON, instants as RFC 3339 text. */
import type { Json } from './canonical-json.ts';
import type { Hash } from './hash-chain.ts';
import type { WriterId } from './ids.ts';
import type { Instant } from './time.ts';

export const ENTRY_KINDS = [
  'writer_started',
  'writer_stopped',
  'policy_document',
  'policy_loaded',
  'campaign_loaded',
  'policy_reloaded',
  'reload_refused',
  'list_loaded',
  'lists_document',
  'decision',
  'call_progress',
  'call_result',
  'late_result',
  'unscreened_result',
  'opt_out',
  'consent_recorded',
  'consent_confirmed',
  'consent_revoked',
  'relationship_recorded',
  'reassigned_checked',
  'attestation_recorded',
  'attestation_alarm',
  'blocking_signal',
  'canary_placed',
  'canary_result',
  'inbound_identity',
  'inbound_call',
  'recording_stored',
  'recording_hashed',
  'recording_refused',
  'recording_archived',
  'recording_accessed',
  'recording_damaged',
  'recording_pushed',
  'recording_hold_set',
  'recording_hold_lifted',
  'recording_deleted',
  'dial_level_changed',
  'campaign_paused',
  'campaign_resumed',
  'agent_lost',
  'supervision_started',
  'supervision_ended',
  'override',
  'unclear_request',
  'unclear_request_settled',
  'text_unmatched',
  'request_unmatched',
  'text_consent_recorded',
  'text_consent_confirmed',
  'opt_in_requested',
  'message_decision',
  'message_withdrawn',
  'fallback_unmatched',
  'emergency_declared',
  'emergency_ended',
  'event_progress',
  'event_undelivered',
  'event_resent',
  'operator_action',
  'self_test',
  'incident_opened',
  'incident_closed',
  'spool_drained',
  'spool_conflict',
  'ledger_hold_set',
  'ledger_hold_lifted',
  'ledger_pruned',
  'person_erased',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export type JsonObject = Readonly<Record<string, Json>>;

/** To be appended. `dedupeKey`: a second entry of the same kind and key is not written (one-result-per-call). */
export interface LedgerDraft {
  readonly kind: EntryKind;
  readonly body: JsonObject;
  readonly dedupeKey?: string;
  /** Left out: now. Only for what was durable elsewhere before it came to the ledger. */
  readonly at?: Instant;
}

/** What look-ups find an entry by; null where the body has no such text. */
export interface LookUpTexts {
  readonly callId: string | null;
  readonly number: string | null;
  readonly campaignId: string | null;
  readonly verdict: string | null;
}

/** As stored. `id` orders all writers' entries as they became visible; it is the event id of the feed. */
export interface LedgerEntry {
  readonly id: number;
  readonly writer: WriterId;
  readonly seq: number;
  readonly at: Instant;
  readonly kind: EntryKind;
  readonly body: JsonObject;
  /** Canonical JSON text of `body`, exactly the bytes that were hashed. */
  readonly bodyText: string;
  readonly prevHash: Hash;
  readonly hash: Hash;
  /** As `body[name]`, without reading the rest of the body. Left out: the body is at hand. */
  member?(name: string): Json | undefined;
}

/** One member of the body. Who needs no other one asks by this: of a stored entry the rest is not read then. */
export const memberOf = (entry: LedgerEntry, name: string): Json | undefined =>
  entry.member === undefined ? entry.body[name] : entry.member(name);

/** A text member of the body; '' when it is missing or no text, so that a parser behind it says what is wrong. */
export function textOf(entry: LedgerEntry, member: string): string {
  const value = memberOf(entry, member);
  return typeof value === 'string' ? value : '';
}
