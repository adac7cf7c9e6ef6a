/**
 * How long until every sidecar decides by a change of a do-not-call list that was imported on one machine: told through PostgreSQL, read
 * from the folder that they share, written in each one's chain, in force. The clock starts when the import has put the version in force.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDoNotCallLists } from '../../src/adapters/files/do-not-call-lists.ts';
import { importList, type ImportRequest } from '../../src/adapters/files/import-list.ts';
import { announceLists } from '../../src/adapters/postgres/announce-lists.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { watchLists } from '../../src/control/watch-lists.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LocalDate } from '../../src/domain/time.ts';
import { type PostgresSource, temporaryDirectory } from '../../test/support/stores.ts';
import type { Closings } from '../support/closings.ts';
import { percentile, printOf } from './print.ts';

const SIDECARS = 4;
const TIMES = 50;
/** Of the list before the first change. */
const NUMBERS = 500_000;
/** None of the four ever looks by itself. */
const EVERY_MS = 3_600_000;

export async function listPropagation({ keep }: Closings, source: PostgresSource): Promise<void> {
  const postgres = keep(await source.start(), (each) => each.stop());
  const url = await postgres.freshDatabase();
  const place = keep(await temporaryDirectory(), (each) => each.remove());
  const clock = systemClock();
  const change: ImportRequest = {
    kind: 'internal',
    mode: 'delta',
    ...{ folder: join(place.path, 'lists'), name: 'own', jurisdiction: null, campaignId: null },
    ...{ files: [], obtainedOn: '2026-11-20' as LocalDate, areaCodes: null, importedAt: clock.now() },
    ...{ rejectedMaxBp: 100, keepVersions: 3, olderAllowed: false },
  };
  const bring = async (
    name: string,
    lines: readonly string[],
    mode: ImportRequest['mode'],
  ): Promise<void> => {
    const file = join(place.path, name);
    await writeFile(file, `${lines.join('\n')}\n`);
    const outcome = await importList({ ...change, files: [file], mode });
    if (outcome.kind !== 'imported') throw new Error(`the list was not imported: ${JSON.stringify(outcome)}`);
  };
  const numberAt = (index: number): string => String(3_032_000_000 + index);
  await bring(
    'whole.txt',
    Array.from({ length: NUMBERS }, (_, index) => numberAt(index)),
    'full',
  );

  /** Told of each list that a sidecar has put in force. */
  let inForce: () => void = () => undefined;
  for (let index = 1; index <= SIDECARS; index += 1) {
    const store = keep(await openPostgres({ url }), (each) => each.close());
    const writer = `sidecar-${index}` as WriterId;
    const ledger = keep(await openPostgresLedger(store, { writer, clock, appendWithinMs: 10_000 }), (each) =>
      each.close(),
    );
    const lists = await openDoNotCallLists({
      ...{ files: [], folder: change.folder, required: [], listStates: new Set<string>() },
    });
    const say = (fields: object, message: string): void =>
      void process.stderr.write(`${writer}: ${message} ${JSON.stringify(fields)}\n`);
    const watch = watchLists({
      ...{ clock, ledger, lists, news: ledger.lists, everyMs: EVERY_MS },
      log: { info: () => inForce(), warn: say, error: say },
    });
    keep(watch, (each) => {
      each.stop();
      return Promise.resolve();
    });
  }

  const connection = { connectionString: url };
  const waits: number[] = [];
  // The first change finds sessions that may not listen yet.
  for (let round = -1; round < TIMES; round += 1) {
    const all = new Promise<void>((resolve) => {
      let left = SIDECARS;
      inForce = () => {
        left -= 1;
        if (left === 0) resolve();
      };
    });
    await bring(`change-${round}.txt`, [`${numberAt(NUMBERS + 1 + round)},A`], 'delta');
    const importedAt = performance.now();
    await announceLists(connection);
    await all;
    if (round >= 0) waits.push(performance.now() - importedAt);
  }
  const print = printOf(`propagation of a list to ${SIDECARS} sidecars`);
  print('list_in_force_p50', percentile(waits, 0.5), 'ms');
  print('list_in_force_p99', percentile(waits, 0.99), 'ms');
}
