/** Each fault by its name, SIP status and claimed level; every case is a good call with one thing wrong. */
import { describe, expect, test } from 'vitest';
import {
  type ExplainingVerifier,
  identityVerifier,
} from '../../../src/adapters/certificates/identity-verifier.ts';
import { IDENTITY_FAULTS, type IdentityFault } from '../../../src/domain/identity-fault.ts';
import { instant } from '../../../src/domain/time.ts';
import { readCertificate, type StiCertificate } from '../../../src/passport/certificate.ts';
import { readRevocationList } from '../../../src/passport/revocation-list.ts';
import type { CertificateAnswer, CertificateSource } from '../../../src/ports/certificate-source.ts';
import type { CallToVerify } from '../../../src/ports/identity-verifier.ts';
import {
  CALLED,
  CALLER,
  CERTIFICATE_URL,
  identityOf,
  ORIGINATION_ID,
  type PassportWish,
  sipDate,
} from '../../support/passports.ts';
import {
  type Issued,
  issue,
  oneNumber,
  revocationList,
  tnAuthList,
} from '../../../scripts/asterisk/sti-authority.ts';

const now = Math.floor(Date.now() / 1_000) * 1_000;
const root = issue({ subject: 'Test Root' });
const leaf = issue({ subject: 'Test Leaf', issuer: root });

const read = ({ der }: Issued): StiCertificate => {
  const certificate = readCertificate(der);
  if (!certificate.ok) throw new Error(certificate.problem);
  return certificate.value;
};

interface World {
  readonly document?: Buffer | string;
  readonly answer?: CertificateAnswer;
  readonly roots?: readonly Issued[];
  readonly revoked?: readonly Issued[];
}

const distrusted: string[] = [];

function verifierOf({
  document = leaf.pem,
  answer,
  roots = [root],
  revoked,
}: World = {}): ExplainingVerifier {
  const found: CertificateAnswer = answer ?? { kind: 'found', document: { bytes: Buffer.from(document) } };
  const source: CertificateSource = {
    certificateAt: () => found,
    distrust: (url) => void distrusted.push(url),
  };
  const list =
    revoked === undefined
      ? null
      : readRevocationList(Buffer.from(revocationList({ signer: root, revoked })), [read(root)]);
  const lists = list?.ok === true ? [list.value] : [];
  const trust = { roots: roots.map(read), revocationLists: () => lists };
  return identityVerifier({ trust, source, freshMs: 60_000 });
}

const header = (wish: Partial<PassportWish> = {}): string =>
  identityOf({ key: leaf.privateKey, at: now, ...wish });

const callOf = (change: Partial<CallToVerify> = {}): CallToVerify => ({
  identities: [header()],
  callerId: `+${CALLER}`,
  calledNumber: `+${CALLED}`,
  date: sipDate(now),
  seenAt: instant(now),
  ...change,
});

test('a call whose caller is proven', async () => {
  expect(await verifierOf().verify(callOf())).toEqual({
    kind: 'verified',
    level: 'A',
    callerId: CALLER,
    calledNumbers: [CALLED],
    issuedAt: now,
    originationId: ORIGINATION_ID,
    certificateUrl: CERTIFICATE_URL,
    certificateSha256: read(leaf).sha256,
  });
});

test.each(['A', 'B', 'C'])('level %s', async (attest) => {
  const call = callOf({ identities: [header({ claims: { attest } })] });
  expect(await verifierOf().verify(call)).toMatchObject({ kind: 'verified', level: attest });
});

const other = issue({ subject: 'Other Root' });
const expired = issue({ subject: 'Old', issuer: root, until: now - 1_000 });
const unlisted = issue({ subject: 'Unlisted', issuer: root, tnAuthList: null });
const narrow = issue({ subject: 'Narrow', issuer: root, tnAuthList: tnAuthList(oneNumber('13035550143')) });
const unavailable: CertificateAnswer = {
  kind: 'refused',
  fault: 'certificate_unavailable',
  detail: 'did not come',
};

