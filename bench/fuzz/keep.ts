/** Failing inputs: the last ones that were sent before a failure was seen, so that it can be played again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const REMEMBERED = 64;
const FAILURES_MAX = 20;

export interface Keeper {
  /** What is sent now; `text` is what stands in the file. */
  sent(text: string | Uint8Array): void;
  /** Something that must not be: with what was sent last. */
  failed(what: string): void;
  readonly failures: readonly string[];
  readonly inputs: number;
}

export function keeper(folder: string, door: string, seed: number): Keeper & { inputs: number } {
  const last: string[] = [];
  const failures: string[] = [];
  const kept = {
    inputs: 0,
    failures,
    sent(text: string | Uint8Array): void {
      kept.inputs += 1;
      last.push(typeof text === 'string' ? text : `base64:${Buffer.from(text).toString('base64')}`);
      if (last.length > REMEMBERED) last.shift();
    },
    failed(what: string): void {
      failures.push(what);
      if (failures.length > FAILURES_MAX) return;
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `${door}-${seed}-${failures.length}.json`);
      writeFileSync(path, `${JSON.stringify({ door, seed, what, input: kept.inputs, last }, null, 2)}\n`);
      process.stderr.write(`FAILED ${door}: ${what.slice(0, 400)}\n  kept in ${path}\n`);
    },
  };
  return kept;
}
