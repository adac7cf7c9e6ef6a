/** From a leaf to a configured root (RFC 5280 §6 as far as the STI infrastructure uses it), and what must hold at the time of a call. */
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import type { StiCertificate } from './certificate.ts';
import type { RevocationList } from './revocation-list.ts';
import { type Checked, passed, type Refusal, refusal, refused, shown } from './refusal.ts';
import { coversNumber } from './tn-auth-list.ts';

/** Leaf, at most three authorities between, root. */
const PATH_CERTIFICATES_MAX = 5;
/** Signatures of certificates that are tried for one leaf. */
const SIGNATURES_MAX = 32;

/** Leaf first, root last; every link signed by the next. Says nothing of time and revocation: those are of each call. */
export type CertificatePath = readonly [StiCertificate, ...StiCertificate[]];

/** `at` only chooses between roots of the same name: one that is valid then comes first. */
export function findPath(
  certificates: readonly StiCertificate[],
  roots: readonly StiCertificate[],
  at: Instant,
): Checked<CertificatePath> {
  const [leaf, ...others] = certificates;
  if (leaf === undefined) return refused('certificate_malformed', 'document holds no certificate');
  if (leaf.isAuthority) {
    return refused('certificate_untrusted', `certificate ${shown(leaf.subject)} is of an authority itself`);
  }
  if (roots.length === 0) {
    return refused('certificate_untrusted', 'no root is configured: attestation.rootsFile is not set');
  }
  const isValid = ({ notBefore, notAfter }: StiCertificate): number =>
    at >= notBefore && at <= notAfter ? 0 : 1;
  const byValidity = (a: StiCertificate, b: StiCertificate): number => isValid(a) - isValid(b);
  const search: Search = {
    roots: [...roots].sort(byValidity),
    others: [...others].sort(byValidity),
    signatures: 0,
  };
  const path = extend([leaf], search);
  return path === null
    ? refused(
        'certificate_untrusted',
        `no chain leads from certificate ${shown(leaf.subject)} to a configured root`,
      )
    : passed(path);
}

interface Search {
  readonly roots: readonly StiCertificate[];
  readonly others: readonly StiCertificate[];
  signatures: number;
}

function extend(path: CertificatePath, search: Search): CertificatePath | null {
  const child = path.at(-1) ?? path[0];
  const below = path.length - 1; // authorities below the next one
  const root = search.roots.find((candidate) => isIssuer(candidate, child, below, search));
  if (root !== undefined) return [...path, root];
  if (path.length + 2 > PATH_CERTIFICATES_MAX) return null;
  for (const candidate of search.others) {
    if (path.includes(candidate) || !isIssuer(candidate, child, below, search)) continue;
    const longer = extend([...path, candidate], search);
    if (longer !== null) return longer;
  }
  return null;
}

function isIssuer(issuer: StiCertificate, child: StiCertificate, below: number, search: Search): boolean {
  if (issuer.subjectHex !== child.issuerHex || !issuer.isAuthority) return false;
  if (issuer.pathLength !== null && below > issuer.pathLength) return false;
  search.signatures += 1;
  if (search.signatures > SIGNATURES_MAX) return false;
  try {
    // Names, key identifiers and key usage; then the signature itself.
    return child.x509.checkIssued(issuer.x509) && child.x509.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** Whether every certificate of the path stands at `at`. Null: it does. */
export function checkPath(
  path: CertificatePath,
  at: Instant,
  lists: readonly RevocationList[],
): Refusal | null {
  const late = path.find(({ notBefore, notAfter }) => at < notBefore || at > notAfter);
  if (late !== undefined) {
    const from = formatInstant(late.notBefore);
    const until = formatInstant(late.notAfter);
    return refusal(
      'certificate_expired',
      `certificate ${shown(late.subject)} is valid from ${from} to ${until}, not at ${formatInstant(at)}`,
    );
  }
  for (const list of lists) {
    // A list that ran out may lack what was revoked since (RFC 5280 §6.3.3): it says nothing, and nothing is no proof.
    const speaksOfPath =
      list.isIndirect || path.some((certificate) => certificate.issuerHex === list.issuerHex);
    if (speaksOfPath && (at < list.thisUpdate || at > list.nextUpdate)) {
      return refusal(
        'certificate_untrusted',
        `revocation list is good from ${formatInstant(list.thisUpdate)} to ${formatInstant(list.nextUpdate)}, not at ${formatInstant(at)}`,
      );
    }
    const revoked = path.find(({ issuerHex, serialHex }) => list.revoked.has(`${issuerHex}:${serialHex}`));
    if (revoked !== undefined) {
      return refusal('certificate_revoked', `certificate ${shown(revoked.subject)} is on a revocation list`);
    }
  }
  return null;
}

/** Whether the leaf may sign for `callerId` (canonical). Null: it may. */
export function checkAuthority([leaf]: CertificatePath, callerId: string): Refusal | null {
  if (leaf.tnAuthList === null) {
    return refusal('certificate_not_for_number', `certificate ${shown(leaf.subject)} has no TNAuthList`);
  }
  if (leaf.limitsClaims) {
    return refusal(
      'certificate_not_for_number',
      `certificate ${shown(leaf.subject)} limits claims (RFC 8226 §8), which is not checked here`,
    );
  }
  return coversNumber(leaf.tnAuthList, callerId)
    ? null
    : refusal(
        'certificate_not_for_number',
        `TNAuthList of certificate ${shown(leaf.subject)} does not name ${shown(callerId)}`,
      );
}
