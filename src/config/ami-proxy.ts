/** Where dialers that speak to the manager of Asterisk are let in, and as whom: `amiProxy` of `breakwater.yaml`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AMI_DOORS_SCHEMA, type AmiDoorsSetting, checkAmiDoors } from './ami-doors.ts';
import type { Report } from './check-settings.ts';
import { readPem } from './pem.ts';
import { flag, group, integer, limitOf, listOf, nullableText, text } from './schema-parts.ts';
import type { Settings } from './settings.ts';
import type { SecretSource } from './signed-target.ts';

const PEM = 'a path, or null';

export const AMI_PROXY_SCHEMA = group({
  host: text({ means: 'address the AMI proxy listens on' }, '127.0.0.1', 255),
  port: limitOf(0, 65_535, {
    means: 'port of the AMI proxy; null: there is none',
    expected: 'a port from 1 to 65535, 0 for any free one, or null',
  }),
  certificateFile: nullableText({
    means: 'PEM with the certificate dialers are shown, and its chain; null: they speak in the clear',
    expected: PEM,
  }),
  keyFile: nullableText({ means: 'PEM with the key of that certificate', expected: PEM }),
  upstream: group({
    port: limitOf(1, 65_535, {
      means: "port of the exchange's manager for dialers' connections; null: asterisk.amiPort",
      expected: 'a port from 1 to 65535, or null',
    }),
    tls: flag({ means: "dialers' connections to the exchange are encrypted" }, false),
    authorityFile: nullableText({
      means: "PEM with who has signed the exchange's certificate; null: the system's authorities",
      expected: PEM,
    }),
    name: nullableText(
      { means: "name or address the exchange's certificate must show; null: asterisk.amiHost" },
      255,
    ),
  }),
  accounts: listOf(
    group({
      name: text({ means: 'account of a dialer' }, undefined, 64),
      secretSha256: nullableText(
        {
          means: 'SHA-256 of its secret, for dialers that send it; null: the secret itself is elsewhere',
          expected: '64 hexadecimal digits, or null',
          secret: true,
        },
        64,
      ),
      secretFile: nullableText({
        means:
          'file with its secret, for dialers that log in with MD5; null: BREAKWATER_AMI_SECRET_ and the name',
      }),
      doors: AMI_DOORS_SCHEMA,
    }),
    { means: 'who may log in at the AMI proxy' },
  ),
  anonymousMax: integer(
    1,
    1_000,
    { means: "connections that have not logged in; below the exchange's own authlimit, which is 50" },
    40,
  ),
  connectionsPerAccount: integer(1, 10_000, { means: 'connections of one account at a time' }, 500),
  actionsPerSecond: integer(
    1,
    100_000,
    { means: 'actions of one account; one above it is answered with an error' },
    2_000,
  ),
  loginFailuresPerMinute: integer(
    1,
    1_000,
    { means: 'failed logins after which an address is turned away for a minute' },
    10,
  ),
  loginWithinSeconds: integer(1, 300, { means: 'a connection that has not logged in by then is cut' }, 10),
  judgeWithinMs: integer(
    50,
    60_000,
    { means: 'an action that is not judged within this gets an error and does not pass' },
    2_000,
  ),
  bufferKilobytes: integer(
    64,
    65_536,
    { means: 'what may wait for a dialer that does not read; then the exchange is not read from' },
    1_024,
  ),
  stalledSeconds: integer(
    1,
    600,
    { means: 'a dialer that takes nothing for this long while so much waits is cut' },
    10,
  ),
});

type AmiProxyYaml = Settings['amiProxy'];

export interface AmiProxyAccount {
  readonly name: string;
  readonly secret: { readonly sha256: string } | { readonly text: string };
  /** What it may do. */
  readonly doors: AmiDoorsSetting;
}

/** With secrets and keys: never shown. */
export interface AmiProxySetting extends Omit<AmiProxyYaml, 'accounts' | 'port'> {
  readonly port: number;
  readonly accounts: readonly AmiProxyAccount[];
  /** PEM. Null: in the clear. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  /** PEM. */
  readonly authority: string | null;
}

