/**
 * INVARIANT (records-from-the-ledger): a database that was filled under any earlier level of the schema, and then migrated, has the same
 * records and the same chain as a new one that was given the same entries. What binds a call must not depend on when it came.
 */
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { EMPTY_CHAIN } from '../../src/domain/chain-link.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import { appendRaw, MIGRATION_NAMES, migrateTo } from '../support/earlier-schema.ts';
import * as draft from '../support/entries.ts';
import { type PostgresServer, postgresSources, withClient } from '../support/stores.ts';

const WRITER = 'w1' as WriterId;

const unclear = (requestId: string, minutes: number): LedgerDraft => ({
  kind: 'unclear_request',
  dedupeKey: requestId,
  body: {
    ...{ requestId, number: draft.NUMBER, sellerId: 's1', channel: 'text', text: 'who is this' },
    receivedAt: draft.at(minutes),
  },
});
const emergency = (state: string, from: string, until: string | null): LedgerDraft => ({
  kind: 'emergency_declared',
  body: { state, from, until, source: 'proclamation 41', who: 'Jo Example' },
});
const campaignLoaded = (sellerId: string, lines: readonly string[]): LedgerDraft => ({
  kind: 'campaign_loaded',
  body: {
    seller: { id: sellerId, callbackNumber: '+13035550188' },
    callerIds: lines.map((number) => ({ number })),
  },
});
const recording = (callId: string, pushTo: readonly string[], store?: string): LedgerDraft => ({
  kind: 'recording_archived',
  dedupeKey: callId,
  body: {
    ...{ callId, number: draft.NUMBER, sellerId: 's1', campaignId: 'c1', retentionUntil: draft.at(900) },
    files: [{ track: 'mixed', file: 'mixed.wav', ...(store === undefined ? {} : { store }) }],
    pushTo: [...pushTo],
  },
});
const hold = (holdId: string): LedgerDraft => ({
  kind: 'recording_hold_set',
  dedupeKey: holdId,
  body: {
    ...{ holdId, scope: 'call', value: 'r1', who: 'Jo Example', why: 'suit 7' },
    setAt: draft.at(20),
  },
});

/** `from`: the first level whose program writes such an entry. The order is that of the ledger. */
const ENTRIES: readonly { readonly from: string; readonly drafts: readonly LedgerDraft[] }[] = [
  {
    from: '000002',
    drafts: [
      draft.permit('ended'),
      draft.result('ended'),
      draft.permit('pending'),
      // The result first, as when a dialplan has reported before the decision was read back.
      draft.result('early'),
      draft.permit('early'),
      draft.optOut(5),
      draft.optOut(3, 's1', 'late news'),
      draft.optOut(4, 's2'),
      draft.consent(2),
      draft.consent(6, 's1', 'newer'),
      draft.consent(1, 's1', 'older'),
      draft.revocation(7, 's2'),
      draft.attestation(3, 'A'),
      draft.attestation(4, 'B', { way: 'canary' }),
      draft.attestation(2, 'C'),
      draft.campaign('campaign_paused', 'c1'),
      draft.campaign('campaign_paused', 'c2'),
      draft.campaign('campaign_resumed', 'c2'),
    ],
  },
  {
    from: '000004',
    drafts: [
      draft.relationship('b1', '2026-09-01'),
      draft.relationship('b2', '2026-10-01'),
      draft.relationship('b3', '2026-08-01', 'inquiry'),
      // Lines of one file: they contradict each other, and the order of lines must not decide.
      draft.reassigned(8, 'yes'),
      draft.reassigned(8, 'no'),
      draft.confirmation(9, 'newer'),
      draft.override(10, 'campaign_attempts', 'CO'),
      draft.override(11, 'campaign_attempts', 'CO'),
      draft.override(12, 'drop_lockout', 'TX', 's2'),
    ],
  },
  {
    from: '000005',
    drafts: [
      unclear('u1', 13),
      unclear('u2', 14),
      {
        kind: 'unclear_request_settled',
        body: {
          ...{ requestId: 'u1', number: draft.NUMBER, sellerId: 's1', as: 'opt_out' },
          ...{ who: 'Jo Example', why: 'she meant it', settledAt: draft.at(15) },
        },
      },
      emergency('CO', '2026-11-01', '2026-11-10'),
      emergency('CO', '2026-11-01', null),
      emergency('TX', '2026-11-05', null),
      { kind: 'emergency_ended', body: { state: 'TX', until: '2026-11-07', source: 'order 2', who: 'Jo' } },
    ],
  },
  {
    // Written since the first program; taken over by the level that reads it.
    from: '000002',
    drafts: [
      campaignLoaded('s1', ['+13035550189', '+13035550190']),
      campaignLoaded('s1', ['+13035550189']),
      campaignLoaded('s2', ['+13035550189']),
    ],
  },
  {
    from: '000007',
    drafts: [
      recording('r1', ['vault', 'archive']),
      recording('r2', ['vault']),
      { kind: 'recording_pushed', body: { callId: 'r1', track: 'mixed', target: 'vault' } },
      hold('h1'),
      hold('h2'),
      {
        kind: 'recording_hold_lifted',
        body: { holdId: 'h2', who: 'Jo Example', why: 'settled', liftedAt: draft.at(21) },
      },
      {
        kind: 'recording_refused',
        dedupeKey: 'r2',
        body: {
          ...{ callId: 'r2', number: draft.NUMBER, policy: 'stop_and_delete', who: 'called party' },
          refusedAt: draft.at(22),
        },
      },
      {
        kind: 'recording_refused',
        dedupeKey: 'r3',
        body: {
          ...{ callId: 'r3', number: draft.NUMBER, policy: 'stop_and_delete', who: 'called party' },
          refusedAt: draft.at(23),
        },
      },
      {
        kind: 'recording_deleted',
        dedupeKey: 'r2',
        body: { callId: 'r2', why: 'refused', files: [], deletedAt: draft.at(24) },
      },
    ],
  },
  { from: '000011', drafts: [recording('r4', ['vault'], 'store-1')] },
  { from: '000014', drafts: [draft.reassigned(30, 'no', '2026-01-01')] },
  { from: '000015', drafts: [draft.attestation(40, 'A', { trunk: 'carrier', way: 'signed_here' })] },
];

