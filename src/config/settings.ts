/**
 * Shape of `breakwater.yaml`: every key with its default, bounds and meaning. What the keys demand of each other is in
 * `relations.ts`; what the rest of the program sees is `Config` in `config.ts`.
 */
import type Type from 'typebox';
import { TOKEN_SCOPES } from '../domain/access-token.ts';
import { COVERED_CODES_MAX } from '../domain/area-coverage.ts';
import { LIST_KINDS } from '../domain/facts.ts';
import { EVENT_MEANINGS } from '../domain/webhook-event.ts';
import { AMI_PROXY_SCHEMA } from './ami-proxy.ts';
import { ATTESTATION_SCHEMA } from './attestation-settings.ts';
import { CANARY_SCHEMA } from './canary.ts';
import { CHECKPOINTS_SCHEMA } from './checkpoints.ts';
import { DIAL_LEVELS_SCHEMA } from './dial-levels.ts';
import { EVENT_WEBHOOK_SCHEMA } from './event-webhooks.ts';
import { HEP_SCHEMA } from './hep.ts';
import { HOUSE_DEFAULTS } from './house-defaults.ts';
import { RECORDINGS_SCHEMA } from './recording-settings.ts';
import { REDIS_ADDRESS_EXPECTED } from './redis-address.ts';
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
import { SCREEN_POPS_SCHEMA } from './screen-pops.ts';
import { SELF_TEST_SCHEMA } from './self-test.ts';
import { SPOOL_SCHEMA } from './spool.ts';
import { VICIDIAL_SCHEMA } from './vicidial.ts';

export const ENVIRONMENTS = ['production', 'rehearsal'] as const;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const port = (means: string, fallback: number) =>
  integer(0, 65_535, { means, expected: 'a port from 1 to 65535, or 0 for any free one' }, fallback);

const milliseconds = (means: string, fallback: number, maximum = 60_000) =>
  integer(10, maximum, { means }, fallback);

export const LIST_SCHEMA = group({
  name: text({ means: 'name of the list in reasons and evidence' }, undefined, 64),
  kind: oneOf(LIST_KINDS, { means: 'who keeps the list' }),
  jurisdiction: nullableText({ means: 'state whose list it is', expected: 'a two-letter code, or null' }, 2),
  campaign: nullableText({ means: 'campaign whose own list it is', expected: 'a campaign id, or null' }, 64),
  path: nullableText({
    means: 'file with one number a line, or CSV, read at start; null: it must have been imported',
  }),
  obtainedOn: nullableText(
    {
      means: 'day the copy was obtained; an imported list knows its own',
      expected: 'a date like 2026-11-21, or null',
    },
    10,
  ),
  version: nullableText({ means: 'version the keeper gave it; null takes the date' }, 64),
  areaCodes: nullableText(
    {
      means: 'area codes a registry or state copy with a path was obtained for; calls to others are vetoed',
      expected: 'all, area codes like "303,720", or null',
    },
    COVERED_CODES_MAX * 4,
  ),
});

const pointer = (means: string) =>
  text({ means, expected: 'a JSON pointer (RFC 6901) like /contact/phone' }, undefined, 200);

export const WEBHOOK_SCHEMA = group({
  source: text(
    { means: 'name of the sender in the address', expected: 'small letters, digits and dashes' },
    undefined,
    64,
  ),
  secretFile: nullableText({
    means: 'file with the secret the sender signs with; null: BREAKWATER_WEBHOOK_SECRET_ and the name',
  }),
  freshSeconds: integer(1, 3_600, { means: 'a signature is good for this long' }, 300),
  id: pointer("where the event's own id stands; the same event is recorded once"),
  kind: pointer('where the kind of the event stands'),
  kinds: listOf(
    group({
      value: text({ means: 'word of the sender' }, undefined, 100),
      means: oneOf(EVENT_MEANINGS, { means: 'what it is here' }),
    }),
    { means: 'kinds of events that are taken; any other is refused' },
  ),
  seller: nullableText({ means: 'seller of all events; null: sellerPointer tells' }, 64),
  sellerPointer: nullableText(
    { means: 'where the seller stands', expected: 'a JSON pointer (RFC 6901) like /seller, or null' },
    200,
  ),
  fields: listOf(
    group({
      column: text({ means: 'column of the import files' }, undefined, 64),
      pointer: pointer('where its value stands in the event'),
    }),
    { means: 'what is read from an event' },
  ),
});

