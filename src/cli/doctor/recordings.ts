/** Doctor's look at recordings: whether they are encrypted, and whether the key can be had. Changes nothing. */
import { masterKeys } from '../../adapters/recordings/master-keys.ts';
import type { Config } from '../../config/config.ts';
import type { Finding } from '../wiring.ts';
import { bad, ok, skipped } from './machine.ts';

const CHECK = 'recordings';

export async function recordingFinding({ campaigns, recordings, asterisk }: Config): Promise<Finding> {
  const recorded = campaigns.filter(({ recording }) => recording.enabled).length;
  if (recorded === 0) return skipped(CHECK, 'no campaign is recorded');
  if (asterisk.monitorDirectory === null) {
    return bad(CHECK, 'nobody knows where the exchange writes them', 'set asterisk.monitorDirectory');
  }
  if (recordings.encryption === 'off') return ok(CHECK, 'NOT encrypted: recordings.encryption is off');
  const keys = masterKeys(recordings.keys, recordings.keyCommandMs);
  try {
    for (const { id } of recordings.keys) await keys.secretOf(id);
    const { id } = await keys.current();
    return ok(CHECK, `encrypted under key \`${id}\`, ${recordings.keys.length} keys can be had`);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return bad(CHECK, problem, 'until its key can be had, recordings wait in plain files');
  }
}
