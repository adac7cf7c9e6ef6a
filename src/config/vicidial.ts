/** VICIdial's database, from which its agents are read: `vicidial` of `breakwater.yaml`. */
import type { CampaignId } from '../domain/ids.ts';
import type { Report } from './check-settings.ts';
import { readPassword } from './password.ts';
import { isLoopback } from './relations.ts';
import { type DeepReadonly, flag, group, integer, listOf, nullableText, text } from './schema-parts.ts';
import type { SecretSource } from './signed-target.ts';
import type Type from 'typebox';

export const VICIDIAL_DATABASE_VARIABLE = 'BREAKWATER_VICIDIAL_DATABASE_SECRET';

export const VICIDIAL_SCHEMA = group({
  database: group({
    host: nullableText({ means: "host of VICIdial's database, from which its agents are read; null: they are not" }, 255),
    port: integer(1, 65_535, { means: 'its port', expected: 'a port from 1 to 65535' }, 3_306),
    name: text({ means: 'its name' }, 'asterisk', 64),
    user: text({ means: 'user of ours who may only SELECT' }, 'breakwater', 64),
    secretFile: nullableText({ means: `file with that user's password; null: ${VICIDIAL_DATABASE_VARIABLE}` }),
    tls: flag({ means: "the connection is encrypted, and the server's certificate is one that the system trusts" }, false),
    timeoutSeconds: integer(1, 30, { means: 'a reading that takes longer has failed' }, 2),
  }),
  campaigns: listOf(
    group({
      campaign: text({ means: 'our campaign id' }, undefined, 64),
      theirs: text({ means: "VICIdial's campaign id; several of them may be one of ours" }, undefined, 20),
    }),
    { means: 'campaigns whose agents count' },
  ),
});

type VicidialYaml = DeepReadonly<Type.Static<typeof VICIDIAL_SCHEMA>>;

/** With its password: never shown. */
export interface VicidialDatabase {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly secret: string;
  readonly tls: boolean;
  readonly timeoutMs: number;
  /** Theirs -> ours, at least one. */
  readonly campaigns: ReadonlyMap<string, CampaignId>;
}

/** Null: there is none, or its password cannot be read; the latter is reported. */
export function readVicidial(
  { database, campaigns: rows }: VicidialYaml,
  known: readonly CampaignId[],
  given: SecretSource,
  report: Report,
): VicidialDatabase | null {
  const { host, port, name, user, tls, timeoutSeconds } = database;
  if (host === null) return null;
  if (!tls && !isLoopback(host)) {
    report('vicidial.database.tls', 'is off for another machine', false, 'true, or a loopback address as host');
  }
  if (rows.length === 0) report('vicidial.campaigns', 'is empty', '[]', 'at least one campaign');
  const campaigns = new Map<string, CampaignId>();
  rows.forEach(({ campaign, theirs }, index) => {
    const ours = known.find((id) => id === campaign);
    const at = `vicidial.campaigns[${index}]`;
    if (ours === undefined) report(`${at}.campaign`, 'is no campaign', campaign, `one of ${known.join(', ')}`);
    // INVARIANT (never-above-ceiling): an agent is free for one campaign.
    else if (campaigns.has(theirs)) report(`${at}.theirs`, 'is used twice', theirs, 'a campaign of its own');
    else campaigns.set(theirs, ours);
  });
  const secret = readPassword(
    database.secretFile,
    { at: 'vicidial.database.secretFile', variable: VICIDIAL_DATABASE_VARIABLE },
    given,
    report,
  );
  if (secret === null) return null;
  return { host, port, name, user, secret, tls, timeoutMs: timeoutSeconds * 1_000, campaigns };
}
