/** A configuration folder of its own for each test, and a law that is only what the loader needs of it. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LegalLimits, LoadedConfig, LoadLaw } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Law } from '../../../src/domain/law.ts';

export const SHIPPED = resolve(import.meta.dirname, '../../../config');

export const LIMITS: LegalLimits = {
  minRingSeconds: 15,
  connectWithinMs: 2_000,
  dropRateMaxBp: 300,
  tollFreeCodes: ['800', '888'],
  states: ['CO', 'FL', 'GU', 'PA'],
  retention: [
    { name: 'tsr', years: 5, citation: '16 CFR 310.5' },
    { name: 'cms', years: 10, citation: '42 CFR 422.504(d)' },
  ],
};

/** Nothing in the loader looks into the law but `limitsOf`. */
export const FAKE_LAW = { asOf: '2026-11-21' } as unknown as Law;

export const fakeLaw: LoadLaw = () => ({
  ok: true,
  law: FAKE_LAW,
  files: [{ path: 'rules/federal.yaml', sha256: '0'.repeat(64) }],
});

export interface World {
  readonly base: string;
  readonly directory: string;
  write(path: string, content: string): void;
  read(path: string): string;
  /** Replaces text in a file below `config`; fails when it is not there. */
  edit(path: string, from: string, to: string): void;
  load(env?: Readonly<Record<string, string>>, loadLaw?: LoadLaw): LoadedConfig;
  problems(env?: Readonly<Record<string, string>>): readonly string[];
}

/** A copy of the shipped folder, without the law. */
export function world(): World {
  const base = mkdtempSync(join(tmpdir(), 'breakwater-config-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const directory = join(base, 'config');
  mkdirSync(directory);
  cpSync(join(SHIPPED, 'breakwater.yaml'), join(directory, 'breakwater.yaml'));
  cpSync(join(SHIPPED, 'campaigns'), join(directory, 'campaigns'), { recursive: true });
  const made: World = {
    base,
    directory,
    write: (path, content) => {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), content);
    },
    read: (path) => readFileSync(join(base, path), 'utf8'),
    edit: (path, from, to) => {
      const before = made.read(`config/${path}`);
      if (!before.includes(from)) throw new Error(`no \`${from}\` in ${path}`);
      made.write(`config/${path}`, before.replace(from, to));
    },
    load: (env = {}, loadLaw = fakeLaw) => loadConfig({ directory, env, loadLaw, limitsOf: () => LIMITS }),
    problems: (env = {}) => {
      const loaded = made.load(env);
      return loaded.ok ? [] : loaded.problems;
    },
  };
  return made;
}
