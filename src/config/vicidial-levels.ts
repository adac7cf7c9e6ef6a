/** VICIdial as one who is told of dial levels: `dialLevels.vicidial` of `breakwater.yaml`. */
import type { CampaignId } from '../domain/ids.ts';
import type { Report } from './check-settings.ts';
import { readPassword } from './password.ts';
import {
  type DeepReadonly,
  decimal,
  group,
  integer,
  listOf,
  nullableText,
  oneOf,
  text,
} from './schema-parts.ts';
import type { SecretSource } from './signed-target.ts';
import { checkApiAddress } from './vicidial-hopper.ts';
import type Type from 'typebox';

export const VICIDIAL_SECRET_VARIABLE = 'BREAKWATER_VICIDIAL_SECRET';

/** `level`: auto_dial_level of campaigns with dial_method RATIO; `ceiling`: adaptive_maximum_level of those with ADAPT_*. */
export const LEVEL_OWNERSHIPS = ['level', 'ceiling'] as const;

export const VICIDIAL_LEVELS_SCHEMA = group({
  url: nullableText({
    means: "address of VICIdial's non_agent_api.php, which is given each level; null: nobody",
    expected: 'an https address, or http on a loopback address, or null',
    address: true,
  }),
  user: text({ means: 'API user of VICIdial who may modify campaigns (level 8)' }, 'breakwater', 20),
  secretFile: nullableText({ means: `file with that user's password; null: ${VICIDIAL_SECRET_VARIABLE}` }),
  source: text({ means: "who it is, in VICIdial's API log" }, 'breakwater', 20),
  owns: oneOf(
    LEVEL_OWNERSHIPS,
    {
      means:
        'level: the dial level itself, 0 too (dial_method RATIO); ceiling: only its maximum (ADAPT_*), never below 1',
    },
    'level',
  ),
  levelMax: decimal(1, 100, { means: "VICIdial's auto_dial_limit; more is not pushed" }, 4),
  campaigns: listOf(
    group({
      campaign: text({ means: 'our campaign id' }, undefined, 64),
      theirs: text(
        { means: "VICIdial's campaign id; several of them may follow one of ours" },
        undefined,
        20,
      ),
    }),
    { means: 'campaigns whose level is pushed' },
  ),
  timeoutSeconds: integer(1, 60, { means: 'a push that takes longer has failed and is repeated' }, 5),
});

type VicidialLevelsYaml = DeepReadonly<Type.Static<typeof VICIDIAL_LEVELS_SCHEMA>>;

/** With its password: never shown. */
export interface VicidialLevels {
  readonly url: string;
  readonly user: string;
  readonly secret: string;
  readonly source: string;
  readonly owns: (typeof LEVEL_OWNERSHIPS)[number];
  readonly levelMaxHundredths: number;
  /** Ours -> theirs, at least one. */
  readonly campaigns: ReadonlyMap<CampaignId, readonly string[]>;
  readonly timeoutMs: number;
}

/** Null: there is none, or its password cannot be read; the latter is reported. */
export function readVicidialLevels(
  yaml: VicidialLevelsYaml,
  known: readonly CampaignId[],
  given: SecretSource,
  report: Report,
): VicidialLevels | null {
  const { url, user, source, owns } = yaml;
  if (url === null) return null;
  const at = 'dialLevels.vicidial';
  checkApiAddress(url, `${at}.url`, report);
  const secret = readPassword(
    yaml.secretFile,
    { at: `${at}.secretFile`, variable: VICIDIAL_SECRET_VARIABLE },
    given,
    report,
  );
  const campaigns = readCampaigns(yaml.campaigns, known, report);
  if (secret === null) return null;
  const levelMaxHundredths = Math.floor(yaml.levelMax * 100 + 1e-6);
  return {
    url,
    user,
    secret,
    source,
    owns,
    levelMaxHundredths,
    campaigns,
    timeoutMs: yaml.timeoutSeconds * 1_000,
  };
}

function readCampaigns(
  rows: VicidialLevelsYaml['campaigns'],
  known: readonly CampaignId[],
  report: Report,
): ReadonlyMap<CampaignId, readonly string[]> {
  const at = 'dialLevels.vicidial.campaigns';
  if (rows.length === 0) report(at, 'is empty', '[]', 'at least one campaign');
  const told = new Map<CampaignId, string[]>();
  const taken = new Set<string>();
  rows.forEach(({ campaign, theirs }, index) => {
    const ours = known.find((id) => id === campaign);
    if (ours === undefined) {
      report(`${at}[${index}].campaign`, 'is no campaign', campaign, `one of ${known.join(', ')}`);
      return;
    }
    // VICIdial knows no case here, and the level of the one would overwrite that of the other.
    const name = theirs.toUpperCase();
    if (taken.has(name)) report(`${at}[${index}].theirs`, 'is used twice', theirs, 'a campaign of its own');
    if (!/^[A-Za-z0-9_-]{1,20}$/.test(theirs)) {
      report(
        `${at}[${index}].theirs`,
        'is no campaign id',
        theirs,
        'letters, digits, dashes and underscores',
      );
    }
    taken.add(name);
    told.set(ours, [...(told.get(ours) ?? []), theirs]);
  });
  return told;
}