/** Short enough for the secrets of dialers that exist, long enough that failed logins, bounded per minute, do not find it. */
const SECRET_CHARACTERS_MIN = 8;

/** The variable that holds an account's secret where neither a file nor a hash is named. */
export const amiSecretVariable = (name: string): string =>
  `BREAKWATER_AMI_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;

/** Null: there is no AMI proxy. */
export function readAmiProxy(
  { amiProxy, asterisk }: Pick<Settings, 'amiProxy' | 'asterisk'>,
  given: SecretSource & { readonly campaigns: readonly string[] },
  report: Report,
): AmiProxySetting | null {
  const { port } = amiProxy;
  if (port === null) return null;
  if (asterisk.amiHost === null) {
    report('amiProxy.port', 'has no exchange behind it', port, 'asterisk.amiHost, or null');
  }
  const read = (key: string, path: string | null): string | null =>
    readPem(`amiProxy.${key}`, path, given.base, report);
  const certificate = read('certificateFile', amiProxy.certificateFile);
  const key = read('keyFile', amiProxy.keyFile);
  if ((amiProxy.certificateFile === null) !== (amiProxy.keyFile === null)) {
    report('amiProxy.keyFile', 'is not told with a certificate', amiProxy.keyFile, 'both, or neither');
  }
  const { upstream } = amiProxy;
  if (!upstream.tls && (upstream.authorityFile ?? upstream.name) !== null) {
    report('amiProxy.upstream.tls', 'is off', false, 'true, since a certificate is described');
  }
  return {
    ...amiProxy,
    port,
    tls: certificate === null || key === null ? null : { certificate, key },
    authority: read('upstream.authorityFile', upstream.authorityFile),
    accounts: readAccounts(amiProxy.accounts, given, report),
  };
}

function readAccounts(
  rows: AmiProxyYaml['accounts'],
  given: SecretSource & { readonly campaigns: readonly string[] },
  report: Report,
): readonly AmiProxyAccount[] {
  if (rows.length === 0) report('amiProxy.accounts', 'is empty', '[]', 'at least one account');
  const seen = new Set<string>();
  return rows.map((row, index) => {
    const at = (key: string): string => `amiProxy.accounts[${index}].${key}`;
    const variable = amiSecretVariable(row.name);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(row.name)) {
      report(at('name'), 'is not a plain word', row.name, 'letters, digits, dots, dashes, underscores');
    }
    if (seen.has(variable)) report(at('name'), 'is used twice', row.name, 'a name of its own');
    seen.add(variable);
    checkAmiDoors(row.doors, given.campaigns, at('doors'), report);
    return { name: row.name, secret: readSecret(row, variable, at, given, report), doors: row.doors };
  });
}

function readSecret(
  row: AmiProxyYaml['accounts'][number],
  variable: string,
  at: (key: string) => string,
  given: SecretSource,
  report: Report,
): AmiProxyAccount['secret'] {
  if (row.secretSha256 !== null) {
    if (!/^[0-9a-f]{64}$/i.test(row.secretSha256)) {
      report(at('secretSha256'), 'is not a SHA-256', '(hidden)', '64 hexadecimal digits');
    }
    if (row.secretFile !== null) {
      report(at('secretFile'), 'is there beside a hash', row.secretFile, 'secretSha256 or secretFile');
    }
    return { sha256: row.secretSha256.toLowerCase() };
  }
  const expected = `at least ${SECRET_CHARACTERS_MIN} characters, in the file or in ${variable}`;
  let secret = given.env[variable] ?? '';
  if (row.secretFile !== null) {
    try {
      secret = readFileSync(resolve(given.base, row.secretFile), 'utf8').trim();
    } catch (error) {
      report(at('secretFile'), 'cannot be read', (error as NodeJS.ErrnoException).code, expected);
      return { text: '' };
    }
  }
  if (secret.length < SECRET_CHARACTERS_MIN)
    report(at('secretFile'), 'holds no secret', '(hidden)', expected);
  return { text: secret };
}
