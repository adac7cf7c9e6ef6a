/**
 * A certificate revocation list (RFC 5280 §5): serials, the time it is good for, its signature. Direct ones of an authority and the indirect
 * one of a policy administrator (ATIS-1000080), where each entry may name another issuer.
 */
import { verify } from 'node:crypto';
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import { instant, type Instant } from '../domain/time.ts';
import type { StiCertificate } from './certificate.ts';
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

export const LIST_BYTES_MAX = 8_388_608;
/** Read at once while calls live: so many take a sixth of a second, and the dead man's switch of a call has 0.8 s. */
const ENTRIES_MAX = 100_000;
/** SEQUENCE of 1.2.840.10045.4.3.2 alone: the element outside the signature has one spelling. */
const ECDSA_WITH_SHA256 = '300a06082a8648ce3d040302';
const CERTIFICATE_ISSUER = '551d1d';
const ISSUING_DISTRIBUTION_POINT = '551d1c';

export interface RevocationList {
  readonly issuerHex: string;
  readonly thisUpdate: Instant;
  readonly nextUpdate: Instant;
  /** True: entries may be of other issuers. */
  readonly isIndirect: boolean;
  /** `issuerHex:serialHex`. */
  readonly revoked: ReadonlySet<string>;
}

interface SignedList {
  readonly list: RevocationList;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

const PEM = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]*)-----END X509 CRL-----/;

/** PEM or DER; believed only with a signature of one of `signers`. */
export function readRevocationList(
  document: Uint8Array,
  signers: readonly StiCertificate[],
): Parsed<RevocationList> {
  if (document.length > LIST_BYTES_MAX) {
    return problem(`revocation list has ${document.length} bytes; expected at most ${LIST_BYTES_MAX}`);
  }
  const text = Buffer.from(document.buffer, document.byteOffset, document.byteLength);
  const bytes =
    text[0] === TAG.sequence ? text : Buffer.from(PEM.exec(text.toString('latin1'))?.[1] ?? '', 'base64');
  const signed = readSigned(bytes);
  if (signed === null)
    return problem('revocation list does not read; expected X.509 with nextUpdate and ES256');
  const signer = signers.find(
    ({ subjectHex, publicKey }) => subjectHex === signed.list.issuerHex && isSigned(signed, publicKey),
  );
  return signer === undefined
    ? problem('revocation list is signed by no configured root and no certificate beside it')
    : parsed(signed.list);
}

function isSigned({ body, signature }: SignedList, key: StiCertificate['publicKey']): boolean {
  try {
    return verify('sha256', body, key, signature);
  } catch {
    return false;
  }
}

/** CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING }. */
function readSigned(bytes: Uint8Array): SignedList | null {
  const whole = wholeDer(bytes, TAG.sequence);
  const [body, algorithm, signature] = (whole === null ? null : derChildren(bytes, whole, 3)) ?? [];
  if (body?.tag !== TAG.sequence || algorithm?.tag !== TAG.sequence || signature?.tag !== TAG.bitString)
    return null;
  if (bytes[signature.start] !== 0) return null; // unused bits
  if (derHex(bytes, algorithm) !== ECDSA_WITH_SHA256) return null;
  const list = readBody(bytes, body);
  return list === null
    ? null
    : {
        list,
        body: bytes.subarray(body.from, body.end),
        signature: bytes.subarray(signature.start + 1, signature.end),
      };
}

