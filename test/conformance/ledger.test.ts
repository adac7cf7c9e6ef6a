/** One suite for every ledger: in memory, and on each real PostgreSQL this machine has. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openMemoryLedger, memoryLedgerStore } from '../../src/adapters/memory/ledger.ts';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import type { CampaignId, SellerId, WriterId } from '../../src/domain/ids.ts';
import type { LedgerDraft, LedgerEntry } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { instant } from '../../src/domain/time.ts';
import type { ComplianceRecords, StandingRecords } from '../../src/ports/fact-sources.ts';
import { EntryRefused, type Ledger, LedgerUnavailable } from '../../src/ports/ledger.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { startProxy } from '../support/proxy.ts';
import { type PostgresServer, postgresSources, until } from '../support/stores.ts';

/** A store that several writers share and that can be taken away. */
interface World {
  open(writer: string): Promise<Ledger>;
  readonly records: ComplianceRecords;
  goDown(): void;
  comeBack(): void;
  close(): Promise<void>;
}

interface WorldSource {
  readonly name: string;
  readonly missing: string | undefined;
  start(): Promise<{ world(): Promise<World>; stop(): Promise<void> }>;
}

const BOUND_MS = 400;

const memory: WorldSource = {
  name: 'memory',
  missing: undefined,
  start: () =>
    Promise.resolve({
      world() {
        const store = memoryLedgerStore();
        const clock = systemLikeClock();
        return Promise.resolve({
          open: (writer) =>
            new Promise((resolve) => resolve(openMemoryLedger({ writer: writer as WriterId, clock, store }))),
          records: store.records,
          goDown: () => void (store.down = true),
          comeBack: () => void (store.down = false),
          close: () => Promise.resolve(),
        } satisfies World);
      },
      stop: () => Promise.resolve(),
    }),
};

async function postgresWorld(server: PostgresServer): Promise<World> {
  const url = new URL(await server.freshDatabase());
  const proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
  url.host = `127.0.0.1:${proxy.port}`;
  const store = await openPostgres({ url: url.href });
  const ledgers: Ledger[] = [];
  return {
    async open(writer) {
      const ledger = await openPostgresLedger(store, {
        writer: writer as WriterId,
        clock: systemLikeClock(),
        appendWithinMs: BOUND_MS,
        writerLockWithinMs: 100,
      });
      ledgers.push(ledger);
      return ledger;
    },
    records: postgresRecords(store),
    goDown() {
      proxy.mode = 'refuse';
      proxy.cutAll();
    },
    comeBack: () => void (proxy.mode = 'pass'),
    async close() {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      await store.close();
      await proxy.close();
    },
  };
}

const postgres: readonly WorldSource[] = (await postgresSources()).map((source) => ({
  ...source,
  async start() {
    const server = await source.start();
    return { world: () => postgresWorld(server), stop: () => server.stop() };
  },
}));

