/** Signs PASSporTs as a carrier would, good ones and broken ones. */
import { type KeyObject, sign } from 'node:crypto';

export const CALLER = '13035550142';
export const CALLED = '17205550117';
export const CERTIFICATE_URL = 'https://certs.example.com/709J/leaf.pem';
export const ORIGINATION_ID = '123e4567-e89b-12d3-a456-426655440000';

export interface PassportWish {
  readonly key: KeyObject;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly url?: string;
  /** Replace or, with undefined, remove. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const signToken = (header: object, claims: object, key: KeyObject): string => {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
};

export function passportToken({
  key,
  at,
  url = CERTIFICATE_URL,
  header = {},
  claims = {},
}: PassportWish): string {
  return signToken(
    { alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u: url, ...header },
    {
      attest: 'A',
      dest: { tn: [CALLED] },
      iat: Math.floor(at / 1_000),
      orig: { tn: CALLER },
      origid: ORIGINATION_ID,
      ...claims,
    },
    key,
  );
}

/** A whole Identity header as Asterisk and the carriers write it. */
export const identityOf = (wish: PassportWish): string =>
  `${passportToken(wish)};info=<${wish.url ?? CERTIFICATE_URL}>;alg=ES256;ppt=shaken`;

/** RFC 3261 §20.17. */
export const sipDate = (at: number): string => new Date(at).toUTCString();
