/** The end of a recording: when it ran and what was disclosed before it is on record, then its files come to rest. */
import { formatInstant, type Instant } from '../../domain/time.ts';
import { recordingFiles } from '../../ports/recordings.ts';
import { persist } from '../persist.ts';
import type { Station } from '../sidecar.ts';
import type { RecordingKeeper } from './keeper.ts';
import { hashedDraft } from './recording-entries.ts';

export interface EndedRecording {
  readonly callId: string;
  readonly number: string;
  readonly startedAt: Instant;
  /** Null: nobody knows when it stopped. */
  readonly stoppedAt: Instant | null;
  /** Null: one party's consent was enough. */
  readonly disclosedAt: Instant | null;
  readonly beepSeconds: number;
}

const textOrNull = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));

/** `keeper` null: the files are only hashed, where they lie. */
export async function storeRecording(
  station: Station,
  keeper: RecordingKeeper | null,
  { callId, number, startedAt, stoppedAt, disclosedAt, beepSeconds }: EndedRecording,
): Promise<void> {
  const { ledger } = station;
  await persist(station, { what: 'recording', callId }, () =>
    ledger.append({
      kind: 'recording_stored',
      dedupeKey: callId,
      body: {
        callId,
        number,
        file: recordingFiles(callId)[0],
        recordingStartedAt: formatInstant(startedAt),
        recordingStoppedAt: textOrNull(stoppedAt),
        disclosureFinishedAt: textOrNull(disclosedAt),
        gapMs: disclosedAt === null ? null : startedAt - disclosedAt,
        beepSeconds,
      },
    }),
  );
  if (keeper !== null) return keeper.settle(callId);
  const digests = await station.recordings.digest(recordingFiles(callId));
  await persist(station, { what: 'hash of the recording', callId }, () =>
    ledger.append(hashedDraft({ callId, number }, digests)),
  );
}
