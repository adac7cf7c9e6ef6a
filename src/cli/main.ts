#!/usr/bin/env node
/** The `breakwater` command: hands the process over as `Io` and leaves with the exit code of the command. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from './io.ts';
import { runCli } from './program.ts';
import type { Wiring } from './wiring.ts';

const io: Io = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  ...(process.stderr.isTTY ? { progress: drawProgress } : {}),
  env: process.env,
  nowMs: () => Date.now(),
  sleep: (ms) => sleep(ms),
};

/** Erases the line (ECMA-48 EL) and draws it again. */
function drawProgress(line: string | null): void {
  process.stderr.write(`\r\u001b[K${line ?? ''}`);
}

/** `breakwater ledger export | head` ends quietly. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3));

/** The nearest package.json above, whether this runs from sources or from `dist`. */
function version(): string {
  for (const above of ['../../package.json', '../../../package.json']) {
    try {
      return String(
        (JSON.parse(readFileSync(new URL(above, import.meta.url), 'utf8')) as { version?: unknown }).version,
      );
    } catch {
      continue;
    }
  }
  return 'unknown';
}

/** Loaded only by the commands that need it. */
async function wiring(): Promise<Wiring> {
  const [{ localWiring }, { serve }] = await Promise.all([import('./local.ts'), import('../main.ts')]);
  return { ...localWiring, serve };
}

process.exitCode = await runCli(process.argv.slice(2), io, wiring, {
  version: version(),
  nodeVersion: process.version,
});
