/** The end of a talk that no call of ours stands for any more. */
import type { TelephonyEvent } from '../ports/telephony.ts';
import { BRIDGE_PREFIX } from './agent-effects.ts';
import { persist } from './persist.ts';
import type { Station } from './sidecar.ts';

/**
 * A talk of a life before this one: a person who is left in it is not left in silence, an agent is free again. `isFollowed`: the call is
 * ours, and answered for elsewhere. Never rejects.
 */
export async function partTalk(
  sidecar: Station,
  { bridgeId, remaining }: TelephonyEvent & { kind: 'bridge_left' },
  isFollowed: (callId: string) => boolean,
): Promise<void> {
  const callId = bridgeId.slice(BRIDGE_PREFIX.length);
  if (!bridgeId.startsWith(BRIDGE_PREFIX) || isFollowed(callId)) return;
  // The talks of other sidecars on this exchange are theirs; a ledger that is away only delays the answer.
  const [decision] = await persist(sidecar, { what: 'whose talk it was', callId }, () =>
    sidecar.ledger.read({ callId, kinds: ['decision'], limit: 1 }),
  );
  try {
    if (decision?.writer !== sidecar.ledger.writer) return;
    await sidecar.telephony.destroyBridge(bridgeId);
    for (const channelId of remaining) {
      if (!(await sidecar.telephony.announceStaff(channelId))) await sidecar.telephony.hangUp(channelId);
    }
  } catch (error) {
    sidecar.log.warn(
      { callId, bridge: bridgeId, problem: String(error) },
      'channel left alone in a bridge not hung up',
    );
  }
}
