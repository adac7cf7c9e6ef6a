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
      readonly problem: string | null;
      readonly proof: string;
    }
  /** Our own look failed: it proves nothing, neither for the caller ID nor against it. */
  | { readonly kind: 'undecided'; readonly problem: string };

export function readSigning(
  verdict: IdentityVerdict,
  call: { readonly callerId: PhoneNumber; readonly sipCallId: string; readonly seenAt: Instant },
): Signing {
  const where = `INVITE ${call.sipCallId.slice(0, 200)} of ${formatInstant(call.seenAt)}`;
  if (verdict.kind === 'refused') {
    // The same certificate may be had by others; whoever cannot have it sees the call unsigned, but we cannot know.
    if (verdict.fault === 'certificate_unavailable') return { kind: 'undecided', problem: verdict.detail };
    const problem = `${verdict.fault}: ${verdict.detail}`.slice(0, 400);
    return { kind: 'seen', level: 'none', problem, proof: `${where}: ${verdict.fault}` };
  }
  const { level, callerId, certificateSha256, certificateUrl, originationId } = verdict;
  if (callerId !== call.callerId.slice(1)) {
    const problem = `signed for ${callerId.slice(0, 40)}, not for ${call.callerId}`;
    return { kind: 'seen', level: 'none', problem, proof: `${where}: ${problem}` };
  }
  const proof = `${where}: ${level}, origid ${originationId}, certificate ${certificateSha256} of ${certificateUrl}`;
  return { kind: 'seen', level, problem: null, proof: proof.slice(0, 1_000) };
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
