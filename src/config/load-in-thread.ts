/**
 * Loads the configuration on a thread of its own: parsing the law takes some hundred milliseconds, and a sidecar that follows calls
 * must re-arm their dead-man switch four times a second.
 */
import { Worker } from 'node:worker_threads';
import type { LoadedConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { deepFreeze } from './freeze.ts';

export interface ThreadSource {
  readonly directory: string;
  /** Variables of the process, handed in. */
  readonly env: Environment;
}

const program = new URL(
  import.meta.url.endsWith('.ts') ? './loader-thread.ts' : './loader-thread.js',
  import.meta.url,
);

/** As `loadConfig`. Rejects only when the thread itself fails. */
export function loadConfigInThread({ directory, env }: ThreadSource): Promise<LoadedConfig> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(program, { workerData: { directory, env: { ...env } } });
    thread.once('message', (loaded: LoadedConfig) => resolve(deepFreeze(loaded)));
    thread.once('error', reject);
    // After a message this changes nothing.
    thread.once('exit', (code) => reject(new Error(`the loading thread ended with ${code}`)));
  });
}
