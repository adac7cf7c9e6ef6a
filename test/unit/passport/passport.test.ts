import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkSignature } from '../../../src/passport/call-checks.ts';
import { readIdentityHeaders } from '../../../src/passport/identity-header.ts';
import { choosePassports, type Passport, readPassport } from '../../../src/passport/passport.ts';
import {
  CALLED,
  CALLER,
  CERTIFICATE_URL,
  identityOf,
  ORIGINATION_ID,
  signToken,
} from '../../support/passports.ts';

const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const at = Date.parse('2026-11-23T17:00:00Z');
const CALL = { callerId: CALLER, calledNumber: CALLED, dateSeconds: at / 1_000 };

const readOne = (header: string): ReturnType<typeof readPassport> => {
  const [value] = readIdentityHeaders([header]);
  if (value?.ok !== true) throw new Error(value?.problem);
  return readPassport(value.value, CALL);
};

/** Null where it was read. */
const faultOf = (header: string): string | null => {
  const read = readOne(header);
  return read.kind === 'refused' ? `${read.refusal.fault}: ${read.refusal.detail}` : null;
};

describe('full form', () => {
  test('every claim', () => {
    expect(readOne(identityOf({ key, at }))).toMatchObject({
      kind: 'caller',
      passport: {
        form: 'full',
        callerId: CALLER,
        calledNumbers: [CALLED],
        calledUris: [],
        issuedAtSeconds: at / 1_000,
        shaken: { level: 'A', originationId: ORIGINATION_ID },
        certificateUrl: CERTIFICATE_URL,
      },
    });
  });

  test('the claims of RFC 8588 §4, with what it does not know', () => {
    const claims = {
      attest: 'A',
      dest: { tn: ['12125551213'], uri: ['sip:alice@example.com'] },
      iat: 1_443_208_345,
      orig: { tn: '12155551212' },
      origid: '123e4567-e89b-12d3-a456-426655440000',
      mky: [],
    };
    const read = readOne(identityOf({ key, at, claims }));
    expect(read).toMatchObject({
      passport: { callerId: '12155551212', calledUris: ['sip:alice@example.com'] },
    });
  });

  test.each([
    [{ attest: 'D' }, 'claim attest is `D`; expected A, B or C'],
    [{ attest: 'a' }, 'claim attest is `a`'],
    [{ attest: ['A'] }, 'claim attest is'],
    [{ attest: undefined }, 'claim attest is `undefined`'],
    [{ orig: { tn: '+13035550142' } }, 'claim orig.tn is `+13035550142`'],
    [{ orig: { tn: 13035550142 } }, 'claim orig.tn is `13035550142`'],
    [{ orig: { tn: [CALLER] } }, 'claim orig.tn is'],
    [{ orig: { uri: 'sip:alice@example.com' } }, 'claim orig.tn is `undefined`'],
    [{ orig: CALLER }, 'claim orig.tn is `undefined`'],
    [{ dest: { tn: [] } }, 'claim dest is'],
    [{ dest: { tn: CALLED } }, 'claim dest is'],
    [{ dest: { tn: [CALLED, '+1720'] } }, 'claim dest.tn has `+1720`'],
    [{ dest: { uri: [''] } }, 'claim dest.uri has'],
    [{ dest: undefined }, 'claim dest is'],
    [{ dest: { tn: new Array<string>(65).fill(CALLED) } }, 'claim dest has 65 items'],
    [{ iat: '1443208345' }, 'claim iat is `1443208345`'],
    [{ iat: 1.5 }, 'claim iat is `1.5`'],
    [{ iat: -1 }, 'claim iat is `-1`'],
    [{ iat: 1e300 }, 'claim iat is'],
    [{ origid: 'not a uuid' }, 'claim origid is'],
    [{ origid: undefined }, 'claim origid is'],
  ])('claims with %j do not read', (claims, problem) => {
    expect(faultOf(identityOf({ key, at, claims }))).toContain(`malformed_identity: ${problem}`);
  });

  test.each([
    [{ alg: 'none' }, 'malformed_identity: alg of the PASSporT is `none`'],
    [{ alg: 'HS256' }, 'malformed_identity: alg of the PASSporT is `HS256`'],
    [{ typ: 'JWT' }, 'malformed_identity: typ'],
    [{ crit: ['x'] }, 'malformed_identity: crit'],
    [{ x5u: undefined }, 'malformed_identity: x5u'],
    [{ x5u: 'https://elsewhere.example/x.pem' }, 'bad_info_url: info is'],
    [{ ppt: ['shaken'] }, 'malformed_identity: ppt'],
  ])('a header with %j does not read', (header, problem) => {
    expect(faultOf(identityOf({ key, at, header }))).toContain(problem);
  });

  test.each([
    ['four parts', 'e30.e30.e30.e30;info=<x>', 'does not have three parts'],
    ['two parts', 'e30.e30;info=<x>', 'does not have three parts'],
    ['a short signature', 'e30.e30.AAAA;info=<x>', 'is not 64 bytes'],
    ['a header that is no JSON', `AAAA.e30.${'A'.repeat(86)};info=<x>`, 'header of the PASSporT is not JSON'],
    ['claims that are a list', `e30.W10.${'A'.repeat(86)};info=<x>`, 'is not a JSON object'],
    ['a header of half a byte', `A.e30.${'A'.repeat(86)};info=<x>`, 'is not base64url'],
    ['bytes that are not UTF-8', `eyL_Ijp_fQ.e30.${'A'.repeat(86)};info=<x>`, 'is not JSON in UTF-8'],
  ])('%s', (_, header, problem) => {
    expect(faultOf(header)).toContain(problem);
  });

  test('a signature whose unused bits are set is another signature', () => {
    const header = identityOf({ key, at });
    const end = header.indexOf(';');
    const last = header[end - 1]!;
    const spelled = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const next = spelled[spelled.indexOf(last) + 1]!;
    expect(faultOf(`${header.slice(0, end - 1)}${next}${header.slice(end)}`)).toContain('is not 64 bytes');
  });

  test('parameters that contradict the token', () => {
    const token = identityOf({ key, at }).split(';')[0]!;
    expect(faultOf(`${token};info=<${CERTIFICATE_URL}>;alg=RS256`)).toContain('parameter alg is `RS256`');
    expect(faultOf(`${token};info=<${CERTIFICATE_URL}>;ppt=div`)).toContain('parameter ppt is `div`');
    expect(faultOf(token)).toContain('has no parameter info');
  });
});

