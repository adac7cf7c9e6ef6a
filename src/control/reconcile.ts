/**
 * After every start and reconnect: what happened while nobody of us was listening? Calls found alive are taken back,
 * what the dialplan recorded by itself goes into the ledger, permits whose call is gone get their result.
 * INVARIANT (reservation-always-settles): a permit without a channel and without a record is `expired`, a drop.
 * Never twice at once: both would take back the same call, and the person would hear two of us.
 */
import type { CallState } from '../callflow/state.ts';
import type { Outcome } from '../domain/call-result.ts';
import type { CallId } from '../domain/ids.ts';
import { instant, SECOND_MS, type Instant } from '../domain/time.ts';
import type { PendingPermit } from '../ports/fact-sources.ts';
import type { FallbackRecord, LiveChannel } from '../ports/telephony.ts';
import { believed, catchUp } from './catch-up.ts';
import type { Follower } from './follow-call.ts';
import { persist } from './persist.ts';
import { permitOf, type RecordedPermit, recordedPermitOf } from './known-permit.ts';
import { lengthsOf, planOf } from './place-call.ts';
import { recordOptOut, settleCall } from './settle-call.ts';
import type { Sidecar } from './sidecar.ts';

export interface Reconciled {
  readonly takenBack: number;
  readonly settled: number;
  /** Calls the dialplan still has in hand: look again later. */
  readonly stillOut: number;
}

export async function reconcile(sidecar: Sidecar, follower: Follower): Promise<Reconciled> {
  const before = believed(follower);
  const [records, channels] = await Promise.all([
    sidecar.telephony.fallbackRecords(),
    sidecar.telephony.channels(),
  ]);
  for (const record of records) await takeRecord(sidecar, record, channels);
  const alive = new Map(channels.map((channel) => [channel.channelId, channel]));
  const tally = { takenBack: 0, settled: 0, stillOut: 0 };
  const adopted: Promise<void>[] = [];
  for (const pending of await sidecar.records.pendingPermits()) {
    // Other writers' calls are theirs; a dialer's own calls report through their door or run out of lease.
    if (pending.writer !== sidecar.ledger.writer || follower.follows(pending.callId)) continue;
    // Placed, ended and forgotten since the channels were listed: its result was on its way when the permits were read.
    if (before.calls.includes(pending.callId as CallId)) continue;
    const channel = alive.get(pending.callId);
    if (channel === undefined) {
      if (await settleGone(sidecar, pending)) tally.settled += 1;
    } else if (await takeBack(sidecar, follower, pending, channel)) {
      tally.takenBack += 1;
      adopted.push(adopt(sidecar, pending.callId as CallId));
    } else {
      tally.stillOut += 1;
    }
  }
  await catchUp(sidecar, follower, before, alive, async (callId) => {
    const known = await recordedPermitOf(sidecar, callId);
    // A dialer reports what became of its calls, or their lease runs out.
    if (known?.placedBy === 'sidecar')
      await settle(sidecar, known, 'expired', sidecar.clock.now(), 'reconcile');
  });
  await Promise.all(adopted);
  return tally;
}

/**
 * INVARIANT (never-above-ceiling): who answers gets one of the agents who come in here, so no line is opened for that agent meanwhile.
 * To shared counters the earlier life that reserved it was another sidecar.
 */
const adopt = (sidecar: Sidecar, callId: CallId): Promise<void> =>
  persist(sidecar, { what: 'holder', callId }, () => sidecar.counters.adopt(callId));

/** A record is cleared only when the ledger has it; a record of a call still in the dialplan waits. */
async function takeRecord(
  sidecar: Sidecar,
  record: FallbackRecord,
  channels: readonly LiveChannel[],
): Promise<void> {
  if (channels.some((channel) => channel.channelId === record.callId)) return;
  const known = await recordedPermitOf(sidecar, record.callId);
  if (known === null) {
    await reportUnmatched(sidecar, record);
    return;
  }
  if (record.what === 'dropped') {
    await settle(sidecar, known, 'dropped', endOf(sidecar, known, record), 'dialplan_fallback');
  } else {
    await recordOptOut(sidecar, {
      number: known.number,
      sellerId: known.sellerId,
      channel: 'key_press',
      callId: record.callId,
    });
  }
  await sidecar.telephony.clearFallbackRecord(record);
}

