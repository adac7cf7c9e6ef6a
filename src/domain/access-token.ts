/**
 * Bearer tokens as they are kept. A token is 256 random bits, so one SHA-256 of it is enough: there is no dictionary to try, and a slow
 * hash (scrypt) would cost each request milliseconds and guard nothing more. Two tokens of one holder may be in force at once: that is how
 * one is replaced without a gap.
 */
import { type Parsed, parsed, problem } from './brand.ts';

export const TOKEN_SCOPES = ['dialer', 'supervisor', 'compliance', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export interface AccessToken {
  /** Who holds it; stands in the ledger. Several tokens may have one holder. */
  readonly name: string;
  /** Lower-case hexadecimal SHA-256 of the token. */
  readonly sha256: string;
  readonly scopes: readonly TokenScope[];
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; null: until it is revoked. */
  readonly expiresAt: string | null;
}

/** What a secret scanner finds it by. */
export const TOKEN_PREFIX = 'bwt_';
/** Of each token: 256 bits. */
export const TOKEN_RANDOM_BYTES = 32;
export const TOKENS_MAX = 1_000;

export const tokenText = (random: Uint8Array): string =>
  TOKEN_PREFIX + Buffer.from(random).toString('base64url');

/** Names a token without telling it. */
export const tokenId = ({ sha256 }: Pick<AccessToken, 'sha256'>): string => sha256.slice(0, 12);

/** An end that cannot be read has passed. */
export const isInForce = (expiresAt: string | null | undefined, nowMs: number): boolean =>
  expiresAt === null || expiresAt === undefined || nowMs < Date.parse(expiresAt);

export const TOKEN_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/;

const isScope = (value: unknown): value is TokenScope => (TOKEN_SCOPES as readonly unknown[]).includes(value);
const isTime = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 40 && Number.isFinite(Date.parse(value));

/** All of the file or a problem: half a list of who may come in is none. */
export function parseTokenFile(text: string): Parsed<readonly AccessToken[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem('is not JSON');
  }
  const rows = (value as { tokens?: unknown } | null)?.tokens;
  if (!Array.isArray(rows)) return problem('has no list `tokens`');
  if (rows.length > TOKENS_MAX) return problem(`has more than ${TOKENS_MAX} tokens`);
  const tokens: AccessToken[] = [];
  for (const [index, row] of (rows as unknown[]).entries()) {
    const token = readRow(row);
    if (typeof token === 'string') return problem(`tokens[${index}].${token} is missing or not usable`);
    tokens.push(token);
  }
  return parsed(tokens);
}

/** The token, or the name of the field that is wrong. */
function readRow(row: unknown): AccessToken | string {
  const { name, sha256, scopes, createdAt, expiresAt } = (row ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !TOKEN_NAME.test(name)) return 'name';
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return 'sha256';
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isScope)) return 'scopes';
  if (!isTime(createdAt)) return 'createdAt';
  if (expiresAt !== null && !isTime(expiresAt)) return 'expiresAt';
  return { name, sha256, scopes, createdAt, expiresAt };
}

export const writtenTokenFile = (tokens: readonly AccessToken[]): string =>
  `${JSON.stringify({ tokens }, null, 2)}\n`;

/** Those of `name` that are in force end at `atMs` at the latest: what replaces them is there already. */
export const endingBy = (
  tokens: readonly AccessToken[],
  name: string,
  atMs: number,
): readonly AccessToken[] =>
  tokens.map((token) =>
    token.name === name && (token.expiresAt === null || Date.parse(token.expiresAt) > atMs)
      ? { ...token, expiresAt: new Date(atMs).toISOString() }
      : token,
  );
