/** A mirror that a test writes, and a verifier that believes what the Identity header says in plain words. */
import type { SignedHereParts } from '../../src/control/attest/signed-here.ts';
import type { RecordedLevel } from '../../src/domain/attestation.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { instant } from '../../src/domain/time.ts';
import type { CallToVerify, IdentityFault, IdentityVerdict } from '../../src/ports/identity-verifier.ts';
import type { SeenInvite } from '../../src/ports/signalling-tap.ts';

export interface FakeSigning extends SignedHereParts {
  /** An INVITE leaves. `identities`: `A`, `B`, `C`, the name of a fault, `A for 13035550100`, or `certificate_unavailable claims B`. */
  sends(sipCallId: string, identities: readonly string[], more?: Partial<SeenInvite>): void;
  /** What the exchange is set to sign; null: it cannot be asked. */
  configured: RecordedLevel | null;
  /** Whether it signs on the trunk at all. */
  trunkSigns: boolean;
  readonly verified: CallToVerify[];
}

export const OWN_CALLER_ID = '+13035550199' as PhoneNumber;

export function fakeSigning(callerId: string = OWN_CALLER_ID): FakeSigning {
  let listener: (invite: SeenInvite) => void = () => undefined;
  const verified: CallToVerify[] = [];
  const digits = callerId.slice(1);
  const signing: FakeSigning = {
    configured: null,
    trunkSigns: true,
    verified,
    sends(sipCallId, identities, more = {}) {
      listener({
        sipCallId,
        fromUser: callerId,
        assertedUser: null,
        toUser: '13035550101',
        date: null,
        identities,
        sentAtMs: null,
        ...more,
      });
    },
    tap: {
      listen: (given) => {
        listener = given;
      },
      figures: () => ({
        address: 'fake',
        packets: 0,
        invites: 0,
        unreadable: 0,
        dropped: 0,
        lostByKernel: null,
      }),
      close: () => Promise.resolve(),
    },
    verifier: {
      verify(call) {
        verified.push(call);
        return Promise.resolve(verdictOf(call, digits));
      },
    },
    settings: {
      of: () =>
        signing.configured === null
          ? Promise.reject(new Error('no answer'))
          : Promise.resolve({
              level: signing.configured,
              because: 'tn: attest_level',
              trunkSigns: signing.trunkSigns,
            }),
    },
  };
  return signing;
}

function verdictOf({ identities, seenAt }: CallToVerify, digits: string): IdentityVerdict {
  const [said = 'missing_identity'] = identities;
  const [, level, , forWhom] = /^([ABC])( for (\d+))?$/.exec(said) ?? [];
  if (level === undefined) {
    const [fault = '', claimed] = said.split(' claims ');
    return {
      ...{ kind: 'refused', fault: fault as IdentityFault, detail: `told ${said}`, sipStatus: 438 },
      claimed: (claimed as 'A' | 'B' | 'C' | undefined) ?? null,
    };
  }
  return {
    kind: 'verified',
    level: level as 'A' | 'B' | 'C',
    callerId: forWhom ?? digits,
    calledNumbers: ['13035550101'],
    issuedAt: instant(seenAt),
    originationId: 'origin-1',
    certificateUrl: 'https://certs.example.test/tn.pem',
    certificateSha256: 'ab'.repeat(32),
  };
}
