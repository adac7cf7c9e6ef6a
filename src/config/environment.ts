/** Environment variables that replace a key of `breakwater.yaml`. They are handed in; nothing here reads `process.env`. */
import type { Report } from './check-settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable {
  readonly path: readonly [string] | readonly [string, string];
  readonly number?: true;
}

/** Variable -> key. An empty variable counts as not set. */
export const VARIABLES: Readonly<Record<string, Variable>> = {
  DATABASE_URL: { path: ['stores', 'databaseUrl'] },
  REDIS_URL: { path: ['stores', 'redisUrl'] },
  ARI_URL: { path: ['asterisk', 'ariUrl'] },
  ARI_USER: { path: ['asterisk', 'ariUser'] },
  ARI_PASSWORD: { path: ['asterisk', 'ariPassword'] },
  AMI_HOST: { path: ['asterisk', 'amiHost'] },
  AMI_PORT: { path: ['asterisk', 'amiPort'], number: true },
  AMI_USER: { path: ['asterisk', 'amiUser'] },
  AMI_SECRET: { path: ['asterisk', 'amiSecret'] },
  BREAKWATER_HTTP_HOST: { path: ['http', 'host'] },
  BREAKWATER_HTTP_PORT: { path: ['http', 'port'], number: true },
  BREAKWATER_AGI_HOST: { path: ['agi', 'host'] },
  BREAKWATER_AGI_PORT: { path: ['agi', 'port'], number: true },
  BREAKWATER_DATA_DIRECTORY: { path: ['data', 'directory'] },
  BREAKWATER_ENVIRONMENT: { path: ['environment'] },
  BREAKWATER_CLOCK_START: { path: ['clock', 'startAt'] },
  BREAKWATER_WRITER: { path: ['writer'] },
  BREAKWATER_SOUNDS_DIRECTORY: { path: ['asterisk', 'soundsDirectory'] },
  BREAKWATER_MONITOR_DIRECTORY: { path: ['asterisk', 'monitorDirectory'] },
  BREAKWATER_SPOOL_DIRECTORY: { path: ['spool', 'directory'] },
  BREAKWATER_LOG_LEVEL: { path: ['log', 'level'] },
};

/** One for each webhook source, push target, target of events or AMI account, one of the screens, one of the dial levels, one of the checkpoints,
 * two of VICIdial's users; read where those settings are. */
const SECRET_PREFIXES = [
  'BREAKWATER_WEBHOOK_SECRET_',
  'BREAKWATER_PUSH_SECRET_',
  'BREAKWATER_SCREEN_SECRET',
  'BREAKWATER_LEVEL_SECRET',
  'BREAKWATER_CHECKPOINT_SECRET',
  'BREAKWATER_VICIDIAL_',
  'BREAKWATER_EVENT_SECRET_',
  'BREAKWATER_AMI_SECRET_',
];

/** Read elsewhere (command line, scripts), so not unknown here. */
const READ_ELSEWHERE = new Set([
  'BREAKWATER_URL',
  'BREAKWATER_TOKEN',
  'BREAKWATER_CACHE_DIR',
  'BREAKWATER_ASTERISK_IMAGE',
  'BREAKWATER_CONFIG',
]);

export interface Overridden {
  readonly value: unknown;
  /** Names the variable that set a path, for problems. */
  readonly sourceOf: (path: string) => string | undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of `settings` with the variables laid over it. A `BREAKWATER_` variable nobody reads is a problem: it was meant to do something. */
export function applyEnvironment(settings: unknown, env: Environment, report: Report): Overridden {
  for (const name of Object.keys(env).sort()) {
    if (SECRET_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    if (name.startsWith('BREAKWATER_') && !Object.hasOwn(VARIABLES, name) && !READ_ELSEWHERE.has(name)) {
      report(name, 'is not a known variable', '(hidden)', `one of ${Object.keys(VARIABLES).join(', ')}`);
    }
  }
  const sources = new Map<string, string>();
  if (!isRecord(settings)) return { value: settings, sourceOf: () => undefined };
  const value = { ...settings };
  for (const [name, { path, number }] of Object.entries(VARIABLES)) {
    const given = env[name];
    if (given === undefined || given === '') continue;
    const setting = number === true && /^\d{1,9}$/.test(given) ? Number(given) : given;
    const [group, key] = path;
    if (key === undefined) value[group] = setting;
    else {
      const members = value[group] ?? {};
      if (!isRecord(members)) continue;
      value[group] = { ...members, [key]: setting };
    }
    sources.set(path.join('.'), `environment: ${name}`);
  }
  return { value, sourceOf: (path) => sources.get(path) };
}
