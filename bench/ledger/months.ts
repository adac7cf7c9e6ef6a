/** What years of months cost: look-ups that ask every month's table, and keys that stand in an old one. Appends are measured by the caller. */
import pg from 'pg';
import type { PostgresStore } from '../../src/adapters/postgres/open.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import { textIn } from '../../src/domain/json-parts.ts';
import type { Ledger } from '../../src/ports/ledger.ts';

/** Enough that each table and each of its indexes has more than a page. */
const ENTRIES_A_MONTH = 500;

export interface MonthsBench {
  readonly store: PostgresStore;
  readonly ledger: Ledger;
  readonly months: number;
  /** Another one, with its key and its call, for each index. */
  readonly draft: (index: number) => LedgerDraft;
  readonly print: (metric: string, value: number, unit: string) => void;
}

/** Fills the months, one after the other, then asks for one entry of each. */
export async function benchMonths(bench: MonthsBench): Promise<void> {
  const { ledger, print } = bench;
  const ofEach = await fillMonths(bench);
  await timed('look_up_by_call', ofEach, print, ({ body }) =>
    ledger.read({ callId: textIn(body['callId']) ?? '', limit: 10 }),
  );
  await timed('look_up_by_number', ofEach, print, ({ body }) =>
    ledger.read({ number: textIn(body['number']) ?? '', limit: 10 }),
  );
  await timed('append_of_old_key', ofEach, print, (draft) => ledger.append(draft));
}

async function fillMonths({ store, ledger, months, draft }: MonthsBench): Promise<readonly LedgerDraft[]> {
  const client = new pg.Client(store.connection);
  await client.connect();
  const ofEach: LedgerDraft[] = [];
  try {
    for (let month = 1; month <= months; month += 1) {
      const drafts = Array.from({ length: ENTRIES_A_MONTH }, (_, index) =>
        draft(month * ENTRIES_A_MONTH + index),
      );
      await Promise.all(drafts.map((each) => ledger.append(each)));
      ofEach.push(...drafts.slice(0, 1));
      for (const turn of ['make_ledger_parts', 'move_ledger_ids']) {
        await client.query(`SELECT breakwater.${turn}(now() + make_interval(months => $1))`, [month]);
      }
    }
  } finally {
    await client.end();
  }
  return ofEach;
}

async function timed(
  metric: string,
  drafts: readonly LedgerDraft[],
  print: MonthsBench['print'],
  ask: (draft: LedgerDraft) => Promise<unknown>,
): Promise<void> {
  const started = performance.now();
  for (const draft of drafts) await ask(draft);
  print(metric, (performance.now() - started) / drafts.length, 'ms');
}
