/** One good call with everything that proves it in memory: authority, certificate, header, verifier. */
import {
  type ExplainingVerifier,
  identityVerifier,
} from '../../src/adapters/certificates/identity-verifier.ts';
import { instant } from '../../src/domain/time.ts';
import { readCertificate, type StiCertificate } from '../../src/passport/certificate.ts';
import type { CallToVerify } from '../../src/ports/identity-verifier.ts';
import { CALLED, CALLER, CERTIFICATE_URL, identityOf, sipDate } from './passports.ts';
import {
  type Issued,
  issue,
  numberRange,
  providerCode,
  revocationListDer,
  tnAuthList,
} from '../../scripts/asterisk/sti-authority.ts';

export interface IdentityWorld {
  readonly verifier: ExplainingVerifier;
  readonly header: string;
  readonly call: CallToVerify;
  readonly leaf: Issued;
  readonly roots: readonly StiCertificate[];
  readonly documents: {
    readonly certificate: Buffer;
    readonly list: Buffer;
    readonly tnAuthList: Buffer;
  };
}

export function identityWorld(now = Math.floor(Date.now() / 1_000) * 1_000): IdentityWorld {
  const validity = { from: now - 86_400_000, until: now + 86_400_000 };
  const root = issue({ subject: 'Test Root', ...validity });
  const list = tnAuthList(providerCode('709J'), numberRange('13035550100', 100));
  const leaf = issue({ subject: 'Test Leaf', issuer: root, tnAuthList: list, ...validity });
  const read = readCertificate(root.der);
  if (!read.ok) throw new Error(read.problem);
  const roots = [read.value];
  const document = { bytes: Buffer.from(leaf.pem) };
  const verifier = identityVerifier({
    trust: { roots, revocationLists: () => [] },
    source: {
      certificateAt: (url) =>
        url === CERTIFICATE_URL
          ? { kind: 'found', document }
          : { kind: 'refused', fault: 'certificate_unavailable', detail: 'nobody is there' },
      distrust: () => undefined,
    },
    freshMs: 60_000,
  });
  const header = identityOf({ key: leaf.privateKey, at: now });
  return {
    verifier,
    header,
    leaf,
    roots,
    call: {
      identities: [header],
      callerId: `+${CALLER}`,
      calledNumber: `+${CALLED}`,
      date: sipDate(now),
      seenAt: instant(now),
    },
    documents: {
      certificate: leaf.der,
      list: revocationListDer({ signer: root, revoked: [leaf] }),
      tnAuthList: list,
    },
  };
}
