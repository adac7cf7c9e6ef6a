/** Doctor's look at what signed caller IDs are verified with: roots and revocation lists, and how long they are good. Changes nothing. */
import { openTrust } from '../../adapters/certificates/trust.ts';
import type { Config } from '../../config/config.ts';
import { DAY_MS, formatInstant } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { many } from '../text.ts';
import type { Finding } from '../wiring.ts';
import { bad, ok, skipped } from './machine.ts';

const CHECK = 'signed caller IDs';
/** A root takes weeks to renew. */
const ROOT_DAYS_LEFT = 30;

export function signedCallerFinding(
  { attestation }: Pick<Config, 'attestation'>,
  clock: Clock,
  log: Log,
): Finding {
  if (attestation.rootsFile === null)
    return skipped(CHECK, 'attestation.rootsFile is not set: none verifies');
  try {
    const trust = openTrust(attestation, clock, log);
    const { roots } = trust;
    const lists = trust.revocationLists();
    const now = clock.now();
    const listEnds = Math.min(...lists.map(({ nextUpdate }) => nextUpdate));
    if (listEnds < now) {
      const what = 'a revocation list has run out: what it speaks of does not verify';
      return bad(CHECK, what, 'fetch the list anew, and in time from now on');
    }
    const late = roots.find(({ notAfter }) => notAfter < now + ROOT_DAYS_LEFT * DAY_MS);
    if (late !== undefined) {
      const what = `root \`${late.subject}\` is good until ${formatInstant(late.notAfter)} only`;
      return bad(CHECK, what, 'put the renewed root into attestation.rootsFile');
    }
    return ok(CHECK, `${many(roots.length, 'root')}, ${many(lists.length, 'revocation list')}`);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return bad(CHECK, problem, 'correct the file, or its name under `attestation` in breakwater.yaml');
  }
}
