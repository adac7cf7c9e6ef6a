/** What the look after a permit lives on: the same mark means the same records, in memory and on each real PostgreSQL this machine has. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { standingQuery } from '../../src/adapters/postgres/standing-records.ts';
import type { SellerId, WriterId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { monotonicMs } from '../../src/domain/time.ts';
import type { ComplianceRecords } from '../../src/ports/fact-sources.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { type PostgresServer, postgresSources, withClient } from '../support/stores.ts';

const QUESTION = { number: draft.NUMBER as PhoneNumber, sellerId: 's1' as SellerId, callerId: null };

const unclear = { requestId: 'u1', number: draft.NUMBER, sellerId: 's1' };
const emergency = { state: 'CO', source: 'proclamation 42', who: 'Jo', recordedAt: draft.at(1) };
const said = { who: 'Jo', why: 'read it' };

/** One of each kind that changes what a decision may read. */
const CHANGES: readonly LedgerDraft[] = [
  draft.consent(1),
  draft.confirmation(2, 'k1'),
  draft.revocation(3),
  draft.optOut(4),
  draft.relationship('r1', '2026-10-01'),
  draft.reassigned(5, 'no'),
  draft.override(6, 'registration', 'CO'),
  draft.attestation(7, 'A'),
  draft.campaign('campaign_paused', 'c1'),
  draft.campaign('campaign_resumed', 'c1'),
  {
    kind: 'unclear_request',
    body: { ...unclear, channel: 'text', text: 'who is this', receivedAt: draft.at(8) },
  },
  {
    kind: 'unclear_request_settled',
    body: { ...unclear, ...said, as: 'no_request', settledAt: draft.at(9) },
  },
  { kind: 'emergency_declared', body: { ...emergency, from: '2026-11-20', until: null } },
  { kind: 'emergency_ended', body: { ...emergency, until: '2026-11-23' } },
];

interface World {
  readonly ledger: Ledger;
  /** Another sidecar's view of the same store. */
  readonly records: ComplianceRecords;
  /** Its receipts bring the mark along. */
  readonly tellsMark: boolean;
  close(): Promise<void>;
}

function describeMark(open: () => Promise<World>): void {
  let world: World;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.close());

  test('every kind of record brings a mark that was never there before', async () => {
    const seen = [await world.records.mark()];
    for (const change of CHANGES) {
      await world.ledger.append(change);
      const mark = await world.records.mark();
      expect(seen, change.kind).not.toContain(mark);
      expect((await world.records.standing(QUESTION)).mark, change.kind).toBe(mark);
      seen.push(mark);
    }
  });

  test('a mark that comes with a receipt is the one that stands when the entry is durable', async () => {
    for (const change of [
      draft.consent(1),
      draft.permit('call-1'),
      draft.optOut(4),
      draft.permit('call-2'),
    ]) {
      const receipt = await world.ledger.append(change);
      const told = receipt.kind === 'written' ? receipt.recordsMark : undefined;
      expect(told !== undefined, change.kind).toBe(world.tellsMark);
      expect(told ?? (await world.records.mark()), change.kind).toBe(await world.records.mark());
    }
    // One commit for all: what another of the batch has changed is in it.
    const before = await world.records.mark();
    const [permitted] = await Promise.all([
      world.ledger.append(draft.permit('call-3')),
      world.ledger.append(draft.optOut(5)),
    ]);
    const told = permitted.kind === 'written' ? permitted.recordsMark : undefined;
    expect(await world.records.mark(told)).not.toBe(before);
    // The receipt of an old entry says nothing of now.
    expect(await world.ledger.append(draft.permit('call-3'))).not.toHaveProperty('recordsMark');
  });

  test('decisions and results of calls leave it, so that a busy sidecar finds it unchanged', async () => {
    await world.ledger.append(draft.consent(1));
    const { mark } = await world.records.standing(QUESTION);
    await world.ledger.append(draft.permit('call-1'));
    await world.ledger.append(draft.progress('call-1'));
    await world.ledger.append(draft.result('call-1'));
    expect(await world.records.mark()).toBe(mark);
  });

  test('asked beside an append, answer and mark are of one instant: the one before it or the one after', async () => {
    let before = await world.records.standing(QUESTION);
    for (let minutes = 1; minutes <= 40; minutes += 1) {
      const appending = world.ledger.append(draft.optOut(minutes));
      const [beside] = await Promise.all([world.records.standing(QUESTION), appending]);
      const after = await world.records.standing(QUESTION);
      expect(after.internalRequest).not.toEqual(before.internalRequest);
      expect([before, after]).toContainEqual(beside);
      before = after;
    }
  });
}

describe('the mark of records in memory', () => {
  describeMark(() => {
    const store = memoryLedgerStore();
    const ledger = openMemoryLedger({ writer: 'w1' as WriterId, clock: systemLikeClock(), store });
    return Promise.resolve({
      ledger,
      records: store.records,
      tellsMark: false,
      close: () => ledger.close(),
    });
  });
});

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`the mark of records on ${source.name}`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());

    /** By the ledger's clock every answer takes as long. */
    const openWorld = async (answerMs: number): Promise<World> => {
      const url = await server.freshDatabase();
      const [store, other] = [await openPostgres({ url }), await openPostgres({ url })];
      let now = 0;
      const clock = { ...systemLikeClock(), monotonic: () => monotonicMs((now += answerMs)) };
      const ledger = await openPostgresLedger(store, { writer: 'w1' as WriterId, clock });
      return {
        ledger,
        records: postgresRecords(other),
        tellsMark: true,
        async close() {
          await ledger.close();
          await Promise.all([store.close(), other.close()]);
        },
      };
    };

    describeMark(() => openWorld(0));

    test.each([
      [50, true],
      [51, false],
    ])('a receipt whose commit took %i ms brings a mark: %s', async (answerMs, brings) => {
      const world = await openWorld(answerMs);
      const receipt = await world.ledger.append(draft.permit('call-1'));
      expect(receipt.kind === 'written' && receipt.recordsMark !== undefined).toBe(brings);
      await world.close();
    });

    test('every table that a decision reads draws another mark, whoever changes it and how', async () => {
      const text = standingQuery([QUESTION]).text;
      const read = new Set([...text.matchAll(/breakwater\.(\w+)/g)].map(([, name]) => name ?? ''));
      read.delete('records_mark');
      expect(read.size).toBeGreaterThan(9);
      const url = await server.freshDatabase();
      await (await openPostgres({ url })).close();
      await withClient(url, async (client) => {
        await client.query('SET session_replication_role = replica');
        const markNow = async (): Promise<string> => {
          const { rows } = await client.query<{ mark: string }>('SELECT mark FROM breakwater.records_mark');
          return rows[0]?.mark ?? '';
        };
        const columnOf = async (table: string): Promise<string> => {
          const { rows } = await client.query<{ name: string }>(
            "SELECT attname AS name FROM pg_attribute WHERE attrelid = ('breakwater.' || $1)::regclass AND attnum = 1",
            [table],
          );
          return rows[0]?.name ?? '';
        };
        for (const table of read) {
          const column = await columnOf(table);
          for (const change of [
            `INSERT INTO breakwater.${table} SELECT * FROM breakwater.${table}`,
            `UPDATE breakwater.${table} SET ${column} = ${column}`,
            `DELETE FROM breakwater.${table}`,
            `TRUNCATE breakwater.${table}`,
          ]) {
            const before = await markNow();
            await client.query(change);
            expect(await markNow(), change).not.toBe(before);
          }
        }
      });
    });
  });
}
