/** One certificate of the STI public key infrastructure (RFC 5280, RFC 8226, ATIS-1000080), read once into what each call needs of it. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import { instant, type Instant } from '../domain/time.ts';
import {
  contentHex,
  contextTag,
  derChildren,
  type DerElement,
  derHex,
  derTime,
  TAG,
  wholeDer,
} from './der.ts';
import { shown } from './refusal.ts';
import { readTnAuthList, TN_AUTH_LIST_OID, type TnAuthEntry } from './tn-auth-list.ts';

/** Of one certificate; a TNAuthList of many numbers may be long. */
const CERTIFICATE_BYTES_MAX = 131_072;
/** Leaf and intermediates of one document. */
const CERTIFICATES_MAX = 8;
const EXTENSIONS_MAX = 40;
/** Claims that a certificate limits (RFC 8226 §8, RFC 9118) are not checked here: such a certificate is refused, not half believed. */
const CLAIM_CONSTRAINTS_OIDS: readonly string[] = ['2b0601050507011b', '2b06010505070121'];

/** Extensions whose meaning is heeded here or by `checkIssued`; any other that is critical must lead to refusal (RFC 5280 §4.2). */
const KNOWN_OIDS: readonly string[] = [
  '551d0e', // subjectKeyIdentifier
  '551d0f', // keyUsage
  '551d11', // subjectAltName
  '551d13', // basicConstraints
  '551d1f', // cRLDistributionPoints: lists are configured
  '551d20', // certificatePolicies
  '551d23', // authorityKeyIdentifier
  '551d25', // extKeyUsage
  TN_AUTH_LIST_OID,
];