export const SETTINGS_SCHEMA = group({
  environment: oneOf(
    ENVIRONMENTS,
    { means: 'rehearsal admits fictional numbers and a set clock, and only an exchange on this machine' },
    'production',
  ),
  clock: group({
    startAt: nullableText(
      {
        means: 'rehearsal only: the wall clock starts at this instant',
        expected: 'ISO 8601 with an offset, or null',
      },
      40,
    ),
  }),
  writer: nullableText(
    { means: 'name of this process in the ledger; null derives it from the host name' },
    64,
  ),
  telemarketer: nullableText(
    { means: 'who places the calls, as 16 CFR 310.5(a)(2)(i) wants it kept; stands in the evidence' },
    200,
  ),
  data: group({
    directory: text({ means: 'folder of the embedded store and of keys' }, 'data'),
  }),
  http: group({
    host: text({ means: 'address the HTTP door listens on' }, '127.0.0.1', 255),
    port: port('port of the HTTP door', 4580),
    tokens: listOf(
      group({
        name: text({ means: 'who holds the token; stands in the ledger' }, undefined, 64),
        sha256: text(
          {
            means: 'SHA-256 of the token; the token itself is never stored',
            expected: '64 hexadecimal digits',
            secret: true,
          },
          undefined,
          64,
        ),
        scopes: listOf(oneOf(TOKEN_SCOPES, { means: 'what the token opens' }), {
          means: 'what the token opens',
        }),
        expiresAt: nullableText(
          {
            means: 'the token admits nobody from this instant on; null: until it is taken away',
            expected: 'ISO 8601 with an offset, or null',
          },
          40,
        ),
      }),
      { means: 'bearer tokens' },
    ),
    tokenFile: nullableText({
      means:
        'file of tokens that `breakwater token` keeps and a running sidecar follows; null: there is none',
      expected: 'a path, or null',
    }),
    certificateFile: nullableText({
      means: 'PEM with the certificate the HTTP door shows, and its chain; null: plain HTTP',
      expected: 'a path, or null',
    }),
    keyFile: nullableText({ means: 'PEM with the key of that certificate', expected: 'a path, or null' }),
    tlsMinVersion: oneOf(['TLSv1.2', 'TLSv1.3'], { means: 'oldest TLS the HTTP door speaks' }, 'TLSv1.2'),
  }),
  agi: group({
    host: text({ means: 'address the FastAGI door listens on' }, '127.0.0.1', 255),
    port: port('port of the FastAGI door', 4573),
  }),
  asterisk: group({
    ariUrl: nullableText({
      means: 'base address of ARI; null: no exchange, nothing is placed',
      expected: 'an http or https address, or null',
      address: true,
    }),
    ariUser: nullableText({ means: 'ARI user' }),
    ariPassword: nullableText({ means: 'ARI password', secret: true }),
    amiHost: nullableText({ means: 'host of AMI; null: no exchange, nothing is placed' }, 255),
    amiPort: port('port of AMI', 5038),
    amiUser: nullableText({ means: 'AMI user' }),
    amiSecret: nullableText({ means: 'AMI secret', secret: true }),
    amiTls: flag({ means: 'AMI is spoken encrypted, on its TLS port' }, false),
    amiAuthorityFile: nullableText({
      means: "PEM with who has signed the certificate of AMI; null: the system's authorities",
      expected: 'a path, or null',
    }),
    application: text({ means: 'name of the Stasis application' }, 'breakwater', 64),
    soundsPrefix: text(
      { means: "folder under the exchange's sounds that shows soundsDirectory" },
      'breakwater',
      64,
    ),
    soundsDirectory: text({ means: 'folder the prompts are rendered into' }, 'sounds/rendered'),
    monitorDirectory: nullableText({ means: 'folder the exchange writes recordings into' }),
  }),
  stores: group({
    databaseUrl: nullableText({
      means: 'PostgreSQL; null: the embedded one under data.directory',
      expected: 'a postgres:// or postgresql:// address, or null',
      secret: true,
    }),
    redisUrl: nullableText({
      means: 'Redis, shared by several sidecars; null: counters in this process',
      expected: `${REDIS_ADDRESS_EXPECTED}, or null`,
      secret: true,
    }),
    databaseAuthorityFile: nullableText({
      means: "PEM with who has signed PostgreSQL's certificate, which must show the host of the address",
      expected: 'a path, or null',
    }),
    redisAuthorityFile: nullableText({
      means: "PEM with who has signed Redis's certificate; null: the system's authorities",
      expected: 'a path, or null',
    }),
  }),
  deadlines: group({
    factMs: milliseconds('longest wait for one fact; then it is unknown and a veto', 250),
    ledgerMs: milliseconds('longest wait for durability; then a veto', 1_000),
    countersMs: milliseconds('longest wait for the counters; then a veto', 250),
    agiAnswerMs: milliseconds('the FastAGI door answers within this; the dialplan waits little longer', 450),
  }),
  permits: group({
    clockGuardSeconds: integer(
      0,
      3_600,
      {
        means:
          'guard band inside both edges of the calling hours; less than the default only under an override',
      },
      HOUSE_DEFAULTS.clockGuardSeconds,
    ),
    validSeconds: integer(
      1,
      HOUSE_DEFAULTS.permitValidSeconds,
      { means: 'a permit is good for this long' },
      HOUSE_DEFAULTS.permitValidSeconds,
    ),
  }),
  overrides: group({
    longestDays: integer(1, 366, { means: 'an override of a default may be recorded for so many days' }, 366),
  }),
  leases: group({
    afterRingSeconds: integer(
      10,
      3_600,
      { means: 'a call without a result counts as a drop this long after its longest ring' },
      60,
    ),
  }),
  shutdown: group({
    liveCallsSeconds: integer(0, 600, { means: 'live calls may take this long to end at shutdown' }, 30),
  }),
  standby: group({
    takeOverAfterMs: integer(
      500,
      60_000,
      { means: 'serve --standby takes over from a sidecar that has shown nothing for this long' },
      1_000,
    ),
  }),
  spool: SPOOL_SCHEMA,
  lists: listOf(LIST_SCHEMA, {
    means: 'do-not-call lists that must be there; imported ones that are not named count too',
  }),
  listImports: group({
    rejectedMaxBp: integer(
      0,
      HOUSE_DEFAULTS.rejectedMaxBp,
      {
        means:
          'an import or a list with a path with a larger share of rejected lines is refused; in basis points, 100 is 1 %',
      },
      HOUSE_DEFAULTS.rejectedMaxBp,
    ),
    keepVersions: integer(2, 1_000, { means: 'versions of each imported list that stay on disk' }, 3),
    pollSeconds: integer(1, 300, { means: 'a running sidecar looks for new versions this often' }, 5),
  }),
  webhooks: listOf(WEBHOOK_SCHEMA, { means: "foreign systems that send people's requests, each signed" }),
  recordings: RECORDINGS_SCHEMA,
  eventWebhooks: listOf(EVENT_WEBHOOK_SCHEMA, { means: 'programs that are told of ledger entries' }),
  outgoing: group({
    privateNetworks: listOf(text({ means: 'a network in CIDR notation' }, undefined, 64), {
      means: 'networks like 10.1.0.0/16 that webhooks and pushes may be sent to although they are not public',
    }),
  }),
  screenPops: SCREEN_POPS_SCHEMA,
  dialLevels: DIAL_LEVELS_SCHEMA,
  vicidial: VICIDIAL_SCHEMA,
  hep: HEP_SCHEMA,
  amiProxy: AMI_PROXY_SCHEMA,
  attestation: ATTESTATION_SCHEMA,
  canary: CANARY_SCHEMA,
  checkpoints: CHECKPOINTS_SCHEMA,
  selfTest: SELF_TEST_SCHEMA,
  log: group({
    level: oneOf(LOG_LEVELS, { means: 'least important line that is written' }, 'info'),
  }),
});

/** `breakwater.yaml` with defaults filled, shape checked, relations not. */
export type Settings = DeepReadonly<Type.Static<typeof SETTINGS_SCHEMA>>;
export type ListYaml = Settings['lists'][number];
