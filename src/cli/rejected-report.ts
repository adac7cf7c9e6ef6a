/** Every rejected line of an import in a file: `name<tab>line<tab>reason`. Written in pieces, so that millions of lines take no memory. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { RejectedLine } from '../adapters/files/line-reader.ts';
import { CommandFailed, EXIT } from './io.ts';
import { plain } from './text.ts';

const PIECE_CHARACTERS = 64 * 1_024;

export interface RejectedReport {
  write(file: string, line: Pick<RejectedLine, 'line' | 'reason'>): void;
  close(): void;
}

export function openRejectedReport(path: string): RejectedReport {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'w');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CommandFailed(EXIT.fault, `\`${plain(path)}\` cannot be written: ${code}`);
  }
  let waiting = '';
  const flush = (): void => {
    writeSync(descriptor, waiting);
    waiting = '';
  };
  return {
    write(file, { line, reason }) {
      waiting += `${plain(file)}\t${line}\t${plain(reason)}\n`;
      if (waiting.length >= PIECE_CHARACTERS) flush();
    },
    close() {
      flush();
      closeSync(descriptor);
    },
  };
}
