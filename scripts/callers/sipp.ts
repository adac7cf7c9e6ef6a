/** Starts SIPp without its screen: bounded in time, logs kept beside its scenario, ended by pid. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from '../asterisk/child.ts';
import { ensureCommands } from '../install-packages.ts';

export interface SippOptions {
  readonly name: string;
  readonly scenario: string;
  readonly directory: string;
  /** Our SIP port. */
  readonly port: number;
  /** The first of our RTP ports; taken upwards from here, skipping those in use. */
  readonly rtpPort: number;
  readonly livesAtMostS: number;
  readonly args?: readonly string[];
}

export interface Sipp extends Child {
  /** Unexpected messages and other complaints of SIPp so far. */
  errors(): Promise<string>;
  /** The texts of `<log>` actions so far. */
  notes(): Promise<string>;
}

export async function startSipp(options: SippOptions): Promise<Sipp> {
  ensureCommands(['sipp']);
  const file = (ending: string): string => join(options.directory, `${options.name}${ending}`);
  await writeFile(file('.xml'), options.scenario);
  const child = await startChild({
    command: 'sipp',
    args: [
      ...(options.args ?? []),
      ...['-sf', file('.xml'), '-i', '127.0.0.1', '-mi', '127.0.0.1'],
      ...['-p', String(options.port), '-mp', String(options.rtpPort), '-nostdin'],
      ...['-timeout', `${options.livesAtMostS}s`, '-trace_err', '-error_file', file('.errors.log')],
      ...['-trace_logs', '-log_file', file('.notes.log')],
    ],
    cwd: options.directory,
    logFile: file('.screen.log'),
  });
  const read = (ending: string): Promise<string> => readFile(file(ending), 'utf8').catch(() => '');
  return {
    ...child,
    async errors() {
      // A timeout that a scenario waits for is reported as an error, too.
      const lines = (await read('.errors.log')).split(/\n|(?=\d{4}-\d\d-\d\d\t)/);
      return lines.filter((line) => line.trim() !== '' && !line.includes('jumping to label')).join('\n');
    },
    notes: () => read('.notes.log'),
  };
}