type Case = readonly [name: string, fault: IdentityFault, call: Partial<CallToVerify>, world: World | null];
const signedBy = ({ privateKey }: Issued): Partial<CallToVerify> => ({
  identities: [header({ key: privateKey })],
});

const CASES: readonly Case[] = [
  ['no header', 'missing_identity', { identities: [] }, null],
  ['blank headers', 'missing_identity', { identities: ['', '  '] }, null],
  ['a header that does not read', 'malformed_identity', { identities: ['???'] }, null],
  [
    'only a diverted one',
    'unsupported_passport',
    { identities: [header({ header: { ppt: 'div' } }).replace('ppt=shaken', 'ppt=div')] },
    null,
  ],
  ['no Date', 'missing_date', { date: null }, null],
  ['a blank Date', 'missing_date', { date: ' ' }, null],
  ['a Date that does not read', 'stale_date', { date: '2026-11-23T17:00:00Z' }, null],
  ['an old Date', 'stale_date', { date: sipDate(now - 61_000) }, null],
  ['a Date to come', 'stale_date', { date: sipDate(now + 61_000) }, null],
  ['an old iat under a new Date', 'stale_date', { identities: [header({ at: now - 61_000 })] }, null],
  [
    'Date and iat too far from each other',
    'stale_date',
    { identities: [header({ at: now - 40_000 })], date: sipDate(now + 40_000) },
    null,
  ],
  ['another caller', 'caller_mismatch', { callerId: '+13035550143' }, null],
  ['a caller without country code', 'caller_mismatch', { callerId: '3035550142' }, null],
  ['no number as caller', 'caller_mismatch', { callerId: 'anonymous' }, null],
  ['another called', 'called_mismatch', { calledNumber: '17205550118' }, null],
  [
    'a changed signature',
    'bad_signature',
    {
      identities: [
        header().replace(
          /\.(.)([^.]{84})(.);/,
          (_, a: string, b: string, c: string) => `.${a === 'A' ? 'B' : 'A'}${b}${c};`,
        ),
      ],
    },
    null,
  ],
  ['the key of somebody else', 'bad_signature', signedBy(narrow), null],
  [
    'info that is not x5u',
    'bad_info_url',
    { identities: [header().replace('info=<https://certs', 'info=<https://evil')] },
    null,
  ],
  [
    'an address that must not be opened',
    'bad_info_url',
    {},
    { answer: { kind: 'refused', fault: 'bad_info_url', detail: 'private' } },
  ],
  ['no certificate in time', 'certificate_unavailable', {}, { answer: unavailable }],
  ['a page instead of a certificate', 'certificate_malformed', {}, { document: '<html></html>' }],
  ['an expired certificate', 'certificate_expired', signedBy(expired), { document: expired.pem }],
  ['another authority', 'certificate_untrusted', {}, { roots: [other] }],
  ['no authority', 'certificate_untrusted', {}, { roots: [] }],
  ['a revoked certificate', 'certificate_revoked', {}, { revoked: [leaf] }],
  ['no TNAuthList', 'certificate_not_for_number', signedBy(unlisted), { document: unlisted.pem }],
  [
    'a TNAuthList of another number',
    'certificate_not_for_number',
    signedBy(narrow),
    { document: narrow.pem },
  ],
];

describe('one thing wrong', () => {
  test.each(CASES)('%s: %s', async (_, fault, change, world) => {
    const verdict = await verifierOf(world ?? {}).verify(callOf(change));
    expect(verdict).toMatchObject({ kind: 'refused', fault, sipStatus: IDENTITY_FAULTS[fault].sipStatus });
    expect(verdict.kind === 'refused' && verdict.detail).toMatch(/\w/);
  });

  test('every fault has a case', () => {
    expect(new Set(CASES.map(([, fault]) => fault))).toEqual(new Set(Object.keys(IDENTITY_FAULTS)));
  });

  test('what is claimed is told beside the fault', async () => {
    const call = callOf({ identities: [header({ claims: { attest: 'B' } })], callerId: '+13035550143' });
    expect(await verifierOf().verify(call)).toMatchObject({ fault: 'caller_mismatch', claimed: 'B' });
    expect(await verifierOf().verify(callOf({ identities: ['?'] }))).toMatchObject({ claimed: null });
  });
});

