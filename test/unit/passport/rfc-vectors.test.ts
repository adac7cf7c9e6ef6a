/**
 * The examples the RFCs publish. RFC 8225 Appendix A prints a token and a public key (A.2); the token of its last drafts
 * (draft-ietf-stir-passport-05 to -10, Appendix A) verifies under that key, while the one that was printed in the RFC does not: its claims were
 * changed (`iat` became a number) and the key pair with it, but A.2 still shows the former key. RFC 8588 prints header and claims and no key.
 */
import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readBaseClaims, readShakenClaims } from '../../../src/passport/claims.ts';
import { readToken } from '../../../src/passport/token.ts';

/** RFC 8225 Appendix A.2. */
const PUBLIC_KEY = createPublicKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH
78YTU8qLS8I5HLHSSmlATLcslQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==
-----END PUBLIC KEY-----`);

const HEADER =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9';

/** RFC 8225 Appendix A. */
const RFC_8225 = [
  HEADER,
  'eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ3MTM3NTQxOCwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19',
  'VLBCIVDCaeK6M4hLJb6SHQvacAQVvoiiEOWQ_iUkqk79UD81fHQ0E1b3_GluIkba7UWYRM47ZbNFdOJquE35cw',
].join('.');

/** draft-ietf-stir-passport, Appendix A. */
const DRAFT = [
  HEADER,
  'eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6IjE0NDMyMDgzNDUiLCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0',
  'rq3pjT1hoRwakEGjHCnWSwUnshd0-zJ6F1VOgFWSjHBr8Qjpjlk-cpFYpFYsojNCpTzO3QfPOlckGaS6hEck7w',
].join('.');

const full = (token: string) => {
  const parts = readToken(token);
  if (!parts.ok || parts.value.form !== 'full') throw new Error('did not read');
  return parts.value;
};

const isSigned = (token: string): boolean => {
  const { signingInput, signature } = full(token);
  return verify(
    'sha256',
    Buffer.from(signingInput),
    { key: PUBLIC_KEY, dsaEncoding: 'ieee-p1363' },
    signature,
  );
};

describe('RFC 8225 Appendix A', () => {
  test('header and claims', () => {
    const { header, claims } = full(RFC_8225);
    expect(header).toEqual({ alg: 'ES256', typ: 'passport', x5u: 'https://cert.example.org/passport.cer' });
    expect(readBaseClaims(claims)).toEqual({
      ok: true,
      value: {
        callerId: '12155551212',
        calledNumbers: [],
        calledUris: ['sip:alice@example.com'],
        issuedAtSeconds: 1_471_375_418,
      },
    });
  });

  test('the signature the key of A.2 made verifies, any other does not', () => {
    expect(isSigned(DRAFT)).toBe(true);
    expect(isSigned(DRAFT.replace('.rq3p', '.rq3q'))).toBe(false);
    expect(isSigned(RFC_8225)).toBe(false);
  });

  test('the string the drafts had for iat is no NumericDate (RFC 8225 §5.1.1)', () => {
    expect(readBaseClaims(full(DRAFT).claims)).toMatchObject({ ok: false });
  });
});

test('RFC 8588 §6: the claims of the example', () => {
  const claims = {
    attest: 'A',
    dest: { tn: ['12125551213'] },
    iat: 1_443_208_345,
    orig: { tn: '12155551212' },
    origid: '123e4567-e89b-12d3-a456-426655440000',
  };
  expect(readBaseClaims(claims)).toMatchObject({ ok: true, value: { calledNumbers: ['12125551213'] } });
  expect(readShakenClaims(claims)).toEqual({
    ok: true,
    value: { level: 'A', originationId: '123e4567-e89b-12d3-a456-426655440000' },
  });
});
