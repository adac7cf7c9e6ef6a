/** A dialer on the manager interface that names its originations itself, as our own connection never does. */
import connect from 'asterisk-manager';
import type { AmiSettings } from '../../src/adapters/asterisk/ami-connection.ts';

/** Resolves when the exchange has taken it; what becomes of it is told by events. */
export async function originateNamed(
  { host, port, user, secret }: AmiSettings,
  actionid: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  const dialer = connect(port, host, user, secret, false);
  try {
    await new Promise<void>((resolve, reject) => {
      dialer.on('error', reject);
      dialer.action({ action: 'Originate', actionid, async: 'true', ...fields }, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(new Error(String(error.message)));
      });
    });
  } finally {
    dialer.disconnect();
  }
}