/**
 * Nobody knows whom it binds: it stays with the exchange, where a later look may know, and in the ledger, where somebody can find out
 * whose it is. It may be a wish.
 */
async function reportUnmatched(
  { ledger, log }: Sidecar,
  { callId, what, atEpochSeconds }: FallbackRecord,
): Promise<void> {
  log.error({ callId, what }, 'the dialplan recorded a call that the ledger does not know: it binds nobody');
  await ledger.append({
    kind: 'fallback_unmatched',
    dedupeKey: `${what}:${callId}`,
    body: { callId, what, atEpochSeconds },
  });
}

/** The exchange's stamp has whole seconds and its own clock; a call has not ended before it was decided, nor later than now. */
function endOf(sidecar: Sidecar, known: RecordedPermit, record: FallbackRecord): Instant {
  if (record.atEpochSeconds === null) return sidecar.clock.now();
  const told = record.atEpochSeconds * SECOND_MS;
  return instant(Math.min(Math.max(told, known.decidedAt), sidecar.clock.now()));
}

async function settleGone(sidecar: Sidecar, pending: PendingPermit): Promise<boolean> {
  const known = await recordedPermitOf(sidecar, pending.callId);
  if (known?.placedBy !== 'sidecar') return false;
  await settle(sidecar, known, 'expired', sidecar.clock.now(), 'reconcile');
  return true;
}

async function takeBack(
  sidecar: Sidecar,
  follower: Follower,
  pending: PendingPermit,
  channel: LiveChannel,
): Promise<boolean> {
  // Up and outside Stasis: the dialplan is playing the message; its record comes when the call has ended.
  if (channel.up && !channel.inStasis) return false;
  const known = await permitOf(sidecar, pending.callId);
  // Another look may have taken it back while this one read: two lives of one call would promise two agents.
  if (known?.decision.kind !== 'permit' || follower.follows(pending.callId)) return false;
  const callId = pending.callId as CallId;
  const { campaign, number, prompts } = known;
  const refusals = await sidecar.ledger.read({ callId, kinds: ['recording_refused'], limit: 1 });
  if (follower.follows(callId)) return false;
  const lengths = lengthsOf(prompts, campaign.id);
  if (known.placedBy === 'dialer') {
    // In our hands means taken from its dialer; anything else is the dialer's, and watched from its answer on.
    if (!channel.inStasis) return false;
    const plan = planOf(campaign, known.decision.obligations, lengths, { heldBy: 'dialer', deadMan: true });
    follower.begin({ callId, campaign, number, plan, prompts }, { kind: 'taken', again: false });
    follower.tell(callId, { kind: 'entered' });
    await settle(sidecar, known, 'dropped', sidecar.clock.now(), 'watchdog');
    return true;
  }
  const plan = planOf(campaign, known.decision.obligations, lengths);
  const state: CallState = channel.up ? { kind: 'answered', keys: '' } : { kind: 'ringing' };
  follower.begin({ callId, campaign, number, plan, prompts }, state);
  if (refusals.length > 0) follower.recallRefusal(callId);
  if (channel.up) {
    // How long it has waited is unknown, so the greeting is taken as ended: an agent or the message, now.
    follower.tell(callId, { kind: 'entered' });
    follower.tell(callId, { kind: 'greeting_missed' });
  }
  return true;
}

async function settle(
  sidecar: Sidecar,
  known: RecordedPermit,
  outcome: Outcome,
  endedAt: Instant,
  source: 'dialplan_fallback' | 'reconcile' | 'watchdog',
): Promise<void> {
  await settleCall(sidecar, known.campaign, known.number, {
    callId: known.callId,
    campaignId: known.campaign.id,
    outcome,
    endedAt,
    hangupCause: null,
    sipStatus: null,
    source,
  });
}
