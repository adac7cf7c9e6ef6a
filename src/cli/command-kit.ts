/** What every group of commands is built with: the options they share, and a way to run one. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_URL } from './client.ts';
import type { Io } from './io.ts';
import type { Place, Wiring } from './wiring.ts';

export interface Remote {
  readonly url?: string;
  readonly token?: string;
  readonly timeout: number;
}

export interface Local {
  readonly config: string;
}

/** Options of a command: what its function takes, without the positional argument. */
export type Of<Args, Positional extends string = never> = Omit<Args, Positional | 'timeoutMs' | keyof Place> &
  Remote;
export type LocalOf<Args> = Omit<Args, keyof Place> & Local;

export interface CommandKit {
  readonly program: Command;
  readonly io: Io;
  readonly wiring: () => Promise<Wiring>;
  readonly run: (command: () => Promise<number>) => Promise<void>;
  /** Options of a command that reads the configuration of this machine. */
  readonly local: (command: Command) => Command;
  /** Options of a command that asks a running sidecar. */
  readonly remote: (command: Command) => Command;
  readonly json: (command: Command) => Command;
  readonly connection: <T extends Remote>(options: T) => T & { readonly timeoutMs: number };
  readonly place: <T extends Local>(options: T) => T & Place;
  readonly nodeVersion: string;
}

export function commandKit(
  given: Pick<CommandKit, 'program' | 'io' | 'wiring' | 'run' | 'nodeVersion'>,
): CommandKit {
  const { io } = given;
  const json = (command: Command): Command => command.option('--json', 'for machines');
  return {
    ...given,
    json,
    local: (command) =>
      command.option(
        '--config <directory>',
        'folder with breakwater.yaml (or BREAKWATER_CONFIG)',
        io.env['BREAKWATER_CONFIG'] ?? 'config',
      ),
    remote: (command) =>
      json(command)
        .option('--url <address>', `the sidecar (or BREAKWATER_URL; default ${DEFAULT_URL})`)
        .option('--token <token>', 'bearer token (better: BREAKWATER_TOKEN, which no process list shows)')
        .addOption(
          new Option('--timeout <ms>', 'longest wait for one answer').argParser(count).default(10_000),
        ),
    connection: (options) => ({ ...options, timeoutMs: options.timeout }),
    place: (options) => ({ ...options, configDirectory: options.config, env: io.env }),
  };
}

/** A ZIP that is mistyped would be ignored, and its place with it: whoever typed it wants to know. */
export function zipCode(text: string): string {
  if (!/^\s*\d{5}(?:[ -]?\d{4})?\s*$/.test(text)) {
    throw new InvalidArgumentError('expected five digits like 80202, or nine like 80202-1234');
  }
  return text;
}

export function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('expected a positive whole number');
  return Number(text);
}