export interface StiCertificate {
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** SHA-256 of the whole certificate, hex. */
  readonly sha256: string;
  /** One line for people. */
  readonly subject: string;
  /** Issuer name and serial number as DER in hex: what a revocation list names. */
  readonly issuerHex: string;
  readonly subjectHex: string;
  readonly serialHex: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly isAuthority: boolean;
  /** How many authorities may stand below; null is no limit. */
  readonly pathLength: number | null;
  /** Null: there is none, so it may sign for nobody. */
  readonly tnAuthList: readonly TnAuthEntry[] | null;
  readonly limitsClaims: boolean;
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

/** PEM with one or more certificates, leaf first (RFC 8226 wants `application/pem-certificate-chain`), or one certificate in DER. */
export function readCertificates(document: Uint8Array): Parsed<readonly StiCertificate[]> {
  const found = certificateBodies(document);
  if (found.length === 0) return problem(`document ${shownStart(document)} holds no certificate`);
  if (found.length > CERTIFICATES_MAX) {
    return problem(`document holds ${found.length} certificates; expected at most ${CERTIFICATES_MAX}`);
  }
  const certificates: StiCertificate[] = [];
  for (const bytes of found) {
    const certificate = readCertificate(bytes);
    if (!certificate.ok) return certificate;
    certificates.push(certificate.value);
  }
  return parsed(certificates);
}

function certificateBodies(document: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(document.buffer, document.byteOffset, document.byteLength);
  if (bytes[0] === TAG.sequence) return [bytes];
  return [...bytes.toString('latin1').matchAll(PEM)]
    .slice(0, CERTIFICATES_MAX + 1)
    .map(([, body = '']) => Buffer.from(body, 'base64'));
}

const shownStart = (document: Uint8Array): string =>
  shown(
    Buffer.from(document.buffer, document.byteOffset, Math.min(24, document.byteLength)).toString('latin1'),
  );

export function readCertificate(bytes: Uint8Array): Parsed<StiCertificate> {
  if (bytes.length > CERTIFICATE_BYTES_MAX) {
    return problem(`certificate has ${bytes.length} bytes; expected at most ${CERTIFICATE_BYTES_MAX}`);
  }
  const fields = readFields(bytes);
  if (fields === null) return problem('certificate does not read as X.509 version 3');
  let x509: X509Certificate;
  let publicKey: KeyObject;
  try {
    x509 = new X509Certificate(bytes);
    publicKey = x509.publicKey;
  } catch {
    return problem('certificate does not read as X.509 version 3');
  }
  const curve = publicKey.asymmetricKeyDetails?.namedCurve;
  if (publicKey.asymmetricKeyType !== 'ec' || curve !== 'prime256v1') {
    return problem(`certificate has a key ${shown(curve ?? publicKey.asymmetricKeyType)}; expected EC P-256`);
  }
  const extensions = readExtensions(bytes, fields.extensions);
  if (!extensions.ok) return extensions;
  return parsed({
    x509,
    publicKey,
    sha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: x509.subject.replace(/\s*\n\s*/g, ', '),
    issuerHex: derHex(bytes, fields.issuer),
    subjectHex: derHex(bytes, fields.subject),
    serialHex: contentHex(bytes, fields.serial),
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
    ...extensions.value,
    isAuthority: x509.ca,
  });
}

interface Fields {
  readonly serial: DerElement;
  readonly issuer: DerElement;
  readonly subject: DerElement;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly extensions: DerElement | null;
}

/** TBSCertificate (RFC 5280 §4.1): version, serial, algorithm, issuer, validity, subject, key, ..., [3] extensions. */
function readFields(bytes: Uint8Array): Fields | null {
  const whole = wholeDer(bytes, TAG.sequence);
  const [body] = (whole === null ? null : derChildren(bytes, whole, 3)) ?? [];
  const [version, serial, , issuer, validity, subject, ...rest] =
    (body?.tag === TAG.sequence ? derChildren(bytes, body, 10) : null) ?? [];
  if (version?.tag !== contextTag(0) || serial?.tag !== TAG.integer) return null;
  if (issuer?.tag !== TAG.sequence || subject?.tag !== TAG.sequence || validity?.tag !== TAG.sequence)
    return null;
  const [from, until] = (derChildren(bytes, validity, 2) ?? []).map((time) => derTime(bytes, time));
  if (typeof from !== 'number' || typeof until !== 'number') return null;
  const extensions = rest.find(({ tag }) => tag === contextTag(3)) ?? null;
  return { serial, issuer, subject, notBefore: instant(from), notAfter: instant(until), extensions };
}

type ExtensionFacts = Pick<StiCertificate, 'pathLength' | 'tnAuthList' | 'limitsClaims'>;

function readExtensions(bytes: Uint8Array, wrapper: DerElement | null): Parsed<ExtensionFacts> {
  let facts: ExtensionFacts = { pathLength: null, tnAuthList: null, limitsClaims: false };
  const [list] = (wrapper === null ? null : derChildren(bytes, wrapper, 1)) ?? [];
  if (wrapper === null) return parsed(facts);
  const extensions = list?.tag === TAG.sequence ? derChildren(bytes, list, EXTENSIONS_MAX) : null;
  if (extensions === null) return problem('certificate has extensions that do not read');
  const seen = new Set<string>();
  for (const extension of extensions) {
    const parts = derChildren(bytes, extension, 3) ?? [];
    const [name, second] = parts;
    const value = parts.at(-1);
    if (name?.tag !== TAG.objectIdentifier || value?.tag !== TAG.octetString) {
      return problem('certificate has an extension that does not read');
    }
    const oid = contentHex(bytes, name);
    if (seen.has(oid)) return problem(`certificate has the extension ${oid} twice`);
    seen.add(oid);
    const isCritical = second?.tag === TAG.boolean && bytes[second.start] !== 0;
    if (CLAIM_CONSTRAINTS_OIDS.includes(oid)) facts = { ...facts, limitsClaims: true };
    else if (isCritical && !KNOWN_OIDS.includes(oid)) {
      return problem(`certificate has the critical extension ${oid}, which is not known here`);
    }
    const content = bytes.subarray(value.start, value.end);
    if (oid === TN_AUTH_LIST_OID) {
      const tnAuthList = readTnAuthList(content);
      if (!tnAuthList.ok) return tnAuthList;
      facts = { ...facts, tnAuthList: tnAuthList.value };
    }
    if (oid === '551d13') facts = { ...facts, pathLength: readPathLength(content) };
  }
  return parsed(facts);
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN, pathLenConstraint INTEGER }; what does not read as a small number allows nothing below. */
function readPathLength(content: Uint8Array): number | null {
  const whole = wholeDer(content, TAG.sequence);
  const limit = (whole === null ? null : derChildren(content, whole, 2))?.find(
    ({ tag }) => tag === TAG.integer,
  );
  if (limit === undefined) return null;
  return limit.end - limit.start === 1 ? (content[limit.start] ?? 0) & 0x7f : 0;
}
