/** INVARIANT (opt-out-binds-at-once) for every door: two sidecars on one real PostgreSQL, the door of one, the next decision of the other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryDoorRecords } from '../../src/adapters/memory/door-records.ts';
import { openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { campaignEver } from '../../src/control/past-campaigns.ts';
import { consentDraft } from '../../src/control/record-entries.ts';
import type { CampaignId, SellerId, WriterId } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { Instant, LocalDate } from '../../src/domain/time.ts';
import { at } from '../support/rules-world.ts';
import { SOLAR } from '../support/sim-world.ts';
import { type PostgresServer, postgresSources } from '../support/stores.ts';
import { declareIn, DOORS, openOne, type SidecarOfTwo } from '../support/two-sidecars.ts';
import { until } from '../support/wait.ts';
import { writtenConsent } from '../support/written-consent.ts';

for (const source of (await postgresSources()).filter((each) => each.missing === undefined).slice(0, 1)) {
  describe(`two sidecars on ${source.name}`, () => {
    let server: PostgresServer;
    let one: SidecarOfTwo;
    let other: SidecarOfTwo;
    beforeAll(async () => {
      server = await source.start();
      const url = await server.freshDatabase();
      [one, other] = [await openOne('one', url), await openOne('other', url)];
    }, 120_000);
    afterAll(async () => {
      await Promise.all([one.close(), other.close()]);
      await server.stop();
    });

    test.each(DOORS.map((door, index) => ({ ...door, index })))(
      '$name: the next decision of the other vetoes, and a second time is no error',
      async ({ use, headline, index }) => {
        const number = `+1303555011${index}` as PhoneNumber;
        await one.consent(number);
        expect(await other.decide(number)).toEqual(['permit']);
        await use(one, number);
        expect((await other.decide(number))[0]).toBe(headline);
        const before = await one.sidecar.ledger.read({ number, limit: 100 });
        await use(other, number);
        expect((await one.sidecar.ledger.read({ number, limit: 100 })).length).toBe(before.length);
        // Another door for the same person is another entry, never an error.
        for (const each of DOORS) await each.use(other, number);
        expect((await one.decide(number))[0]).toBe('on_internal_list');
      },
    );

    test.each(DOORS.filter(({ name }) => name !== 'unclear text').map((door, index) => ({ ...door, index })))(
      '$name: said again after a later consent, it is a new wish',
      async ({ use, headline, index }) => {
        const number = `+1303555015${index}` as PhoneNumber;
        const { ledger, clock } = other.sidecar;
        const kinds = async () => (await ledger.read({ number, limit: 100 })).map(({ kind }) => kind);
        await other.consent(number);
        await use(other, number);
        const wish = (await kinds()).at(-1);
        // Of two at one instant the wish counts.
        const given = clock.now() + 1;
        await until('a later instant', () => clock.now() > given);
        const again = writtenConsent(number, SOLAR.seller.id, {
          consentId: `again-${number}`,
          givenAt: given as Instant,
        });
        await ledger.append(consentDraft(again));
        await use(other, number);
        await use(other, number);
        expect(await kinds()).toEqual(['consent_recorded', wish, 'consent_recorded', wish]);
        expect((await one.decide(number))[0]).toBe(headline);
      },
    );

    test('an unclear text holds until somebody has settled it, on every sidecar', async () => {
      const number = '+13035550131' as PhoneNumber;
      await one.consent(number);
      await DOORS.find(({ name }) => name === 'unclear text')?.use(one, number);
      const waiting = (await other.doors.unclearRequests(100)).filter((each) => each.number === number);
      expect(waiting.map(({ text }) => text)).toEqual(['who is this']);
      const requestId = waiting[0]?.requestId ?? '';
      await other.doors.settleRequest({ requestId, as: 'no_request', who: 'Jo', why: 'asks who called' });
      expect(await one.decide(number)).toEqual(['permit']);
      await one.doors.settleRequest({ requestId, as: 'opt_out', who: 'Kim', why: 'read again' });
      expect(await other.decide(number)).toContain('on_internal_list');
    });

    test('a declared emergency binds the other, its end lifts it, and a batch of both keeps its order', async () => {
      const number = '+13035550132' as PhoneNumber;
      await one.consent(number);
      await declareIn(one, 'CO');
      expect(await other.decide(number)).toEqual(['state_emergency']);
      const end = { state: 'CO', source: 'proclamation 42', who: 'Jo Example' };
      await other.doors.endEmergency({ ...end, until: '2026-11-23' as LocalDate });
      expect(await one.decide(number)).toEqual(['permit']);
      await Promise.all([
        declareIn(one, 'CO'),
        one.doors.endEmergency({ ...end, until: '2026-11-23' as LocalDate }),
        declareIn(one, 'CO'),
      ]);
      expect(await other.decide(number)).toEqual(['state_emergency']);
      expect(await other.doors.emergencies()).toMatchObject([{ jurisdiction: 'CO', until: null }]);
    });

    test('an end leaves what begins after it and what has ended before, in SQL as in memory', async () => {
      const said = { state: 'UT', source: 'proclamation 43', who: 'Jo Example' };
      const day = (text: string) => `2026-12-${text}` as LocalDate;
      const steps: readonly (
        readonly ['declare', LocalDate, LocalDate | null] | readonly ['end', LocalDate]
      )[] = [
        ['declare', day('01'), day('20')],
        ['declare', day('03'), day('05')],
        ['declare', day('10'), day('20')],
        ['declare', day('11'), null],
        ['declare', day('12'), day('20')],
        ['end', day('10')],
      ];
      for (const [what, first, last = null] of steps) {
        await (what === 'declare'
          ? one.doors.declareEmergency({ ...said, from: first, until: last })
          : other.doors.endEmergency({ ...said, until: first }));
      }
      const expected = [
        [day('01'), day('10')],
        [day('03'), day('05')],
        [day('10'), day('10')],
        [day('11'), null],
        [day('12'), day('20')],
      ];
      const memory = memoryDoorRecords();
      for (const entry of await one.sidecar.ledger.read({ limit: 10_000 })) memory.project(entry);
      for (const all of [await other.doors.emergencies(), memory.emergencies()]) {
        const found = all.filter(({ jurisdiction }) => jurisdiction === 'UT');
        expect(found.map(({ from, until }) => [from, until])).toEqual(expected);
      }
    });

    test('numbers of before lead to every seller that had them, in SQL as in memory, whatever the entry looks like', async () => {
      const line = '+13035550188' as PhoneNumber;
      const loaded = (body: JsonObject) => one.sidecar.ledger.append({ kind: 'campaign_loaded', body });
      const seller = (id: string) => ({ id, name: id, callbackNumber: '+13035550189' });
      await loaded({
        campaignId: 'c1',
        seller: seller('zeta'),
        callerIds: [{ number: line }, { number: line }],
      });
      await loaded({ campaignId: 'c2', seller: seller('Alpha'), callerIds: [{ number: line }] });
      await loaded({ campaignId: 'c2', seller: seller('Alpha'), callerIds: [{ number: line }] });
      await loaded({ campaignId: 'c3', offer: 'a NUL \0', seller: seller('nul'), callerIds: [] });
      for (const odd of [
        {},
        { seller: 'x', callerIds: 'y' },
        { seller: { id: 7 }, callerIds: [{ number: line }] },
      ]) {
        await loaded({ campaignId: 'odd', ...odd });
      }
      const reference = openMemoryLedger({ writer: 'm' as WriterId, clock: one.sidecar.clock });
      for (const { kind, body } of await one.sidecar.ledger.read({
        kinds: ['campaign_loaded'],
        limit: 100,
      })) {
        if (body['offer'] === undefined) await reference.append({ kind, body });
      }
      for (const records of [other.sidecar.records, reference.records]) {
        expect(await records.sellersAt(line)).toEqual(['Alpha', 'zeta']);
        expect(await records.sellersAt('+13035550189' as PhoneNumber)).toEqual(['Alpha', 'zeta']);
        expect(await records.sellersAt('+13035550190' as PhoneNumber)).toEqual([]);
        expect(await records.sellersEver()).toEqual(['Alpha', 'zeta']);
      }
      // No campaign of now has the number: a sidecar that was started long after still knows whose it was.
      const message = { to: line, receivedAt: other.sidecar.clock.now(), messageId: 'm-1', seller: null };
      const from = '+13035550133' as PhoneNumber;
      const { receipts } = await other.doors.receiveText({ ...message, from, text: 'STOP', adjusted: [] });
      expect(receipts.map(({ entry }) => entry.body['sellerId'])).toEqual(['Alpha', 'zeta']);
    });

    test('a campaign of before stands for the seller it had last, one that never was for nobody', async () => {
      const loaded = (sellerId: string) =>
        one.sidecar.ledger.append({
          kind: 'campaign_loaded',
          body: { campaignId: 'of-before', seller: { id: sellerId }, startedOn: '2026-11-02', zone: 'UTC' },
        });
      await loaded('moonlight');
      await loaded('sunset');
      const found = await campaignEver(other.sidecar, 'of-before' as CampaignId);
      expect(found).toEqual({
        id: 'of-before',
        seller: { id: 'sunset' },
        startedOn: '2026-11-02',
        zone: 'UTC',
      });
      expect(await campaignEver(other.sidecar, 'never' as CampaignId)).toBeNull();
    });

    test('the newest request and consent of many numbers at once, in SQL as in memory', async () => {
      const asked = '+13035550134' as PhoneNumber;
      const consented = '+13035550135' as PhoneNumber;
      const revoked = '+13035550137' as PhoneNumber;
      const numbers = [asked, consented, revoked, '+13035550136' as PhoneNumber];
      for (const number of [asked, consented]) {
        const batch = {
          sellerId: SOLAR.seller.id,
          channel: 'file',
          rows: [{ number, requested_at: '2026-11-01T12:00:00Z' }],
        };
        await one.doors.importOptOuts(batch);
      }
      const given = writtenConsent(consented, SOLAR.seller.id, { givenAt: at('2026-11-02T12:00:00Z') });
      await one.sidecar.ledger.append(consentDraft(given));
      await one.sidecar.ledger.append({
        kind: 'consent_revoked',
        body: { number: revoked, sellerId: SOLAR.seller.id, channel: 'x', revokedAt: '2026-11-01T12:00:00Z' },
      });
      const reference = openMemoryLedger({ writer: 'm' as WriterId, clock: one.sidecar.clock });
      for (const number of numbers) {
        for (const { kind, body } of await one.sidecar.ledger.read({ number, limit: 100 })) {
          await reference.append({ kind, body });
        }
      }
      const requestedAt = at('2026-11-01T12:00:00Z');
      for (const records of [other.sidecar.records, reference.records]) {
        expect(await records.requestsOf(SOLAR.seller.id, numbers)).toEqual(
          new Map([
            [asked, { requestedAt, revokedAt: requestedAt, consentGivenAt: null }],
            [consented, { requestedAt, revokedAt: requestedAt, consentGivenAt: given.givenAt }],
            [revoked, { requestedAt: null, revokedAt: requestedAt, consentGivenAt: null }],
          ]),
        );
        expect(await records.requestsOf('zeta' as SellerId, numbers)).toEqual(new Map());
      }
    });

    test('a second declaration of the same first day never shortens the first', async () => {
      const said = { state: 'NV', source: 'proclamation 44', who: 'Jo Example' };
      const declare = (from: string, until: string | null) =>
        one.doors.declareEmergency({ ...said, from: from as LocalDate, until: until as LocalDate | null });
      for (const last of ['2026-12-20', '2026-12-10']) await declare('2026-12-01', last);
      for (const last of [null, '2026-12-10']) await declare('2026-12-02', last);
      for (const last of ['2026-12-10', '2026-12-20']) await declare('2026-12-03', last);
      const memory = memoryDoorRecords();
      for (const entry of await one.sidecar.ledger.read({ limit: 10_000 })) memory.project(entry);
      for (const all of [await other.doors.emergencies(), memory.emergencies()]) {
        const found = all.filter(({ jurisdiction }) => jurisdiction === 'NV');
        expect(found.map(({ until }) => until)).toEqual(['2026-12-20', null, '2026-12-20']);
      }
    });
  });
}
