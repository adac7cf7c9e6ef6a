/**
 * Implements `IdentityVerifier` from the pure checks of `passport/`, a source of certificates and the operator's roots. What is read from a
 * certificate is kept beside its document, so that a call with a known certificate costs one signature.
 */
import { type AttestationLevel, meetsLevel } from '../../domain/attestation.ts';
import { instant } from '../../domain/time.ts';
import { IDENTITY_FAULTS } from '../../domain/identity-fault.ts';
import {
  checkCalled,
  checkCaller,
  checkDate,
  checkIssuedAt,
  checkSignature,
  readSipDate,
} from '../../passport/call-checks.ts';
import { readCertificates } from '../../passport/certificate.ts';
import { type CertificatePath, checkAuthority, checkPath, findPath } from '../../passport/chain.ts';
import { readIdentityHeaders } from '../../passport/identity-header.ts';
import { canonicalNumber } from '../../passport/numbers.ts';
import { type CallPassports, choosePassports, type Passport, readPassport } from '../../passport/passport.ts';
import { type Checked, type Refusal, refusal, refused } from '../../passport/refusal.ts';
import type { CertificateDocument, CertificateSource } from '../../ports/certificate-source.ts';
import type { CallToVerify, IdentityVerdict, IdentityVerifier } from '../../ports/identity-verifier.ts';
import type { Trust } from './trust.ts';

export interface VerifierOptions {
  readonly trust: Trust;
  readonly source: CertificateSource;
  /** Date and `iat` may be this far from now and from each other, either way. */
  readonly freshMs: number;
}

/** The checks in their order; each is reported with null or why it failed, until one of them keeps the next from having sense. */
export const IDENTITY_CHECKS = [
  'header',
  'date',
  'issued_at',
  'caller',
  'called',
  'certificate',
  'chain',
  'authority',
  'signature',
  'level',
] as const;
export type IdentityCheck = (typeof IDENTITY_CHECKS)[number];

export interface CheckOutcome {
  readonly check: IdentityCheck;
  /** Null: it passed. */
  readonly refusal: Refusal | null;
}

export interface ExplainedIdentity {
  /** Null where the header could not be read so far. */
  readonly passport: Passport | null;
  readonly path: CertificatePath | null;
  /** Every check that had sense, also those after the first that failed. */
  readonly outcomes: readonly CheckOutcome[];
  readonly verdict: IdentityVerdict;
}

export interface ExplainingVerifier extends IdentityVerifier {
  /** Like `verify`, without stopping at the first failure. Of several PASSporTs the one that `verify` answers for. */
  explain(call: CallToVerify): Promise<ExplainedIdentity>;
}

interface Numbers {
  readonly callerId: string | null;
  readonly calledNumber: string | null;
}

export function identityVerifier(options: VerifierOptions): ExplainingVerifier {
  const { source, freshMs } = options;
  const pathOf = keptPaths(options.trust);

  /** Null: all passed, or `observe` was told. */
  async function judge(
    passport: Passport,
    call: CallToVerify,
    numbers: Numbers,
    observe: Observer,
  ): Promise<CertificatePath | null> {
    const date = checkDate(call.date, call.seenAt, freshMs);
    if (observe('date', date.ok ? null : date.refusal)) return null;
    const from = date.ok ? date.value : call.seenAt;
    if (observe('issued_at', checkIssuedAt(passport, from, call.seenAt, freshMs))) return null;
    if (observe('caller', checkCaller(passport, numbers.callerId))) return null;
    if (observe('called', checkCalled(passport, numbers.calledNumber))) return null;
    const url = passport.certificateUrl;
    const asked = source.certificateAt(url);
    const answer = asked instanceof Promise ? await asked : asked;
    if (answer.kind === 'refused') {
      observe('certificate', refusal(answer.fault, answer.detail));
      return null;
    }
    const path = pathOf(answer.document, call);
    if (!path.ok) {
      source.distrust(url);
      const isUnread = path.refusal.fault === 'certificate_malformed';
      if (!isUnread && observe('certificate', null)) return null;
      observe(isUnread ? 'certificate' : 'chain', path.refusal);
      return null;
    }
    if (observe('certificate', null)) return null;
    const failed = judgeCertificate(passport, path.value, call, observe);
    if (failed) source.distrust(url);
    return path.value;
  }

  function judgeCertificate(
    passport: Passport,
    path: CertificatePath,
    call: CallToVerify,
    observe: Observer,
  ): boolean {
    if (observe('chain', checkPath(path, call.seenAt, options.trust.revocationLists()))) return true;
    if (observe('authority', checkAuthority(path, passport.callerId))) return true;
    if (observe('signature', checkSignature(passport, path[0]))) return true;
    return observe('level', checkLevel(passport));
  }

  async function verify(call: CallToVerify): Promise<IdentityVerdict> {
    const read = readCall(call);
    if (read.chosen.fallback !== null) {
      const { refusal: why, claimed } = read.chosen.fallback;
      return toVerdict(why, claimed);
    }
    // Together: several certificates that do not come cost the call no more than one.
    const verdicts = await Promise.all(
      read.chosen.passports.map((passport) => verifyOne(passport, call, read.numbers)),
    );
    return (
      verdicts.reduce<IdentityVerdict | null>(lowestVerified, null) ??
      verdicts[0] ??
      toVerdict(refusal('missing_identity', 'the call has no Identity header'), null)
    );
  }

  async function verifyOne(
    passport: Passport,
    call: CallToVerify,
    numbers: Numbers,
  ): Promise<IdentityVerdict> {
    const failures: Refusal[] = [];
    const path = await judge(passport, call, numbers, (_check, why) => {
      if (why !== null) failures.push(why);
      return why !== null;
    });
    const [failure] = failures;
    return path === null || failure !== undefined
      ? refusedVerdict(failure, passport)
      : verified(passport, path);
  }

  async function explain(call: CallToVerify): Promise<ExplainedIdentity> {
    const verdict = await verify(call);
    const { chosen, numbers } = readCall(call);
    if (chosen.fallback !== null) {
      const outcomes = [{ check: 'header', refusal: chosen.fallback.refusal }] as const;
      return { passport: null, path: null, outcomes, verdict };
    }
    const passport =
      chosen.passports.find(
        ({ certificateUrl, shaken }) =>
          verdict.kind === 'verified' &&
          certificateUrl === verdict.certificateUrl &&
          shaken?.originationId === verdict.originationId,
      ) ?? chosen.passports[0];
    if (passport === undefined) return { passport: null, path: null, outcomes: [], verdict };
    const outcomes: CheckOutcome[] = [{ check: 'header', refusal: null }];
    const path = await judge(passport, call, numbers, (check, why) => {
      outcomes.push({ check, refusal: why });
      return false;
    });
    return { passport, path, outcomes, verdict };
  }

  return { verify, explain };
}

