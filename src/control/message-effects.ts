/** What a person hears of us: the message, also by the dialplan where we cannot, the way out of it by key, and the disclosure. */
import { MESSAGE_SLACK_MS } from '../callflow/greeting.ts';
import type { CallEvent } from '../callflow/state.ts';
import type { CallId } from '../domain/ids.ts';
import { bridgeOf } from './agent-effects.ts';
import { MONITOR_VARIABLES } from './channel-variables.ts';
import { SWITCH_SECONDS, writeSwitch } from './dead-man.ts';
import { messageOf } from './deadline.ts';
import type { FollowedCall } from './follow-call.ts';
import { persist } from './persist.ts';
import { recordOptOut } from './settle-call.ts';
import type { Station } from './sidecar.ts';
import type { WaitingOptOuts } from './waiting-opt-outs.ts';

/**
 * A playback is told, or its command answered, within a millisecond or two. One that is not is taken for lost: waiting for the
 * command's own deadline would be silence. Looked at in turns, so that a busy moment of ours is not taken for the exchange's.
 */
const BEGINS_WITHIN_MS = 250;
const LOOKS_EVERY_MS = 50;

const OPT_OUT_SECONDS = '5.0';

/** The key was pressed under the message: it has been stopped, and the call ends when the request is durable. */
const isOptingOut = ({ state }: FollowedCall): boolean => state.kind === 'safe_harbor' && state.optingOut;

/** Each rejects when it cannot be done; what to do then is the caller's. */
export interface MessageEffects {
  /** Resolves when the person hears it. */
  play(call: FollowedCall, kind: 'safe_harbor' | 'machine_message', messageMs: number): Promise<void>;
  rescue(call: FollowedCall): Promise<void>;
  /** Resolves when the request is durable, here or with the exchange. */
  optOut(call: FollowedCall): Promise<void>;
  playDisclosure(call: FollowedCall): Promise<void>;
}

export function createMessageEffects(
  sidecar: Station,
  waiting: WaitingOptOuts,
  tell: (callId: CallId, event: CallEvent) => void,
): MessageEffects {
  const { clock, telephony, log } = sidecar;

  const waited = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });

  async function play(
    call: FollowedCall,
    kind: 'safe_harbor' | 'machine_message',
    messageMs: number,
  ): Promise<void> {
    const prompt = call.prompts.prompt(call.campaign.id, kind);
    if (!prompt.fit) throw new Error(prompt.problem);
    await begun(call, telephony.play(call.callId, `${call.callId}:message`, prompt.media));
    // INVARIANT (switch-until-heard): the switch is set for the length of the message only when that is being heard. Until then it
    // stays as the heartbeat left it: whatever dies or is lost, the dialplan has the person again within 0.8 s.
    const { callId } = call;
    telephony
      .setAtOnce(callId, {
        [MONITOR_VARIABLES.deadMan]: ((messageMs + MESSAGE_SLACK_MS) / 1_000 + 1).toFixed(1),
        [MONITOR_VARIABLES.harbor]: 'playing',
      })
      .catch((error: unknown) => {
        log.warn(
          { callId, what: 'switch for the message', problem: messageOf(error) },
          'telephone command failed',
        );
      });
  }

  /** Throws when the message has not begun in time, by its command's answer or by its event. */
  async function begun(call: FollowedCall, playing: Promise<void>): Promise<void> {
    const answer = playing.then(() => 'answered' as const);
    for (let waitedMs = 0; waitedMs < BEGINS_WITHIN_MS; waitedMs += LOOKS_EVERY_MS) {
      const told = await Promise.race([answer, waited(LOOKS_EVERY_MS)]);
      if (told === 'answered' || call.timeline.at('message_started') !== null) {
        // Only the answer may still be lost: the person hears the message.
        answer.catch(() => undefined);
        return;
      }
    }
    answer.catch(() => undefined);
    throw new Error(`the message has not begun within ${BEGINS_WITHIN_MS} ms`);
  }

  /**
   * The dialplan takes `playing` for a message that is being heard and would hang up: should our command be lost, the switch must
   * not find it. Not one after the other: the person waits.
   */
  async function rescue(call: FollowedCall): Promise<void> {
    const switched = telephony.setVariables(call.callId, {
      [MONITOR_VARIABLES.harbor]: 'over',
      [MONITOR_VARIABLES.deadMan]: SWITCH_SECONDS,
    });
    // Refused when the call has gone on already, as it should.
    switched.catch(() => undefined);
    await telephony.rescue(call.callId);
  }

  async function optOut(call: FollowedCall): Promise<void> {
    const request = {
      number: call.number,
      sellerId: call.campaign.seller.id,
      channel: 'key_press',
      callId: call.callId,
    };
    // The message has been stopped: its dead-man must not cut in while the request is made durable. After a key before the message
    // that is still to come, and its switch with it.
    if (isOptingOut(call)) void writeSwitch(sidecar, call, { [MONITOR_VARIABLES.deadMan]: OPT_OUT_SECONDS });
    const written = waiting.add(call.number, call.campaign.seller.id, {
      requestedAt: clock.now(),
      channel: request.channel,
    });
    try {
      await recordOptOut(sidecar, request);
      written();
    } catch (error) {
      log.error({ callId: call.callId, problem: messageOf(error) }, 'opt-out not in the ledger yet');
      const { callId } = call;
      const later = persist(sidecar, { what: 'opt-out', callId }, () => recordOptOut(sidecar, request)).then(
        written,
      );
      // The exchange keeps it for a later life of ours; where it cannot either, the call waits for the ledger.
      await telephony.keepOptOut(call.callId, Math.floor(clock.now() / 1_000)).catch(() => later);
    }
    // The hang-up follows, so the dialplan need not note the key. After a key before the message it does: the message is still to come.
    if (isOptingOut(call)) void writeSwitch(sidecar, call, { [MONITOR_VARIABLES.harbor]: 'done' });
    tell(call.callId, { kind: 'opt_out_durable' });
  }

  async function playDisclosure(call: FollowedCall): Promise<void> {
    const prompt = call.prompts.prompt(call.campaign.id, 'disclosure');
    if (!prompt.fit) throw new Error(prompt.problem);
    await telephony.playToBridge(bridgeOf(call.callId), `${call.callId}:disclosure`, prompt.media);
  }

  return { play, rescue, optOut, playDisclosure };
}
