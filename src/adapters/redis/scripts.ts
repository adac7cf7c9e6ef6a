/** The Lua scripts, each in its own file, and their calls: one round trip each, by digest. */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { CountersUnavailable } from '../../ports/counters.ts';

/** Beside this file in `src/`, and copied beside its compiled form by the build. */
const DIRECTORY = new URL('./scripts/', import.meta.url);

const NAMES = [
  'reserve',
  'release',
  'hold',
  'settle',
  'overdue',
  'set-agent',
  'beat',
  'tally',
  'rebuild-begin',
  'rebuild-hold',
  'rebuild-step',
  'rebuild-end',
] as const;
export type ScriptName = (typeof NAMES)[number];

/** Scripts that begin with another file's functions. */
const BEGINS_WITH: Partial<Record<ScriptName, string>> = { 'set-agent': 'place-agent', beat: 'place-agent' };

export type RunScript = (
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

/** Every trouble becomes `CountersUnavailable`: what Redis did not confirm has not happened for us. */
export function redisScripts(redis: Redis): RunScript {
  for (const name of NAMES) {
    const before = BEGINS_WITH[name];
    redis.defineCommand(commandOf(name), {
      lua: (before === undefined ? '' : textOf(before)) + textOf(name),
    });
  }
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>;
  return async (name, keys, args) => {
    try {
      return await commands[commandOf(name)]?.(keys.length, ...keys, ...args);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new CountersUnavailable(`Redis did not confirm \`${name}\`: ${text}`, { cause });
    }
  };
}

const textOf = (name: string): string => readFileSync(new URL(`${name}.lua`, DIRECTORY), 'utf8');

const commandOf = (name: ScriptName): string => `breakwater_${name}`;