describe('other types', () => {
  const other = (ppt: string, parameter = ppt): string =>
    identityOf({ key, at, header: { ppt } }).replace('ppt=shaken', `ppt=${parameter}`);

  test.each(['div', 'rph', 'rcd', 'divo'])('%s is never taken for shaken', (ppt) => {
    expect(readOne(other(ppt))).toEqual({ kind: 'other', ppt });
    expect(faultOf(other(ppt, 'shaken'))).toContain('parameter ppt is `shaken`');
  });

  test('beside a shaken one they change nothing; alone they are no proof', () => {
    const shaken = readOne(identityOf({ key, at }));
    const div = readOne(other('div'));
    const rph = readOne(other('rph'));
    expect(choosePassports([div, shaken, rph]).passports).toHaveLength(1);
    expect(choosePassports([div, rph])).toEqual({
      passports: [],
      fallback: {
        kind: 'refused',
        claimed: null,
        refusal: { fault: 'unsupported_passport', detail: 'Identity carries `div`, `rph`; expected shaken' },
      },
    });
  });
});

describe('compact form (RFC 8224 §4.1)', () => {
  const signature = signToken(
    { alg: 'ES256', typ: 'passport', x5u: CERTIFICATE_URL },
    { dest: { tn: [CALLED] }, iat: at / 1_000, orig: { tn: CALLER } },
    key,
  ).split('.')[2]!;

  test('is rebuilt from the call', () => {
    const read = readOne(`..${signature};info=<${CERTIFICATE_URL}>;alg=ES256`);
    if (read.kind !== 'caller') throw new Error('did not read');
    const signs = (passport: Passport): unknown => checkSignature(passport, { publicKey, subject: 'leaf' });
    expect(read.passport.shaken).toBeNull();
    expect(signs(read.passport)).toBeNull();
    expect(signs({ ...read.passport, signingInput: `${read.passport.signingInput}A` })).toMatchObject({
      fault: 'bad_signature',
    });
  });

  test('shaken needs the full form', () => {
    expect(faultOf(`..${signature};info=<${CERTIFICATE_URL}>;ppt=shaken`)).toContain(
      'shaken needs the full form',
    );
    expect(readOne(`..${signature};info=<${CERTIFICATE_URL}>;ppt=div`)).toEqual({
      kind: 'other',
      ppt: 'div',
    });
  });

  test('a call without numbers or Date cannot rebuild it', () => {
    const [value] = readIdentityHeaders([`..${signature};info=<${CERTIFICATE_URL}>`]);
    if (value?.ok !== true) throw new Error('did not read');
    expect(readPassport(value.value, { ...CALL, dateSeconds: null })).toMatchObject({ kind: 'refused' });
    expect(readPassport(value.value, { ...CALL, callerId: null })).toMatchObject({ kind: 'refused' });
  });
});
