/** The claims of a PASSporT (RFC 8225 §5, RFC 8588 §4, ATIS-1000074): strict types, canonical numbers; what is not known is passed over. */
import { ATTESTATION_LEVELS, type AttestationLevel } from '../domain/attestation.ts';
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import { isCanonicalNumber } from './numbers.ts';
import { shown } from './refusal.ts';
import type { JsonObject } from './token.ts';

/** Numbers and addresses of the called; one is the rule. */
const DESTINATIONS_MAX = 64;
const URI_CHARACTERS_MAX = 512;
/** RFC 4122; RFC 8588 §5 wants one of any version. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** The year 9999: later instants have no date of four digits. */
const SECONDS_MAX = 253_402_300_799;

export interface BaseClaims {
  /** Canonical: digits without plus. */
  readonly callerId: string;
  readonly calledNumbers: readonly string[];
  readonly calledUris: readonly string[];
  /** NumericDate: seconds since 1970. */
  readonly issuedAtSeconds: number;
}

export interface ShakenClaims {
  readonly level: AttestationLevel;
  readonly originationId: string;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function readBaseClaims(claims: JsonObject): Parsed<BaseClaims> {
  const { orig, dest, iat } = claims;
  const callerId = isObject(orig) ? orig['tn'] : undefined;
  if (typeof callerId !== 'string' || !isCanonicalNumber(callerId)) {
    return problem(`claim orig.tn is ${shown(callerId)}; expected digits with country code and without plus`);
  }
  if (!Number.isSafeInteger(iat) || (iat as number) <= 0 || (iat as number) > SECONDS_MAX) {
    return problem(`claim iat is ${shown(iat)}; expected whole seconds since 1970`);
  }
  const called = readDestinations(dest);
  return called.ok ? parsed({ callerId, ...called.value, issuedAtSeconds: iat as number }) : called;
}

function readDestinations(dest: unknown): Parsed<Pick<BaseClaims, 'calledNumbers' | 'calledUris'>> {
  const { tn = [], uri = [] } = isObject(dest) ? dest : {};
  if (!Array.isArray(tn) || !Array.isArray(uri) || tn.length + uri.length === 0) {
    return problem(`claim dest is ${shown(dest)}; expected lists \`tn\` or \`uri\` with at least one item`);
  }
  if (tn.length + uri.length > DESTINATIONS_MAX) {
    return problem(`claim dest has ${tn.length + uri.length} items; expected at most ${DESTINATIONS_MAX}`);
  }
  const badNumber = tn.findIndex((item) => typeof item !== 'string' || !isCanonicalNumber(item));
  if (badNumber >= 0) {
    return problem(
      `claim dest.tn has ${shown(tn[badNumber])}; expected digits with country code and without plus`,
    );
  }
  const badUri = uri.findIndex(
    (item) => typeof item !== 'string' || item === '' || item.length > URI_CHARACTERS_MAX,
  );
  return badUri >= 0
    ? problem(`claim dest.uri has ${shown(uri[badUri])}; expected an address`)
    : parsed({ calledNumbers: tn as string[], calledUris: uri as string[] });
}

/** What RFC 8588 adds. */
export function readShakenClaims({ attest, origid }: JsonObject): Parsed<ShakenClaims> {
  const level = ATTESTATION_LEVELS.find((known) => known === attest);
  if (level === undefined) return problem(`claim attest is ${shown(attest)}; expected A, B or C`);
  return typeof origid === 'string' && UUID.test(origid)
    ? parsed({ level, originationId: origid })
    : problem(`claim origid is ${shown(origid)}; expected a UUID`);
}
