/** VICIdial's database, from which its agents, the results of its calls and its hopper are read: `vicidial` of `breakwater.yaml`. */
import { isIP } from 'node:net';
import type { CampaignId } from '../domain/ids.ts';
import type { Report } from './check-settings.ts';
import { readPassword } from './password.ts';
import { isLoopback } from './loopback.ts';
import {
  type DeepReadonly,
  flag,
  group,
  integer,
  listOf,
  nullableText,
  oneOf,
  text,
} from './schema-parts.ts';
import type { SecretSource } from './signed-target.ts';
import { readVicidialHopper, VICIDIAL_HOPPER_SCHEMA, type VicidialHopper } from './vicidial-hopper.ts';
import type Type from 'typebox';

export const VICIDIAL_DATABASE_VARIABLE = 'BREAKWATER_VICIDIAL_DATABASE_SECRET';

/** What a status can say of a call. */
export const STATUS_OUTCOMES = [
  'connected',
  'dropped',
  'machine',
  'no_answer',
  'busy',
  'failed',
  'nothing',
] as const;

export type StatusOutcome = (typeof STATUS_OUTCOMES)[number];

export const VICIDIAL_SCHEMA = group({
  database: group({
    host: nullableText({ means: "host of VICIdial's database; null: nothing is read" }, 255),
    port: integer(1, 65_535, { means: 'its port', expected: 'a port from 1 to 65535' }, 3_306),
    name: text({ means: 'its name' }, 'asterisk', 64),
    user: text({ means: 'user of ours who may only SELECT' }, 'breakwater', 64),
    secretFile: nullableText({
      means: `file with that user's password; null: ${VICIDIAL_DATABASE_VARIABLE}`,
    }),
    tls: flag(
      {
        means:
          "the connection is encrypted, and the server's certificate is one that the system trusts, of the name in host",
      },
      false,
    ),
    timeoutSeconds: integer(1, 30, { means: 'a reading that takes longer has failed' }, 2),
  }),
  campaigns: listOf(
    group({
      campaign: text({ means: 'our campaign id' }, undefined, 64),
      theirs: text({ means: "VICIdial's campaign id; several of them may be one of ours" }, undefined, 20),
    }),
    { means: 'campaigns whose agents, results and leads are read' },
  ),
  results: group({
    read: flag({ means: 'what its log says of calls of which nobody else tells becomes their result' }, true),
    statuses: listOf(
      group({
        status: text({ means: 'a status of the site' }, undefined, 6),
        outcome: oneOf(STATUS_OUTCOMES, { means: 'what it means; nothing: it says nothing' }),
      }),
      { means: "statuses of the site's own, or with another meaning than in docs/vicidial.md" },
    ),
  }),
  requests: group({
    statuses: listOf(
      text({ means: 'a status' }, undefined, 6),
      { means: 'statuses by which agents note that a person wants no more calls; empty: they are not read' },
      ['DNC'],
    ),
  }),
  hopper: VICIDIAL_HOPPER_SCHEMA,
});

type VicidialYaml = DeepReadonly<Type.Static<typeof VICIDIAL_SCHEMA>>;

export interface VicidialSetting {
  readonly database: VicidialDatabase;
  /** Of the site, upper case; null: results are not read. */
  readonly statuses: ReadonlyMap<string, StatusOutcome> | null;
  /** That mean a request not to be called; empty: they are not read. */
  readonly requestStatuses: readonly string[];
  /** Null: its leads are left alone. */
  readonly hopper: VicidialHopper | null;
}

/** With its password: never shown. */
export interface VicidialDatabase {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly secret: string;
  readonly tls: boolean;
  readonly timeoutMs: number;
  /** Theirs, upper case -> ours, at least one. */
  readonly campaigns: ReadonlyMap<string, CampaignId>;
}

/** Null: there is none, or its password cannot be read; the latter is reported. */
export function readVicidial(
  { database, campaigns: rows, results, requests, hopper: hopperYaml }: VicidialYaml,
  known: readonly CampaignId[],
  given: SecretSource,
  report: Report,
): VicidialSetting | null {
  const { host, port, name, user, tls, timeoutSeconds } = database;
  if (host === null) {
    if (hopperYaml.url !== null) {
      report(
        'vicidial.database.host',
        'is missing',
        null,
        'a host, since the hopper is read from its database',
      );
    }
    return null;
  }
  if (!tls && !isLoopback(host)) {
    report(
      'vicidial.database.tls',
      'is off for another machine',
      false,
      'true, or a loopback address as host',
    );
  }
  // The driver compares names alone: the certificate of an address would never do.
  if (tls && isIP(host) !== 0) {
    report('vicidial.database.host', 'is an address', host, "with tls the name in the server's certificate");
  }
  if (rows.length === 0) report('vicidial.campaigns', 'is empty', '[]', 'at least one campaign');
  const campaigns = new Map<string, CampaignId>();
  rows.forEach(({ campaign, theirs }, index) => {
    const ours = known.find((id) => id === campaign);
    const at = `vicidial.campaigns[${index}]`;
    if (ours === undefined)
      report(`${at}.campaign`, 'is no campaign', campaign, `one of ${known.join(', ')}`);
    else if (!/^[A-Za-z0-9_-]{1,20}$/.test(theirs))
      report(`${at}.theirs`, 'is no campaign id', theirs, 'letters, digits, dashes and underscores');
    // VICIdial knows no case here. INVARIANT (never-above-ceiling): an agent is free for one campaign, and a wish is one seller's.
    else if (campaigns.has(theirs.toUpperCase()))
      report(`${at}.theirs`, 'is used twice', theirs, 'a campaign of its own');
    else campaigns.set(theirs.toUpperCase(), ours);
  });
  const secret = readPassword(
    database.secretFile,
    { at: 'vicidial.database.secretFile', variable: VICIDIAL_DATABASE_VARIABLE },
    given,
    report,
  );
  const statuses = readStatuses(results.statuses, report);
  const hopper = readVicidialHopper(hopperYaml, given, report);
  if (secret === null) return null;
  return {
    database: { host, port, name, user, secret, tls, timeoutMs: timeoutSeconds * 1_000, campaigns },
    statuses: results.read ? statuses : null,
    requestStatuses: requests.statuses,
    hopper,
  };
}

function readStatuses(
  rows: VicidialYaml['results']['statuses'],
  report: Report,
): ReadonlyMap<string, StatusOutcome> {
  const statuses = new Map<string, StatusOutcome>();
  rows.forEach(({ status, outcome }, index) => {
    const name = status.toUpperCase();
    if (statuses.has(name)) {
      report(`vicidial.results.statuses[${index}].status`, 'is used twice', status, 'one meaning for each');
    }
    statuses.set(name, outcome);
  });
  return statuses;
}
