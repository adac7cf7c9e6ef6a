/**
 * The recording of a live call: started, stopped, refused, and what the ledger hears of it.
 * INVARIANT (refused-is-not-recorded): once refused, a recording that runs is stopped and one that was about to start never runs on.
 */
import type { CallEffect } from '../../callflow/state.ts';
import type { JsonObject } from '../../domain/ledger-entry.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import { recordingFiles } from '../../ports/recordings.ts';
import { messageOf } from '../deadline.ts';
import type { FollowedCall } from '../follow-call.ts';
import { persist } from '../persist.ts';
import type { Station } from '../sidecar.ts';
import type { RecordingKeeper } from './keeper.ts';
import { hashedDraft } from './recording-entries.ts';

export interface CallRecordings {
  /** Rejects when the exchange refuses. */
  start(call: FollowedCall): Promise<void>;
  refuse(call: FollowedCall, refusal: CallEffect & { do: 'refuse_recording' }): void;
  /** The call is over: writes what was recorded, and brings the files to rest. */
  finish(call: FollowedCall): Promise<void>;
}

/** A recording that cannot be stopped is tried again this often, while the call lasts. */
const STOP_AGAIN_MS = 500;

const textOrNull = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));

/** `keeper` null: the files are only hashed, where they lie. */
export function callRecordings(station: Station, keeper: RecordingKeeper | null): CallRecordings {
  const { clock, telephony, ledger, log } = station;

  async function start(call: FollowedCall): Promise<void> {
    if (!call.plan.record) return;
    await telephony.startRecording(call.callId, call.callId, call.campaign.recording.beepSeconds);
    call.timeline.note('recording_started');
  }

  async function stop(call: FollowedCall): Promise<void> {
    while (call.state.kind !== 'ended') {
      try {
        await telephony.stopRecording(call.callId);
        call.timeline.note('recording_stopped');
        return;
      } catch (error) {
        log.warn({ callId: call.callId, problem: messageOf(error) }, 'recording not stopped yet');
        await new Promise<void>((resolve) => {
          clock.after(STOP_AGAIN_MS, resolve);
        });
      }
    }
  }

  async function noteRefusal(
    { callId, campaign, number }: FollowedCall,
    { how, who, running }: CallEffect & { do: 'refuse_recording' },
  ): Promise<void> {
    const policy = campaign.recording.onRefusal;
    const refusedAt = formatInstant(clock.now());
    const body: JsonObject = { callId, number, how, who, policy, running, refusedAt };
    await persist(station, `refusal of recording ${callId}`, () =>
      ledger.append({ kind: 'recording_refused', dedupeKey: callId, body }),
    );
  }

  async function finish(call: FollowedCall): Promise<void> {
    const { callId, number, timeline } = call;
    const recordedFrom = timeline.at('recording_started');
    if (recordedFrom === null) return;
    const disclosedAt = timeline.at('disclosure_finished');
    await persist(station, `recording of ${callId}`, () =>
      ledger.append({
        kind: 'recording_stored',
        dedupeKey: callId,
        body: {
          callId,
          number,
          file: recordingFiles(callId)[0],
          recordingStartedAt: formatInstant(recordedFrom),
          recordingStoppedAt: textOrNull(timeline.at('recording_stopped') ?? timeline.at('ended')),
          disclosureFinishedAt: textOrNull(disclosedAt),
          gapMs: disclosedAt === null ? null : recordedFrom - disclosedAt,
          beepSeconds: call.campaign.recording.beepSeconds,
        },
      }),
    );
    if (keeper !== null) return keeper.settle(callId);
    const digests = await station.recordings.digest(recordingFiles(callId));
    await persist(station, `hash of the recording of ${callId}`, () =>
      ledger.append(hashedDraft(call, digests)),
    );
  }

  return {
    start(call) {
      call.recording = call.recording.then(() => start(call));
      const started = call.recording;
      call.recording = started.catch(() => undefined);
      return started;
    },
    refuse(call, refusal) {
      call.plan = { ...call.plan, record: false };
      const noted = noteRefusal(call, refusal);
      if (!refusal.running) return;
      call.recording = call.recording.then(() => stop(call));
      const deletes = call.campaign.recording.onRefusal === 'stop_and_delete';
      if (deletes) void Promise.all([call.recording, noted]).then(() => keeper?.settle(call.callId));
    },
    finish,
  };
}
