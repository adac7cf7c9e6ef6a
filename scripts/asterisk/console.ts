/** One command to the console of a running private Asterisk; answers what it printed. */
import { execFile } from 'node:child_process';
import { childEnvironment } from './child.ts';
import type { AsteriskSource } from './find-asterisk.ts';
import { consoleCommand, type CommandOptions } from './source-command.ts';

const LONGEST_MS = 15_000;

export function runConsole(source: AsteriskSource, options: CommandOptions, line: string): Promise<string> {
  const [program, ...args] = consoleCommand(source, options, line);
  const identity =
    process.getuid?.() === 0 && source.kind !== 'docker' ? { uid: options.uid, gid: options.gid } : {};
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      {
        cwd: '/',
        timeout: LONGEST_MS,
        encoding: 'utf8',
        env: childEnvironment(),
        ...identity,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`console command \`${line}\` failed: ${stderr.trim()}`, { cause: error }));
      },
    );
  });
}
