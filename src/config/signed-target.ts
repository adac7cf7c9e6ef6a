/** An address outside that takes signed events, with its secret from a file or the environment, never from the settings. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { refusedLiteral, targetGuard } from './address-guard.ts';
import { type Report, shownAddress } from './check-settings.ts';
import type { Environment } from './environment.ts';
import { isLoopback } from './loopback.ts';

/** With its secret: never shown. */
export interface SignedTarget {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
  /** In CIDR notation: a name may lead there although they are not public. Left out: none. */
  readonly privateNetworks?: readonly string[];
}

export interface SignedTargetSettings {
  readonly url: string | null;
  readonly secretFile: string | null;
  readonly timeoutSeconds: number;
}

export interface SecretSource {
  /** Folder relative paths start from. */
  readonly base: string;
  readonly env: Environment;
  /** `outgoing.privateNetworks`. */
  readonly privateNetworks?: readonly string[];
}

/** HMAC-SHA256 wants at least as many bytes as it gives (RFC 2104). */
const SECRET_CHARACTERS_MIN = 32;

/** Null: there is no such target, or its secret cannot be read; the latter is reported. */
export function readSignedTarget(
  { url, secretFile, timeoutSeconds }: SignedTargetSettings,
  { path, secretVariable }: { readonly path: string; readonly secretVariable: string },
  given: SecretSource,
  report: Report,
): SignedTarget | null {
  if (url === null) return null;
  const { protocol = '', hostname = '' } = URL.canParse(url) ? new URL(url) : {};
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    const expected = 'an https address, or http on a loopback address';
    report(`${path}.url`, 'is not safe', shownAddress(url), expected);
  }
  const privateNetworks = given.privateNetworks ?? [];
  checkLiteral(url, `${path}.url`, privateNetworks, report);
  const expected = `at least ${SECRET_CHARACTERS_MIN} characters, in the file or in ${secretVariable}`;
  let secret = given.env[secretVariable] ?? '';
  if (secretFile !== null) {
    try {
      secret = readFileSync(resolve(given.base, secretFile), 'utf8').trim();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      report(`${path}.secretFile`, 'cannot be read', code, expected);
      return null;
    }
  }
  if (secret.length < SECRET_CHARACTERS_MIN)
    report(`${path}.secretFile`, 'holds no secret', '(hidden)', expected);
  return {
    url,
    secret,
    timeoutMs: timeoutSeconds * 1_000,
    ...(privateNetworks.length === 0 ? {} : { privateNetworks }),
  };
}

/** A name is judged when it is connected to; an address can be judged now. */
export function checkLiteral(url: string, at: string, networks: readonly string[], report: Report): void {
  if (!URL.canParse(url)) return;
  const parsed = new URL(url);
  if (refusedLiteral(parsed, targetGuard(parsed, networks)) === null) return;
  report(
    at,
    'is a private address',
    shownAddress(url),
    'a public one, or its network in outgoing.privateNetworks',
  );
}
