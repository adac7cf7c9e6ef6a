/** Where screen pops are sent: `screenPops` of `breakwater.yaml`. */
import type { Report } from './check-settings.ts';
import { group, integer, nullableText } from './schema-parts.ts';
import type { Settings } from './settings.ts';
import { readSignedTarget, type SecretSource, type SignedTarget } from './signed-target.ts';

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

/** Null: nobody outside is told. */
export const readScreenPops = (
  settings: Settings['screenPops'],
  given: SecretSource,
  report: Report,
): SignedTarget | null =>
  readSignedTarget(settings, { path: 'screenPops', secretVariable: SCREEN_SECRET_VARIABLE }, given, report);
