/**
 * Reads what Asterisk sends when a channel opens an `agi://` address: `agi_name: value` lines, then the query of the address and
 * the arguments. Anything two readers could read in two ways is a problem, not a guess.
 */
import { type Parsed, parsed, problem } from '../../domain/brand.ts';
import type { AgiRequest } from '../../ports/agi-scripts.ts';

/** Asterisk sends about 25 lines and one per argument. */
export const ENVIRONMENT_LINES_MAX = 64;
export const ENVIRONMENT_CHARS_MAX = 8_192;

const LINE = /^agi_([a-z0-9_]{1,40}): ?(.*)$/;
const NAMED = /^([a-z][a-z_]{0,31})=(.*)$/s;

export function parseAgiRequest(lines: readonly string[]): Parsed<AgiRequest> {
  const channel = new Map<string, string>();
  const args: [index: number, value: string][] = [];
  let address = '';
  for (const line of lines) {
    const match = LINE.exec(line);
    if (match === null) return problem(`line \`${shown(line)}\` is not \`agi_name: value\``);
    const [, name = '', value = ''] = match;
    const argument = /^arg_([1-9]\d?)$/.exec(name)?.[1];
    if (argument !== undefined) args.push([Number(argument), value]);
    else if (name === 'network_script') address = value;
    else if (channel.has(name)) return problem(`agi_${name} is given twice`);
    else if (value !== '' && value !== 'unknown') channel.set(name, value);
  }
  const mark = address.indexOf('?');
  const script = (mark < 0 ? address : address.slice(0, mark)).replace(/^\/+|\/+$/g, '');
  const parameters = new Map<string, string>();
  const positional: string[] = [];

  for (const pair of mark < 0 ? [] : address.slice(mark + 1).split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    const value = decode(cut < 0 ? '' : pair.slice(cut + 1));
    if (name === undefined || value === undefined)
      return problem(`query \`${shown(pair)}\` is not well encoded`);
    if (!add(parameters, name, value))
      return problem(`parameter \`${shown(name)}\` is given twice with two values`);
  }
  for (const [, value] of args.sort(([a], [b]) => a - b)) {
    const match = NAMED.exec(value);
    if (match === null) {
      positional.push(value);
      continue;
    }
    const [, name = '', text = ''] = match;
    if (!add(parameters, name, text))
      return problem(`parameter \`${shown(name)}\` is given twice with two values`);
  }
  return parsed({ script, parameters, positional, channel });
}

/** An empty value says nothing: `zip=` from a dialplan variable that is not set. False when the name stands for two values. */
function add(parameters: Map<string, string>, name: string, value: string): boolean {
  if (value === '') return true;
  const before = parameters.get(name);
  if (before !== undefined && before !== value) return false;
  parameters.set(name, value);
  return true;
}

/** Percent decoding only: a plus sign is part of a telephone number, not a blank. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const shown = (text: string): string => text.slice(0, 60);
