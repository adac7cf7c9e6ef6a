/** What channels tell of callers: of people who call us, of canaries that come back, and of networks that refuse our calls. */
import type { RecordedLevel } from '../domain/attestation.ts';
import type { Refusal } from '../domain/blocking.ts';
import type { ArrivedCall } from '../domain/canary.ts';
import { parsePhoneNumber } from '../domain/phone-number.ts';
import type { IdentityVerdict } from '../ports/identity-verifier.ts';
import type { CanaryDesk } from './canary-desk.ts';
import { messageOf } from './deadline.ts';
import type { Station } from './sidecar.ts';
import type { BlockingWatch } from './watch-blocking.ts';

export interface InboundProof {
  /** `verified`, or the fault for which it is not. */
  readonly identity: 'verified' | (IdentityVerdict & { kind: 'refused' })['fault'];
  /** What is proved; a claim that does not hold is none. */
  readonly attestation: RecordedLevel;
}

export interface CallerProofs {
  /** Of somebody who calls us. Written to the ledger, which nobody waits for; never rejects. */
  inbound(channelId: string | null, call: ArrivedCall): Promise<InboundProof>;
  canaryArrived(call: ArrivedCall): 'known' | 'unknown';
  refused(callId: string, refusal: Refusal): void;
}

/** Where nobody looks at callers: nothing is proved, and no canary is known. */
export const NO_CALLER_PROOFS: CallerProofs = {
  inbound: () => Promise.resolve({ identity: 'missing_identity', attestation: 'none' }),
  canaryArrived: () => 'unknown',
  refused: () => undefined,
};

/** Never rejects: where nobody can verify, nothing is proved. */
export async function verdictOn(
  { identity, clock }: Pick<Station, 'identity' | 'clock'>,
  call: ArrivedCall,
): Promise<IdentityVerdict> {
  const isUnsigned = call.identities.length === 0;
  const nobody = (detail: string): IdentityVerdict => ({
    kind: 'refused',
    fault: isUnsigned ? 'missing_identity' : 'certificate_unavailable',
    detail,
    sipStatus: isUnsigned ? 428 : 436,
    claimed: null,
  });
  if (identity === undefined) return nobody('nobody verifies Identity headers here');
  try {
    return await identity.verify({
      identities: call.identities,
      callerId: call.callerId,
      calledNumber: call.calledNumber,
      date: call.date === '' ? null : call.date,
      seenAt: clock.now(),
    });
  } catch (error) {
    return nobody(messageOf(error));
  }
}

export function createCallerProofs(
  station: Pick<Station, 'clock' | 'ledger' | 'log' | 'identity' | 'newCallId'>,
  canaries: Pick<CanaryDesk, 'arrived'>,
  blocking: Pick<BlockingWatch, 'refused'>,
): CallerProofs {
  const { ledger, log } = station;

  return {
    async inbound(channelId, call) {
      const verdict = await verdictOn(station, call);
      const proof: InboundProof =
        verdict.kind === 'verified'
          ? { identity: 'verified', attestation: verdict.level }
          : { identity: verdict.fault, attestation: 'none' };
      const caller = parsePhoneNumber(call.callerId);
      const body = {
        callId: (channelId ?? station.newCallId()).slice(0, 64),
        number: caller.ok ? caller.value : null,
        called: call.calledNumber.slice(0, 40),
        ...proof,
        detail: verdict.kind === 'verified' ? verdict.certificateUrl : verdict.detail,
      };
      ledger.append({ kind: 'inbound_identity', dedupeKey: body.callId, body }).catch((error: unknown) => {
        log.warn({ callId: body.callId, problem: messageOf(error) }, 'what proves a caller is not recorded');
      });
      return proof;
    },
    canaryArrived: (call) => canaries.arrived(call),
    refused: (callId, refusal) => blocking.refused(callId, refusal),
  };
}