test('both edges of freshness', async () => {
  const kinds = await Promise.all(
    [-60_000, 60_000, -61_000, 61_000].map(async (ms) => {
      const call = callOf({ seenAt: instant(now + ms) });
      return (await verifierOf().verify(call)).kind;
    }),
  );
  expect(kinds).toEqual(['verified', 'verified', 'refused', 'refused']);
});

test('of several headers one that verifies is enough; else the first tells why', async () => {
  const stale = header({ at: now - 100_000 });
  const div = header({ header: { ppt: 'div' } }).replace('ppt=shaken', 'ppt=div');
  expect(await verifierOf().verify(callOf({ identities: [div, stale, header()] }))).toMatchObject({
    kind: 'verified',
  });
  const wrong = header({ claims: { orig: { tn: '13035550143' } } });
  expect(await verifierOf().verify(callOf({ identities: [stale, wrong] }))).toMatchObject({
    fault: 'stale_date',
  });
});

test.each([
  [['A', 'B'], 'B'],
  [['B', 'A'], 'B'],
  [['C', 'A', 'B'], 'C'],
  [['A', 'A'], 'A'],
])('two signatures that hold and tell two levels, %j: the lower counts', async (levels, level) => {
  const identities = levels.map((attest) => header({ claims: { attest } }));
  expect(await verifierOf().verify(callOf({ identities }))).toMatchObject({ kind: 'verified', level });
});

test('certificates that come late are waited for together', async () => {
  const waiting: ((answer: CertificateAnswer) => void)[] = [];
  const source: CertificateSource = {
    certificateAt: () => new Promise((resolve) => void waiting.push(resolve)),
    distrust: () => undefined,
  };
  const trust = { roots: [read(root)], revocationLists: () => [] };
  const verdict = identityVerifier({ trust, source, freshMs: 60_000 }).verify(
    callOf({ identities: [header(), header(), header()] }),
  );
  expect(waiting).toHaveLength(3);
  waiting.slice(0, 2).forEach((resolve) => resolve(unavailable));
  waiting[2]?.({ kind: 'found', document: { bytes: Buffer.from(leaf.pem) } });
  expect(await verdict).toMatchObject({ kind: 'verified' });
});

test('a PASSporT of RFC 8225 alone proves the number and no level', async () => {
  const base = identityOf({
    key: leaf.privateKey,
    at: now,
    header: { ppt: undefined },
    claims: { attest: undefined, origid: undefined },
  }).replace(';ppt=shaken', '');
  expect(await verifierOf().verify(callOf({ identities: [base] }))).toMatchObject({
    fault: 'unsupported_passport',
    detail: expect.stringContaining('names no attestation level') as string,
  });
  const forged = base.replace(/\.[^.]*;info/, `.${'A'.repeat(86)};info`);
  expect(await verifierOf().verify(callOf({ identities: [forged] }))).toMatchObject({
    fault: 'bad_signature',
  });
});

test('a certificate that proved nothing is asked for again', async () => {
  distrusted.length = 0;
  await verifierOf().verify(callOf());
  expect(distrusted).toEqual([]);
  await verifierOf({ document: '<html></html>' }).verify(callOf());
  await verifierOf({ revoked: [leaf] }).verify(callOf());
  expect(distrusted).toEqual([CERTIFICATE_URL, CERTIFICATE_URL]);
});

test('an explanation goes on behind the first failure', async () => {
  const explained = await verifierOf({ revoked: [leaf] }).explain(
    callOf({ date: sipDate(now - 100_000), callerId: '+13035550143' }),
  );
  const failed = explained.outcomes.flatMap(({ check, refusal }) => (refusal === null ? [] : [check]));
  expect(failed).toEqual(['date', 'caller', 'chain']);
  expect(explained.outcomes.map(({ check }) => check)).toContain('level');
  expect(explained.verdict).toMatchObject({ fault: 'stale_date' });
  expect(explained.path?.[0].subject).toBe('CN=Test Leaf');
});