/** Is told the outcome of a check; true ends the judging. */
type Observer = (check: IdentityCheck, why: Refusal | null) => boolean;

/** RFC 8225 alone proves a number; a level is what RFC 8588 adds. */
const checkLevel = ({ shaken }: Passport): Refusal | null =>
  shaken === null
    ? refusal(
        'unsupported_passport',
        'PASSporT has no ppt and so names no attestation level; expected shaken',
      )
    : null;

function readCall(call: CallToVerify): { readonly chosen: CallPassports; readonly numbers: Numbers } {
  const numbers: Numbers = {
    callerId: canonicalNumber(call.callerId),
    calledNumber: canonicalNumber(call.calledNumber),
  };
  const filled = call.identities.filter((text) => text.trim() !== '');
  if (filled.length === 0) {
    const why = refusal('missing_identity', 'the call has no Identity header');
    return { chosen: { passports: [], fallback: { kind: 'refused', refusal: why, claimed: null } }, numbers };
  }
  const date = call.date === null ? null : readSipDate(call.date);
  const forCompact = { ...numbers, dateSeconds: date === null ? null : Math.floor(date / 1_000) };
  const read = readIdentityHeaders(filled).map((value) =>
    value.ok
      ? readPassport(value.value, forCompact)
      : ({
          kind: 'refused',
          refusal: refusal('malformed_identity', value.problem),
          claimed: null,
        } as const),
  );
  return { chosen: choosePassports(read), numbers };
}

/** Of two that hold and tell two levels the lower counts: which of them the next one believes nobody can know. */
function lowestVerified(lowest: IdentityVerdict | null, each: IdentityVerdict): IdentityVerdict | null {
  if (each.kind === 'refused') return lowest;
  return lowest?.kind === 'verified' && meetsLevel(each.level, lowest.level) ? lowest : each;
}

const toVerdict = ({ fault, detail }: Refusal, claimed: AttestationLevel | null): IdentityVerdict => ({
  kind: 'refused',
  fault,
  detail,
  sipStatus: IDENTITY_FAULTS[fault].sipStatus,
  claimed,
});

const refusedVerdict = (failure: Refusal | null | undefined, { shaken }: Passport): IdentityVerdict =>
  toVerdict(
    failure ?? refusal('certificate_unavailable', 'the certificate was not judged'),
    shaken?.level ?? null,
  );

function verified(passport: Passport, [leaf]: CertificatePath): IdentityVerdict {
  if (passport.shaken === null) return refusedVerdict(checkLevel(passport), passport);
  return {
    kind: 'verified',
    level: passport.shaken.level,
    callerId: passport.callerId,
    calledNumbers: passport.calledNumbers,
    issuedAt: instant(passport.issuedAtSeconds * 1_000),
    originationId: passport.shaken.originationId,
    certificateUrl: passport.certificateUrl,
    certificateSha256: leaf.sha256,
  };
}

/** What was read from a document, as long as anybody holds the document. */
function keptPaths(
  trust: Trust,
): (document: CertificateDocument, call: CallToVerify) => Checked<CertificatePath> {
  const paths = new WeakMap<CertificateDocument, Checked<CertificatePath>>();
  return (document, { seenAt }) => {
    const known = paths.get(document);
    if (known !== undefined) return known;
    const certificates = readCertificates(document.bytes);
    const path = certificates.ok
      ? findPath(certificates.value, trust.roots, seenAt)
      : refused('certificate_malformed', certificates.problem);
    paths.set(document, path);
    return path;
  };
}
