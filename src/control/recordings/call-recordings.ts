/**
 * The recording of a live call: started, stopped, refused, and what the ledger hears of it.
 * INVARIANT (refused-is-not-recorded): once refused, a recording that runs is stopped and one that was about to start never runs on.
 */
import type { CallEffect } from '../../callflow/state.ts';
import { TelephonyRefused } from '../../ports/telephony.ts';
import { messageOf } from '../deadline.ts';
import type { FollowedCall } from '../follow-call.ts';
import { persist } from '../persist.ts';
import type { Station } from '../sidecar.ts';
import type { RecordingKeeper } from './keeper.ts';
import type { RefusalAnswer } from './recording-doors.ts';
import { refusedDraft } from './recording-entries.ts';
import { afterRefusal } from './refuse-afterwards.ts';
import { storeRecording } from './store-recording.ts';

export interface CallRecordings {
  /** Rejects when the exchange refuses. */
  start(call: FollowedCall): Promise<void>;
  refuse(call: FollowedCall, refusal: Refusal): void;
  /** The talk is over, and its recording on the way to its rest. */
  refuseAfter(call: FollowedCall, who: string): RefusalAnswer;
  /** The person refused before this life began: nothing is recorded any more, and what the exchange still records is stopped. */
  recall(call: FollowedCall): void;
  /** The call is over: writes what was recorded, and brings the files to rest. */
  finish(call: FollowedCall): Promise<void>;
}

type Refusal = Pick<CallEffect & { do: 'refuse_recording' }, 'how' | 'who' | 'running'>;

/** A recording that cannot be stopped is tried again this often, while the call lasts. */
const STOP_AGAIN_MS = 500;

/** `keeper` null: the files are only hashed, where they lie. */
export function callRecordings(station: Station, keeper: RecordingKeeper | null): CallRecordings {
  const { clock, telephony, ledger, log } = station;

  async function start(call: FollowedCall): Promise<void> {
    if (!call.plan.record) return;
    await telephony.startRecording(call.callId, call.callId, call.campaign.recording.beepSeconds);
    call.timeline.note('recording_started');
  }

  /** `mayBeOver`: nobody knows whether it runs, so an exchange that has nothing to stop is right. */
  async function stop(call: FollowedCall, mayBeOver = false): Promise<void> {
    while (call.state.kind !== 'ended') {
      try {
        await telephony.stopRecording(call.callId);
        call.timeline.note('recording_stopped');
        return;
      } catch (error) {
        if (mayBeOver && error instanceof TelephonyRefused) return;
        log.warn({ callId: call.callId, problem: messageOf(error) }, 'recording not stopped yet');
        await new Promise<void>((resolve) => {
          clock.after(STOP_AGAIN_MS, resolve);
        });
      }
    }
  }

  async function noteRefusal(call: FollowedCall, { how, who, running }: Refusal): Promise<void> {
    const policy = call.campaign.recording.onRefusal;
    const draft = refusedDraft(call, { how, who, policy, running, at: clock.now() });
    const { callId } = call;
    await persist(station, { what: 'refusal to be recorded', callId }, () => ledger.append(draft));
  }

  /** Once the refusal is on record and nothing runs any more. */
  function deleteAfter(call: FollowedCall, noted: Promise<void>): void {
    if (call.campaign.recording.onRefusal !== 'stop_and_delete') return;
    void Promise.all([call.recording, noted]).then(() => keeper?.settle(call.callId));
  }

  async function finish(call: FollowedCall): Promise<void> {
    const { callId, number, timeline } = call;
    const recordedFrom = timeline.at('recording_started');
    if (recordedFrom === null) return;
    await storeRecording(station, keeper, {
      callId,
      number,
      startedAt: recordedFrom,
      stoppedAt: timeline.at('recording_stopped') ?? timeline.at('ended'),
      disclosedAt: timeline.at('disclosure_finished'),
      beepSeconds: call.campaign.recording.beepSeconds,
    });
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
      deleteAfter(call, noted);
    },
    refuseAfter(call, who) {
      if (call.timeline.at('recording_started') === null) return 'unknown';
      deleteAfter(call, noteRefusal(call, { how: 'request', who, running: false }));
      return afterRefusal(call.campaign.recording.onRefusal, keeper);
    },
    recall(call) {
      call.plan = { ...call.plan, record: false };
      call.recording = call.recording.then(() => stop(call, true));
    },
    finish,
  };
}
