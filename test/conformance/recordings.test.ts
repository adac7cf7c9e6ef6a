/** Rows of recordings, holds and owed deliveries: one suite for the projection in memory and for the one in each real PostgreSQL. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecordingRecords } from '../../src/adapters/postgres/recording-records.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { addMs, addYears, formatInstant, type Instant, instant } from '../../src/domain/time.ts';
import { EntryRefused, type Ledger } from '../../src/ports/ledger.ts';
import type { Custody, RecordingRecords } from '../../src/ports/recording-records.ts';
import { systemLikeClock } from '../support/clock.ts';
import { type PostgresServer, postgresSources } from '../support/stores.ts';

interface World {
  readonly ledger: Ledger;
  readonly records: RecordingRecords;
  /** Runs a statement as our own sessions do; memory has no such thing. */
  readonly sql: ((text: string) => Promise<unknown>) | null;
  close(): Promise<void>;
}

const NUMBER = '+13035550123';
const ENDED = instant(Date.UTC(2026, 10, 24, 18, 0, 0));
const UNTIL = addYears(ENDED, 5);
const NOW = instant(Date.UTC(2026, 10, 25));

const file = (track: string) => ({
  track,
  file: `${track}.wav`,
  sha256: 'a'.repeat(64),
  bytes: 10,
  container: `aa/${track}.bwrc`,
  containerSha256: 'b'.repeat(64),
  containerBytes: 100,
  keyId: 'first',
});

/** Of the writer of the suite, who has one folder. */
const MINE: Custody = { keeper: 'one', stores: ['s-1'] };
const refusal = (callId: string, policy = 'stop_and_delete') => ({
  kind: 'recording_refused' as const,
  dedupeKey: callId,
  body: {
    callId,
    number: NUMBER,
    how: 'key',
    who: 'called party',
    policy,
    running: true,
    refusedAt: formatInstant(NOW),
  },
});

