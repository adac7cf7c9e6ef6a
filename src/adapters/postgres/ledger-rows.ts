/** Ledger rows and entries: the statements that write and read them, and the reading of a row. One named function per statement. */
import { type ChainHead, EMPTY_CHAIN, entryOf, type Link } from '../../domain/chain-link.ts';
import type { WriterId } from '../../domain/ids.ts';
import type { EntryKind, LedgerEntry, LookUpTexts } from '../../domain/ledger-entry.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { LedgerQuery } from '../../ports/ledger.ts';
import { ask, type Queryable } from './ask.ts';

export const READ_MAX = 10_000;

const COLUMNS = 'id, writer, seq, at, kind, body, prev_hash, hash, dedupe_key';

interface Row {
  readonly id: string;
  readonly writer: string;
  readonly seq: string;
  readonly at: Date;
  readonly kind: string;
  readonly body: string;
  readonly prev_hash: string;
  readonly hash: string;
  readonly dedupe_key: string | null;
}

const entryOfRow = (row: Row, lookUp?: LookUpTexts): LedgerEntry =>
  entryOf(
    {
      writer: row.writer as WriterId,
      seq: Number(row.seq),
      at: instant(row.at.getTime()),
      kind: row.kind as EntryKind,
      bodyText: row.body,
      prevHash: row.prev_hash,
      hash: row.hash,
    },
    Number(row.id),
    lookUp,
  );

/** Last link of a writer's chain; of one whose last entries were pruned, where it had come. */
export async function readHead(client: Queryable, writer: WriterId): Promise<ChainHead> {
  const { rows } = await ask<{ seq: string; hash: string }>(client, {
    text: `(SELECT seq, hash FROM breakwater.ledger WHERE writer = $1 ORDER BY seq DESC LIMIT 1)
           UNION ALL SELECT seq, hash FROM breakwater.ledger_anchor WHERE writer = $1
           ORDER BY seq DESC LIMIT 1`,
    values: [writer],
  });
  const row = rows[0];
  return row === undefined ? EMPTY_CHAIN : { seq: Number(row.seq), hash: row.hash };
}

export interface DedupeKey {
  readonly kind: EntryKind;
  readonly dedupeKey: string;
}

/** Spelling of a key for maps; kinds hold no blank. */
export const dedupeText = ({ kind, dedupeKey }: DedupeKey): string => `${kind} ${dedupeKey}`;

/** Entries that stand under the keys already, by `dedupeText`. */
export async function readByDedupeKeys(
  client: Queryable,
  keys: readonly DedupeKey[],
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const { rows } = await ask<Row>(client, {
    name: 'ledger-by-dedupe-key',
    text: `SELECT ${COLUMNS} FROM breakwater.ledger
            WHERE id IN (SELECT k.id FROM unnest($1::text[], $2::text[]) AS a (kind, key)
                           JOIN breakwater.ledger_key k ON k.kind = a.kind AND k.dedupe_key = a.key)`,
    values: [keys.map(({ kind }) => kind), keys.map(({ dedupeKey }) => dedupeKey)],
  });
  return new Map(
    rows.map((row) => [
      dedupeText({ kind: row.kind as EntryKind, dedupeKey: row.dedupe_key ?? '' }),
      entryOfRow(row),
    ]),
  );
}

export interface NewRow {
  readonly link: Link;
  readonly lookUp: LookUpTexts;
  readonly dedupeKey: string | null;
}

/** Stands raw in no JSON text: RFC 8259 wants control characters escaped. */
const BETWEEN_BODIES = '\u0001';

/**
 * Inserts the rows in order with one statement; answers their ids in the same order. The bodies go as one text: as an array literal
 * each quotation mark would be escaped here and read again there, which takes ten times as long as the insert itself.
 */
export async function insertRows(client: Queryable, rows: readonly NewRow[]): Promise<readonly number[]> {
  const column = (of: (row: NewRow) => string | number | null) => rows.map(of);
  const { rows: inserted } = await ask<{ id: string; seq: string }>(client, {
    name: 'ledger-insert',
    text: `INSERT INTO breakwater.ledger
             (writer, seq, at, kind, body, prev_hash, hash, dedupe_key, call_id, number, campaign_id, verdict)
           SELECT $1, n.seq, n.at, n.kind, n.body, n.prev_hash, n.hash, n.dedupe_key, n.call_id, n.number,
                  n.campaign_id, n.verdict
             FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], string_to_array($5, chr(1)), $6::text[], $7::text[], $8::text[],
                         $9::text[], $10::text[], $11::text[], $12::text[])
               AS n (seq, at, kind, body, prev_hash, hash, dedupe_key, call_id, number, campaign_id, verdict)
            ORDER BY n.seq
           RETURNING id, seq`,
    values: [
      rows[0]?.link.writer,
      column(({ link }) => link.seq),
      column(({ link }) => formatInstant(link.at)),
      column(({ link }) => link.kind),
      rows.map(({ link }) => link.bodyText).join(BETWEEN_BODIES),
      column(({ link }) => link.prevHash),
      column(({ link }) => link.hash),
      column(({ dedupeKey }) => dedupeKey),
      column(({ lookUp }) => lookUp.callId),
      column(({ lookUp }) => lookUp.number),
      column(({ lookUp }) => lookUp.campaignId),
      column(({ lookUp }) => lookUp.verdict),
    ],
  });
  const ids = new Map(inserted.map(({ id, seq }) => [Number(seq), Number(id)]));
  return rows.map(({ link }) => {
    const id = ids.get(link.seq);
    if (id === undefined) throw new Error(`inserted row ${link.writer}/${link.seq} was not returned`);
    return id;
  });
}

