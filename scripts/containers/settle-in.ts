/**
 * What a container of Breakwater does before it serves: lays over the operator's settings what only the container knows (the
 * hashes of the tokens in its environment), then speaks the messages. `node settle-in.js FROM TO` writes the settings to TO.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { renderPrompts } from '../../src/cli/prompts.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadLaw } from '../../src/config/load-law.ts';

export type Settings = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Variable -> the scope its token opens. */
const TOKENS = {
  TOKEN_DIALER: 'dialer',
  TOKEN_SUPERVISOR: 'supervisor',
  TOKEN_COMPLIANCE: 'compliance',
  TOKEN_ADMIN: 'admin',
} as const;

/** Long enough that nobody guesses it. */
const TOKEN_CHARACTERS_MIN = 32;

/** Where the shipped campaigns call; without a fresh copy of these lists every call there is vetoed. */
const REHEARSAL_LISTS = [
  { name: 'national', kind: 'national', jurisdiction: null },
  { name: 'colorado', kind: 'state', jurisdiction: 'CO' },
] as const;
const REHEARSAL_LISTS_AGE_DAYS = 3;
const DAY_MS = 86_400_000;

/** The settings as this container runs them. Throws on a token that is too short. */
export function settledSettings(given: Settings, env: Environment, rehearsalLists: string): Settings {
  const http = groupOf(given, 'http');
  const tokens = [...listOf(http['tokens']), ...tokensOf(env)];
  const lists = listOf(given['lists']);
  // The variable wins over the file: rehearsal lists must never stand behind a real call.
  const environment = env['BREAKWATER_ENVIRONMENT'] || given['environment'];
  const needsLists = environment === 'rehearsal' && lists.length === 0;
  return {
    ...given,
    http: { ...http, tokens },
    lists: needsLists ? listsOfRehearsal(env, rehearsalLists) : lists,
  };
}

function tokensOf(env: Environment): readonly Settings[] {
  return Object.entries(TOKENS).flatMap(([variable, scope]) => {
    const token = env[variable] ?? '';
    if (token === '') return [];
    if (token.length < TOKEN_CHARACTERS_MIN) {
      throw new Error(`${variable} has ${token.length} characters, needed are ${TOKEN_CHARACTERS_MIN}`);
    }
    const sha256 = createHash('sha256').update(token).digest('hex');
    return [{ name: scope, sha256, scopes: [scope] }];
  });
}

/** A rehearsal's own small lists, as fresh on the rehearsal's day as the law wants them. */
function listsOfRehearsal(env: Environment, directory: string): readonly Settings[] {
  const start = Date.parse(env['BREAKWATER_CLOCK_START'] ?? '');
  const today = Number.isNaN(start) ? Date.now() : start;
  const obtainedOn = new Date(today - REHEARSAL_LISTS_AGE_DAYS * DAY_MS).toISOString().slice(0, 10);
  return REHEARSAL_LISTS.map((list) => {
    const path = join(directory, `${list.name}.txt`);
    return { ...list, path, obtainedOn, areaCodes: 'all' };
  });
}

function groupOf(settings: Settings, key: string): Settings {
  const value = settings[key];
  return typeof value === 'object' && value !== null ? (value as Settings) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

async function settleIn(from: string, to: string): Promise<void> {
  const given = parse(readFileSync(join(from, 'breakwater.yaml'), 'utf8')) as Settings | null;
  const lists = resolve('containers/breakwater/rehearsal-lists');
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'breakwater.yaml'), stringify(settledSettings(given ?? {}, process.env, lists)));
  for (const part of ['campaigns', 'rules']) {
    rmSync(join(to, part), { force: true });
    symlinkSync(join(from, part), join(to, part));
  }
  const loaded = loadConfig({ directory: to, env: process.env, loadLaw });
  // `serve` refuses in the same words, so it may say them.
  if (!loaded.ok) return;
  const { ok } = await renderPrompts(loaded.config, {
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  if (!ok) process.stderr.write('a message was refused: no call of its campaign will be permitted\n');
}

if (import.meta.url === `file://${process.argv[1] ?? ''}`) {
  const [from, to] = process.argv.slice(2);
  if (from === undefined || to === undefined) throw new Error('usage: settle-in.ts FROM TO');
  await settleIn(resolve(from), resolve(to));
}
