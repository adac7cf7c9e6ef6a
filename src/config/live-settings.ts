/**
 * Which settings a running sidecar takes up when it loads its configuration again, and which it would have to be started anew for.
 * What is not named here needs a restart: a new key is safe before anybody has thought about it.
 */
import Type from 'typebox';
import { shown, shownAddress } from './check-settings.ts';
import type { Config } from './config.ts';
import { SETTINGS_SCHEMA } from './settings.ts';

/** Keys of `breakwater.yaml`; a group stands for all its keys. The files of `campaigns/` and `rules/` are live as a whole. */
export const LIVE_SETTINGS: readonly string[] = [
  'telemarketer',
  'deadlines.factMs',
  'permits',
  'overrides',
  'leases',
  'shutdown',
  'lists',
  'listImports.rejectedMaxBp',
  'listImports.keepVersions',
];

/** Those keys of the configuration that a schema describes, in its order. */
export type ComparedSettings = Pick<
  Config,
  Exclude<keyof typeof SETTINGS_SCHEMA.properties, 'lists'> & keyof Config
>;

/** One line for each setting that differs and cannot change live, with the values of now and then; secrets are never shown. */
export function settingsThatNeedRestart(
  running: ComparedSettings,
  wanted: ComparedSettings,
): readonly string[] {
  return differences('', SETTINGS_SCHEMA, running, wanted);
}

function differences(
  path: string,
  schema: Type.TSchema,
  running: unknown,
  wanted: unknown,
): readonly string[] {
  if (LIVE_SETTINGS.includes(path)) return [];
  if (Type.IsObject(schema)) {
    return Object.entries(schema.properties).flatMap(([key, member]) =>
      differences(
        path === '' ? key : `${path}.${key}`,
        member,
        memberOf(running, key),
        memberOf(wanted, key),
      ),
    );
  }
  if (JSON.stringify(running) === JSON.stringify(wanted)) return [];
  const [old, next] = holdsSecret(schema)
    ? ['(hidden)', 'another value']
    : [running, wanted].map((value) => `\`${holdsAddress(schema) ? shownIfAny(value) : shown(value)}\``);
  return [`breakwater.yaml: ${path}: needs a restart, runs with ${old}, wanted ${next}`];
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

/** Lists are of tokens and of sources with their secrets, so none is shown. */
const holdsSecret = (schema: Type.TSchema): boolean =>
  Type.IsArray(schema) || (schema as { readonly secret?: unknown }).secret === true;

const holdsAddress = (schema: Type.TSchema): boolean =>
  (schema as { readonly address?: unknown }).address === true;

const shownIfAny = (value: unknown): string =>
  typeof value === 'string' ? shownAddress(value) : shown(value);
