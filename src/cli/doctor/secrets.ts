/** Doctor's look at the secrets of the exchange: long enough that nobody guesses them. No secret is shown. */
import type { Finding } from '../wiring.ts';
import { bad, ok, skipped } from './machine.ts';

/** Twelve random letters and digits are 71 bits. */
const CHARACTERS_MIN = 12;
/** Of samples, books and other products. */
const WELL_KNOWN =
  /^(?:asterisk|breakwater|password|passw0rd|secret|changeme|admin|manager|cron|amp\d+|mark|mysecret|test|demo|1234)\W*\d*$/i;

/** Null: nothing speaks against it. */
function weaknessOf(secret: string, user: string | null): string | null {
  if (user !== null && secret.toLowerCase() === user.toLowerCase()) return 'is the name of its user';
  if (WELL_KNOWN.test(secret)) return 'is a word that everybody tries first';
  if (secret.length < CHARACTERS_MIN) return `has ${secret.length} characters`;
  return new Set(secret).size < 6 ? 'repeats the same few characters' : null;
}

export function secretFindings(
  secrets: readonly { readonly name: string; readonly user: string | null; readonly value: string | null }[],
): readonly Finding[] {
  const set = secrets.flatMap(({ name, user, value }) => (value === null ? [] : [{ name, user, value }]));
  if (set.length === 0) return [skipped('secrets', 'none is set')];
  const weak = set.flatMap(({ name, user, value }) => {
    const weakness = weaknessOf(value, user);
    return weakness === null
      ? []
      : [
          bad(
            'secrets',
            `${name} ${weakness}`,
            `\`openssl rand -hex 18\` makes a better one, for Asterisk and for ${name}`,
          ),
        ];
  });
  return weak.length === 0 ? [ok('secrets', `${set.length} are long enough`)] : weak;
}
