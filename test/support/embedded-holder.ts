/** A process that holds an embedded store and appends to it until it is killed; `embedded-postgres.test.ts` kills it. */
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { systemLikeClock } from './clock.ts';
import { progress } from './entries.ts';

const directory = process.argv[2];
const once = process.argv[3] === 'once';
if (directory === undefined) throw new Error('usage: embedded-holder DIRECTORY [once]');

const store = await openPostgres({ embedded: { directory } });
const ledger = await openPostgresLedger(store, { writer: 'holder' as WriterId, clock: systemLikeClock() });
for (let step = 0; step === 0 || !once; step += 1) {
  const { entry } = await ledger.append(progress('call', step));
  process.stdout.write(`${entry.seq}\n`);
}
await ledger.close();
await store.close();
