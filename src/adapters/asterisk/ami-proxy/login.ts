/**
 * What is said before a dialer has logged in. The exchange hears nothing of it: it is answered here as the manager would (manager.c:
 * `process_message`, `action_challenge`, `action_login`), and only a proven account makes us log in over there, as ourselves.
 */
import { type AmiAccount, accountOf } from './accounts.ts';
import type { AmiAction, AmiHeader } from './action.ts';
import { amiError, amiMessage, amiResponse } from './wire.ts';

export type BeforeLogin =
  | { readonly do: 'answer'; readonly bytes: Buffer }
  /** The last word; then the connection ends. */
  | { readonly do: 'leave'; readonly bytes: Buffer }
  | { readonly do: 'refuse'; readonly name: string }
  | { readonly do: 'login'; readonly account: AmiAccount };

export const REFUSED = 'Authentication failed';

/** One conversation that has not logged in; `newChallenge` draws decimal digits nobody can guess. */
export function anonymous(
  accounts: readonly AmiAccount[],
  newChallenge: () => string,
): (action: AmiAction) => BeforeLogin {
  let challenge: string | null = null;
  return (action) => {
    switch (action.name) {
      case 'challenge': {
        if (action.first('AuthType')?.toLowerCase() !== 'md5') {
          return { do: 'answer', bytes: amiError(action, 'Must specify AuthType') };
        }
        challenge ??= newChallenge();
        const headers = [{ name: 'Challenge', value: challenge }];
        return { do: 'answer', bytes: amiResponse('Success', action, headers) };
      }
      case 'login': {
        const account = accountOf(action, accounts, challenge);
        return account === null
          ? { do: 'refuse', name: action.first('Username') ?? '' }
          : { do: 'login', account };
      }
      case 'logoff':
        return { do: 'leave', bytes: amiResponse('Goodbye', action, THANKS) };
      case '':
        return { do: 'answer', bytes: amiError(action, 'Missing action in request') };
      default:
        return { do: 'answer', bytes: amiError(action, 'Permission denied') };
    }
  };
}

const THANKS: readonly AmiHeader[] = [{ name: 'Message', value: 'Thanks for all the fish.' }];

/**
 * Our own login in place of the dialer's. Its ActionID and its event mask go along, so that the manager's answer is the dialer's
 * too. Throws UnwritableHeader when one of them cannot stand on a line.
 */
export function upstreamLogin(
  login: AmiAction,
  { user, secret }: { readonly user: string; readonly secret: string },
): Buffer {
  const kept = ['ActionID', 'Events'].flatMap((name) => {
    const value = login.first(name);
    return value === undefined || value === '' ? [] : [{ name, value }];
  });
  return amiMessage([
    { name: 'Action', value: 'Login' },
    { name: 'Username', value: user },
    { name: 'Secret', value: secret },
    ...kept,
  ]);
}