/** TBSCertList ::= version OPTIONAL, signature, issuer, thisUpdate, nextUpdate, revokedCertificates OPTIONAL, [0] extensions OPTIONAL. */
function readBody(bytes: Uint8Array, body: DerElement): RevocationList | null {
  const all = derChildren(bytes, body, 7) ?? [];
  const [, issuer, thisTime, nextTime, ...rest] = all[0]?.tag === TAG.integer ? all.slice(1) : all;
  if (issuer?.tag !== TAG.sequence || thisTime === undefined || nextTime === undefined) return null;
  const [thisUpdate, nextUpdate] = [derTime(bytes, thisTime), derTime(bytes, nextTime)];
  if (thisUpdate === null || nextUpdate === null) return null;
  const wrapper = rest.find(({ tag }) => tag === contextTag(0));
  const isIndirect = wrapper === undefined ? false : readScope(bytes, wrapper);
  const entries = rest.find(({ tag }) => tag === TAG.sequence);
  const issuerHex = derHex(bytes, issuer);
  const revoked = entries === undefined ? new Set<string>() : readEntries(bytes, entries, issuerHex);
  return isIndirect === null || revoked === null
    ? null
    : {
        issuerHex,
        thisUpdate: instant(thisUpdate),
        nextUpdate: instant(nextUpdate),
        isIndirect,
        revoked,
      };
}

/** Whether the list is indirect; null when a critical extension is not known here, for example of a list of changes only. */
function readScope(bytes: Uint8Array, wrapper: DerElement): boolean | null {
  const [sequence] = derChildren(bytes, wrapper, 1) ?? [];
  let isIndirect = false;
  for (const extension of (sequence === undefined ? null : derChildren(bytes, sequence, 20)) ?? []) {
    const parts = derChildren(bytes, extension, 3) ?? [];
    const [name, second] = parts;
    const value = parts.at(-1);
    if (name === undefined || value?.tag !== TAG.octetString) return null;
    const isScope = contentHex(bytes, name) === ISSUING_DISTRIBUTION_POINT;
    if (second?.tag === TAG.boolean && bytes[second.start] !== 0 && !isScope) return null;
    if (!isScope) continue;
    const point = wholeDer(bytes.subarray(value.start, value.end), TAG.sequence);
    const inner = bytes.subarray(value.start, value.end);
    // [4] indirectCRL BOOLEAN; implicit tag.
    const flag = (point === null ? null : derChildren(inner, point, 6))?.find(({ tag }) => tag === 0x84);
    isIndirect = flag !== undefined && inner[flag.start] !== 0;
  }
  return isIndirect;
}

function readEntries(bytes: Uint8Array, list: DerElement, listIssuer: string): Set<string> | null {
  const entries = derChildren(bytes, list, ENTRIES_MAX);
  if (entries === null) return null;
  const revoked = new Set<string>();
  // An entry without an issuer of its own is of the issuer of the entry before it (RFC 5280 §5.3.3).
  let issuerHex = listIssuer;
  for (const entry of entries) {
    const [serial, , extensions] = derChildren(bytes, entry, 3) ?? [];
    if (serial?.tag !== TAG.integer) return null;
    const named = extensions === undefined ? undefined : readEntryIssuer(bytes, extensions);
    if (named === null) return null;
    issuerHex = named ?? issuerHex;
    revoked.add(`${issuerHex}:${contentHex(bytes, serial)}`);
  }
  return revoked;
}

/** The directory name of the issuer; undefined when the entry names none, null when it does not read. */
function readEntryIssuer(bytes: Uint8Array, extensions: DerElement): string | null | undefined {
  for (const extension of derChildren(bytes, extensions, 10) ?? []) {
    const parts = derChildren(bytes, extension, 3) ?? [];
    const [name] = parts;
    const value = parts.at(-1);
    if (name === undefined || value?.tag !== TAG.octetString) return null;
    if (contentHex(bytes, name) !== CERTIFICATE_ISSUER) continue;
    const inner = bytes.subarray(value.start, value.end);
    const names = wholeDer(inner, TAG.sequence);
    const directory = (names === null ? null : derChildren(inner, names, 4))?.find(
      ({ tag }) => tag === contextTag(4),
    );
    const [issuer] = (directory === undefined ? null : derChildren(inner, directory, 1)) ?? [];
    return issuer === undefined ? null : derHex(inner, issuer);
  }
  return undefined;
}