/** Ids by hash of those of the writer's links that stand. Another entry may stand in a link's place: it has another hash. */
export async function readIdsByHash(
  client: Queryable,
  writer: WriterId,
  links: readonly Link[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await ask<{ id: string; hash: string }>(client, {
    text: `SELECT id, hash FROM breakwater.ledger
            WHERE writer = $1 AND seq = ANY ($2::bigint[]) AND hash = ANY ($3::text[])`,
    values: [writer, links.map(({ seq }) => seq), links.map(({ hash }) => hash)],
  });
  return new Map(rows.map(({ id, hash }) => [hash, Number(id)]));
}

/** Largest id visible now, 0 when empty. */
export async function readLastId(client: Queryable): Promise<number> {
  const { rows } = await ask<{ id: string | null }>(client, 'SELECT max(id) AS id FROM breakwater.ledger');
  return Number(rows[0]?.id ?? 0);
}

/** With what the feed's listeners ask for first, so that they need not read the body of each. */
interface TheirRow extends Row {
  readonly call_id: string | null;
  readonly number: string | null;
  readonly campaign_id: string | null;
  readonly verdict: string | null;
}

const entryOfTheirRow = (row: TheirRow): LedgerEntry => {
  const { call_id: callId, number, campaign_id: campaignId, verdict } = row;
  return entryOfRow(row, { callId, number, campaignId, verdict });
};

/** Of a row that we wrote ourselves. */
interface OwnRow {
  readonly id: string;
  readonly writer: null;
}

/** `entry`: null when our own writer wrote it. */
export interface NewRowAfter {
  readonly id: number;
  readonly entry: LedgerEntry | null;
}

/** What stands above `afterId`, in order of id, at most `limit`; of `ownWriter` the ids alone. */
export async function readRowsAfter(
  client: Queryable,
  ownWriter: WriterId,
  afterId: number,
  limit: number,
): Promise<readonly NewRowAfter[]> {
  const { rows } = await ask<TheirRow | OwnRow>(client, {
    name: 'ledger-rows-after',
    text: `SELECT l.id, theirs.*
             FROM breakwater.ledger l
             LEFT JOIN LATERAL (SELECT l.writer, l.seq, l.at, l.kind, l.body, l.prev_hash, l.hash, l.dedupe_key,
                                      l.call_id, l.number, l.campaign_id, l.verdict
                                 WHERE l.writer <> $3) AS theirs ON true
            WHERE l.id > $1 ORDER BY l.id LIMIT $2`,
    values: [afterId, limit, ownWriter],
  });
  return rows.map((row) => ({
    id: Number(row.id),
    entry: row.writer === null ? null : entryOfTheirRow(row),
  }));
}

export async function readByIds(client: Queryable, ids: readonly number[]): Promise<readonly LedgerEntry[]> {
  const { rows } = await ask<Row>(client, {
    name: 'ledger-by-ids',
    text: `SELECT ${COLUMNS} FROM breakwater.ledger WHERE id = ANY ($1::bigint[])`,
    values: [ids],
  });
  return rows.map((row) => entryOfRow(row));
}

/** Entries that match the query, at most `READ_MAX`. */
export async function readEntries(client: Queryable, query: LedgerQuery): Promise<readonly LedgerEntry[]> {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition.replace('?', `$${values.length}`));
  };
  where('id > ?', query.afterId);
  where('id < ?', query.beforeId);
  where('kind = ANY (?::text[])', query.kinds);
  // Nobody finds a few among the entries of years by their kind.
  if (query.kinds?.every((kind) => kind === 'ledger_pruned') === true && query.kinds.length > 0)
    conditions.push('id IN (SELECT entry_id FROM breakwater.ledger_pruning)');
  where('call_id = ?', query.callId);
  where('number = ?', query.number);
  where('campaign_id = ?', query.campaignId);
  where('at >= ?::timestamptz', query.since === undefined ? undefined : formatInstant(query.since));
  values.push(Math.min(query.limit, READ_MAX));
  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const order = query.order === 'desc' ? 'DESC' : 'ASC';
  const { rows } = await ask<Row>(client, {
    text: `SELECT ${COLUMNS} FROM breakwater.ledger ${filter} ORDER BY id ${order} LIMIT $${values.length}`,
    values,
  });
  return rows.map((row) => entryOfRow(row));
}
