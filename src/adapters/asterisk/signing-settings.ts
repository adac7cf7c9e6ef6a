/**
 * What Asterisk is set to sign calls with, over ARI (`res_stir_shaken`, `res_pjsip_stir_shaken`): the endpoint's profile, the caller ID's
 * `tn` object, and what they inherit from `attestation`. ARI shows an inherited value as `not_set`, so it is merged here.
 */
import { RECORDED_LEVELS, type RecordedLevel } from '../../domain/attestation.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { ConfiguredSigning, SigningSettings } from '../../ports/signing-settings.ts';
import { TelephonyUnavailable } from '../../ports/telephony.ts';

export interface AriPlace {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Null: there is no such object. */
type Attributes = Readonly<Record<string, string>> | null;

const WITHIN_MS = 2_000;
const ANSWER_BYTES_MAX = 1_000_000;

export function openSigningSettings(place: AriPlace): SigningSettings {
  const base = place.url.replace(/\/+$/, '').replace(/\/ari$/, '');
  const authorization = `Basic ${Buffer.from(`${place.user}:${place.password}`).toString('base64')}`;

  async function read(module: string, type: string, id: string): Promise<Attributes> {
    const path = `/ari/asterisk/config/dynamic/${module}/${type}/${encodeURIComponent(id)}`;
    try {
      const response = await fetch(`${base}${path}`, {
        headers: { authorization },
        redirect: 'error',
        signal: AbortSignal.timeout(WITHIN_MS),
      });
      const text = await response.text();
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(`answers ${response.status}`);
      return attributesOf(text.slice(0, ANSWER_BYTES_MAX));
    } catch (cause) {
      throw new TelephonyUnavailable(`${module}/${type}/${id} cannot be read over ARI`, { cause });
    }
  }

  return {
    async of(trunk, callerId) {
      const endpoint = await read('res_pjsip', 'endpoint', trunk);
      if (endpoint === null) throw new TelephonyUnavailable(`there is no PJSIP endpoint \`${trunk}\``);
      const profile = endpoint['stir_shaken_profile'] ?? '';
      if (profile === '') return notSigning(`endpoint ${trunk} has no stir_shaken_profile`);
      const [common, own, ofProfile] = await Promise.all([
        read('res_stir_shaken', 'attestation', 'attestation'),
        read('res_stir_shaken', 'tn', callerId.slice(1)),
        read('res_stir_shaken', 'profile', profile),
      ]);
      return configuredSigning({ callerId, profile, common, own, ofProfile });
    },
  };
}

const notSigning = (because: string): ConfiguredSigning => ({ level: 'none', because, trunkSigns: false });
const unsigned = (because: string): ConfiguredSigning => ({ level: 'none', because, trunkSigns: true });

/** A `tn` object binds before the profile, the profile before `attestation`. */
export function configuredSigning(found: {
  readonly callerId: PhoneNumber;
  readonly profile: string;
  readonly common: Attributes;
  readonly own: Attributes;
  readonly ofProfile: Attributes;
}): ConfiguredSigning {
  const { callerId, profile, common, own, ofProfile } = found;
  if (common === null) return notSigning('stir_shaken.conf has no attestation object');
  if (isOn(common['global_disable'])) return notSigning('attestation: global_disable is on');
  if (ofProfile === null) return notSigning(`there is no profile ${profile}`);
  const behavior = ofProfile['endpoint_behavior'] ?? '';
  if (behavior !== 'attest' && behavior !== 'on')
    return notSigning(`profile ${profile}: endpoint_behavior is ${behavior}`);
  const digits = callerId.slice(1);
  if (own === null) {
    const [level, where] = firstSet('unknown_tn_attest_level', { profile: ofProfile, attestation: common });
    return level === null ? unsigned(`there is no tn ${digits}`) : { level, because: where, trunkSigns: true };
  }
  const objects = { [`tn ${digits}`]: own, [`profile ${profile}`]: ofProfile, attestation: common };
  const [level, where] = firstSet('attest_level', objects);
  return level === null ? unsigned('no attest_level is set') : { level, because: where, trunkSigns: true };
}

function firstSet(
  attribute: string,
  objects: Readonly<Record<string, NonNullable<Attributes>>>,
): readonly [RecordedLevel | null, string] {
  for (const [name, attributes] of Object.entries(objects)) {
    const level = RECORDED_LEVELS.find((each) => each !== 'none' && each === attributes[attribute]);
    if (level !== undefined) return [level, `${name}: ${attribute}`];
  }
  return [null, ''];
}

const isOn = (text: string | undefined): boolean => text !== undefined && /^(yes|true|1|on)$/i.test(text);

function attributesOf(text: string): Attributes {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) return {};
  return Object.fromEntries(
    parsed.flatMap((each: unknown) => {
      const { attribute, value } = (each ?? {}) as { readonly attribute?: unknown; readonly value?: unknown };
      return typeof attribute === 'string' && typeof value === 'string' ? [[attribute, value]] : [];
    }),
  );
}
