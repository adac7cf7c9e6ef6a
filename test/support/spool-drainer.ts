/** A process that drains the spool it finds, and ends; `conformance/spool.test.ts` kills it half way. */
import { randomUUID } from 'node:crypto';
import { openSpoolFile } from '../../src/adapters/files/spool-file.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { spoolingLedger } from '../../src/control/spool/spooling-ledger.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { systemLikeClock } from './clock.ts';

const [url, directory, name] = process.argv.slice(2);
if (url === undefined || directory === undefined || name === undefined)
  throw new Error('usage: spool-drainer URL DIRECTORY WRITER');

const writer = name as WriterId;
const clock = systemLikeClock();
const store = await openPostgres({ url });
const ledger = await openPostgresLedger(store, {
  writer,
  clock,
  appendWithinMs: 10_000,
  writerLockWithinMs: 20_000,
});
const spooling = spoolingLedger({
  ledger,
  spool: await openSpoolFile({ directory, writer, maxBytes: 1e9 }),
  clock,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  goesOn: () => true,
  takeFresh: () => true,
  newId: randomUUID,
  isOver: () => ledger.isTakenOver(),
  onSpooled: () => undefined,
  onWritten: () => undefined,
});
await spooling.drainFound();
await spooling.close();
await ledger.close();
await store.close();
process.stdout.write('drained\n');
process.exit(0);