/** What a program of that level would have written by then. */
const writtenUnder = (level: string): readonly LedgerDraft[] =>
  ENTRIES.filter(({ from }) => `${from}.sql` <= level).flatMap(({ drafts }) => drafts);

/**
 * Not projected from entries: what was migrated, the random mark, the store of the counters, the register of erasures, which who writes the
 * entry writes with it, and the tables of the ledger itself.
 */
const NO_RECORDS = ['migration', 'records_mark', 'counters_store', 'erasure'];

type Rows = Readonly<Record<string, readonly string[]>>;

/** Every projected table; the entry that a row stands on by its place in the chain, as ids may be given otherwise under another level. */
async function recordsIn(client: Client): Promise<Rows> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'breakwater' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname NOT LIKE 'ledger%' AND c.relname <> ALL ($1::text[]) ORDER BY c.relname`,
    [NO_RECORDS],
  );
  const found: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(
      `SELECT (to_jsonb(t) - 'entry_id' || coalesce((
         SELECT jsonb_build_object('seq', l.seq) FROM breakwater.ledger l WHERE l.id = (to_jsonb(t) ->> 'entry_id')::bigint), '{}'))::text AS row
         FROM breakwater.${name} t`,
    );
    found[name] = rows.map(({ row }) => row).sort();
  }
  return found;
}

const chainIn = async (client: Client): Promise<unknown> =>
  (
    await client.query(
      'SELECT seq, kind, body, prev_hash, hash, dedupe_key FROM breakwater.ledger ORDER BY id',
    )
  ).rows;

const [source] = (await postgresSources()).filter(({ missing }) => missing === undefined);

describe.skipIf(source === undefined)('records of a database that was filled under an earlier level', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    if (source === undefined) throw new Error('no PostgreSQL');
    server = await source.start();
  });
  afterAll(() => server.stop());

  test.each(MIGRATION_NAMES)('%s, and then migrated: as if all had come under the newest', async (level) => {
    const drafts = writtenUnder(level);
    const [upgraded, fresh] = [await server.freshDatabase(), await server.freshDatabase()];
    const found = await withClient(upgraded, async (client) => {
      await migrateTo(client, level);
      await appendRaw(client, WRITER, drafts, EMPTY_CHAIN);
      await migrate(client);
      return { records: await recordsIn(client), chain: await chainIn(client) };
    });
    const expected = await withClient(fresh, async (client) => {
      await migrate(client);
      await appendRaw(client, WRITER, drafts, EMPTY_CHAIN);
      return { records: await recordsIn(client), chain: await chainIn(client) };
    });
    expect(found).toEqual(expected);
    expect(found.chain).toHaveLength(drafts.length);
  });

  test('the entries of this suite leave a row in every table of records', async () => {
    const url = await server.freshDatabase();
    await withClient(url, async (client) => {
      await migrate(client);
      await appendRaw(client, WRITER, writtenUnder(MIGRATION_NAMES.at(-1) ?? ''), EMPTY_CHAIN);
      const empty = Object.entries(await recordsIn(client)).filter(([, rows]) => rows.length === 0);
      expect(empty.map(([name]) => name)).toEqual([]);
    });
  });
});
