/** Consents by number with what says whether the database must be asked: pages, and answers of one file in any order, in memory and in SQL. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { consentsToQuery } from '../../src/adapters/postgres/askable-consents.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import type { SellerId, WriterId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { ComplianceRecords } from '../../src/ports/fact-sources.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { type PostgresServer, postgresSources } from '../support/stores.ts';

const numberOf = (line: number) => `+1303555${String(line).padStart(4, '0')}` as PhoneNumber;
const of = (line: number, { kind, body }: LedgerDraft): LedgerDraft => ({
  kind,
  body: { ...body, number: numberOf(line) },
});
const S1 = 's1' as SellerId;
const page = (after: PhoneNumber | null, limit: number) => ({ sellerId: S1, after, limit });

interface World {
  readonly ledger: Ledger;
  readonly records: ComplianceRecords;
}

function suite<W extends World>(
  name: string,
  start: () => Promise<W>,
  end: (world: W) => Promise<void>,
  more?: (world: () => W) => void,
): void {
  describe(name, () => {
    let world: W;
    beforeEach(async () => {
      world = await start();
      return () => end(world);
    });

    test('pages in order of the numbers, with revocation, end and answer of this seller alone', async () => {
      const { ledger, records } = world;
      const ends = draft.consent(20);
      const drafts = [
        ...[107, 101, 103].map((line) => of(line, draft.consent(10))),
        of(103, { ...ends, body: { ...ends.body, expiresAt: draft.at(90) } }),
        of(105, draft.consent(10, 's2')),
        of(101, draft.revocation(30)),
        of(103, draft.revocation(40, 's2')),
        of(107, draft.reassigned(50, 'no')),
        of(109, draft.reassigned(50, 'no')),
      ];
      for (const each of drafts) await ledger.append(each);
      const all = await records.consentsTo(page(null, 10));
      expect(all).toMatchObject([
        {
          number: numberOf(101),
          givenAt: Date.parse(draft.at(10)),
          revokedAt: Date.parse(draft.at(30)),
          check: null,
        },
        {
          number: numberOf(103),
          givenAt: Date.parse(draft.at(20)),
          expiresAt: Date.parse(draft.at(90)),
          revokedAt: null,
          check: null,
        },
        {
          number: numberOf(107),
          expiresAt: null,
          revokedAt: null,
          check: { answer: 'no', queriedAt: Date.parse(draft.at(50)) },
        },
      ]);
      expect(await records.consentsTo(page(null, 2))).toEqual(all.slice(0, 2));
      expect(await records.consentsTo(page(numberOf(103), 2))).toEqual(all.slice(2));
      expect(await records.consentsTo(page(numberOf(107), 2))).toEqual([]);
      expect(await records.consentsTo({ ...page(null, 2), sellerId: 's3' as SellerId })).toEqual([]);
    });

    test('answers of one instant: the order of their lines decides nothing that a call could pass by', async () => {
      const line = fc.record({
        answer: fc.constantFrom('no', 'yes', 'no_data'),
        since: fc.constantFrom('2026-05-01', '2026-06-01', '2026-07-01'),
      });
      const files = fc.array(fc.array(line, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 15 });
      let next = 1_000;
      await fc.assert(
        fc.asyncProperty(files, async (given) => {
          for (const lines of given) {
            const stands = async (ordered: typeof lines) => {
              next += 1;
              const drafts = ordered.map(({ answer, since }) => of(next, draft.reassigned(9, answer, since)));
              await Promise.all(drafts.map((each) => world.ledger.append(each)));
              const question = { number: numberOf(next), sellerId: S1, callerId: null };
              return (await world.records.standing(question)).reassigned;
            };
            const [one, other] = [await stands(lines), await stands([...lines].reverse())];
            if (lines.some(({ answer }) => answer !== 'no')) {
              expect(one?.answer).not.toBe('no');
              expect(other?.answer).not.toBe('no');
            } else {
              const [widest] = lines.map(({ since }) => since).sort();
              expect([one?.since, other?.since]).toEqual([widest, widest]);
            }
          }
        }),
        { numRuns: 5 },
      );
    });
    more?.(() => world);
  });
}

suite(
  'memory',
  () => {
    const store = memoryLedgerStore();
    const clock = systemLikeClock();
    const ledger = openMemoryLedger({ writer: 'w1' as WriterId, clock, store });
    return Promise.resolve({ ledger, records: store.records });
  },
  () => Promise.resolve(),
);

for (const source of (await postgresSources()).filter((each) => each.missing === undefined).slice(0, 1)) {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await source.start();
  }, 120_000);
  afterAll(() => server.stop());
  suite(
    source.name,
    async () => {
      const store = await openPostgres({ url: await server.freshDatabase() });
      const writer = { writer: 'w1' as WriterId, clock: systemLikeClock() };
      return { ledger: await openPostgresLedger(store, writer), records: postgresRecords(store), store };
    },
    async ({ ledger, store }) => {
      await ledger.close();
      await store.close();
    },
    (world) => {
      test('in SQL a page is read by the index of its seller, however many others there are', async () => {
        const query = consentsToQuery(page(numberOf(101), 500));
        const text = `EXPLAIN ${query.text}`;
        const client = await world().store.lookUps.connect();
        try {
          const { rows } = await client.query<{ 'QUERY PLAN': string }>({ text, values: query.values });
          const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
          expect(plan).toContain('consent_of_seller');
          expect(plan).not.toMatch(/Seq Scan|Sort/);
        } finally {
          client.release();
        }
      });
    },
  );
}
