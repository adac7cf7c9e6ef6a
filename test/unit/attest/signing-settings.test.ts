/** What an exchange is set to sign with: values that ARI shows as inherited are merged, and doctor says where it is too little. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configuredSigning, openSigningSettings } from '../../../src/adapters/asterisk/signing-settings.ts';
import { attestationNeeds, signing } from '../../../src/cli/doctor/attestation.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { SOLAR } from '../../support/sim-world.ts';
import { startStub, type StubSidecar } from '../../support/stub-sidecar.ts';

const CALLER_ID = '+13035550199' as PhoneNumber;
const COMMON = { attest_level: 'C', global_disable: 'no', unknown_tn_attest_level: 'not_set' };
const PROFILE = { attest_level: 'not_set', endpoint_behavior: 'attest', unknown_tn_attest_level: 'not_set' };
const found = {
  callerId: CALLER_ID,
  profile: 'attest',
  common: COMMON,
  own: { attest_level: 'A' },
  ofProfile: PROFILE,
};

describe('the level', () => {
  test.each([
    ['of the tn object', {}, 'A', 'tn 13035550199: attest_level'],
    ['inherited from attestation', { own: { attest_level: 'not_set' } }, 'C', 'attestation: attest_level'],
    [
      'inherited from the profile before that',
      { own: {}, ofProfile: { ...PROFILE, attest_level: 'B' } },
      'B',
      'profile attest: attest_level',
    ],
    ['of an unknown number', { own: null }, 'none', 'there is no tn 13035550199'],
    [
      'that unknown numbers have',
      { own: null, common: { ...COMMON, unknown_tn_attest_level: 'B' } },
      'B',
      'attestation: unknown_tn_attest_level',
    ],
    [
      'where signing is off',
      { common: { ...COMMON, global_disable: 'yes' } },
      'none',
      'attestation: global_disable is on', false,
    ],
    ['without the object', { common: null }, 'none', 'stir_shaken.conf has no attestation object', false],
    ['without the profile', { ofProfile: null }, 'none', 'there is no profile attest', false],
    [
      'where the profile only verifies',
      { ofProfile: { ...PROFILE, endpoint_behavior: 'verify' } },
      'none',
      'profile attest: endpoint_behavior is verify', false,
    ],
    ['that is set nowhere', { own: {}, common: {} }, 'none', 'no attest_level is set'],
  ])('%s', (_, more, level, because, trunkSigns = true) => {
    expect(configuredSigning({ ...found, ...more })).toEqual({ level, because, trunkSigns });
  });
});

describe('over ARI', () => {
  let ari: StubSidecar;
  const attributes = (object: Readonly<Record<string, string>>) => [
    { body: Object.entries(object).map(([attribute, value]) => ({ attribute, value })) },
  ];
  const path = (object: string): string => `GET /ari/asterisk/config/dynamic/${object}`;
  const place = () => ({ url: `${ari.url}/ari`, user: 'u', password: 'p' });
  beforeEach(async () => {
    ari = await startStub();
    ari.answers = {
      [path('res_pjsip/endpoint/carrier')]: attributes({ stir_shaken_profile: 'attest' }),
      [path('res_pjsip/endpoint/plain')]: attributes({ stir_shaken_profile: '' }),
      [path('res_pjsip/endpoint/broken')]: [{ status: 500, body: {} }],
      [path('res_pjsip/endpoint/odd')]: [{ text: 'no JSON' }],
      [path('res_stir_shaken/attestation/attestation')]: attributes(COMMON),
      [path('res_stir_shaken/profile/attest')]: attributes(PROFILE),
      [path('res_stir_shaken/tn/13035550199')]: attributes({ attest_level: 'B' }),
    };
  });
  afterEach(() => ari.close());

  test('endpoint, profile, number', async () => {
    const settings = openSigningSettings(place());
    expect(await settings.of('carrier', CALLER_ID)).toEqual({
      level: 'B',
      because: 'tn 13035550199: attest_level',
      trunkSigns: true,
    });
    expect(ari.asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    expect((await settings.of('plain', CALLER_ID)).because).toBe('endpoint plain has no stir_shaken_profile');
    expect((await settings.of('carrier', '+13035550142' as PhoneNumber)).level).toBe('none');
  });

  test.each(['broken', 'odd', 'nowhere'])('an endpoint that is %s: nobody can tell', async (trunk) => {
    await expect(openSigningSettings(place()).of(trunk, CALLER_ID)).rejects.toThrow(/endpoint/);
  });

  const demanding = (more: Partial<Campaign['attestation']> = {}, endpoint = SOLAR.endpoint): Campaign => ({
    ...SOLAR,
    endpoint,
    attestation: { minimum: 'A', maxAgeHours: 24, ways: ['signed_here'], ...more },
  });
  const diagnosed = async (port: number | null, campaign: Campaign, missing: readonly string[] = []) =>
    (await signing(attestationNeeds(port, [campaign]), place(), () => Promise.resolve(missing))).map(
      ({ check, state, detail }) => `${check} ${state}: ${detail}`,
    );

  test('doctor: what is signed too low, and a mirror that is not there', async () => {
    expect(await diagnosed(9060, demanding())).toEqual([
      'mirror of calls ok: res_hep.so and res_hep_pjsip.so are running',
      `signing problem: ${CALLER_ID} on carrier: B (tn 13035550199: attest_level), and ${SOLAR.id} demands A`,
    ]);
    expect(await diagnosed(9060, demanding({ minimum: 'B' }), ['res_hep_pjsip.so'])).toEqual([
      'mirror of calls problem: not running: res_hep_pjsip.so',
      `signing ok: ${CALLER_ID} on carrier: B (tn 13035550199: attest_level)`,
    ]);
    expect((await diagnosed(null, demanding()))[0]).toMatch(/^mirror of calls problem: hep.port is null/);
    expect((await diagnosed(9060, demanding({}, 'Local/{number}@dialer')))[1]).toMatch(/names no trunk/);
  });

  test('doctor: a carrier signs, or nobody asks', async () => {
    expect(await diagnosed(null, demanding({ ways: ['declared'] }))).toEqual([
      'attestation skipped: nothing is mirrored, and no campaign counts on what is signed here',
    ]);
    expect(await diagnosed(null, demanding({ minimum: 'none' }))).toHaveLength(1);
  });
});
