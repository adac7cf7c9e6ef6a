/**
 * Loads the configuration in a process of its own: parsing the law takes some hundred milliseconds, and a sidecar that follows calls
 * must re-arm their dead-man switch four times a second. A process and not a thread, because a thread does not inherit the loader
 * that runs the sources unbuilt.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadedConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { deepFreeze } from './freeze.ts';

export interface LoaderSource {
  readonly directory: string;
  /** Variables of the process, handed in. */
  readonly env: Environment;
}

/** Far longer than any load: what hangs is a refusal. */
const WITHIN_MS = 60_000;

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const program = fileURLToPath(new URL(`./loader-process.${ending}`, import.meta.url));

/** As `loadConfig`. Rejects only when the process itself fails. */
export function loadConfigBeside(source: LoaderSource): Promise<LoadedConfig> {
  return new Promise((resolve, reject) => {
    const child = fork(program, { serialization: 'advanced', timeout: WITHIN_MS, killSignal: 'SIGKILL' });
    child.once('message', (loaded) => {
      resolve(deepFreeze(loaded as LoadedConfig));
    });
    child.once('error', reject);
    // After a message this changes nothing.
    child.once('close', (code, signal) => {
      reject(new Error(`the loading process ended with ${String(code ?? signal)}`));
    });
    child.send({ directory: source.directory, env: { ...source.env } }, (error) => {
      if (error !== null) reject(error);
    });
  });
}
