/** Makes certificates and revocation lists as an STI-CA would, good ones and broken ones; keys and signatures of `node:crypto`. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const short = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | short.length]), short, content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const explicit = (number: number, ...parts: readonly Uint8Array[]): Buffer => der(0xa0 + number, ...parts);
const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);
const truth = der(0x01, Buffer.from([0xff]));
const ia5 = (text: string): Buffer => der(0x16, Buffer.from(text, 'latin1'));

const integer = (value: number | Uint8Array): Buffer => {
  const hex = typeof value === 'number' ? value.toString(16) : Buffer.from(value).toString('hex');
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes);
};

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left & 0x7f) | 0x80);
    }
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const nameOf = (subject: string): Buffer =>
  sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(subject)))));

const time = (at: number): Buffer =>
  der(0x18, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

const signed = (body: Buffer, key: KeyObject): Buffer =>
  sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, key)));

export const pem = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`;

/** TNAuthList with explicit tags (RFC 8226 §9). */
export const tnAuthList = (...entries: readonly Uint8Array[]): Buffer => sequence(...entries);
export const providerCode = (code: string): Buffer => explicit(0, ia5(code));
export const numberRange = (start: string, count: number): Buffer =>
  explicit(1, sequence(ia5(start), integer(count)));
export const oneNumber = (number: string): Buffer => explicit(2, ia5(number));

export interface Extension {
  readonly oid: string;
  readonly value: Uint8Array;
  readonly critical?: boolean;
}

export interface CertificateWish {
  readonly subject: string;
  /** Missing: signed by itself. */
  readonly issuer?: Issued;
  readonly from?: number;
  readonly until?: number;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** Key usage keyCertSign; missing: as `isAuthority`. */
  readonly maySign?: boolean;
  /** Missing: the provider code `709J`; null: no such extension. */
  readonly tnAuthList?: Uint8Array | null;
  readonly extensions?: readonly Extension[];
  readonly curve?: 'prime256v1' | 'secp384r1';
  /** Signed by another key than the issuer's. */
  readonly forged?: boolean;
}

export interface Issued {
  readonly subject: string;
  readonly der: Buffer;
  readonly pem: string;
  readonly serial: Buffer;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PKCS #8. */
  readonly keyPem: string;
}

const YEAR_MS = 365 * 86_400_000;
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

export function issue(wish: CertificateWish): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: wish.curve ?? 'prime256v1' });
  const isAuthority = wish.isAuthority ?? wish.issuer === undefined;
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(8)]);
  const now = Date.now();
  const constraints = sequence(
    ...(isAuthority ? [truth] : []),
    ...(wish.pathLength === undefined ? [] : [integer(wish.pathLength)]),
  );
  const list = wish.tnAuthList === undefined ? tnAuthList(providerCode('709J')) : wish.tnAuthList;
  const extensions: readonly Extension[] = [
    { oid: '2.5.29.19', value: constraints, critical: true },
    // keyCertSign and cRLSign, or digitalSignature.
    {
      oid: '2.5.29.15',
      value: der(0x03, Buffer.from((wish.maySign ?? isAuthority) ? [1, 0x06] : [7, 0x80])),
      critical: true,
    },
    { oid: '2.5.29.14', value: octets(keyIdentifier(publicKey)) },
    ...(isAuthority || list === null ? [] : [{ oid: '1.3.6.1.5.5.7.1.26', value: list }]),
    ...(wish.extensions ?? []),
  ];
  const body = sequence(
    explicit(0, integer(2)),
    integer(serial),
    ECDSA_WITH_SHA256,
    nameOf(wish.issuer?.subject ?? wish.subject),
    sequence(time(wish.from ?? now - YEAR_MS), time(wish.until ?? now + YEAR_MS)),
    nameOf(wish.subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        ...extensions.map((each) =>
          sequence(oid(each.oid), ...(each.critical === true ? [truth] : []), octets(each.value)),
        ),
      ),
    ),
  );
  const signer = wish.forged === true ? privateKey : (wish.issuer?.privateKey ?? privateKey);
  const bytes = signed(body, signer);
  return {
    subject: wish.subject,
    der: bytes,
    pem: pem('CERTIFICATE', bytes),
    serial,
    privateKey,
    publicKey,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export interface ListWish {
  readonly signer: Issued;
  readonly revoked: readonly Issued[];
  /** Names the issuer of each entry: the list of a policy administrator. */
  readonly entryIssuer?: string;
  readonly from?: number;
  readonly until?: number;
  readonly forged?: boolean;
}

/** A revocation list in PEM. */
export const revocationList = (wish: ListWish): string => pem('X509 CRL', revocationListDer(wish));

export function revocationListDer(wish: ListWish): Buffer {
  const now = Date.now();
  const { entryIssuer } = wish;
  const entryExtensions =
    entryIssuer === undefined
      ? []
      : [sequence(sequence(oid('2.5.29.29'), truth, octets(sequence(explicit(4, nameOf(entryIssuer))))))];
  const scope = sequence(sequence(oid('2.5.29.28'), truth, octets(sequence(der(0x84, Buffer.from([0xff]))))));
  const body = sequence(
    integer(1),
    ECDSA_WITH_SHA256,
    nameOf(wish.signer.subject),
    time(wish.from ?? now - 86_400_000),
    time(wish.until ?? now + 86_400_000),
    ...(wish.revoked.length === 0
      ? []
      : [
          sequence(
            ...wish.revoked.map(({ serial }) => sequence(integer(serial), time(now), ...entryExtensions)),
          ),
        ]),
    ...(entryIssuer === undefined ? [] : [explicit(0, scope)]),
  );
  const key =
    wish.forged === true
      ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
      : wish.signer.privateKey;
  return signed(body, key);
}
