/** A ledger as a stranger reads it: every chain is verified, and then only what it holds counts. */
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { systemLikeClock } from './clock.ts';
import { allEntries } from './entries.ts';

/** Throws where a chain does not hold. `url`: of the database. */
export async function verifiedLedger(url: string): Promise<readonly LedgerEntry[]> {
  const store = await openPostgres({ url });
  const reader = await openPostgresLedger(store, { writer: 'reader' as WriterId, clock: systemLikeClock() });
  try {
    const verified = await verifyLedger(allEntries(reader));
    if (!verified.ok) throw new Error(`the ledger does not verify: ${JSON.stringify(verified)}`);
    const found: LedgerEntry[] = [];
    for await (const entry of allEntries(reader)) found.push(entry);
    return found;
  } finally {
    await reader.close();
    await store.close();
  }
}
