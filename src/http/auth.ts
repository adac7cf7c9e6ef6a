/**
 * Who may ask what. Bearer tokens are kept as SHA-256 only and compared in constant time; with no token configured every
 * request has every scope (the configuration allows that on loopback only). A browser keeps its token in a strict cookie,
 * because an EventSource cannot send headers.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.ts';

export const SCOPES = ['dialer', 'supervisor', 'compliance', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface TokenSetting {
  /** For the log; never the token itself. */
  readonly name: string;
  /** Lower-case hexadecimal SHA-256 of the token. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
}

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

const EVERYBODY: Caller = { name: 'loopback', scopes: SCOPES };

/** Looks a presented token up; every configured token is compared, so that time tells nothing. */
export function createAuthenticator(
  tokens: readonly TokenSetting[],
): (token: string | null) => Caller | null {
  const known = tokens.map((token) => ({ token, digest: Buffer.from(token.sha256, 'hex') }));
  return (presented) => {
    if (known.length === 0) return EVERYBODY;
    if (presented === null) return null;
    const digest = createHash('sha256').update(presented).digest();
    let found: Caller | null = null;
    for (const { token, digest: expected } of known) {
      if (expected.length === digest.length && timingSafeEqual(expected, digest)) found ??= token;
    }
    return found;
  };
}

/** `onRequest` hook of every route that is not open. A route without scopes in its config is for `admin` alone. */
export function guard(tokens: readonly TokenSetting[]) {
  const authenticate = createAuthenticator(tokens);
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
export function sessionCookie(token: string | null): string {
  const value = token === null ? '' : encodeURIComponent(token);
  const age = token === null ? '; Max-Age=0' : '';
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict${age}`;
}
