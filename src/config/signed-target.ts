/** An address outside that takes signed events, with its secret from a file or the environment, never from the settings. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Report, shownAddress } from './check-settings.ts';
import type { Environment } from './environment.ts';
import { isLoopback } from './relations.ts';

/** With its secret: never shown. */
export interface SignedTarget {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
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
  return { url, secret, timeoutMs: timeoutSeconds * 1_000 };
}
