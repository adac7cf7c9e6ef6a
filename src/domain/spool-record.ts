/**
 * An entry that is durable on a sidecar's own disk and not in the ledger yet, as one line of its file: the SHA-256 of the rest, a blank,
 * JSON, a line feed. The checksum tells what was written whole from what a power cut left; the number tells entries apart for ever, so
 * that one which is drained twice stands once.
 */
import { meetsLevel, RECORDED_LEVELS } from './attestation.ts';
import type { CampaignId } from './ids.ts';
import { ENTRY_KINDS, type EntryKind, type LedgerDraft } from './ledger-entry.ts';
import { sha256Hex } from './hash-chain.ts';
import { formatInstant, type Instant, parseInstant } from './time.ts';

export interface SpooledEntry {
  /** Unique for ever: what the entry is known by in the ledger when it has no dedupe key of its own. */
  readonly id: string;
  readonly kind: EntryKind;
  /** When it was appended; the ledger keeps it. */
  readonly at: Instant;
  /** Canonical JSON. */
  readonly bodyText: string;
  readonly dedupeKey: string | null;
  /** The store vanished while it was committing this entry: it may stand there already. */
  readonly doubtful: boolean;
}

const HASH_CHARS = 64;
const LINE_FEED = 0x0a;

export function spoolLine({ id, kind, at, bodyText, dedupeKey, doubtful }: SpooledEntry): string {
  const text = JSON.stringify({ id, kind, at: formatInstant(at), bodyText, dedupeKey, doubtful });
  return `${sha256Hex(text)} ${text}\n`;
}

/** Bytes that are no whole line. A write that was cut off leaves them at the end; anywhere else the disk has changed what it held. */
export interface DamagedBytes {
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
  /** The bytes themselves where they end in a line feed: that was written whole and acknowledged once. Null: a write that was cut off. */
  readonly base64: string | null;
}

export interface SpoolContent {
  readonly entries: readonly SpooledEntry[];
  readonly damaged: readonly DamagedBytes[];
}

/** Everything that was written whole, in its order: also what stands behind damaged bytes. */
export function readSpool(bytes: Uint8Array): SpoolContent {
  const entries: SpooledEntry[] = [];
  const damaged: DamagedBytes[] = [];
  for (let from = 0; from < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const until = feed === -1 ? bytes.length : feed + 1;
    const line = bytes.subarray(from, until);
    const entry = feed === -1 ? null : entryOfLine(line.subarray(0, -1));
    if (entry !== null) entries.push(entry);
    else {
      const base64 = feed === -1 ? null : Buffer.from(line).toString('base64');
      damaged.push({ offset: from, length: line.length, sha256: sha256Hex(line), base64 });
    }
    from = until;
  }
  return { entries, damaged };
}

function entryOfLine(line: Uint8Array): SpooledEntry | null {
  const text = line.subarray(HASH_CHARS + 1);
  const hash = new TextDecoder().decode(line.subarray(0, HASH_CHARS));
  if (line[HASH_CHARS] !== 0x20 || sha256Hex(text) !== hash) return null;
  const { id, kind, at, bodyText, dedupeKey, doubtful } = JSON.parse(
    new TextDecoder().decode(text),
  ) as Readonly<Record<string, unknown>>;
  const known = ENTRY_KINDS.find((each) => each === kind);
  const stamp = typeof at === 'string' ? parseInstant(at) : null;
  if (typeof id !== 'string' || known === undefined || stamp?.ok !== true) return null;
  if (typeof bodyText !== 'string' || typeof doubtful !== 'boolean') return null;
  if (dedupeKey !== null && typeof dedupeKey !== 'string') return null;
  return { id, kind: known, at: stamp.value, bodyText, dedupeKey, doubtful };
}

/**
 * What has happened in the world, and what makes calling stricter: refused, it would be lost, or a person would be called who asked not
 * to be. Nothing that lets more calls through is here: a consent, an override, the end of a pause or a new ruling waits for the ledger,
 * and whoever brings it is told so. A kind that is not named is refused: every default is no call.
 */
const ALWAYS: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'call_progress',
  'call_result',
  'late_result',
  'unscreened_result',
  'opt_out',
  'consent_revoked',
  'unclear_request',
  'text_unmatched',
  'request_unmatched',
  'fallback_unmatched',
  'campaign_paused',
  'emergency_declared',
  // A copy of a do-not-call list that has come: refused, it would not be in force, and calls go on by the old one.
  'list_loaded',
  'agent_lost',
  'supervision_started',
  'supervision_ended',
  'attestation_alarm',
  'blocking_signal',
  'canary_result',
  'inbound_identity',
  'inbound_call',
  'recording_stored',
  'recording_hashed',
  'recording_refused',
  'recording_hold_set',
  'operator_action',
  'writer_stopped',
]);

export type SpoolRuling =
  | { readonly kind: 'always' | 'never' }
  | { readonly kind: 'as_campaign_says'; readonly campaignId: CampaignId };

/** Whether an entry may wait on the disk while the ledger is away. Decisions may as their campaign says. */
export function spoolRulingOf({ kind, body }: Pick<LedgerDraft, 'kind' | 'body'>): SpoolRuling {
  const { campaignId } = body;
  if (kind === 'decision') {
    return typeof campaignId === 'string'
      ? { kind: 'as_campaign_says', campaignId: campaignId as CampaignId }
      : { kind: 'never' };
  }
  // What a decision names by its hash: of use to nobody else.
  const may = kind === 'lists_document' || ALWAYS.has(kind) || isStricter({ kind, body });
  return { kind: may ? 'always' : 'never' };
}

/** Kinds that confirm or refute, as their body says: what refutes waits on the disk, what confirms is refused. */
function isStricter({ kind, body }: Pick<LedgerDraft, 'kind' | 'body'>): boolean {
  const { answer, level, before, way } = body;
  if (kind === 'reassigned_checked') return answer === 'yes';
  if (kind !== 'attestation_recorded') return false;
  if (level === 'none') return true;
  const seen = RECORDED_LEVELS.find((each) => each === level);
  const stood = RECORDED_LEVELS.find((each) => each === before);
  // Seen on a call, and no rise: B speaks against a campaign that demands A. Declared by somebody it may be what lets the other ones call.
  const isFall = seen !== undefined && seen !== 'A' && (stood === undefined || meetsLevel(stood, seen));
  return isFall && (way === 'signed_here' || way === 'seen_there');
}
