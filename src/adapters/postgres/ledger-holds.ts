/** Legal holds on the ledger, from the table that migrations/000021.sql keeps. */
import type { QueryConfig } from 'pg';
import type { LedgerHold, LedgerHoldScope } from '../../domain/ledger-hold.ts';
import { instant } from '../../domain/time.ts';

export interface LedgerHoldRow {
  readonly hold_id: string;
  readonly scope: string;
  readonly value: string;
  readonly who: string;
  readonly why: string;
  readonly set_at: Date;
  readonly lifted_at: Date | null;
}

const COLUMNS = 'hold_id, scope, value, who, why, set_at, lifted_at';

/** Newest first; `limit` null: all of them. */
export const ledgerHoldsQuery = (limit: number | null): QueryConfig => ({
  name: 'ledger-holds',
  text: `SELECT ${COLUMNS} FROM breakwater.ledger_hold ORDER BY entry_id DESC LIMIT $1`,
  values: [limit],
});

export const ledgerHoldQuery = (holdId: string): QueryConfig => ({
  name: 'ledger-hold',
  text: `SELECT ${COLUMNS} FROM breakwater.ledger_hold WHERE hold_id = $1`,
  values: [holdId],
});

export const ledgerHoldOf = (row: LedgerHoldRow): LedgerHold => ({
  holdId: row.hold_id,
  scope: row.scope as LedgerHoldScope,
  value: row.value,
  who: row.who,
  why: row.why,
  setAt: instant(row.set_at.getTime()),
  liftedAt: row.lifted_at === null ? null : instant(row.lifted_at.getTime()),
});
