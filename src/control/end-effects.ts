/** How a call ends with us: its one result, its timeline, and the moment from which nobody follows it any more. */
import type { CallEffect } from '../callflow/state.ts';
import type { CallId } from '../domain/ids.ts';
import type { AgentEffects } from './agent-effects.ts';
import type { GreetingClock } from './call-timeline.ts';
import { stopHeartbeat } from './dead-man.ts';
import type { FollowedCall } from './follow-call.ts';
import { persist } from './persist.ts';
import type { CallRecordings } from './recordings/call-recordings.ts';
import { settleCall } from './settle-call.ts';
import type { Station } from './sidecar.ts';

const clockJson = (clock: GreetingClock | null): Readonly<Record<string, string | number | null>> | null =>
  clock === null ? null : { ...clock };

export interface EndEffects {
  settle(call: FollowedCall, effect: CallEffect & { do: 'settle' }): void;
  finish(call: FollowedCall): void;
}

export function createEndEffects(
  sidecar: Station,
  ofAgent: Pick<AgentEffects, 'takeDown'>,
  recordings: CallRecordings,
  forget: (callId: CallId) => void,
): EndEffects {
  function settle(call: FollowedCall, effect: CallEffect & { do: 'settle' }): void {
    const connectTime = call.evidence?.connectTime(call.timeline.at('clock_started')) ?? null;
    const result = {
      callId: call.callId,
      campaignId: call.campaign.id,
      outcome: effect.outcome,
      endedAt: sidecar.clock.now(),
      hangupCause: effect.hangupCause,
      sipStatus: effect.sipStatus,
      source: call.plan.heldBy === 'dialer' ? 'watchdog' : 'ari',
      ...(connectTime === null ? {} : { connectTime }),
    } as const;
    call.settling = settleCall(sidecar, call.campaign, call.number, result);
  }

  function finish(call: FollowedCall): void {
    stopHeartbeat(call);
    call.notice.end();
    for (const timer of call.timers.values()) timer.cancel();
    if (call.timeline.at('connected') !== null) {
      void ofAgent.takeDown(call);
    }
    // Followed until the result is durable: `reconcile` would take the call for one that nobody follows.
    void Promise.all([call.settling, writeTimeline(call)]).then(() => {
      forget(call.callId);
    });
  }

  async function writeTimeline(call: FollowedCall): Promise<void> {
    const { timeline } = call;
    await persist(sidecar, { what: 'timeline', callId: call.callId }, () =>
      sidecar.ledger.append({
        kind: 'call_progress',
        dedupeKey: call.callId,
        body: {
          callId: call.callId,
          campaignId: call.campaign.id,
          number: call.number,
          timeline: timeline.toJson(),
          sources: timeline.sources(),
          greetingEndSource: timeline.clock()?.source ?? null,
          clock: clockJson(timeline.clock()),
          ...(call.evidence === null ? {} : { machine: call.evidence.toJson(timeline.at('clock_started')) }),
        },
      }),
    );
    await recordings.finish(call);
  }

  return { settle, finish };
}
