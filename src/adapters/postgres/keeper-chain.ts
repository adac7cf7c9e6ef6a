/** Entries of the keeper, at the end of its own chain, within a transaction that changes something else as well: both or neither. */
import type pg from 'pg';
import { entryOf, nextLink } from '../../domain/chain-link.ts';
import { lookUpTextsOf, readDraft } from '../../domain/entry-bodies.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { LedgerDraft, LedgerEntry } from '../../domain/ledger-entry.ts';
import { KEEPER_ID } from '../../domain/pruned-month.ts';
import type { Instant } from '../../domain/time.ts';
import { ask } from './ask.ts';
import { insertRows, readHead } from './ledger-rows.ts';
import { writerLockKey } from './writer-lock.ts';

export const KEEPER = KEEPER_ID as WriterId;

/** False: another session writes the chain. The transaction MUST hold the lock of those who append. */
export async function takeKeeperChain(client: pg.Client): Promise<boolean> {
  const { rows } = await ask<{ taken: boolean }>(client, {
    text: 'SELECT pg_try_advisory_xact_lock($1) AS taken',
    values: [writerLockKey(KEEPER)],
  });
  return rows[0]?.taken === true;
}

/** The transaction MUST have taken the chain. */
export async function writeAsKeeper(
  client: pg.Client,
  draft: LedgerDraft,
  at: Instant,
): Promise<LedgerEntry> {
  const body = readDraft(draft);
  if (!body.ok) throw new Error(body.problem);
  const head = await readHead(client, KEEPER);
  const link = nextLink(head, KEEPER, { kind: draft.kind, bodyText: body.value, at });
  const row = { link, lookUp: lookUpTextsOf(draft.body), dedupeKey: null };
  const [id = 0] = await insertRows(client, [row]);
  return entryOf(link, id);
}
