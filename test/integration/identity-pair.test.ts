/** Real Asterisk signs, real Asterisk verifies, and so do we: the same verdict for every case (docs/attestation.md has the table). */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { openIdentityVerifier } from '../../src/adapters/certificates/open-verifier.ts';
import type { ExplainingVerifier } from '../../src/adapters/certificates/identity-verifier.ts';
import { instant } from '../../src/domain/time.ts';
import type { IdentityVerdict } from '../../src/ports/identity-verifier.ts';
import { identityOf, type PassportWish, sipDate } from '../support/passports.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { realClock } from '../support/real-clock.ts';
import { openStiPair, type SeenCall, SIGNED_NUMBERS, type StiPair } from '../support/sti-pair.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

let pair: StiPair;
let verifier: ExplainingVerifier;

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  pair = await openStiPair();
  const attestation = {
    rootsFile: pair.rootsFile,
    revocationListFiles: [],
    freshMs: 60_000,
    certificateHosts: [],
    privateNetworks: ['127.0.0.0/8'],
    fetchMs: 5_000,
    relaxCertificateUrls: true,
  };
  verifier = openIdentityVerifier({ attestation }, realClock, SILENT);
});
afterAll(async () => {
  if (missingAsterisk === undefined) await pair.close();
});

const judge = (seen: SeenCall): Promise<IdentityVerdict> =>
  verifier.verify({
    identities: seen.identity === '' ? [] : [seen.identity],
    callerId: seen.callerId,
    calledNumber: seen.calledNumber,
    date: seen.date === '' ? null : seen.date,
    seenAt: instant(seen.seenAt),
  });

const inWords = (verdict: IdentityVerdict): string =>
  verdict.kind === 'verified' ? `verified ${verdict.level}` : verdict.fault;

/** Case, `verify_result` of Asterisk, our verdict: the rows of the table in the docs. */
type Row = readonly [name: string, asterisk: string, ours: string];

const SIGNED: readonly (readonly [...Row, callerId: string])[] = [
  ['signed with level A', 'success', 'verified A', SIGNED_NUMBERS.A],
  ['signed with level B, inherited', 'success', 'verified B', SIGNED_NUMBERS.B],
  ['signed with level C', 'success', 'verified C', SIGNED_NUMBERS.C],
  ['caller ID that the signer does not know', 'missing_identity_hdr', 'missing_identity', '13035550199'],
  ['caller ID without country code', 'missing_identity_hdr', 'missing_identity', '5550001111'],
  ['expired certificate', 'cert_not_trusted', 'certificate_expired', SIGNED_NUMBERS.expired],
  ['certificate of another authority', 'cert_not_trusted', 'certificate_untrusted', SIGNED_NUMBERS.wrong_ca],
  [
    'certificate without TNAuthList',
    'cert_no_tn_auth_ext',
    'certificate_not_for_number',
    SIGNED_NUMBERS.no_tn_auth_list,
  ],
];

describe('Asterisk signs', () => {
  test.each(SIGNED.map((row, index) => [...row, index] as const))(
    '%s: %s, %s',
    async (_, asterisk, ours, callerId, index) => {
      const seen = await pair.callThrough(callerId, `172055501${10 + index}`);
      const verdict = await judge(seen);
      expect({ asterisk: seen.asterisk.result, ours: inWords(verdict) }).toEqual({ asterisk, ours });
      if (verdict.kind === 'verified') {
        expect(verdict.level).toBe(seen.asterisk.level);
        expect(verdict.callerId).toBe(callerId);
      }
    },
  );
});

interface Ours {
  readonly wish?: Partial<PassportWish>;
  readonly callerId?: string;
  readonly date?: string | null;
  /** Last touch to the header. */
  readonly change?: (header: string) => string;
}

const CALLER = SIGNED_NUMBERS.A;

const MADE_BY_US: readonly (readonly [...Row, () => Ours])[] = [
  ['signed by us', 'success', 'verified A', () => ({})],
  ['signed by us, caller ID with plus', 'success', 'verified A', () => ({ callerId: `+${CALLER}` })],
  [
    'signed by us, ppt in quotes',
    'success',
    'verified A',
    () => ({ change: (header) => header.replace('ppt=shaken', 'ppt="shaken"') }),
  ],
  [
    'old Date, fresh iat',
    'date_hdr_range_error',
    'stale_date',
    () => ({ date: sipDate(Date.now() - 600_000) }),
  ],
  ['old iat, fresh Date', 'iat_range_error', 'stale_date', () => ({ wish: { at: Date.now() - 600_000 } })],
  ['no Date', 'missing_date_hdr', 'missing_date', () => ({ date: null })],
  ['a Date that does not read', 'date_hdr_parse_failure', 'stale_date', () => ({ date: 'yesterday' })],
  ['another caller ID', 'cid_orig_tn_mismatch', 'caller_mismatch', () => ({ callerId: SIGNED_NUMBERS.B })],
  [
    'a signature with one bit changed',
    'signature_validation',
    'bad_signature',
    () => ({ change: flipSignature }),
  ],
  [
    'signed with another key',
    'signature_validation',
    'bad_signature',
    () => ({ wish: { key: pair.leaves.wrong_ca.privateKey } }),
  ],
  ['level D', 'invalid_or_no_attest', 'malformed_identity', () => ({ wish: { claims: { attest: 'D' } } })],
  ['no origid', 'missing_origid', 'malformed_identity', () => ({ wish: { claims: { origid: undefined } } })],
  [
    'only a diverted one',
    'invalid_or_no_ppt',
    'unsupported_passport',
    () => ({ wish: { header: { ppt: 'div' } }, change: (header) => header.replace('ppt=shaken', 'ppt=div') }),
  ],
  [
    'no certificate there',
    'cert_retrieval_failure',
    'certificate_unavailable',
    () => ({ wish: { url: pair.urlOf('good').replace('good.pem', 'none.pem') } }),
  ],
];

/** A bit that counts: not one of the last character. */
const flipSignature = (header: string): string => {
  const at = header.indexOf(';') - 20;
  return `${header.slice(0, at)}${header[at] === 'A' ? 'B' : 'A'}${header.slice(at + 1)}`;
};

describe('we sign', () => {
  test.each(MADE_BY_US.map((row, index) => [...row, index] as const))(
    '%s: %s, %s',
    async (_, asterisk, ours, make, index) => {
      const { wish = {}, callerId = CALLER, date, change = (text: string) => text } = make();
      const calledNumber = `172055501${30 + index}`;
      const now = Date.now();
      const header = identityOf({
        key: pair.leaves.good.privateKey,
        at: now,
        url: pair.urlOf('good'),
        ...wish,
        claims: { orig: { tn: CALLER }, dest: { tn: [calledNumber] }, ...wish.claims },
      });
      const dateLine = date === null ? [] : [`Date: ${date ?? sipDate(now)}`];
      const headers = [...dateLine, `Identity: ${change(header)}`];
      const seen = await pair.invite({ callerId, calledNumber, headers });
      expect({ asterisk: seen.asterisk.result, ours: inWords(await judge(seen)) }).toEqual({
        asterisk,
        ours,
      });
    },
  );
});

test('the table in the docs says the same', () => {
  const page = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/attestation.md'), 'utf8');
  const rows = [...SIGNED, ...MADE_BY_US].map(
    ([name, asterisk, ours]) => `| ${name} | ${asterisk} | \`${ours}\` |`,
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});
