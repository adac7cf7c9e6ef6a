/** The Lua scripts, each in its own file, and their calls: one round trip each, by digest. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command, type Redis } from 'ioredis';
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

/** Keys and arguments as they go over the wire, so that what stays the same is written out once. */
export interface WireArguments {
  readonly keys: number;
  /** Keys and arguments together. */
  readonly count: number;
  /** Each as `bulk`. */
  readonly text: string;
}

export interface Scripts {
  readonly run: (
    name: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
  ) => Promise<unknown>;
  readonly send: (name: ScriptName, wire: WireArguments) => Promise<unknown>;
}

/** A bulk string of RESP, the protocol of Redis. */
export const bulk = (value: string | number): string => {
  const text = typeof value === 'string' ? value : String(value);
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
};

export function bulks(values: readonly (string | number)[]): string {
  let text = '';
  for (const value of values) text += bulk(value);
  return text;
}

/** Every trouble becomes `CountersUnavailable`: what Redis did not confirm has not happened for us. */
export function redisScripts(redis: Redis): Scripts {
  const scripts = Object.fromEntries(NAMES.map((name) => [name, scriptOf(name)])) as Record<
    ScriptName,
    Script
  >;
  const send = async (name: ScriptName, wire: WireArguments): Promise<unknown> => {
    const script = scripts[name];
    try {
      try {
        return await redis.sendCommand(new ScriptCommand(script, wire));
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        script.knownTo = new WeakSet();
        return await redis.sendCommand(new ScriptCommand(script, wire));
      }
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new CountersUnavailable(`Redis did not confirm \`${name}\`: ${text}`, { cause });
    }
  };
  return {
    send,
    run: (name, keys, args) =>
      send(name, { keys: keys.length, count: keys.length + args.length, text: bulks(keys) + bulks(args) }),
  };
}

interface Script {
  readonly byText: string;
  readonly byDigest: string;
  /** Connections over which the server has been told the text. */
  knownTo: WeakSet<object>;
}

function scriptOf(name: ScriptName): Script {
  const before = BEGINS_WITH[name];
  const text = (before === undefined ? '' : textOf(before)) + textOf(name);
  const digest = createHash('sha1').update(text).digest('hex');
  return {
    byText: bulk('eval') + bulk(text),
    byDigest: bulk('evalsha') + bulk(digest),
    knownTo: new WeakSet(),
  };
}

const textOf = (name: string): string => readFileSync(new URL(`${name}.lua`, DIRECTORY), 'utf8');

/** By its text the first time on each connection, then by its digest. */
class ScriptCommand extends Command {
  readonly #script: Script;
  readonly #wire: WireArguments;

  constructor(script: Script, wire: WireArguments) {
    super('evalsha', [], { replyEncoding: 'utf8' });
    this.#script = script;
    this.#wire = wire;
  }

  override toWritable(socket: object): string {
    const { knownTo, byText, byDigest } = this.#script;
    const { keys, count, text } = this.#wire;
    const isKnown = knownTo.has(socket);
    if (!isKnown) knownTo.add(socket);
    return `*${count + 3}\r\n${isKnown ? byDigest : byText}${bulk(keys)}${text}`;
  }
}
