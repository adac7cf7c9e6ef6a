/** How recordings are kept and where they are sent: keys, folder and targets of `breakwater.yaml`, secrets from files or the environment. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { KEY_TEXT_EXPECTED, keyOfText } from '../domain/recording-key.ts';
import { type Report, shownAddress } from './check-settings.ts';
import type { Environment } from './environment.ts';
import { isLoopback } from './loopback.ts';
import type { Settings } from './settings.ts';
import { checkLiteral } from './signed-target.ts';

export type KeySource =
  | { readonly kind: 'file'; readonly path: string }
  /** A program and its words; no shell. */
  | { readonly kind: 'command'; readonly command: readonly string[] };

export interface RecordingKeySetting {
  readonly id: string;
  readonly source: KeySource;
}

export type PushSetting =
  | {
      readonly kind: 'webhook';
      readonly name: string;
      readonly url: string;
      readonly secret: string;
      readonly sends: 'link' | 'file';
      /** Where the receiver reaches this sidecar; null leaves the path alone. */
      readonly linkBase: string | null;
      readonly timeoutMs: number;
      /** As of a `SignedTarget`. */
      readonly privateNetworks?: readonly string[];
    }
  | {
      readonly kind: 's3';
      readonly name: string;
      readonly url: string;
      readonly secret: string;
      readonly accessKeyId: string;
      readonly bucket: string;
      readonly region: string;
      readonly prefix: string;
      /** Of one file; a larger one is not begun. */
      readonly largestBytes: number;
      readonly timeoutMs: number;
      /** As of a `SignedTarget`. */
      readonly privateNetworks?: readonly string[];
    };

export interface RecordingSettings {
  readonly encryption: 'key' | 'off';
  /** The first encrypts. */
  readonly keys: readonly RecordingKeySetting[];
  readonly keyCommandMs: number;
  /** Absolute. */
  readonly directory: string;
  readonly sweepMs: number;
  readonly deleteAfterRetention: boolean;
  /** With their secrets: never shown. */
  readonly pushes: readonly PushSetting[];
}

