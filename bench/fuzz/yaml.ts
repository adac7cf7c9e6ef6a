/** YAML: spoilt configuration folders. Nothing throws, nothing is half loaded, every problem is one bounded line without a secret. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadLaw } from '../../src/config/load-law.ts';
import { loadConfig } from '../../src/config/load.ts';
import { mutateBytes, oneOf } from './mutate.ts';
import type { Fuzzing } from './run.ts';

const SHIPPED = resolve(import.meta.dirname, '../../config');
const SECRET = 'hunter-2-and-some-more-characters';
const PIECES = [': ', '- ', '&a ', '*a', '<<: *a', '!!js/function', '!!binary', '? ', '---\n', '...\n', '{', '}', '[', ']', '|\n', '>\n', '%YAML 1.2\n', '"', "'", '\t', '#', '~', '0x1', '1e9', '.inf', '2026-11-23'].map((text) => Buffer.from(text)); // prettier-ignore
/** The law takes a second to read: what it was is read once, and its files are spoilt in `test/unit/config/law-fuzz.test.ts`. */
const law = loadLaw(join(SHIPPED, 'rules'));

export async function fuzzYaml(fuzzing: Fuzzing): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-fuzz-'));
  await cp(SHIPPED, join(folder, 'config'), { recursive: true });
  const { readdir } = await import('node:fs/promises');
  const campaigns = (await readdir(join(SHIPPED, 'campaigns'))).map((name) => `campaigns/${name}`);
  const files = await Promise.all(
    ['breakwater.yaml', ...campaigns].map(async (path) => ({
      path,
      bytes: await readFile(join(SHIPPED, path)),
    })),
  );
  const env = { ARI_PASSWORD: SECRET, AMI_SECRET: SECRET, DATABASE_URL: `postgres://u:${SECRET}@db/x` };
  try {
    await fuzzing.inTurns(1, async (dice) => {
      const { path, bytes } = oneOf(dice, files);
      const spoilt = mutateBytes(bytes, dice, PIECES);
      fuzzing.keep.sent(spoilt);
      await writeFile(join(folder, 'config', path), spoilt);
      const loaded = loadConfig({ directory: join(folder, 'config'), env, loadLaw: () => law });
      await writeFile(join(folder, 'config', path), bytes);
      if (loaded.ok) return;
      if (loaded.problems.length === 0) fuzzing.keep.failed(`${path}: refused without a word`);
      for (const problem of loaded.problems) {
        if (problem.includes(SECRET)) fuzzing.keep.failed(`${path}: a problem shows a secret`);
        if (problem.length > 2_000 || problem.includes('\n'))
          fuzzing.keep.failed(`${path}: ${problem.slice(0, 300)}`);
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
