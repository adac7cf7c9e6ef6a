/** What an INVITE that left says of its caller ID, and whether somebody must be told. Pure. */
import { meetsLevel, type AttestationLevel, type RecordedLevel } from '../../domain/attestation.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import type { IdentityVerdict } from '../../ports/identity-verifier.ts';
import type { ConfiguredSigning } from '../../ports/signing-settings.ts';

export type Signing =
  /** `problem`: why the level is `none`; null for a level that was proven. */
  | {
      readonly kind: 'seen';
      readonly level: RecordedLevel;
      /** False: it left without any signature, as it should where the carrier signs. */
      readonly hasIdentity: boolean;
      readonly problem: string | null;
      readonly proof: string;
    }
  /** Our own look failed: it proves nothing, neither for the caller ID nor against it, but that it left with no more than it claims. */
  | {
      readonly kind: 'undecided';
      readonly problem: string;
      readonly proof: string;
      /** Null: it cannot be read. */
      readonly claimed: AttestationLevel | null;
    };

export function readSigning(
  verdict: IdentityVerdict,
  call: { readonly callerId: PhoneNumber; readonly sipCallId: string; readonly seenAt: Instant },
): Signing {
  const where = `INVITE ${call.sipCallId.slice(0, 200)} of ${formatInstant(call.seenAt)}`;
  if (verdict.kind === 'refused') {
    const proof = `${where}: ${verdict.fault}`;
    // The same certificate may be had by others; whoever cannot have it sees the call unsigned, but we cannot know.
    if (verdict.fault === 'certificate_unavailable')
      return { kind: 'undecided', problem: verdict.detail, proof, claimed: verdict.claimed };
    const problem = `${verdict.fault}: ${verdict.detail}`.slice(0, 400);
    const hasIdentity = verdict.fault !== 'missing_identity';
    return { kind: 'seen', level: 'none', hasIdentity, problem, proof };
  }
  const { level, callerId, certificateSha256, certificateUrl, originationId } = verdict;
  if (callerId !== call.callerId.slice(1)) {
    const problem = `signed for ${callerId.slice(0, 40)}, not for ${call.callerId}`;
    return { kind: 'seen', level: 'none', hasIdentity: true, problem, proof: `${where}: ${problem}` };
  }
  const proof = `${where}: ${level}, origid ${originationId}, certificate ${certificateSha256} of ${certificateUrl}`;
  return { kind: 'seen', level, hasIdentity: true, problem: null, proof: proof.slice(0, 1_000) };
}

/**
 * What an INVITE says against a demand also without its certificate: whoever can have that sees no more than the claim. Then it is
 * recorded as no level at all, because a claim that nobody has verified must not confirm a lower demand.
 */
export function againstDemand(signing: Signing, demanded: AttestationLevel | 'none'): Signing {
  if (signing.kind === 'seen' || signing.claimed === null) return signing;
  const { claimed, problem, proof } = signing;
  if (demanded === 'none' || meetsLevel(claimed, demanded)) return signing;
  return {
    kind: 'seen',
    level: 'none',
    hasIdentity: true,
    problem: `claims ${claimed}; ${problem}`.slice(0, 400),
    proof: `${proof}, claims ${claimed}`,
  };
}

/** Why the call is an alarm; empty: it is none. */
export function alarmsOf(
  level: RecordedLevel,
  against: {
    readonly demanded: AttestationLevel | 'none';
    readonly before: RecordedLevel | null;
    readonly configured: ConfiguredSigning | null;
  },
): readonly string[] {
  const { demanded, before, configured } = against;
  return [
    ...(demanded !== 'none' && !meetsLevel(level, demanded) ? [`the campaign demands ${demanded}`] : []),
    ...(before !== null && !meetsLevel(level, before) ? [`the call before left with ${before}`] : []),
    ...(configured !== null && !meetsLevel(level, configured.level)
      ? [`the exchange is set to sign with ${configured.level} (${configured.because})`]
      : []),
  ];
}
