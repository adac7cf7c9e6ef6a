/** A process that holds a writer id and appends until it is ended; `stand-by.test.ts` freezes it. Prints what becomes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { systemLikeClock } from './clock.ts';
import { progress } from './entries.ts';

const [url, writer] = process.argv.slice(2);
if (url === undefined || writer === undefined) throw new Error('usage: writer-holder URL WRITER');

const store = await openPostgres({ url });
const ledger = await openPostgresLedger(store, { writer: writer as WriterId, clock: systemLikeClock() });
await ledger.append(progress('call', 0));
process.stdout.write('holds\n');
while (!ledger.isTakenOver()) await sleep(20);
const confirmed = await ledger.confirmWriter().then(
  () => 'confirmed',
  () => 'not confirmed',
);
const written = await ledger.append(progress('call', 1)).then(
  () => 'written',
  () => 'not written',
);
process.stdout.write(`taken over, ${confirmed}, ${written}\n`);
process.exit(0);
