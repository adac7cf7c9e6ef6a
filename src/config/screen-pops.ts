/** Where screen pops are sent: `screenPops` of `breakwater.yaml`, with its secret from a file or the environment, never from the settings. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Report, shownAddress } from './check-settings.ts';
import type { Environment } from './environment.ts';
import { isLoopback } from './relations.ts';
import { group, integer, nullableText } from './schema-parts.ts';
import type { Settings } from './settings.ts';

export const SCREEN_SECRET_VARIABLE = 'BREAKWATER_SCREEN_SECRET';

export const SCREEN_POPS_SCHEMA = group({
  url: nullableText({
    means: "where the program of the agents' screens takes signed events of their calls; null: nowhere",
    expected: 'an https address, or http on a loopback address, or null',
    address: true,
  }),
  secretFile: nullableText({
    means: `file with the secret they are signed with; null: ${SCREEN_SECRET_VARIABLE}`,
  }),
  timeoutSeconds: integer(1, 60, { means: 'an event that takes longer is given up' }, 2),
});

/** With its secret: never shown. */
export interface ScreenPopSetting {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
}

/** HMAC-SHA256 wants at least as many bytes as it gives (RFC 2104). */
const SECRET_CHARACTERS_MIN = 32;

/** Null: nobody outside is told. */
export function readScreenPops(
  { url, secretFile, timeoutSeconds }: Settings['screenPops'],
  given: { readonly base: string; readonly env: Environment },
  report: Report,
): ScreenPopSetting | null {
  if (url === null) return null;
  const { protocol = '', hostname = '' } = URL.canParse(url) ? new URL(url) : {};
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    report(
      'screenPops.url',
      'is not safe',
      shownAddress(url),
      'an https address, or http on a loopback address',
    );
  }
  const expected = `at least ${SECRET_CHARACTERS_MIN} characters, in the file or in ${SCREEN_SECRET_VARIABLE}`;
  let secret = given.env[SCREEN_SECRET_VARIABLE] ?? '';
  if (secretFile !== null) {
    try {
      secret = readFileSync(resolve(given.base, secretFile), 'utf8').trim();
    } catch (error) {
      report('screenPops.secretFile', 'cannot be read', (error as NodeJS.ErrnoException).code, expected);
      return null;
    }
  }
  if (secret.length < SECRET_CHARACTERS_MIN)
    report('screenPops.secretFile', 'holds no secret', '(hidden)', expected);
  return { url, secret, timeoutMs: timeoutSeconds * 1_000 };
}
