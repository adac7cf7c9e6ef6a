/**
 * A refusal of a call that the sidecar does not follow: an agent writes down after the talk what the person said at its end, or the talk
 * was connected by an earlier life.
 */
import type { CampaignId } from '../../domain/ids.ts';
import type { RefusalPolicy } from '../../domain/recording.ts';
import { addMs, type Instant, instant } from '../../domain/time.ts';
import { type LiveChannel, TelephonyRefused } from '../../ports/telephony.ts';
import { knownCampaign } from '../ruling.ts';
import type { Station } from '../sidecar.ts';
import type { RecordingKeeper } from './keeper.ts';
import { RECORDED_CALL_KINDS, type RecordedCall, recordedCall } from './recorded-call.ts';
import type { RefusalAnswer } from './recording-doors.ts';
import { refusedDraft } from './recording-entries.ts';

/** Long enough for an agent's work after the call. Later it would be a way to be rid of evidence. */
export const LATE_REFUSAL_MS = 15 * 60_000;

/** What becomes of a recording whose talk is over. Without a keeper it stays where the exchange left it. */
export const afterRefusal = (policy: RefusalPolicy, keeper: RecordingKeeper | null): RefusalAnswer =>
  policy === 'stop_and_delete' && keeper !== null ? 'to_be_deleted' : 'stays';

/** The refusal is durable when this resolves. A recording that another sidecar has is deleted by that one, at its next sweep. */
export async function refuseAfterwards(
  station: Pick<Station, 'ledger' | 'clock' | 'inForce' | 'telephony'>,
  keeper: RecordingKeeper | null,
  { callId, who }: { readonly callId: string; readonly who: string },
): Promise<RefusalAnswer> {
  const { ledger, clock, inForce } = station;
  const call = recordedCall(await ledger.read({ callId, kinds: RECORDED_CALL_KINDS, limit: 100 }));
  if (call === null || call.isDeleted) return 'unknown';
  const known = knownCampaign(inForce(), call.campaignId as CampaignId);
  const wasRecorded = call.startedAt !== null || call.hashedAt !== null;
  let isOver = wasRecorded;
  if (!wasRecorded) {
    // An earlier life connected this talk: it goes on, or its recording lies unhashed. Of another sidecar's only that one can tell.
    const isOurs =
      call.keeper === ledger.writer && call.isOursToRecord && known?.campaign.recording.enabled !== false;
    if (!isOurs || call.isSeenThrough) return 'unknown';
    const channel = await channelOf(station, callId);
    if (channel?.up === false) return 'unknown';
    isOver = channel === undefined;
  }
  if (isTooLate(call, clock.now())) return 'unknown';
  // Of a campaign that nobody knows any more: what is refused goes.
  const policy = call.refusal?.policy ?? known?.campaign.recording.onRefusal ?? 'stop_and_delete';
  await ledger.append(refusedDraft(call, { how: 'request', who, policy, running: !isOver, at: clock.now() }));
  if (!isOver) {
    await stopIfRunning(station, callId);
    return 'stopped';
  }
  if (policy === 'stop_and_delete' && call.keeper === ledger.writer) void keeper?.settle(callId);
  return afterRefusal(policy, keeper);
}

/** Counted from what came last: who refuses may not know of a recording before it is brought to rest. Neither known: it still waits. */
function isTooLate({ endedAt, hashedAt }: RecordedCall, now: Instant): boolean {
  const known = [endedAt, hashedAt].filter((each) => each !== null);
  return known.length > 0 && now > addMs(instant(Math.max(...known)), LATE_REFUSAL_MS);
}

async function channelOf(
  { telephony }: Pick<Station, 'telephony'>,
  callId: string,
): Promise<LiveChannel | undefined> {
  return (await telephony.channels()).find(({ channelId }) => channelId === callId);
}

async function stopIfRunning({ telephony }: Pick<Station, 'telephony'>, callId: string): Promise<void> {
  try {
    await telephony.stopRecording(callId);
  } catch (error) {
    if (!(error instanceof TelephonyRefused)) throw error;
  }
}