function suite(open: () => Promise<World>): void {
  let world: World;
  beforeEach(async () => {
    world = await open();
    return () => world.close();
  });

  const archived = (callId: string, more: object = {}) =>
    world.ledger.append({
      kind: 'recording_archived',
      dedupeKey: callId,
      body: {
        callId,
        number: NUMBER,
        sellerId: 'sunrise',
        campaignId: 'solar',
        files: [file('mixed'), file('called')],
        retentionUntil: formatInstant(UNTIL),
        pushTo: [],
        ...more,
      },
    });
  const held = (holdId: string, scope: string, value: string) =>
    world.ledger.append({
      kind: 'recording_hold_set',
      dedupeKey: holdId,
      body: { holdId, scope, value, who: 'Jo Example', why: 'suit 7', setAt: formatInstant(NOW) },
    });
  const due = async (at: Instant | null, custody = MINE) =>
    (await world.records.dueForDeletion(custody, at, 10)).map(({ callId }) => callId);
  const owed = async () => (await world.records.pushQueue()).map(({ target, waiting }) => [target, waiting]);

  test('a row says what its entry says, and who keeps the files', async () => {
    await archived('c-1');
    expect(await world.records.recording('c-1')).toMatchObject({
      callId: 'c-1',
      number: NUMBER,
      sellerId: 'sunrise',
      campaignId: 'solar',
      keeper: 'one',
      retentionUntil: UNTIL,
      deletedAt: null,
      files: [file('mixed'), file('called')],
      record: { retentionUntil: formatInstant(UNTIL) },
    });
    expect(await world.records.recording('c-2')).toBeNull();
  });

  test('due at its instant, not before; deleted only once', async () => {
    await archived('c-2', { retentionUntil: formatInstant(addMs(UNTIL, 5)) });
    await archived('c-1');
    expect(await due(addMs(UNTIL, -1))).toEqual([]);
    expect(await due(UNTIL)).toEqual(['c-1']);
    expect(await due(addMs(UNTIL, 5))).toEqual(['c-1', 'c-2']);
    const deletedAt = formatInstant(UNTIL);
    const body = { callId: 'c-1', number: NUMBER, why: 'retention', files: [], deletedAt };
    await world.ledger.append({ kind: 'recording_deleted', dedupeKey: 'c-1', body });
    expect(await due(addMs(UNTIL, 5))).toEqual(['c-2']);
    expect((await world.records.recording('c-1'))?.deletedAt).toBe(UNTIL);
  });

  test.each([
    ['call', 'c-1', 'c-9'],
    ['number', NUMBER, '+13035550199'],
    ['seller', 'sunrise', 'clearview'],
  ])(
    'a hold on a %s binds what it names and nothing else, until it is lifted',
    async (scope, value, other) => {
      await archived('c-1');
      await held('h-0', scope, other);
      expect(await due(UNTIL)).toEqual(['c-1']);
      await held('h-1', scope, value);
      await held('h-2', scope, value);
      const subject = { callId: 'c-1', number: NUMBER, sellerId: 'sunrise' };
      expect((await world.records.holdsOn(subject)).map(({ holdId }) => holdId)).toEqual(['h-1', 'h-2']);
      expect(await due(UNTIL)).toEqual([]);
      for (const holdId of ['h-1', 'h-2']) {
        expect(await due(UNTIL)).toEqual([]);
        const body = { holdId, who: 'Jo Example', why: 'settled', liftedAt: formatInstant(NOW) };
        await world.ledger.append({ kind: 'recording_hold_lifted', dedupeKey: holdId, body });
      }
      expect(await due(UNTIL)).toEqual(['c-1']);
      expect((await world.records.holds(10)).map(({ holdId }) => holdId)).toEqual(['h-2', 'h-1', 'h-0']);
      expect(await world.records.hold('h-1')).toMatchObject({ scope, value, liftedAt: NOW, why: 'suit 7' });
    },
  );

  test('a hold of an unknown kind is refused: it would bind nothing', async () => {
    await expect(held('h-1', 'caller', NUMBER)).rejects.toBeInstanceOf(EntryRefused);
  });

  test('every file is owed to every target until it is confirmed, and to one asker at a time', async () => {
    const before = instant(Date.UTC(2026, 0, 1));
    await archived('c-1', { pushTo: ['crm', 'store'] });
    const later = instant(Date.now() + 60_000);
    expect(await owed()).toEqual([
      ['crm', 2],
      ['store', 2],
    ]);
    expect(await world.records.claimPushes(MINE, ['crm'], before, later, 9)).toEqual([]);
    const claims = await Promise.all(
      [1, 2, 3].map(() => world.records.claimPushes(MINE, ['crm'], later, addMs(later, 1_000), 1)),
    );
    expect(
      claims
        .flat()
        .map(({ track, attempts }) => `${track} ${attempts}`)
        .sort(),
    ).toEqual(['called 1', 'mixed 1']);
    const [mixed] = claims.flat().filter(({ track }) => track === 'mixed');
    await world.records.postponePush(mixed!, addMs(later, 200), 'answered 500');
    expect(await world.records.claimPushes(MINE, ['crm'], addMs(later, 199), addMs(later, 900), 9)).toEqual(
      [],
    );
    expect(
      await world.records.claimPushes(MINE, ['crm'], addMs(later, 200), addMs(later, 900), 9),
    ).toMatchObject([{ track: 'mixed', attempts: 2, problem: 'answered 500' }]);
    const body = { callId: 'c-1', number: NUMBER, track: 'mixed', target: 'crm' };
    await world.ledger.append({ kind: 'recording_pushed', dedupeKey: 'k', body });
    expect(await owed()).toEqual([
      ['crm', 1],
      ['store', 2],
    ]);
    await world.records.postponePush(mixed!, before, 'a late failure of a delivery that was confirmed');
    expect(
      (await world.records.claimPushes(MINE, ['crm'], addMs(later, 9_000), later, 9)).map(
        ({ track }) => track,
      ),
    ).toEqual(['called']);
  });

  test('nothing is owed of what was deleted', async () => {
    await archived('c-1', { pushTo: ['crm'] });
    const body = { callId: 'c-1', why: 'retention', files: [], deletedAt: formatInstant(UNTIL) };
    await world.ledger.append({ kind: 'recording_deleted', dedupeKey: 'c-1', body });
    expect(await owed()).toEqual([]);
    const later = instant(Date.now() + 60_000);
    expect(await world.records.claimPushes(MINE, ['crm'], later, later, 9)).toEqual([]);
  });

  const inStore = (store: string) => ({ files: [{ ...file('mixed'), store }] });

  test('recordings go with the folder that has them; those of no folder with their keeper', async () => {
    await archived('c-mine', inStore('s-1'));
    await archived('c-away', inStore('s-2'));
    await archived('c-former');
    expect(await due(UNTIL)).toEqual(['c-mine', 'c-former']);
    expect(await due(UNTIL, { keeper: 'two', stores: ['s-2'] })).toEqual(['c-away']);
    expect(await due(UNTIL, { keeper: 'one', stores: [] })).toEqual(['c-former']);
    expect(await world.records.dueElsewhere(MINE, UNTIL)).toBe(1);
    expect(await world.records.dueElsewhere(MINE, addMs(UNTIL, -1))).toBe(0);
    expect(await world.records.dueElsewhere({ keeper: 'two', stores: [] }, UNTIL)).toBe(0);
    await held('h-1', 'call', 'c-away');
    expect(await world.records.dueElsewhere(MINE, UNTIL)).toBe(0);
  });

  test('what lies elsewhere takes no place among those that are asked for', async () => {
    for (const callId of ['c-1', 'c-2', 'c-3']) {
      await archived(callId, { ...inStore('s-2'), pushTo: ['crm'], retentionUntil: formatInstant(NOW) });
    }
    await archived('c-4', { ...inStore('s-1'), pushTo: ['crm'] });
    expect((await world.records.dueForDeletion(MINE, UNTIL, 1)).map(({ callId }) => callId)).toEqual(['c-4']);
    const later = instant(Date.now() + 60_000);
    const claims = await world.records.claimPushes(MINE, ['crm'], later, addMs(later, 1_000), 9);
    expect(claims.map(({ callId }) => callId)).toEqual(['c-4']);
    expect(await owed()).toEqual([['crm', 4]]);
  });

  test.each([['before its row'], ['after its row']])(
    'a refusal %s makes a recording unwanted',
    async (when) => {
      if (when === 'before its row') await world.ledger.append(refusal('c-1'));
      await archived('c-1', { pushTo: ['crm'] });
      if (when === 'after its row') {
        expect(await due(null)).toEqual([]);
        await world.ledger.append(refusal('c-1'));
      }
      expect((await world.records.recording('c-1'))?.unwanted).toBe(true);
      expect(await due(null)).toEqual(['c-1']);
      expect(await due(NOW)).toEqual(['c-1']);
      expect(await owed()).toEqual([]);
      const later = instant(Date.now() + 60_000);
      expect(await world.records.claimPushes(MINE, ['crm'], later, later, 9)).toEqual([]);
      await held('h-1', 'seller', 'sunrise');
      expect(await due(null)).toEqual([]);
      const deleted = { callId: 'c-1', why: 'refused', files: [], deletedAt: formatInstant(NOW) };
      await world.ledger.append({ kind: 'recording_deleted', dedupeKey: 'c-1', body: deleted });
      expect(await due(UNTIL)).toEqual([]);
      expect((await world.records.recording('c-1'))?.unwanted).toBe(false);
    },
  );

  test('a refusal that policy keeps changes nothing', async () => {
    await archived('c-1', { pushTo: ['crm'] });
    await world.ledger.append(refusal('c-1', 'stop_and_keep'));
    expect((await world.records.recording('c-1'))?.unwanted).toBe(false);
    expect(await due(null)).toEqual([]);
    expect(await owed()).toEqual([['crm', 2]]);
  });

  test('our sessions cannot bring a retention forward, lift a hold or call a delivery made', async () => {
    if (world.sql === null) return;
    await archived('c-1', { pushTo: ['crm'] });
    for (const statement of [
      "UPDATE breakwater.recording SET retention_until = now() - interval '1 day'",
      'UPDATE breakwater.recording_hold SET lifted_at = now()',
      'UPDATE breakwater.recording_push SET pushed_at = now()',
      'DELETE FROM breakwater.recording_push',
      'DELETE FROM breakwater.recording_unwanted',
      "UPDATE breakwater.recording SET store = 's-1'",
    ]) {
      await expect(world.sql(statement)).rejects.toThrow(/permission denied/);
    }
  });
}

describe('in memory', () => {
  suite(() => {
    const store = memoryLedgerStore();
    const ledger = openMemoryLedger({ writer: 'one' as WriterId, clock: systemLikeClock(), store });
    return Promise.resolve({
      ledger,
      records: store.records.recordings,
      sql: null,
      close: () => ledger.close(),
    });
  });
});

for (const source of (await postgresSources()).filter((each) => each.missing === undefined)) {
  describe(`on ${source.name}`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await source.start();
    }, 120_000);
    afterAll(() => server.stop());
    suite(async () => {
      const store = await openPostgres({ url: await server.freshDatabase() });
      const ledger = await openPostgresLedger(store, {
        writer: 'one' as WriterId,
        clock: systemLikeClock(),
        appendWithinMs: 5_000,
      });
      return {
        ledger,
        records: postgresRecordingRecords(store),
        sql: (text) => store.pool.query(text),
        async close() {
          await ledger.close();
          await store.close();
        },
      };
    });
  });
}