interface Given {
  readonly base: string;
  readonly env: Environment;
  /** `outgoing.privateNetworks`. */
  readonly privateNetworks?: readonly string[];
  /** Campaigns that record. */
  readonly recorded: readonly string[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_EXPECTED = '1 to 64 letters, digits, dots, dashes or underscores';
/** HMAC-SHA256 wants at least as many bytes as it gives (RFC 2104). */
const HMAC_SECRET_MIN = 32;

/** The variable that holds a target's secret where no file does. */
export const pushSecretVariable = (name: string): string =>
  `BREAKWATER_PUSH_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;

export function readRecordings(
  yaml: Settings['recordings'],
  given: Given,
  report: Report,
): RecordingSettings {
  const keys = readKeys(yaml.keys, given.base, report);
  if (yaml.encryption === 'key' && yaml.keys.length === 0 && given.recorded.length > 0) {
    report(
      'recordings.keys',
      `is empty, and ${given.recorded.join(', ')} would be recorded`,
      '[]',
      'a key (`breakwater recording key FILE` makes one), or recordings.encryption: off to keep them readable to everybody',
    );
  }
  return {
    encryption: yaml.encryption,
    keys,
    keyCommandMs: yaml.keyCommandSeconds * 1_000,
    directory: resolve(given.base, yaml.directory),
    sweepMs: yaml.sweepSeconds * 1_000,
    deleteAfterRetention: yaml.deleteAfterRetention,
    pushes: readPushes(yaml.pushes, given, report),
  };
}

function readKeys(
  rows: Settings['recordings']['keys'],
  base: string,
  report: Report,
): readonly RecordingKeySetting[] {
  const seen = new Set<string>();
  return rows.flatMap((row, index): RecordingKeySetting[] => {
    const at = `recordings.keys[${index}]`;
    if (!NAME.test(row.id)) report(`${at}.id`, 'is not usable', row.id, NAME_EXPECTED);
    if (seen.has(row.id)) report(`${at}.id`, 'is used twice', row.id, 'an id of its own for each key');
    seen.add(row.id);
    if ((row.file === null) === (row.command.length === 0)) {
      report(`${at}.file`, 'is not the one source of the key', row.file, 'either file or command');
      return [];
    }
    if (row.file === null) return [{ id: row.id, source: { kind: 'command', command: row.command } }];
    const path = resolve(base, row.file);
    checkKeyFile(path, `${at}.file`, row.file, report);
    return [{ id: row.id, source: { kind: 'file', path } }];
  });
}

function checkKeyFile(path: string, at: string, shownPath: string, report: Report): void {
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      report(at, 'can be read by others than its owner', shownPath, 'mode 0600');
    else if (keyOfText(readFileSync(path, 'utf8')) === null)
      report(at, 'holds no key', '(hidden)', KEY_TEXT_EXPECTED);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    report(at, `cannot be read (${String(code)})`, shownPath, 'a file that `breakwater recording key` makes');
  }
}

type PushYaml = Settings['recordings']['pushes'][number];

function readPushes(rows: readonly PushYaml[], given: Given, report: Report): readonly PushSetting[] {
  const seen = new Set<string>();
  return rows.map((row, index): PushSetting => {
    const at = (key: string): string => `recordings.pushes[${index}].${key}`;
    const { name, kind, url, sends, linkBase, bucket, region, prefix, accessKeyId } = row;
    if (!NAME.test(name)) report(at('name'), 'is not usable', name, NAME_EXPECTED);
    const variable = pushSecretVariable(name);
    if (seen.has(variable)) report(at('name'), 'is used twice', name, 'a name of its own for each target');
    seen.add(variable);
    checkAddress(url, at('url'), report);
    const privateNetworks = given.privateNetworks ?? [];
    const networks = privateNetworks.length === 0 ? {} : { privateNetworks };
    checkLiteral(url, at('url'), privateNetworks, report);
    if (linkBase !== null) checkAddress(linkBase, at('linkBase'), report);
    const secret = readSecret(row, { ...given, variable }, at, report);
    const timeoutMs = row.timeoutSeconds * 1_000;
    if (kind === 'webhook') {
      if (secret.length < HMAC_SECRET_MIN)
        report(at('secretFile'), 'holds no secret', '(hidden)', `at least ${HMAC_SECRET_MIN} characters`);
      return { kind, name, url, secret, sends, linkBase, timeoutMs, ...networks };
    }
    for (const [key, value] of [
      ['bucket', bucket],
      ['accessKeyId', accessKeyId],
    ] as const) {
      if (value === null) report(at(key), 'is missing', value, 'needed for s3');
    }
    if (secret === '') report(at('secretFile'), 'holds no secret', '(hidden)', `the secret key`);
    return {
      kind,
      name,
      url,
      secret,
      accessKeyId: accessKeyId ?? '',
      bucket: bucket ?? '',
      region,
      prefix,
      largestBytes: row.largestMegabytes * 1_000_000,
      timeoutMs,
      ...networks,
    };
  });
}

/** Recordings leave this machine over TLS only. */
function checkAddress(url: string, at: string, report: Report): void {
  const { protocol = '', hostname = '' } = URL.canParse(url) ? new URL(url) : {};
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return;
  report(at, 'is not safe', shownAddress(url), 'an https address, or http on a loopback address');
}

function readSecret(
  row: PushYaml,
  given: { readonly base: string; readonly env: Environment; readonly variable: string },
  at: (key: string) => string,
  report: Report,
): string {
  if (row.secretFile === null) return given.env[given.variable] ?? '';
  try {
    return readFileSync(resolve(given.base, row.secretFile), 'utf8').trim();
  } catch (error) {
    const expected = `a readable file, or the secret in ${given.variable}`;
    report(at('secretFile'), 'cannot be read', (error as NodeJS.ErrnoException).code, expected);
    return '';
  }
}
