/** The parts of a PASSporT as JSON Web Signature (RFC 7515 §3.1, RFC 8225 §4): three parts of base64url, two of them JSON objects. */
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import { shown } from './refusal.ts';

/** ES256: two numbers of 32 bytes (RFC 7518 §3.4). */
export const SIGNATURE_BYTES = 64;
const SIGNATURE_CHARACTERS = 86;

export type JsonObject = Readonly<Record<string, unknown>>;

export type TokenParts =
  | {
      readonly form: 'full';
      readonly header: JsonObject;
      readonly claims: JsonObject;
      /** What was signed: header and claims as they stood in the message. */
      readonly signingInput: string;
      readonly signature: Buffer;
    }
  | { readonly form: 'compact'; readonly signature: Buffer };

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function readToken(token: string): Parsed<TokenParts> {
  const [header = '', claims = '', written = '', ...rest] = token.split('.', 4);
  if (rest.length > 0 || token.split('.', 4).length !== 3) {
    return problem(`PASSporT ${shown(token)} does not have three parts`);
  }
  const signature = readSignature(written);
  if (!signature.ok) return signature;
  if (header === '' && claims === '') return parsed({ form: 'compact', signature: signature.value });
  const headerObject = readObject('header', header);
  if (!headerObject.ok) return headerObject;
  const claimsObject = readObject('claims', claims);
  if (!claimsObject.ok) return claimsObject;
  return parsed({
    form: 'full',
    header: headerObject.value,
    claims: claimsObject.value,
    signingInput: `${header}.${claims}`,
    signature: signature.value,
  });
}

function readSignature(written: string): Parsed<Buffer> {
  const bytes = Buffer.from(written, 'base64url');
  // Written again it must read the same: the last character has four bits that mean nothing, and a changed one is another signature.
  return written.length === SIGNATURE_CHARACTERS &&
    bytes.length === SIGNATURE_BYTES &&
    bytes.toString('base64url') === written
    ? parsed(bytes)
    : problem(`signature ${shown(written)} is not ${SIGNATURE_BYTES} bytes of base64url`);
}

function readObject(name: string, written: string): Parsed<JsonObject> {
  if (!BASE64URL.test(written) || written.length % 4 === 1) {
    return problem(`${name} ${shown(written)} of the PASSporT is not base64url`);
  }
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(Buffer.from(written, 'base64url')));
  } catch {
    return problem(`${name} of the PASSporT is not JSON in UTF-8`);
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? parsed(value as JsonObject)
    : problem(`${name} ${shown(value)} of the PASSporT is not a JSON object`);
}
