/** What people ask for is neither lost nor taken for a repeat: numbers of before, lines without a date, texts to nobody. */
import { describe, expect, test } from 'vitest';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { campaignDraft } from '../../../src/control/campaign-entry.ts';
import { peopleDoors } from '../../../src/control/doors/index.ts';
import type { ImportBatch, InboundText } from '../../../src/control/doors/people-doors.ts';
import { consentDraft } from '../../../src/control/record-entries.ts';
import type { Station } from '../../../src/control/sidecar.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { SellerId, WriterId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { sellerNumbersIn } from '../../../src/domain/seller-numbers.ts';
import { addMs, DAY_MS, type Instant } from '../../../src/domain/time.ts';
import type { WishFields } from '../../../src/domain/wish-fields.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { at, policyOf } from '../../support/rules-world.ts';
import { SOLAR } from '../../support/sim-world.ts';
import { writtenConsent } from '../../support/written-consent.ts';

const PERSON = '+13035550142' as PhoneNumber;
const OLD_LINE = '+13035550177';
const SELLER = SOLAR.seller.id;

/** Campaigns of now, and what the ledger says of those of before. */
function openDoors(campaigns: readonly Campaign[] = [SOLAR]) {
  let now = at('2026-11-24T18:00:00Z');
  const clock = { now: () => now } as Clock;
  const ledger = openMemoryLedger({ writer: 'doors' as WriterId, clock });
  const ruling = {
    policy: policyOf({}),
    campaigns: new Map(campaigns.map((campaign) => [campaign.id, campaign])),
    retired: new Map(),
  };
  const station = { clock, ledger, records: ledger.records, inForce: () => ruling } as unknown as Station;
  return {
    ledger,
    doors: peopleDoors(station),
    later(ms: number): Instant {
      now = addMs(now, ms);
      return now;
    },
    written: (kind: string) => ledger.store.entries.filter((entry) => entry.kind === kind),
    loaded: (sellerId: string, number: string) =>
      ledger.append(
        campaignDraft(
          {
            ...SOLAR,
            seller: { ...SOLAR.seller, id: sellerId as SellerId },
            callerIds: [{ number: number as never, proofOfRight: 'x', takesDoNotCallRequests: true }],
          },
          { prompt: () => ({ fit: false, problem: 'none' }) },
          { policyHash: 'p', telemarketer: null },
        ),
      ),
  };
}

const text = (world: ReturnType<typeof openDoors>, body: string, more: Partial<InboundText> = {}) =>
  world.doors.receiveText({
    from: PERSON,
    to: OLD_LINE,
    text: body,
    receivedAt: at('2026-11-24T17:59:00Z'),
    messageId: 'm-1',
    seller: null,
    adjusted: [],
    ...more,
  });

