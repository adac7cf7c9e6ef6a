/**
 * Who may ask what. Bearer tokens are kept as SHA-256 only and compared in constant time; with no token configured every
 * request has every scope (the configuration allows that on loopback only). A browser keeps its token in a strict cookie,
 * because an EventSource cannot send headers.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isInForce, TOKEN_SCOPES, type TokenScope } from '../domain/access-token.ts';
import { HttpProblem } from './problem.ts';

export type Scope = TokenScope;

export interface TokenSetting {
  /** For the log; never the token itself. */
  readonly name: string;
  /** Lower-case hexadecimal SHA-256 of the token. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** ISO 8601; null or left out: until it is taken away. */
  readonly expiresAt?: string | null;
}

/** Who may come in, asked anew for each request. */
export interface TokenBook {
  /** No token was ever configured: the configuration allows that on loopback only. False when all have expired or were revoked. */
  readonly open: boolean;
  tokens(): readonly TokenSetting[];
  /** Wall clock, milliseconds. */
  nowMs(): number;
}

/** `more` are those of the token file; undefined where none is configured. */
export const tokenBook = (
  configured: readonly TokenSetting[],
  nowMs: () => number,
  more?: () => readonly TokenSetting[],
): TokenBook => ({
  open: configured.length === 0 && more === undefined,
  tokens: more === undefined ? () => configured : () => [...configured, ...more()],
  nowMs,
});

export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Any one of these admits; `admin` always does. */
    readonly scopes?: readonly Scope[];
  }
  interface FastifyRequest {
    /** Null before the guard has looked. */
    caller: Caller | null;
  }
}

export const SESSION_COOKIE = 'breakwater_token';

const EVERYBODY: Caller = { name: 'loopback', scopes: TOKEN_SCOPES };

/** Looks a presented token up; every token is compared, so that time tells nothing. One that has expired admits nobody. */
export function createAuthenticator(book: TokenBook): (token: string | null) => Caller | null {
  const digests = new Map<string, Buffer>();
  const digestOf = (sha256: string): Buffer => {
    let digest = digests.get(sha256);
    if (digest === undefined) {
      if (digests.size >= DIGESTS_MAX) digests.clear();
      digest = Buffer.from(sha256, 'hex');
      digests.set(sha256, digest);
    }
    return digest;
  };
  return (presented) => {
    if (book.open) return EVERYBODY;
    if (presented === null) return null;
    const digest = createHash('sha256').update(presented).digest();
    const nowMs = book.nowMs();
    let found: Caller | null = null;
    for (const token of book.tokens()) {
      const expected = digestOf(token.sha256);
      const same = expected.length === digest.length && timingSafeEqual(expected, digest);
      if (same && isInForce(token.expiresAt, nowMs)) found ??= token;
    }
    return found;
  };
}

/** As many as there can be tokens; those of a file that is written again and again are forgotten. */
const DIGESTS_MAX = 2_000;

/** `onRequest` hook of every route that is not open. A route without scopes in its config is for `admin` alone. */
export function guard(authenticate: (token: string | null) => Caller | null) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const caller = authenticate(presentedToken(request));
    if (caller === null) {
      void reply.header('www-authenticate', 'Bearer realm="breakwater"');
      throw new HttpProblem('unauthorized', 'send `Authorization: Bearer <token>`');
    }
    const wanted = request.routeOptions.config.scopes ?? [];
    if (!caller.scopes.includes('admin') && !wanted.some((scope) => caller.scopes.includes(scope))) {
      const list = wanted.length === 0 ? 'admin' : wanted.join(' or ');
      throw new HttpProblem('forbidden', `token \`${caller.name}\` lacks the scope ${list}`);
    }
    request.caller = caller;
    await Promise.resolve();
  };
}

/** Name of the token behind a guarded request; for the log and the ledger. */
export const callerOf = ({ caller }: FastifyRequest): string => caller?.name ?? EVERYBODY.name;

export function presentedToken(request: FastifyRequest): string | null {
  const header = request.headers.authorization;
  if (header !== undefined) return /^Bearer +([\x21-\x7e]{1,512})$/i.exec(header)?.[1] ?? null;
  const pairs = (request.headers.cookie ?? '').split(';');
  for (const pair of pairs) {
    const [name, value] = pair.trim().split('=');
    if (name === SESSION_COOKIE && value !== undefined) return decodeCookie(value);
  }
  return null;
}

function decodeCookie(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

/** The cookie that carries a browser's token; `null` takes it away. */
export function sessionCookie(token: string | null, encrypted = false): string {
  const value = token === null ? '' : encodeURIComponent(token);
  const age = token === null ? '; Max-Age=0' : '';
  const secure = encrypted ? '; Secure' : '';
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}${age}`;
}
