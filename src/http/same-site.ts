/**
 * Two guards against web pages that a supervisor's browser happens to have open: a name that was re-bound to loopback
 * (DNS rebinding) is refused by its Host header, a foreign page's POST by its Origin header.
 */
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

export const isLoopback = (host: string): boolean => LOOPBACK.has(host) || /^127(\.\d{1,3}){3}$/.test(host);

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Host without port and brackets, lower case; null when it is not a host. */
export function hostName(authority: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(authority);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

/** `onRequest` hook. `boundTo` is the address listened on; `moreHosts` are names a proxy in front may use. */
export function sameSiteGuard(boundTo: string, moreHosts: readonly string[]) {
  const hosts = new Set([...LOOPBACK, boundTo.toLowerCase(), ...moreHosts.map((host) => host.toLowerCase())]);
  const checkHost = isLoopback(boundTo);
  return async (request: FastifyRequest): Promise<void> => {
    const authority = request.headers.host ?? '';
    const host = hostName(authority);
    if (checkHost && (host === null || !hosts.has(host))) {
      throw new HttpProblem('foreign_host', `host \`${authority.slice(0, 80)}\` is not served here`);
    }
    const { origin } = request.headers;
    if (origin !== undefined && !SAFE_METHODS.has(request.method) && !isOwnOrigin(origin, authority)) {
      throw new HttpProblem(
        'foreign_origin',
        `origin \`${origin.slice(0, 80)}\` may not change anything here`,
      );
    }
    await Promise.resolve();
  };
}

const isOwnOrigin = (origin: string, authority: string): boolean =>
  origin.replace(/^https?:\/\//i, '').toLowerCase() === authority.toLowerCase() && /^https?:/i.test(origin);
