/** `privacy erase` on a real PostgreSQL that two sidecars run on: what goes, what stays, what refuses; it never lets a number be called. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postgresLedgerKeeper } from '../../src/adapters/postgres/ledger-keeper.ts';
import { readEntries } from '../../src/adapters/postgres/ledger-rows.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { postgresPersonData } from '../../src/adapters/postgres/person-data.ts';
import { postgresPersonEraser } from '../../src/adapters/postgres/person-eraser.ts';
import { ledgerHoldLift, ledgerHoldSet } from '../../src/cli/commands/ledger-hold.ts';
import { privacyErase } from '../../src/cli/commands/privacy-erase.ts';
import { guarded } from '../../src/cli/io.ts';
import { loadRetention } from '../../src/config/load-retention.ts';
import { consentDraft } from '../../src/control/record-entries.ts';
import { createLedgerHolds } from '../../src/control/retention/ledger-holds.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import type { LedgerDraft, LedgerEntry } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { formatInstant } from '../../src/domain/time.ts';
import { fakeIo, type FakeIo } from '../support/fake-io.ts';
import { SOLAR } from '../support/sim-world.ts';
import { type PostgresServer, postgresSources, withClient } from '../support/stores.ts';
import { DOORS, openOne, type SidecarOfTwo } from '../support/two-sidecars.ts';
import { writtenConsent } from '../support/written-consent.ts';

const place = { configDirectory: 'config', env: {} };
const SELLER = SOLAR.seller.id;
const OTHER_SELLER = 'roofs';

interface Told {
  readonly erased: boolean;
  readonly opt_outs: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
  readonly kept_entries: readonly {
    readonly class: string;
    readonly entries: number;
    readonly until: string | null;
  }[];
  readonly kept_rows: readonly { readonly table: string; readonly rows: number }[];
  readonly not_reached: readonly string[];
}

for (const source of (await postgresSources()).filter((each) => each.missing === undefined).slice(0, 1)) {
  describe(`erasing what is kept on a number, on ${source.name}`, () => {
    let server: PostgresServer;
    let url: string;
    let store: PostgresStore;
    let one: SidecarOfTwo;
    let other: SidecarOfTwo;
    let io: FakeIo;
    let last = 10;
    let person: PhoneNumber;
    let neighbour: PhoneNumber;

    beforeAll(async () => {
      server = await source.start();
      url = await server.freshDatabase();
      store = await openPostgres({ url });
      [one, other] = [await openOne('one', url), await openOne('other', url)];
    }, 120_000);
    afterAll(async () => {
      await Promise.all([one.close(), other.close(), store.close()]);
      await server.stop();
    });
    beforeEach(async () => {
      last += 2;
      [person, neighbour] = [`+130355501${last}`, `+130355501${last + 1}`] as [PhoneNumber, PhoneNumber];
      await one.consent(person);
      await one.consent(neighbour);
    });

    const wiring = {
      openKeeper: async () => postgresLedgerKeeper(await openPostgres({ url }), one.sidecar.clock),
      openPersonData: async () => postgresPersonData(await openPostgres({ url })),
      openEraser: async () => postgresPersonEraser(await openPostgres({ url }), one.sidecar.clock),
      loadRetention: () => {
        const loaded = loadRetention('config/rules', { recordYears: 5, recordingYears: 10 });
        if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
        return loaded;
      },
    };
    const erase = (yes = true, number: string = person): Promise<number> => {
      io = { ...fakeIo(), nowMs: () => one.sidecar.clock.now() };
      const args = { ...place, number, who: 'jo', why: 'letter of 2026-11-20', yes, json: true };
      return guarded(io, () => privacyErase(args, io, wiring));
    };
    const said = (): string => [...io.output, ...io.errors].join('\n');
    const told = (): Told => JSON.parse(io.text()) as Told;
    const append = (draft: LedgerDraft) => one.sidecar.ledger.append(draft);
    const now = (): string => formatInstant(one.sidecar.clock.now());
    const rowsOf = (table: string, number: string = person): Promise<number> =>
      withClient(url, async (client) => {
        const { rows } = await client.query<{ count: string }>(
          `SELECT count(*) FROM breakwater.${table} WHERE number = $1`,
          [number],
        );
        return Number(rows[0]?.count);
      });
    const kinds = async (number: string = person): Promise<readonly string[]> =>
      (await one.sidecar.ledger.read({ number, limit: 1_000 })).map(({ kind }) => kind);
    const entries = async function* (): AsyncGenerator<LedgerEntry> {
      yield* await readEntries(store.pool, { limit: 10_000 });
    };
    const relationship = (): LedgerDraft => ({
      kind: 'relationship_recorded',
      body: {
        ...{ relationshipId: `r-${person}`, number: person, sellerId: OTHER_SELLER, kind: 'purchase' },
        ...{
          occurredOn: '2026-11-01',
          subject: 'roof of Jo Example',
          contractUntil: null,
          source: 'order 7',
        },
      },
    });
    const reassigned = (answer: string, sellerId: string): LedgerDraft => ({
      kind: 'reassigned_checked',
      body: {
        ...{ checkId: `q-${person}-${sellerId}`, number: person, sellerId, answer },
        ...{ queriedAt: '2026-11-20T12:00:00.000Z', since: '2026-06-01' },
      },
    });

    test('a dry run tells what would go and changes nothing', async () => {
      await append(relationship());
      expect(await erase(false), said()).toBe(0);
      expect(told()).toMatchObject({ erased: false, rows: { consent: 1, relationship: 1 } });
      expect(told().opt_outs).toEqual(expect.arrayContaining([SELLER, OTHER_SELLER]));
      expect(await rowsOf('consent')).toBe(1);
      expect(await kinds()).toEqual(['consent_recorded', 'relationship_recorded']);
      expect(await other.decide(person)).toEqual(['permit']);
    });

    test('consents and relationships go, every sidecar vetoes at once, the chains stay sound, nobody else is touched', async () => {
      await append(relationship());
      await append(reassigned('no', SELLER));
      expect(await one.decide(person)).toEqual(['permit']);
      expect(await other.decide(person)).toEqual(['permit']);

      expect(await erase(), said()).toBe(0);
      expect(told()).toMatchObject({
        erased: true,
        rows: { consent: 1, relationship: 1, reassigned_check: 1 },
      });
      for (const sidecar of [one, other]) expect((await sidecar.decide(person))[0]).toBe('on_internal_list');
      for (const table of ['consent', 'relationship', 'reassigned_check'])
        expect(await rowsOf(table)).toBe(0);
      expect(await rowsOf('opt_out')).toBe(2);
      expect(await rowsOf('erasure')).toBe(1);
      expect(told().kept_rows.map(({ table }) => table)).not.toContain('consent');

      expect(await other.decide(neighbour)).toEqual(['permit']);
      expect(await rowsOf('consent', neighbour)).toBe(1);
      expect(await kinds(neighbour)).toEqual(['consent_recorded']);

      expect(await verifyLedger(entries())).toMatchObject({ ok: true });
      const found = await one.sidecar.ledger.read({ number: person, limit: 100 });
      expect(found.map(({ kind }) => kind)).toEqual([
        ...['consent_recorded', 'relationship_recorded', 'reassigned_checked'],
        ...['opt_out', 'opt_out', 'person_erased'],
      ]);
      expect(found.at(-1)?.body).toMatchObject({
        ...{ number: person, who: 'jo', why: 'letter of 2026-11-20' },
        sellers: [OTHER_SELLER, SELLER],
        rows: { consent: 1, relationship: 1, reassigned_check: 1 },
        kept: [
          { class: 'consents', entries: 1 },
          { class: 'ten_years', entries: 2 },
        ],
      });
    });

    test('the same again is no error, and a consent of before that comes again lets nobody call', async () => {
      expect(await erase(), said()).toBe(0);
      await append(consentDraft(writtenConsent(person, SELLER, { consentId: `again-${person}` })));
      expect(await rowsOf('consent')).toBe(1);
      expect((await other.decide(person))[0]).toBe('on_internal_list');
      expect(await erase(), said()).toBe(0);
      expect(told().rows).toEqual({ consent: 1 });
      expect((await other.decide(person))[0]).toBe('on_internal_list');
    });

    test.each(DOORS.map((door) => ({ ...door })))(
      'what came by $name still binds afterwards',
      async (door) => {
        await door.use(one, person);
        const before = await other.decide(person);
        expect(before[0]).toBe(door.headline);
        expect(await erase(), said()).toBe(0);
        const after = await other.decide(person);
        // The erasure's own request comes first of all, and hides none.
        for (const code of before.filter((each) => each !== 'permit')) {
          expect([...after, 'consent_revoked']).toContain(code);
        }
        expect(after).toContain('on_internal_list');
        expect(await rowsOf('consent_revocation')).toBeGreaterThan(0);
        expect(await rowsOf('unclear_request')).toBe(door.name === 'unclear text' ? 1 : 0);
      },
    );

    test('an answer that forbids a call stays, with why', async () => {
      await append(reassigned('yes', SELLER));
      expect(await erase(), said()).toBe(0);
      expect(await rowsOf('reassigned_check')).toBe(1);
      expect(told().kept_rows).toContainEqual(
        expect.objectContaining({ table: 'reassigned_check', rows: 1 }),
      );
      expect(await other.decide(person)).toEqual(expect.arrayContaining(['on_internal_list', 'reassigned']));
    });

    test('a settled text goes, and the number stays vetoed', async () => {
      await DOORS.find(({ name }) => name === 'unclear text')?.use(one, person);
      const [waiting] = (await one.doors.unclearRequests(100)).filter((each) => each.number === person);
      await append({
        kind: 'unclear_request_settled',
        body: {
          requestId: waiting?.requestId ?? '',
          number: person,
          sellerId: SELLER,
          as: 'no_request',
          who: 'jo',
          why: 'asked back',
          settledAt: now(),
        },
      });
      expect(await other.decide(person)).toEqual(['permit']);
      expect(await erase(), said()).toBe(0);
      expect(await rowsOf('unclear_request')).toBe(0);
      expect((await other.decide(person))[0]).toBe('on_internal_list');
    });

    const HOLDS = [
      { scope: 'number', of: (): string | undefined => person },
      { scope: 'campaign', of: (): string | undefined => SOLAR.id },
      { scope: 'all', of: (): string | undefined => undefined },
    ] as const;
    test.each(HOLDS)('a legal hold on $scope refuses it, until it is lifted', async ({ scope, of }) => {
      const body = { callId: `c-${person}`, campaignId: SOLAR.id, number: person, verdict: 'veto' };
      await append({ kind: 'decision', body });
      const by = { who: 'counsel', why: 'case 7' };
      io = fakeIo();
      await guarded(io, () => ledgerHoldSet({ ...place, ...by, scope, value: of(), json: true }, io, wiring));
      const { hold_id: id } = JSON.parse(io.text()) as { hold_id: string };
      const before = await kinds();
      for (const yes of [false, true]) {
        expect(await erase(yes)).toBe(1);
        expect(said()).toContain(`(${id})`);
      }
      // One that is set after the plan was made.
      const eraser = await wiring.openEraser();
      await expect(eraser.erase({ number: person, who: 'jo', why: 'letter', kept: [] })).rejects.toThrow(
        'held',
      );
      await eraser.close();
      expect(await kinds()).toEqual(before);
      expect(await rowsOf('consent')).toBe(1);
      await guarded(io, () => ledgerHoldLift({ ...place, ...by, id }, io, wiring));
      expect(await erase(), said()).toBe(0);
      expect(await rowsOf('consent')).toBe(0);
    });

    test('a hold set and lifted at the door of one sidecar binds what the other store session does', async () => {
      const holds = createLedgerHolds(one.sidecar);
      const { holdId } = await holds.set({ scope: 'number', value: person, who: 'counsel', why: 'case 7' });
      expect(await createLedgerHolds(other.sidecar).list(1)).toMatchObject([
        { holdId, scope: 'number', value: person, liftedAt: null },
      ]);
      const keeper = await wiring.openKeeper();
      expect(await keeper.holds()).toContainEqual(expect.objectContaining({ holdId }));
      await keeper.close();
      expect(await erase()).toBe(1);
      await holds.lift({ holdId, who: 'counsel', why: 'settled' });
      await expect(holds.lift({ holdId, who: 'counsel', why: 'again' })).rejects.toThrow(holdId);
      expect((await holds.list(1))[0]?.liftedAt).not.toBeNull();
      expect(await erase(), said()).toBe(0);
    });

    test('a hold on recordings binds the person too; one on somebody else does not', async () => {
      const set = (scope: string, value: string) =>
        append({
          kind: 'recording_hold_set',
          body: { holdId: `h-${value}`, scope, value, who: 'counsel', why: 'case 7', setAt: now() },
        });
      await set('number', neighbour);
      await set('number', person);
      expect(await erase()).toBe(1);
      expect(await rowsOf('consent')).toBe(1);
      await append({
        kind: 'recording_hold_lifted',
        body: { holdId: `h-${person}`, who: 'counsel', why: 'settled', liftedAt: now() },
      });
      expect(await erase(), said()).toBe(0);
    });

    test('the role that sidecars work with cannot erase', async () => {
      await withClient(url, async (client) => {
        await client.query('SET ROLE breakwater_ledger');
        const call = client.query('SELECT * FROM breakwater.erasable_rows($1, true)', [person]);
        await expect(call).rejects.toThrow(/permission denied/);
      });
    });

    test('a number of nobody, and one that is none', async () => {
      expect(await erase(true, '+13035550190'), said()).toBe(0);
      expect(told()).toMatchObject({ erased: true, rows: {}, kept_entries: [] });
      expect(await erase(true, '555')).toBe(2);
    });
  });
}
