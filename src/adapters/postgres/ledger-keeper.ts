/** `LedgerKeeper` on PostgreSQL (migrations/000021.sql). Prunes as the owner of the schema, in a session of its own. */
import pg from 'pg';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { BEFORE_MONTHS } from '../../domain/ledger-month.ts';
import { instant } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type LedgerKeeper,
  type LedgerPart,
  type Pruning,
  PruningRefused,
} from '../../ports/ledger-keeper.ts';
import { ask } from './ask.ts';
import { openPostgresLedger } from './ledger.ts';
import { KEEPER, takeKeeperChain, writeAsKeeper } from './keeper-chain.ts';
import { ledgerHoldOf, type LedgerHoldRow, ledgerHoldsQuery } from './ledger-holds.ts';
import { READ_MAX, readEntries } from './ledger-rows.ts';
import type { PostgresStore } from './open.ts';
import { APPEND_LOCK } from './writer-lock.ts';

/** Lock of those who turn the month (migrations/000019.sql). */
const PARTS_LOCK = 4_217_003;

/** Everybody who appends waits as long as we wait for a reader of the month: well below the bound of an append. */
const LOCK_WITHIN_MS = 500;

/** SQLSTATE lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

const PAGE = 5_000;

export function postgresLedgerKeeper(store: PostgresStore, clock: Clock): LedgerKeeper {
  const owner = new pg.Client({ ...store.connection, application_name: 'breakwater keeper' });
  owner.on('error', () => undefined); // the query in hand rejects
  let connected: Promise<unknown> | undefined;
  const asOwner = async (): Promise<pg.Client> => {
    await (connected ??= owner.connect());
    return owner;
  };

  const holdsOn = async ({ name }: LedgerPart): Promise<readonly string[]> => {
    const { rows } = await ask<{ hold: string }>(await asOwner(), {
      text: 'SELECT hold FROM breakwater.ledger_holds_on($1)',
      values: [name],
    });
    return rows.map(({ hold }) => hold);
  };

  const newestHold = async (client: pg.Client): Promise<string> => {
    const { rows } = await ask<{ id: string }>(client, 'SELECT breakwater.newest_hold() AS id');
    return rows[0]?.id ?? '';
  };

  const pruneWithin = async (client: pg.Client, pruning: Pruning): Promise<LedgerEntry> => {
    const { part, keptIds, body, heads } = pruning;
    await ask(client, {
      text: 'SELECT pg_advisory_xact_lock($1)',
      values: [PARTS_LOCK],
    });
    const seen = await newestHold(client);
    const held = await holdsOn(part);
    if (held.length > 0) throw new PruningRefused(`\`${part.month}\` is held: ${held.join(', ')}`);
    const { rows } = await ask<{ made: string }>(client, {
      text: 'SELECT breakwater.make_pruned_part($1, $2) AS made',
      values: [part.name, keptIds],
    });
    if (Number(rows[0]?.made) !== keptIds.length)
      throw new PruningRefused(`\`${part.month}\` has changed since it was looked through`);
    await ask(client, { text: 'SELECT pg_advisory_xact_lock($1)', values: [APPEND_LOCK] });
    if ((await newestHold(client)) !== seen) throw new PruningRefused('a legal hold was set meanwhile');
    if (!(await takeKeeperChain(client)))
      throw new PruningRefused(`writer id \`${KEEPER}\` is held by another session`);
    const entry = await writeAsKeeper(client, { kind: 'ledger_pruned', body }, clock.now());
    await ask(client, {
      text: 'SELECT breakwater.swap_pruned_part($1, $2)',
      values: [part.name, JSON.stringify(heads)],
    });
    return entry;
  };

  return {
    async now() {
      const { rows } = await ask<{ now: Date }>(store.pool, 'SELECT now() AS now');
      const [row] = rows;
      if (row === undefined) throw new Error('PostgreSQL does not say what time it is');
      return instant(row.now.getTime());
    },
    async parts() {
      const { rows } = await ask<{
        name: string;
        month: string | null;
        from_id: string;
        until_id: string;
        ends: string;
      }>(
        store.pool,
        `SELECT name, to_char(month, 'YYYY-MM') AS month, from_id, until_id,
                to_char(coalesce(month, min(month) OVER ()) + interval '1 month', 'YYYY-MM-DD"T"00:00:00.000"Z"') AS ends
           FROM breakwater.ledger_part ORDER BY from_id`,
      );
      return rows.map((row) => ({
        name: row.name,
        month: row.month ?? BEFORE_MONTHS,
        fromId: Number(row.from_id),
        untilId: Number(row.until_id),
        ends: instant(Date.parse(row.ends)),
      }));
    },
    async newestStamp({ name }) {
      const part = pg.escapeIdentifier(name);
      const { rows } = await ask<{ at: Date | null }>(
        await asOwner(),
        `SELECT max(at) AS at FROM breakwater.${part}`,
      );
      const at = rows[0]?.at ?? null;
      return at === null ? null : instant(at.getTime());
    },
    async *entriesOf({ fromId, untilId }) {
      for (let afterId = fromId - 1; ;) {
        const page = await readEntries(store.pool, { afterId, beforeId: untilId, limit: PAGE });
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return;
        afterId = last.id;
      }
    },
    entriesOfKind: (kind) => readEntries(store.pool, { kinds: [kind], limit: READ_MAX }),
    holdsOn,
    async erasures() {
      const { rows } = await ask<{ number: string; entry_id: string; erased_at: Date }>(
        store.pool,
        'SELECT number, entry_id, erased_at FROM breakwater.erasure ORDER BY entry_id',
      );
      return rows.map((row) => ({
        ...{ number: row.number, entryId: Number(row.entry_id) },
        erasedAt: instant(row.erased_at.getTime()),
      }));
    },
    async holds() {
      const { rows } = await ask<LedgerHoldRow>(store.pool, ledgerHoldsQuery(null));
      return rows.map(ledgerHoldOf);
    },
    async append(draft) {
      const ledger = await openPostgresLedger(store, { writer: KEEPER, clock });
      try {
        return await ledger.append(draft);
      } finally {
        await ledger.close();
      }
    },
    async prune(pruning) {
      const client = await asOwner();
      await ask(
        client,
        `BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = ${LOCK_WITHIN_MS}`,
      );
      try {
        const entry = await pruneWithin(client, pruning);
        await ask(client, 'COMMIT');
        return entry;
      } catch (error) {
        await ask(client, 'ROLLBACK').catch(() => undefined);
        if ((error as { readonly code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
        const why = 'somebody reads the ledger or turns the month for longer than half a second';
        throw new PruningRefused(why, { cause: error });
      }
    },
    async close() {
      if (connected !== undefined) await owner.end().catch(() => undefined);
      await store.close();
    },
  };
}
