/**
 * From the Identity headers of a call to the PASSporTs that say who calls. `div` (RFC 8946: who diverted), `rph` (RFC 8443: priority) and
 * types we do not know are told apart here and never taken for `shaken`, whatever a parameter says.
 */
import type { AttestationLevel } from '../domain/attestation.ts';
import { type BaseClaims, readBaseClaims, readShakenClaims, type ShakenClaims } from './claims.ts';
import type { IdentityValue } from './identity-header.ts';
import { type Refusal, refusal, shown } from './refusal.ts';
import { type JsonObject, readToken, type TokenParts } from './token.ts';

export interface Passport extends BaseClaims {
  readonly form: 'full' | 'compact';
  /** Null: a PASSporT of RFC 8225 alone, which proves a number and names no level. */
  readonly shaken: ShakenClaims | null;
  /** `x5u`, and the same as `info` of the header. */
  readonly certificateUrl: string;
  /** `header.claims`: what was signed. */
  readonly signingInput: string;
  readonly signature: Buffer;
}

/** What a compact form is rebuilt from (RFC 8224 §7). */
export interface CallNumbers {
  /** Canonical; null where the message names no telephone number. */
  readonly callerId: string | null;
  readonly calledNumber: string | null;
  /** Seconds of the Date header; null where there is none. */
  readonly dateSeconds: number | null;
}

export type ReadPassport =
  | { readonly kind: 'caller'; readonly passport: Passport }
  | { readonly kind: 'other'; readonly ppt: string }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      /** What it claims, unproven. */
      readonly claimed: AttestationLevel | null;
    };

export function readPassport(value: IdentityValue, call: CallNumbers): ReadPassport {
  const parts = readToken(value.token);
  if (!parts.ok) return malformed(parts.problem);
  if (value.alg !== null && value.alg !== 'ES256') {
    return malformed(`parameter alg is ${shown(value.alg)}; expected ES256`);
  }
  return parts.value.form === 'full' ? readFull(value, parts.value) : readCompact(value, parts.value, call);
}

const malformed = (detail: string, claimed: AttestationLevel | null = null): ReadPassport => ({
  kind: 'refused',
  refusal: refusal('malformed_identity', detail),
  claimed,
});

function readFull(value: IdentityValue, parts: TokenParts & { readonly form: 'full' }): ReadPassport {
  const { header, claims, signingInput, signature } = parts;
  const { alg, typ, ppt, x5u, crit } = header;
  if (ppt !== undefined && typeof ppt !== 'string') {
    return malformed(`ppt of the PASSporT is ${shown(ppt)}; expected a text`);
  }
  if (value.ppt !== null && value.ppt !== ppt) {
    return malformed(`parameter ppt is ${shown(value.ppt)}, but the PASSporT says ${shown(ppt)}`);
  }
  if (ppt !== undefined && ppt !== 'shaken') return { kind: 'other', ppt };
  const claimed = ppt === 'shaken' ? levelOf(claims) : null;
  if (alg !== 'ES256') return malformed(`alg of the PASSporT is ${shown(alg)}; expected ES256`, claimed);
  if (typ !== 'passport')
    return malformed(`typ of the PASSporT is ${shown(typ)}; expected passport`, claimed);
  // RFC 7515 §4.1.11: whoever does not understand what is marked so must refuse.
  if (crit !== undefined) return malformed(`crit of the PASSporT is ${shown(crit)}; expected none`, claimed);
  if (typeof x5u !== 'string' || x5u === '') {
    return malformed(`x5u of the PASSporT is ${shown(x5u)}; expected an address`, claimed);
  }
  if (value.info === null) return malformed('Identity has no parameter info', claimed);
  if (value.info !== x5u) {
    const detail = `info is ${shown(value.info)}, but x5u is ${shown(x5u)}`;
    return { kind: 'refused', refusal: refusal('bad_info_url', detail), claimed };
  }
  const base = readBaseClaims(claims);
  if (!base.ok) return malformed(base.problem, claimed);
  const shaken = ppt === 'shaken' ? readShakenClaims(claims) : null;
  if (shaken?.ok === false) return malformed(shaken.problem, claimed);
  return {
    kind: 'caller',
    passport: {
      form: 'full',
      ...base.value,
      shaken: shaken?.value ?? null,
      certificateUrl: x5u,
      signingInput,
      signature,
    },
  };
}

const levelOf = (claims: JsonObject): AttestationLevel | null => {
  const shaken = readShakenClaims({
    attest: claims['attest'],
    origid: '00000000-0000-0000-0000-000000000000',
  });
  return shaken.ok ? shaken.value.level : null;
};

/** Header and claims are what the signer must have written for this call, keys in order, no blanks (RFC 8225 §9). */
function readCompact(
  { info, ppt }: IdentityValue,
  { signature }: TokenParts,
  { callerId, calledNumber, dateSeconds }: CallNumbers,
): ReadPassport {
  if (ppt === 'shaken') {
    return malformed(
      'PASSporT is compact; shaken needs the full form, since its claims are not in the message',
    );
  }
  if (ppt !== null) return { kind: 'other', ppt };
  if (info === null) return malformed('Identity has no parameter info');
  if (callerId === null || calledNumber === null || dateSeconds === null) {
    return malformed('PASSporT is compact, and the message lacks a number or the Date to rebuild it from');
  }
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'ES256', typ: 'passport', x5u: info });
  const claims = part({ dest: { tn: [calledNumber] }, iat: dateSeconds, orig: { tn: callerId } });
  return {
    kind: 'caller',
    passport: {
      form: 'compact',
      callerId,
      calledNumbers: [calledNumber],
      calledUris: [],
      issuedAtSeconds: dateSeconds,
      shaken: null,
      certificateUrl: info,
      signingInput: `${header}.${claims}`,
      signature,
    },
  };
}

/** At most so many are tried: each may cost a fetch. */
const PASSPORTS_MAX = 4;

export interface CallPassports {
  /** Shaken ones first, else those that name no level. Empty only with a refusal. */
  readonly passports: readonly Passport[];
  /** What to say when none of them verifies, or there are none. */
  readonly fallback: Extract<ReadPassport, { kind: 'refused' }> | null;
}

/** Of all that was read: which to try. One that does not read leaves the others alone. */
export function choosePassports(read: readonly ReadPassport[]): CallPassports {
  const passports = read.flatMap((each) => (each.kind === 'caller' ? [each.passport] : []));
  const shaken = passports.filter((passport) => passport.shaken !== null);
  const chosen = (shaken.length > 0 ? shaken : passports).slice(0, PASSPORTS_MAX);
  const broken = read.find((each) => each.kind === 'refused');
  if (chosen.length > 0) return { passports: chosen, fallback: null };
  if (broken !== undefined) return { passports: [], fallback: broken };
  const others = read.flatMap((each) => (each.kind === 'other' ? [shown(each.ppt)] : []));
  const detail = `Identity carries ${others.join(', ')}; expected shaken`;
  return {
    passports: [],
    fallback: { kind: 'refused', refusal: refusal('unsupported_passport', detail), claimed: null },
  };
}
