/**
 * Delivers recordings to their targets: one at a time for each target, again and again until the target has taken it.
 * INVARIANT (owed-until-confirmed): a delivery leaves the queue by its `recording_pushed` entry alone; a crash before it delivers once
 * more under the same key.
 */
import { messageOf } from '../deadline.ts';
import { addMs } from '../../domain/time.ts';
import { backOffMs, type KeptFile, type KeptRecording, type PendingPush } from '../../domain/recording.ts';
import type { RecordingTarget } from '../../ports/recording-targets.ts';
import { custodyOf } from './delete-recordings.ts';
import { pushMetadata } from './recording-entries.ts';
import type { Archive } from './archive.ts';

/** Room for the entry behind a delivery that took as long as it may. */
const CLAIM_SLACK_MS = 30_000;
const PROBLEM_CHARACTERS_MAX = 300;

/** The same for every repetition, and another one for other bytes. */
export const deliveryKey = ({ callId }: KeptRecording, { track, sha256 }: KeptFile): string =>
  `${callId}.${track}.${sha256.slice(0, 16)}`;

/** Delivers what is due until nothing is. A failure is noted with the delivery; only a ledger that is away rejects. */
export async function pushDue(archive: Archive): Promise<void> {
  await Promise.all(archive.targets.map((target) => pushTo(archive, target)));
}

async function pushTo(archive: Archive, target: RecordingTarget): Promise<void> {
  const { station, records } = archive;
  for (;;) {
    const now = station.clock.now();
    const until = addMs(now, target.withinMs + CLAIM_SLACK_MS);
    const [push] = await records.claimPushes(await custodyOf(archive), [target.name], now, until, 1);
    if (push === undefined) return;
    try {
      await deliver(archive, target, push);
    } catch (error) {
      const problem = messageOf(error).slice(0, PROBLEM_CHARACTERS_MAX);
      const waitMs = backOffMs(push.attempts);
      const { callId, track, attempts } = push;
      station.log.warn(
        { callId, track, target: target.name, attempts, waitMs, problem },
        'not delivered yet',
      );
      await records.postponePush(push, addMs(station.clock.now(), waitMs), problem);
    }
  }
}

async function wantedRecording({ records }: Archive, callId: string): Promise<KeptRecording> {
  const recording = await records.recording(callId);
  if (recording === null) throw new Error('there is no such recording');
  if (recording.unwanted) throw new Error('the person has refused it');
  return recording;
}

/** Asked once more: a target may take long before it reads, and reads more than once. */
async function* openWanted(archive: Archive, callId: string, kept: KeptFile): AsyncGenerator<Uint8Array> {
  await wantedRecording(archive, callId);
  yield* archive.vault.openContainer(kept);
}

async function deliver(archive: Archive, target: RecordingTarget, push: PendingPush): Promise<void> {
  const { station, vault } = archive;
  const recording = await wantedRecording(archive, push.callId);
  const kept = recording.files.find(({ track }) => track === push.track);
  if (kept === undefined) throw new Error(`it has no track \`${push.track}\``);
  if (!(await vault.has(kept))) throw new Error('its file is not on this machine');
  const key = deliveryKey(recording, kept);
  const receipt = await target.deliver({
    key,
    callId: recording.callId,
    metadata: pushMetadata(recording, kept),
    kept,
    open: () => openWanted(archive, push.callId, kept),
  });
  const { callId, number } = recording;
  const { track, attempts } = push;
  await station.ledger.append({
    kind: 'recording_pushed',
    dedupeKey: `${target.name}:${key}`,
    body: {
      callId,
      number,
      track,
      target: target.name,
      key,
      containerSha256: kept.containerSha256,
      attempts,
      receipt: receipt.slice(0, PROBLEM_CHARACTERS_MAX),
    },
  });
}
