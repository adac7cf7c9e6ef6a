/** Ledger entries about recordings. */
import type { JsonObject, LedgerDraft } from '../../domain/ledger-entry.ts';
import {
  type KeptFile,
  type KeptRecording,
  type RefusalPolicy,
  retentionUntil,
} from '../../domain/recording.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import type { RecordingDigest } from '../../ports/recordings.ts';
import type { RecordedCall, RecordingTerms } from './recorded-call.ts';

const textOrNull = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));

export const hashedDraft = (
  { callId, number }: Pick<RecordedCall, 'callId' | 'number'>,
  digests: readonly RecordingDigest[],
): LedgerDraft => ({
  kind: 'recording_hashed',
  dedupeKey: callId,
  body: { callId, number, files: digests.map((digest) => ({ ...digest })) },
});

export const refusedDraft = (
  { callId, number }: Pick<RecordedCall, 'callId' | 'number'>,
  refusal: {
    readonly how: 'key' | 'request';
    readonly who: string;
    readonly policy: RefusalPolicy;
    readonly running: boolean;
    readonly at: Instant;
  },
): LedgerDraft => {
  const { at, ...said } = refusal;
  return {
    kind: 'recording_refused',
    dedupeKey: callId,
    body: { callId, number, ...said, refusedAt: formatInstant(at) },
  };
};

/** The row of the recording. What a person refused is past its time at once: it goes when no legal hold binds it any more. */
export function archivedDraft(
  call: RecordedCall,
  terms: RecordingTerms,
  files: readonly KeptFile[],
  pushTo: readonly string[],
): LedgerDraft {
  const { callId, number, sellerId, campaignId, refusal } = call;
  const from = call.endedAt ?? call.startedAt ?? call.decidedAt;
  const isUnwanted = refusal?.policy === 'stop_and_delete';
  return {
    kind: 'recording_archived',
    dedupeKey: callId,
    body: {
      callId,
      number,
      sellerId,
      campaignId,
      startedAt: textOrNull(call.startedAt),
      endedAt: textOrNull(call.endedAt),
      connectedAt: textOrNull(call.connectedAt),
      connectToRecordingMs:
        call.connectedAt === null || call.startedAt === null ? null : call.startedAt - call.connectedAt,
      disclosureToRecordingMs: call.gapMs,
      consentClass: call.disclosureBasis === null ? 'one_party' : 'disclosed',
      disclosureBasis: call.disclosureBasis,
      disclosureFinishedAt: textOrNull(call.disclosureFinishedAt),
      disclosureTextSha256: terms.disclosureTextSha256,
      disclosureAudioSha256: terms.disclosureAudioSha256,
      files: files.map((file) => ({ ...file })),
      retention: { ...terms.retention },
      retentionUntil: formatInstant(isUnwanted ? refusal.at : retentionUntil(from, terms.retention)),
      refused: refusal !== null,
      pushTo: isUnwanted ? [] : [...pushTo],
    },
  };
}

export function deletedDraft(
  { callId, number, sellerId }: Pick<KeptRecording, 'callId' | 'number' | 'sellerId'>,
  why: 'refused' | 'retention',
  files: readonly { readonly file: string; readonly sha256: string | null }[],
  at: Instant,
): LedgerDraft {
  return {
    kind: 'recording_deleted',
    dedupeKey: callId,
    body: {
      callId,
      number,
      sellerId,
      why,
      files: files.map(({ file, sha256 }) => ({ file, sha256 })),
      deletedAt: formatInstant(at),
    },
  };
}

/** Names of members that say where on our disk something lies, or to whom it is owed. */
const OURS = ['files', 'pushTo', 'container', 'store'];

/** What a target is told of a recording: the row without the places on our disk. */
export function pushMetadata(recording: KeptRecording, file: KeptFile): JsonObject {
  const told = (whole: object): JsonObject =>
    Object.fromEntries(Object.entries(whole).filter(([name]) => !OURS.includes(name)));
  return {
    ...told(recording.record),
    file: { ...told(file), name: basename(file.container) },
    archivedAt: formatInstant(recording.archivedAt),
  };
}

const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
