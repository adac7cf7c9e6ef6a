/** Resident memory of a whole `breakwater serve`, built, with embedded PostgreSQL as processes of its own: with a list, and without. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openServeWorld } from '../../test/support/serve-world.ts';

interface Loaded {
  readonly lists: readonly {
    readonly name: string;
    readonly in_force: { readonly numbers: number } | null;
  }[];
}

const SETTLES_MS = 3_000;
const NATIONAL_FILE = /^ {2}- \{ name: national,.*$/m;

/** Megabytes of the node process alone. `store`: an imported `national` instead of the list of one number. */
export async function residentOfServe(store: string | null): Promise<number> {
  const world = await openServeWorld();
  try {
    if (store !== null) {
      const main = join(world.configDirectory, 'breakwater.yaml');
      const text = readFileSync(main, 'utf8');
      if (!NATIONAL_FILE.test(text)) throw new Error('the list to replace is not in the configuration');
      writeFileSync(main, text.replace(NATIONAL_FILE, '  - { name: national, kind: national }'));
      mkdirSync(join(world.directory, 'data'));
      symlinkSync(store, join(world.directory, 'data/lists'));
    }
    const sidecar = world.start();
    // Without an exchange it is never ready; it listens when lists and ledger are there.
    await sidecar.listening();
    await sleep(SETTLES_MS);
    const { lists } = await world.client.request<Loaded>('GET', '/v1/lists');
    const numbers = lists.find(({ name }) => name === 'national')?.in_force?.numbers ?? 0;
    if (store !== null && numbers < 2) throw new Error('serve did not take the imported list');
    const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(sidecar.pid)], { encoding: 'utf8' });
    return (Number(kilobytes) * 1_024) / 1e6;
  } finally {
    await world.close();
  }
}
