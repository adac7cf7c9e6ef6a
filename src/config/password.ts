/** A password of a foreign system, from a file or the environment, never from the settings. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Report } from './check-settings.ts';
import type { SecretSource } from './signed-target.ts';

/** Null: it cannot be read, or is empty, and that was reported at `at`. How long it must be the foreign system says. */
export function readPassword(
  secretFile: string | null,
  { at, variable }: { readonly at: string; readonly variable: string },
  given: SecretSource,
  report: Report,
): string | null {
  const expected = `a password, in the file or in ${variable}`;
  let secret = given.env[variable] ?? '';
  if (secretFile !== null) {
    try {
      secret = readFileSync(resolve(given.base, secretFile), 'utf8').trim();
    } catch (error) {
      report(at, 'cannot be read', (error as NodeJS.ErrnoException).code, expected);
      return null;
    }
  }
  if (secret !== '') return secret;
  report(at, 'holds no password', '(hidden)', expected);
  return null;
}
