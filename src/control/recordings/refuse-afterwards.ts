/**
 * A refusal of a call that the sidecar does not follow: an agent writes down after the talk what the person said at its end, or the talk
 * was connected by an earlier life.
 */
import type { CampaignId } from '../../domain/ids.ts';
import type { RefusalPolicy } from '../../domain/recording.ts';
import { addMs } from '../../domain/time.ts';
import { TelephonyRefused } from '../../ports/telephony.ts';
import { knownCampaign } from '../ruling.ts';
import type { Station } from '../sidecar.ts';
import type { RecordingKeeper } from './keeper.ts';
import { RECORDED_CALL_KINDS, recordedCall } from './recorded-call.ts';
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
  const isOver = call.startedAt !== null || call.isHashed;
  if (!isOver) {
    // A talk that an earlier life connected goes on, and so does its recording. Of another sidecar's only that one can tell.
    const isOurs = call.keeper === ledger.writer && known?.campaign.recording.enabled === true;
    if (!isOurs || !(await isTalking(station, callId))) return 'unknown';
  }
  if (isOver && clock.now() > addMs(call.endedAt ?? call.startedAt ?? call.decidedAt, LATE_REFUSAL_MS))
    return 'unknown';
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

async function isTalking({ telephony }: Pick<Station, 'telephony'>, callId: string): Promise<boolean> {
  return (await telephony.channels()).some(({ channelId, up }) => channelId === callId && up);
}

async function stopIfRunning({ telephony }: Pick<Station, 'telephony'>, callId: string): Promise<void> {
  try {
    await telephony.stopRecording(callId);
  } catch (error) {
    if (!(error instanceof TelephonyRefused)) throw error;
  }
}