for (const source of [memory, ...postgres]) {
  describe.skipIf(source.missing !== undefined)(`ledger: ${source.name}`, () => {
    let server: Awaited<ReturnType<WorldSource['start']>>;
    let world: World;
    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      world = await server.world();
      return () => world.close();
    });

    test('an entry comes back as it was appended: chained from genesis, stamped, body canonical', async () => {
      const ledger = await world.open('w1');
      const body = { z: 1, a: ['é', '\u2028', { deep: null }], callId: 'call-1', nul: 'a\u0000b', n: 0.1 };
      const first = draft.written(await ledger.append({ kind: 'call_progress', body }));
      const second = draft.written(await ledger.append(draft.progress('call-2')));
      expect(first).toMatchObject({ writer: 'w1', seq: 1, prevHash: GENESIS_HASH, body });
      expect(first.bodyText).toBe(canonicalJson(body));
      expect(second).toMatchObject({ seq: 2, prevHash: first.hash });
      expect(second.at).toBeGreaterThan(first.at);
      expect(await ledger.read({ limit: 10 })).toEqual([first, second]);
    });

    test('concurrent appends are chained in the order of the calls', async () => {
      const ledger = await world.open('w1');
      const receipts = await Promise.all(
        Array.from({ length: 300 }, (_, step) => ledger.append(draft.progress('call', step))),
      );
      expect(receipts.map(({ entry }) => entry.seq)).toEqual(receipts.map((_, index) => index + 1));
      expect(receipts.map(({ entry }) => entry.body['step'])).toEqual(receipts.map((_, index) => index));
      expect(await verifyLedger(draft.allEntries(ledger))).toMatchObject({
        ok: true,
        entries: 300,
        writers: 1,
      });
    });

    test('a body changed by the caller after append is recorded as it was', async () => {
      const ledger = await world.open('w1');
      const body = { callId: 'call-1', step: 1 };
      const receipt = ledger.append({ kind: 'call_progress', body });
      body.step = 2;
      expect((await receipt).entry.body).toEqual({ callId: 'call-1', step: 1 });
    });

    test('a second entry of a kind and key answers the first, takes no seq, and other kinds are free', async () => {
      const ledger = await world.open('w1');
      const first = draft.written(await ledger.append(draft.permit('call-1')));
      const again = await ledger.append({ ...draft.permit('call-1', '+13035550102') });
      const other = draft.written(await ledger.append(draft.result('call-1')));
      expect(again).toEqual({ kind: 'duplicate', entry: first });
      expect(other.seq).toBe(2);
    });

    test('of many appends with one key at once, by two writers, exactly one is written', async () => {
      const [one, two] = await Promise.all([world.open('w1'), world.open('w2')]);
      for (let round = 0; round < 10; round += 1) {
        const receipts = await Promise.all(
          [one, two, one, two, one, two].map((ledger) => ledger.append(draft.result(`call-${round}`))),
        );
        expect(receipts.filter(({ kind }) => kind === 'written')).toHaveLength(1);
        expect(new Set(receipts.map(({ entry }) => entry.hash)).size).toBe(1);
        expect(new Set(receipts.map(({ entry }) => entry.id)).size).toBe(1);
      }
      const all = await verifyLedger(draft.allEntries(one));
      expect(all).toMatchObject({ ok: true, entries: 10 });
    });

    test('random interleavings of two writers with repeats verify, and no gap is left', async () => {
      const [one, two] = await Promise.all([world.open('w1'), world.open('w2')]);
      const step = fc.record({
        writer: fc.boolean(),
        key: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
        pause: fc.boolean(),
      });
      const keys = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const receipts: Promise<unknown>[] = [];
          for (const { writer, key, pause } of steps) {
            const ledger = writer ? one : two;
            const base = draft.progress('call');
            receipts.push(ledger.append(key === undefined ? base : { ...base, dedupeKey: `k${key}` }));
            if (key !== undefined) keys.add(`k${key}`);
            if (pause) await receipts.at(-1);
          }
          await Promise.all(receipts);
          expect((await verifyLedger(draft.allEntries(two))).ok).toBe(true);
        }),
        { numRuns: 20 },
      );
      const deduped = (await one.read({ limit: 10_000 })).filter(({ seq }) => seq > 0).length;
      expect(deduped).toBeGreaterThan(keys.size);
    });

    test('two live writers with one id are impossible; the id is free after close', async () => {
      const first = await world.open('w1');
      await first.append(draft.progress('call'));
      await expect(world.open('w1')).rejects.toThrow(/writer id `w1` is held/);
      await first.close();
      const second = await world.open('w1');
      expect((await second.append(draft.progress('call'))).entry.seq).toBe(2);
    });

    test('a draft that cannot be projected or hashed is refused, and nothing of it stays', async () => {
      const ledger = await world.open('w1');
      const bad: LedgerDraft[] = [
        { kind: 'opt_out', body: { number: draft.NUMBER } },
        { kind: 'opt_out', body: { ...draft.optOut(1).body, requestedAt: 'yesterday' } },
        { kind: 'decision', body: { ...draft.permit('c').body, number: null } },
        {
          kind: 'override',
          body: { ...draft.override(1, 'registration', 'CO').body, what: 'calling_hours' },
        },
        { kind: 'relationship_recorded', body: { ...draft.relationship('r', '2026-02-30').body } },
        { kind: 'relationship_recorded', body: { ...draft.relationship('r', '2026-02-03', 'gift').body } },
        { kind: 'reassigned_checked', body: { ...draft.reassigned(1, 'maybe').body } },
        { kind: 'call_progress', body: { callId: '\ud800' } },
        { kind: 'call_progress', body: { callId: 'a\u0000' } },
        { kind: 'call_progress', body: { n: Number.NaN } },
      ];
      for (const entry of bad) await expect(ledger.append(entry)).rejects.toBeInstanceOf(EntryRefused);
      expect((await ledger.append(draft.progress('call'))).entry.seq).toBe(1);
    });

    test('read filters by kind, call, number, campaign, instant and id, in both orders', async () => {
      const ledger = await world.open('w1');
      const all: LedgerEntry[] = [];
      for (const entry of [
        draft.permit('a'),
        draft.permit('b', '+13035550102'),
        draft.result('a'),
        draft.optOut(1),
      ]) {
        all.push(draft.written(await ledger.append(entry)));
      }
      const ids = async (query: Partial<Parameters<Ledger['read']>[0]>) =>
        (await ledger.read({ limit: 10, ...query })).map(({ id }) =>
          all.findIndex((entry) => entry.id === id),
        );
      expect(await ids({ kinds: ['decision', 'opt_out'] })).toEqual([0, 1, 3]);
      expect(await ids({ callId: 'a' })).toEqual([0, 2]);
      expect(await ids({ number: draft.NUMBER, order: 'desc' })).toEqual([3, 2, 0]);
      expect(await ids({ campaignId: 'c1' })).toEqual([0, 1, 2]);
      expect(await ids({ afterId: all[1]!.id })).toEqual([2, 3]);
      expect(await ids({ beforeId: all[2]!.id, order: 'desc' })).toEqual([1, 0]);
      expect(await ids({ since: all[2]!.at })).toEqual([2, 3]);
      expect(await ids({ limit: 2, order: 'desc' })).toEqual([3, 2]);
      expect(await ids({ kinds: [] })).toEqual([]);
      expect(await ids({ callId: "a' OR true --" })).toEqual([]);
    });

    test('a listener sees what became visible after subscribing: every writer, once, in id order', async () => {
      const [one, two] = await Promise.all([world.open('w1'), world.open('w2')]);
      await one.append(draft.progress('before'));
      const seen: LedgerEntry[] = [];
      const subscription = one.subscribe((entry) => seen.push(entry));
      const appended = await Promise.all(
        Array.from({ length: 400 }, (_, step) =>
          (step % 3 === 0 ? two : one).append(draft.progress('call', step)),
        ),
      );
      await until(() => seen.length >= 400, 5_000);
      expect(seen).toEqual(appended.map(({ entry }) => entry).sort((a, b) => a.id - b.id));
      subscription.unsubscribe();
      await two.append(draft.progress('after'));
      await new Promise((done) => setTimeout(done, 50));
      expect(seen).toHaveLength(400);
    });

    test('store down: appends, reads and pings reject within the bound; back again: the chain goes on', async () => {
      const ledger = await world.open('w1');
      const before = draft.written(await ledger.append(draft.progress('before')));
      const seen: LedgerEntry[] = [];
      ledger.subscribe((entry) => seen.push(entry));
      // Down until everything has rejected: without a bound it never would.
      world.goDown();
      await expect(ledger.append(draft.progress('lost'))).rejects.toMatchObject({
        code: 'ledger_unavailable',
        outcome: 'not_written',
      });
      await expect(ledger.ping()).rejects.toBeInstanceOf(LedgerUnavailable);
      await expect(ledger.read({ limit: 1 })).rejects.toBeInstanceOf(LedgerUnavailable);
      await expect(world.records.pausedCampaigns()).rejects.toBeInstanceOf(LedgerUnavailable);
      world.comeBack();
      await until(() =>
        ledger.ping().then(
          () => true,
          () => false,
        ),
      );
      const after = draft.written(await ledger.append(draft.progress('after')));
      expect(after).toMatchObject({ seq: 2, prevHash: before.hash });
      expect((await ledger.read({ limit: 10 })).map(({ body }) => body['callId'])).toEqual([
        'before',
        'after',
      ]);
      await until(() => seen.length === 1);
      expect(seen).toEqual([after]);
    });

    test('after close nothing is taken', async () => {
      const ledger = await world.open('w1');
      const last = ledger.append(draft.progress('last'));
      await ledger.close();
      expect((await last).kind).toBe('written');
      await expect(ledger.append(draft.progress('late'))).rejects.toBeInstanceOf(LedgerUnavailable);
    });

    describe('records', () => {
      const number = draft.NUMBER as PhoneNumber;
      const seller = 's1' as SellerId;
      const standing = (
        whose: PhoneNumber,
        sellerId: SellerId,
        callerId: PhoneNumber | null = null,
      ): Promise<StandingRecords> => world.records.standing({ number: whose, sellerId, callerId });

      test('nothing recorded reads as nothing', async () => {
        await world.open('w1');
        expect((await standing(number, seller)).internalRequest).toBeNull();
        expect((await standing(number, seller)).consent).toEqual({
          newest: null,
          confirmedAt: null,
          revokedAt: null,
          otherSellers: [],
        });
        expect((await standing(number, seller)).relationship).toEqual({ purchase: null, inquiry: null });
        expect((await standing(number, seller)).reassigned).toBeNull();
        expect((await standing(number, seller)).overrides).toEqual([]);
        expect((await standing(number, seller, number)).attestations).toEqual([]);
        expect(await world.records.attestations()).toEqual([]);
        expect(await world.records.pausedCampaigns()).toEqual([]);
        expect(await world.records.pendingPermits()).toEqual([]);
      });

      test('an opt-out is seen as soon as its append has resolved, revokes consent, for its seller only', async () => {
        const ledger = await world.open('w1');
        await ledger.append(draft.consent(1));
        await ledger.append(draft.consent(1, 's2'));
        await ledger.append(draft.optOut(5));
        expect((await standing(number, seller)).internalRequest).toEqual({
          requestedAt: Date.parse(draft.at(5)),
          channel: 'key',
        });
        const view = (await standing(number, seller)).consent;
        expect(view.revokedAt).toBe(Date.parse(draft.at(5)));
        expect(view.otherSellers).toEqual(['s2']);
        expect((await standing(number, 's2' as SellerId)).consent.revokedAt).toBeNull();
        expect((await standing(number, 's2' as SellerId)).internalRequest).toBeNull();
      });

      test('consent reads back whole; a late record that is older changes nothing, nor does it lift a revocation', async () => {
        const ledger = await world.open('w1');
        await ledger.append(draft.consent(10));
        const { body } = draft.consent(10);
        expect((await standing(number, seller)).consent.newest).toEqual({
          ...body,
          givenAt: Date.parse(draft.at(10)),
        });
        await ledger.append(draft.revocation(20));
        await ledger.append(draft.consent(5, 's1', 'late'));
        await ledger.append(draft.revocation(15));
        const view = (await standing(number, seller)).consent;
        expect(view.newest?.consentId).toBe('k10');
        expect(view.revokedAt).toBe(Date.parse(draft.at(20)));
      });

      test('any order of opt-outs, consents and revocations, in one commit or many, ends in the same view', async () => {
        const ledger = await world.open('w1');
        let run = 0;
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.tuple(fc.constantFrom('optOut', 'consent', 'revocation'), fc.nat(30)), {
              minLength: 1,
              maxLength: 8,
            }),
            fc.boolean(),
            async (steps, together) => {
              run += 1;
              const id = `s-run-${run}`;
              const drafts = steps.map(([kind, minutes]) =>
                kind === 'optOut'
                  ? draft.optOut(minutes, id)
                  : kind === 'consent'
                    ? draft.consent(minutes, id)
                    : draft.revocation(minutes, id),
              );
              if (together) await Promise.all(drafts.map((entry) => ledger.append(entry)));
              else for (const entry of drafts) await ledger.append(entry);
              const newest = (kinds: readonly string[]): number | null => {
                const minutes = steps.filter(([kind]) => kinds.includes(kind)).map(([, minute]) => minute);
                return minutes.length === 0 ? null : Date.parse(draft.at(Math.max(...minutes)));
              };
              const view = (await standing(number, id as SellerId)).consent;
              expect(view.newest?.givenAt ?? null).toBe(newest(['consent']));
              expect(view.revokedAt).toBe(newest(['optOut', 'revocation']));
              const request = (await standing(number, id as SellerId)).internalRequest;
              expect(request?.requestedAt ?? null).toBe(newest(['optOut']));
            },
          ),
          { numRuns: 40 },
        );
      });

      test('a confirmation belongs to the one consent it names', async () => {
        const ledger = await world.open('w1');
        await ledger.append(draft.confirmation(3, 'k1'));
        await ledger.append(draft.consent(1));
        const confirmedAt = async () => (await standing(number, seller)).consent.confirmedAt;
        expect(await confirmedAt()).toBe(Date.parse(draft.at(3)));
        await Promise.all([
          ledger.append(draft.confirmation(9, 'k1')),
          ledger.append(draft.confirmation(5, 'k1')),
          ledger.append(draft.confirmation(20, 'k1', 's2')),
        ]);
        expect(await confirmedAt()).toBe(Date.parse(draft.at(9)));
        await ledger.append(draft.consent(10));
        expect(await confirmedAt()).toBeNull();
      });

      test('of each kind of relationship the newest by its own day stands, the same day again replaces it', async () => {
        const ledger = await world.open('w1');
        await Promise.all([
          ledger.append(draft.relationship('r2', '2026-10-02', 'purchase', '2027-10-02')),
          ledger.append(draft.relationship('r1', '2026-10-01')),
          ledger.append(draft.relationship('i1', '2026-09-01', 'inquiry')),
        ]);
        await ledger.append(draft.relationship('r0', '2026-09-30'));
        const view = (await standing(number, seller)).relationship;
        expect(view).toEqual({
          purchase: draft.relationship('r2', '2026-10-02', 'purchase', '2027-10-02').body,
          inquiry: draft.relationship('i1', '2026-09-01', 'inquiry').body,
        });
        expect((await standing(number, 's2' as SellerId)).relationship).toEqual({
          purchase: null,
          inquiry: null,
        });
        await ledger.append(draft.relationship('r3', '2026-10-02'));
        const { purchase } = (await standing(number, seller)).relationship;
        expect(purchase).toMatchObject({ relationshipId: 'r3', contractUntil: null });
      });

      test('the newest answer about a reassigned number stands', async () => {
        const ledger = await world.open('w1');
        await Promise.all([
          ledger.append(draft.reassigned(9, 'yes')),
          ledger.append(draft.reassigned(5, 'no')),
        ]);
        await ledger.append(draft.reassigned(7, 'no_data'));
        expect((await standing(number, seller)).reassigned).toEqual({
          ...draft.reassigned(9, 'yes').body,
          queriedAt: Date.parse(draft.at(9)),
        });
        expect((await standing(number, 's2' as SellerId)).reassigned).toBeNull();
      });

      test('a later "no" about less time does not undo a "yes", also of one commit; one about as much time does', async () => {
        const ledger = await world.open('w1');
        const answer = async () => (await standing(number, seller)).reassigned?.answer;
        await Promise.all([
          ledger.append(draft.reassigned(5, 'yes')),
          ledger.append(draft.reassigned(7, 'no', '2026-06-02')),
        ]);
        expect(await answer()).toBe('yes');
        await ledger.append(draft.reassigned(8, 'no', '2026-07-01'));
        expect(await answer()).toBe('yes');
        await ledger.append(draft.reassigned(9, 'no'));
        expect(await answer()).toBe('no');
      });

      test('overrides of a seller: the newest of each kind and place', async () => {
        const ledger = await world.open('w1');
        await Promise.all([
          ledger.append(draft.override(9, 'strict_extra_holidays', 'AL')),
          ledger.append(draft.override(5, 'registration', 'TX')),
          ledger.append(draft.override(8, 'registration', 'CO')),
          ledger.append(draft.override(2, 'registration', 'CO')),
          ledger.append(draft.override(3, 'registration', 'CO', 's2')),
        ]);
        await ledger.append(draft.override(1, 'registration', 'TX'));
        const found = (await standing(number, seller)).overrides;
        expect(found.map(({ overrideId }) => overrideId)).toEqual(['o8', 'o5', 'o9']);
        expect(await world.records.overrides(seller)).toEqual(found);
        expect(found[0]).toEqual({
          ...draft.override(8, 'registration', 'CO').body,
          recordedAt: Date.parse(draft.at(8)),
          until: Date.parse(draft.at(608)),
        });
      });

      test('the newest attestation by its own instant stands', async () => {
        const ledger = await world.open('w1');
        await ledger.append(draft.attestation(10, 'B'));
        await ledger.append(draft.attestation(5, 'A'));
        const found = (await standing(number, seller, '+13035550199' as PhoneNumber)).attestations;
        expect(found).toEqual([
          {
            callerId: '+13035550199',
            level: 'B',
            way: 'declared',
            confirmedAt: Date.parse(draft.at(10)),
            expiresAt: Date.parse(draft.at(70)),
            proof: 'letter',
          },
        ]);
      });

      test('each trunk and each way has its newest attestation, also when they come in one commit', async () => {
        const ledger = await world.open('w1');
        const signed = { way: 'signed_here', trunk: 'east' };
        await Promise.all([
          ledger.append(draft.attestation(10, 'A', signed)),
          ledger.append(draft.attestation(12, 'none', { ...signed, before: 'A' })),
          ledger.append(draft.attestation(11, 'B', signed)),
          ledger.append(draft.attestation(10, 'B', { ...signed, trunk: 'West' })),
          ledger.append(draft.attestation(9, 'A', { ...signed, way: 'seen_there' })),
          ledger.append(draft.attestation(8, 'C')),
        ]);
        const found = (await standing(number, seller, '+13035550199' as PhoneNumber)).attestations;
        expect(found.map(({ trunk, way, level, before }) => [trunk, way, level, before])).toEqual([
          [undefined, 'declared', 'C', undefined],
          ['West', 'signed_here', 'B', undefined],
          ['east', 'seen_there', 'A', undefined],
          ['east', 'signed_here', 'none', 'A'],
        ]);
        expect(await world.records.attestations()).toEqual(found);
        // Of two at the same instant the later entry stands.
        await ledger.append(draft.attestation(12, 'A', signed));
        const again = await world.records.attestations();
        expect(again.at(-1)).toMatchObject({ trunk: 'east', way: 'signed_here', level: 'A' });
      });

      test('campaigns paused now, also when switched within one commit', async () => {
        const ledger = await world.open('w1');
        await Promise.all([
          ledger.append(draft.campaign('campaign_paused', 'b')),
          ledger.append(draft.campaign('campaign_paused', 'a')),
          ledger.append(draft.campaign('campaign_paused', 'c')),
          ledger.append(draft.campaign('campaign_resumed', 'b')),
        ]);
        expect(await world.records.pausedCampaigns()).toEqual(['a', 'c']);
        await ledger.append(draft.campaign('campaign_resumed', 'a'));
        expect(await world.records.pausedCampaigns()).toEqual(['c']);
        expect((await standing(number, seller)).pausedCampaigns).toEqual(['c']);
      });

      test('questions that are asked together are each answered for themselves', async () => {
        const ledger = await world.open('w1');
        await Promise.all([
          ledger.append(draft.override(9, 'registration', 'AL', 's2')),
          ledger.append(draft.override(8, 'registration', 'CO', 's3')),
          ledger.append(draft.campaign('campaign_paused', 'a')),
          ledger.append(draft.attestation(10, 'B')),
          ledger.append(draft.optOut(1, 's2')),
          ledger.append(draft.consent(1, 's3')),
        ]);
        const attested = '+13035550199' as PhoneNumber;
        const stranger = '+13035550177' as PhoneNumber;
        const answers = await Promise.all([
          standing(number, seller),
          standing(number, 's2' as SellerId, attested),
          standing(number, 's3' as SellerId, stranger),
          standing(stranger, 's2' as SellerId, attested),
          standing(number, 's2' as SellerId),
        ]);
        const seen = answers.map((answer) => ({
          asked: answer.internalRequest !== null,
          consent: answer.consent.newest?.consentId ?? null,
          others: answer.consent.otherSellers,
          overrides: answer.overrides.map(({ overrideId }) => overrideId),
          level: answer.attestations[0]?.level ?? null,
          paused: answer.pausedCampaigns,
        }));
        const paused = ['a'];
        expect(seen).toEqual([
          { asked: false, consent: null, others: ['s3'], overrides: [], level: null, paused },
          { asked: true, consent: null, others: ['s3'], overrides: ['o9'], level: 'B', paused },
          { asked: false, consent: 'k1', others: [], overrides: ['o8'], level: null, paused },
          { asked: false, consent: null, others: [], overrides: ['o9'], level: 'B', paused },
          { asked: true, consent: null, others: ['s3'], overrides: ['o9'], level: null, paused },
        ]);
      });

      test('permits without a result are pending, oldest first; a result that came first counts', async () => {
        const ledger = await world.open('w1');
        const first = draft.written(await ledger.append(draft.permit('call-1')));
        await Promise.all([
          ledger.append(draft.permit('call-2')),
          ledger.append(draft.result('call-2')),
          ledger.append(draft.result('call-3')),
          ledger.append({ ...draft.permit('veto'), body: { ...draft.permit('veto').body, verdict: 'veto' } }),
        ]);
        await ledger.append(draft.permit('call-3'));
        await ledger.append(draft.permit('call-4'));
        const pending = await world.records.pendingPermits();
        expect(pending.map(({ callId }) => callId)).toEqual(['call-1', 'call-4']);
        expect(pending[0]).toEqual({
          callId: 'call-1',
          campaignId: 'c1',
          number: draft.NUMBER,
          writer: 'w1',
          decidedAt: new Date(first.at).toISOString(),
        });
      });

      test('pending permits can be asked for up to an instant, and without some campaigns', async () => {
        const ledger = await world.open('w1');
        const permitOf = (callId: string, campaignId: string): LedgerDraft => {
          const permit = draft.permit(callId);
          return { ...permit, body: { ...permit.body, campaignId } };
        };
        await ledger.append(permitOf('ours', 'c1'));
        const { at } = draft.written(await ledger.append(permitOf('past', 'gone')));
        const idsOf = async (except: readonly string[], decidedBy: number): Promise<readonly string[]> => {
          const which = { except: except as CampaignId[], decidedBy: instant(decidedBy) };
          return (await world.records.pendingPermits(which)).map(({ callId }) => callId);
        };
        expect(await idsOf([], at)).toEqual(['ours', 'past']);
        expect(await idsOf(['c1', 'c9'], at)).toEqual(['past']);
        expect(await idsOf(['c1'], at - 1)).toEqual([]);
      });
    });
  });
}
