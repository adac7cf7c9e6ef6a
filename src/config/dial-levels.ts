/** Who is told of dial levels besides those who ask over HTTP: `dialLevels` of `breakwater.yaml`. */
import { levelVariable } from '../domain/dial-level-notice.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { Report } from './check-settings.ts';
import { flag, group, integer, nullableText } from './schema-parts.ts';
import type { Settings } from './settings.ts';
import { readSignedTarget, type SecretSource, type SignedTarget } from './signed-target.ts';
import { readVicidialLevels, VICIDIAL_LEVELS_SCHEMA, type VicidialLevels } from './vicidial-levels.ts';

export const LEVEL_SECRET_VARIABLE = 'BREAKWATER_LEVEL_SECRET';

export const DIAL_LEVELS_SCHEMA = group({
  variable: flag({ means: 'global variables of the exchange tell them, for dialplans' }, false),
  userEvent: flag({ means: 'an AMI UserEvent tells each change, for dialers on AMI' }, false),
  webhook: group({
    url: nullableText({
      means: 'takes each change as a signed POST; null: nobody',
      expected: 'an https address, or http on a loopback address, or null',
      address: true,
    }),
    secretFile: nullableText({
      means: `file with the secret they are signed with; null: ${LEVEL_SECRET_VARIABLE}`,
    }),
    timeoutSeconds: integer(1, 60, { means: 'a delivery that takes longer has failed and is repeated' }, 5),
  }),
  vicidial: VICIDIAL_LEVELS_SCHEMA,
});

export interface DialLevelSetting {
  readonly variable: boolean;
  readonly userEvent: boolean;
  /** Null: nobody. */
  readonly webhook: SignedTarget | null;
  /** Null: nobody. */
  readonly vicidial: VicidialLevels | null;
}

export function readDialLevels(
  settings: Pick<Settings, 'dialLevels' | 'asterisk'>,
  campaigns: readonly CampaignId[],
  given: SecretSource,
  report: Report,
): DialLevelSetting {
  const { variable, userEvent, webhook } = settings.dialLevels;
  for (const key of ['variable', 'userEvent'] as const) {
    if (settings.dialLevels[key] && settings.asterisk.amiHost === null) {
      report(`dialLevels.${key}`, 'needs the manager interface', true, 'asterisk.amiHost, or false');
    }
  }
  if (variable) checkNames(campaigns, report);
  const place = { path: 'dialLevels.webhook', secretVariable: LEVEL_SECRET_VARIABLE };
  return {
    variable,
    userEvent,
    webhook: readSignedTarget(webhook, place, given, report),
    vicidial: readVicidialLevels(settings.dialLevels.vicidial, campaigns, given, report),
  };
}

/** Two campaigns behind one variable would overwrite each other's level. */
function checkNames(campaigns: readonly CampaignId[], report: Report): void {
  const owners = new Map<string, CampaignId>();
  for (const id of campaigns) {
    const name = levelVariable('level', id);
    const other = owners.get(name);
    if (other !== undefined) {
      const problem = `makes one variable of \`${other}\` and \`${id}\``;
      report(
        'dialLevels.variable',
        problem,
        name,
        'campaign ids that differ in letters and digits, or false',
      );
    }
    owners.set(name, id);
  }
}
