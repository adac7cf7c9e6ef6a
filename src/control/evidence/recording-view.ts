/** What a dossier says of one recording: its files, how they are kept, who heard them, what became of them. */
import { numberIn, objectIn, objectsIn, snakeNames, textIn } from '../../domain/json-parts.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { formatInstant } from '../../domain/time.ts';
import type { KeptView, RecordingView } from './dossier.ts';

/** Entries that are told with the recording of their call. */
export const RECORDING_KINDS: readonly EntryKind[] = [
  'recording_stored',
  'recording_hashed',
  'recording_refused',
  'recording_archived',
  'recording_accessed',
  'recording_damaged',
  'recording_pushed',
  'recording_deleted',
];

const HOLD_KINDS: readonly EntryKind[] = ['recording_hold_set', 'recording_hold_lifted'];

/** Any of these says that there was a recording; one that a crash cut off has no `recording_stored`. */
const BEGINNINGS: readonly EntryKind[] = ['recording_stored', 'recording_archived', 'recording_deleted'];

/** One entry for each recording: the first in the order of `BEGINNINGS`. */
export function recordingEntries(mine: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const byCall = new Map<string, LedgerEntry>();
  for (const kind of BEGINNINGS) {
    for (const entry of mine.filter((each) => each.kind === kind)) {
      const callId = textIn(entry.body['callId']) ?? '';
      if (!byCall.has(callId)) byCall.set(callId, entry);
    }
  }
  return [...byCall.values()];
}

/** `mine`: every entry of the number, in id order. */
export function recordingView({ id, body }: LedgerEntry, mine: readonly LedgerEntry[]): RecordingView {
  const own = mine.filter((entry) => entry.body['callId'] === body['callId']);
  const of = (kind: EntryKind): readonly LedgerEntry[] => own.filter((entry) => entry.kind === kind);
  const [digests] = of('recording_hashed');
  const files =
    digests === undefined
      ? [{ file: body['file'] ?? null, problem: 'no hash was recorded: the sidecar ended before it could' }]
      : objectsIn(digests.body['files']);
  const [archived] = of('recording_archived');
  const holds = mine.filter(({ kind, body: { callId } }) => {
    return HOLD_KINDS.includes(kind) && (callId === null || callId === body['callId']);
  });
  return {
    entry: id,
    call_id: textIn(body['callId']),
    started_at: textIn(body['recordingStartedAt']) ?? textIn(body['startedAt']),
    disclosure_finished_at: textIn(body['disclosureFinishedAt']),
    gap_ms: numberIn(body['gapMs']) ?? numberIn(body['disclosureToRecordingMs']),
    files: files.map((file: JsonObject) => ({
      file: textIn(file['file']),
      sha256: textIn(file['sha256']),
      bytes: numberIn(file['bytes']),
      sha256_unknown_because: textIn(file['problem']),
    })),
    kept: archived === undefined ? null : keptView(archived),
    refusal: of('recording_refused').map(told)[0] ?? null,
    deletion: of('recording_deleted').map(told)[0] ?? null,
    accesses: of('recording_accessed').map(told),
    deliveries: of('recording_pushed').map(told),
    holds: holds.map((entry) => ({ kind: entry.kind, ...told(entry) })),
  };
}

function keptView({ id, at, body }: LedgerEntry): KeptView {
  return {
    entry: id,
    archived_at: formatInstant(at),
    retention: snakeNames(objectIn(body['retention']) ?? {}),
    retention_until: textIn(body['retentionUntil']),
    keys: objectsIn(body['files']).map((file) => ({
      file: file['file'] ?? null,
      key_id: file['keyId'] ?? null,
      container_sha256: file['containerSha256'] ?? null,
    })),
    disclosure_basis: textIn(body['disclosureBasis']),
    disclosure_text_sha256: textIn(body['disclosureTextSha256']),
  };
}

/** The entry without what every recording of the section says. */
function told({ id, at, body }: LedgerEntry): JsonObject {
  const rest = Object.entries(snakeNames(body)).filter(([name]) => name !== 'call_id' && name !== 'number');
  return { entry: id, recorded_at: formatInstant(at), ...Object.fromEntries(rest) };
}