describe('a text to a number that no campaign has any more', () => {
  test('binds every seller that ever had it in this ledger', async () => {
    const world = openDoors();
    await world.loaded('sunrise', OLD_LINE);
    await world.loaded('moonlight', OLD_LINE);
    const { meaning, receipts } = await text(world, 'STOP');
    expect(meaning).toBe('revocation');
    expect(receipts.map(({ kind, entry }) => [kind, entry.body['sellerId']])).toEqual([
      ['written', 'moonlight'],
      ['written', 'sunrise'],
    ]);
  });

  test('also where a campaign of now has it: the former seller may be meant', async () => {
    const world = openDoors();
    await world.loaded('moonlight', SOLAR.seller.callbackNumber);
    const { receipts } = await text(world, 'STOP', { to: SOLAR.seller.callbackNumber });
    expect(receipts.map(({ entry }) => entry.body['sellerId'])).toEqual([SELLER, 'moonlight']);
  });

  test('and a seller of before is a seller, for requests by name too', async () => {
    const world = openDoors();
    await world.loaded('moonlight', OLD_LINE);
    const { receipts } = await text(world, 'STOP', { to: '55512', seller: 'moonlight' });
    expect(receipts.map(({ entry }) => entry.body['sellerId'])).toEqual(['moonlight']);
    const batch = { sellerId: 'moonlight' as SellerId, channel: 'file', rows: [{ number: PERSON }] };
    expect(await world.doors.importOptOuts(batch)).toMatchObject({ written: 1 });
  });

  test.each<[string, Partial<InboundText>, string]>([
    ['to a number of nobody', {}, 'to'],
    ['to what is no number', { to: '55512' }, 'to'],
    ['to a misspelt seller', { seller: 'sunrize' }, 'seller'],
    ['from what is no number', { from: '55512', to: SOLAR.seller.callbackNumber }, 'from'],
    ['from a number of nobody', { from: '+3035550142', to: SOLAR.seller.callbackNumber }, 'from'],
  ])(
    '%s is refused, and yet recorded once as what it is',
    async (_name, { from = PERSON, ...more }, field) => {
      const world = openDoors();
      for (let time = 0; time < 2; time += 1) {
        await expect(text(world, 'STOP', { from, ...more })).rejects.toMatchObject({
          name: 'InputProblem',
          field,
        });
      }
      expect(world.written('text_unmatched').map(({ body }) => body)).toMatchObject([
        { number: from, text: 'STOP', meaning: 'revocation', messageId: 'm-1', ...more },
      ]);
      expect(world.ledger.store.entries).toHaveLength(1);
    },
  );

  test('bodies of any age and shape name what they name', () => {
    expect(sellerNumbersIn({})).toEqual([]);
    expect(sellerNumbersIn({ seller: 'sunrise', callerIds: [{ number: OLD_LINE }] })).toEqual([]);
    const odd = { seller: { id: 'sunrise' }, callerIds: [{ number: 7 }, 'x', { number: OLD_LINE }] };
    expect(sellerNumbersIn(odd)).toEqual([{ number: OLD_LINE, sellerId: 'sunrise' }]);
  });
});

describe('a line without a date', () => {
  const batchOf = (...rows: readonly WishFields[]): ImportBatch<WishFields> => ({
    sellerId: SELLER,
    channel: 'file',
    rows,
  });
  const consent = (givenAt: Instant) =>
    writtenConsent(PERSON, SELLER, { consentId: `c-${givenAt}`, givenAt });
  const counts = async (world: ReturnType<typeof openDoors>, ...rows: readonly WishFields[]) => {
    const { written, standing } = await world.doors.importOptOuts(batchOf(...rows));
    return [written, standing];
  };
  const row = { number: PERSON, name: 'Ann' };

  test('is a repeat while the request that stands binds', async () => {
    const world = openDoors();
    expect(await counts(world, row, row)).toEqual([1, 1]);
    world.later(300 * DAY_MS);
    expect(await counts(world, row)).toEqual([0, 1]);
  });

  test('asks again when the person has consented since, once, at the instant of the import', async () => {
    const world = openDoors();
    await counts(world, row);
    const again = world.later(DAY_MS);
    await world.ledger.append(consentDraft(consent(again)));
    const imported = world.later(DAY_MS);
    expect(await counts(world, row, row)).toEqual([1, 1]);
    expect(await counts(world, row)).toEqual([0, 1]);
    const [, second] = world.written('opt_out');
    expect(second?.body['requestedAt']).toBe(new Date(imported).toISOString());
    expect((await world.ledger.records.requestsOf(SELLER, [PERSON])).get(PERSON)).toEqual({
      requestedAt: imported,
      revokedAt: imported,
      consentGivenAt: again,
    });
  });

  test('asks again when the years are over that a request is kept', async () => {
    const world = openDoors();
    await counts(world, row);
    world.later((5 * 365 - 1) * DAY_MS);
    expect(await counts(world, row)).toEqual([0, 1]);
    world.later(DAY_MS);
    expect(await counts(world, row)).toEqual([1, 0]);
  });

  test('with a date is the same request for ever', async () => {
    const world = openDoors();
    const dated = { ...row, requested_at: '2026-11-20T10:00:00Z' };
    await counts(world, dated);
    await world.ledger.append(consentDraft(consent(world.later(DAY_MS))));
    world.later(DAY_MS);
    expect(await counts(world, dated)).toEqual([0, 1]);
  });
});
