/** How long after its sending each INVITE of a mirror had its verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../../src/domain/time.ts';
import type { IdentityVerifier } from '../../src/ports/identity-verifier.ts';
import type { SeenInvite } from '../../src/ports/signalling-tap.ts';
import { percentile, say } from './figures.ts';

export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Verifies what the tap tells, and keeps how long after its sending each verdict came. */
export function watchVerdicts(
  listen: (hear: (invite: SeenInvite) => void) => void,
  verifier: IdentityVerifier,
  seenAtOf: (invite: SeenInvite) => Instant,
) {
  const waits: number[] = [];
  let open = 0;
  let refused = 0;
  listen((invite) => {
    open += 1;
    const call = {
      identities: invite.identities,
      callerId: invite.assertedUser ?? invite.fromUser,
      calledNumber: invite.toUser,
      date: invite.date,
      seenAt: seenAtOf(invite),
    };
    void verifier.verify(call).then((verdict) => {
      open -= 1;
      if (verdict.kind === 'verified') waits.push(nowMs() - (invite.sentAtMs ?? Number.NaN));
      else if ((refused += 1) <= 3) say(`refused: ${verdict.fault}: ${verdict.detail}`);
    });
  });
  return {
    verified: () => waits.length,
    first: () => waits[0] ?? Number.NaN,
    percentile: (share: number): number => percentile(Float64Array.from(waits).sort(), share),
    async settled(): Promise<void> {
      for (let quietFor = 0; quietFor < 5; quietFor = open === 0 ? quietFor + 1 : 0) await sleep(50);
    },
  };
}
