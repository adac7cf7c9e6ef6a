/** Who may log in at the proxy: accounts of ours, so that a dialer never holds the secret of the real manager. Pure. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type AmiAction, asciiLower } from './action.ts';

export interface AmiAccount {
  readonly name: string;
  /** Hash only: the account logs in with its secret in the clear. The secret itself: the MD5 challenge works as well. */
  readonly secret: { readonly sha256: string } | { readonly text: string };
}

/** Where a name is not known the same work is done. */
const NOBODY: AmiAccount = { name: '', secret: { sha256: '0'.repeat(64) } };

/**
 * The account a Login action proves to be, or null. As in manager.c (`authenticate`): names are case-blind, `AuthType: MD5` looks at nothing
 * but `Key`, the MD5 of challenge and secret. `challenge` is null where none was asked for.
 */
export function accountOf(
  login: AmiAction,
  accounts: readonly AmiAccount[],
  challenge: string | null,
): AmiAccount | null {
  const name = asciiLower(login.first('Username') ?? '');
  const found = accounts.find((account) => asciiLower(account.name) === name);
  const proven = proves(login, found ?? NOBODY, challenge);
  return found !== undefined && proven ? found : null;
}

function proves(login: AmiAction, { secret }: AmiAccount, challenge: string | null): boolean {
  if (asciiLower(login.first('AuthType') ?? '') === 'md5') {
    const key = login.first('Key') ?? '';
    if (challenge === null || key === '' || !('text' in secret)) return false;
    return same(key, digest('md5', Buffer.from(challenge + secret.text, 'utf8')));
  }
  const given = Buffer.from(login.first('Secret') ?? '', 'latin1');
  const expected = 'text' in secret ? digest('sha256', Buffer.from(secret.text, 'utf8')) : secret.sha256;
  return same(digest('sha256', given), expected.toLowerCase());
}

const digest = (algorithm: 'md5' | 'sha256', bytes: Buffer): string =>
  createHash(algorithm).update(bytes).digest('hex');

/** In a time that does not tell how much of it is right. */
const same = (given: string, expected: string): boolean =>
  given.length === expected.length &&
  timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(expected, 'latin1'));
