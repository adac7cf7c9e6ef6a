/** INVARIANT (repeat-only-while-it-binds): at every door, what a person says again after a later consent is a new wish, whatever its id. */
import { describe, expect, test } from 'vitest';
import type { Operations } from '../../../src/control/operations.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, DAY_MS, formatInstant, type Instant } from '../../../src/domain/time.ts';
import type { WebhookMapping } from '../../../src/domain/webhook-event.ts';
import { codesOf } from '../../support/rules-world.ts';
import { openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';
import { writtenConsent } from '../../support/written-consent.ts';

const PERSON = personNumber(1) as PhoneNumber;
const sellerId = SOLAR.seller.id;
const MINUTE_MS = 60_000;

const CRM: WebhookMapping = {
  source: 'crm',
  id: '/contact',
  kind: '/kind',
  kinds: [
    { value: 'unsubscribed', means: 'opt_out' },
    { value: 'withdrawn', means: 'revocation' },
  ],
  seller: sellerId,
  sellerPointer: null,
  fields: [
    { column: 'number', pointer: '/phone' },
    { column: 'requested_at', pointer: '/at' },
  ],
};

/** What the door answers, `written` or `duplicate`. `at`: when the person said it, where the door tells; null: it does not. */
type Use = (operations: Operations, at: Instant | null) => Promise<string>;

const event =
  (kind: string): Use =>
  async (operations, at) => {
    const said = at === null ? {} : { at: formatInstant(at) };
    return (await operations.receiveEvent({ contact: '17', kind, phone: PERSON, ...said }, CRM)).kind;
  };
const text =
  (body: string): Use =>
  async (operations, at) => {
    const { receipts } = await operations.receiveText({
      from: PERSON,
      to: SOLAR.seller.callbackNumber,
      text: body,
      receivedAt: at ?? operations.now(),
      messageId: 'session-1',
      seller: null,
      adjusted: [],
    });
    return receipts.map(({ kind }) => kind).join();
  };
const file: Use = async (operations, at) => {
  const rows = [{ number: PERSON, ...(at === null ? {} : { requested_at: formatInstant(at) }) }];
  const { written } = await operations.importOptOuts({ sellerId, channel: 'file', rows });
  return written === 1 ? 'written' : 'duplicate';
};
const spoken: Use = async (operations) =>
  (await operations.optOut({ number: PERSON, sellerId, channel: 'voice', callId: 'c-1' })).kind;

const DOORS: readonly (readonly [name: string, vetoes: string, use: Use])[] = [
  ['an event of an opt-out', 'on_internal_list', event('unsubscribed')],
  ['an event of a revocation', 'consent_revoked', event('withdrawn')],
  ['a text', 'on_internal_list', text('STOP')],
  ['a request in a call', 'on_internal_list', spoken],
  ['a line of a file', 'on_internal_list', file],
];

/** Everything that lets a call through after the second consent is on record, so that only the wish can veto it. */
async function openDoors(): Promise<World> {
  const world = await openWorld();
  world.exchange.agentCallsIn('ann');
  await world.running.operations.recordOverride({
    overrideId: 'o-1',
    what: 'reconsent_lifts_request',
    sellerId,
    state: 'CO',
    who: 'Jo',
    why: 'the seller asks people again',
    until: addMs(world.clock.now(), 30 * DAY_MS),
  });
  await world.clock.go(MINUTE_MS);
  return world;
}

const verdict = async (world: World): Promise<string> =>
  codesOf((await world.running.operations.decide(world.input(PERSON))).decision)[0] ?? '';

async function consentAgain(world: World): Promise<Instant> {
  // Sooner after the wish nobody could say which of the two came first.
  await world.clock.go(MINUTE_MS);
  const givenAt = world.clock.now();
  const consentId = `again-${givenAt}`;
  await world.running.operations.recordConsent(writtenConsent(PERSON, sellerId, { consentId, givenAt }));
  await world.clock.go(MINUTE_MS);
  return givenAt;
}

describe.each(DOORS)('%s', (_name, vetoes, use) => {
  test('is a repeat while it binds, and binds again after each consent', async () => {
    const world = await openDoors();
    const { operations } = world.running;
    expect(await verdict(world)).toBe('permit');
    for (const time of ['first', 'second', 'third']) {
      expect([time, await use(operations, null), await verdict(world)]).toEqual([time, 'written', vetoes]);
      await world.clock.go(MINUTE_MS);
      expect(await use(operations, null)).toBe('duplicate');
      await consentAgain(world);
      expect([time, await verdict(world)]).toEqual([time, 'permit']);
    }
  });

  test('said once and sent at once by two is one entry', async () => {
    const world = await openDoors();
    const { operations } = world.running;
    await use(operations, null);
    await world.clock.go(MINUTE_MS);
    await consentAgain(world);
    const answers = await Promise.all([use(operations, null), use(operations, null)]);
    expect(answers.toSorted()).toEqual(['duplicate', 'written']);
  });
});

describe.each(DOORS.filter(([, , use]) => use !== spoken))('%s that tells its time', (_name, vetoes, use) => {
  test('and is sent again after a later consent is the old wish; said after it, it is a new one', async () => {
    const world = await openDoors();
    const { operations } = world.running;
    const first = world.clock.now();
    await use(operations, first);
    await world.clock.go(MINUTE_MS);
    await consentAgain(world);
    expect([await use(operations, first), await verdict(world)]).toEqual(['duplicate', 'permit']);
    expect([await use(operations, world.clock.now()), await verdict(world)]).toEqual(['written', vetoes]);
  });
});

describe.each(DOORS.filter(([, , use]) => use !== spoken))('%s by a slow clock', (_name, vetoes, use) => {
  test('and seems a little older than the consent: nobody can say which came first, so it binds', async () => {
    const world = await openDoors();
    const { operations } = world.running;
    await use(operations, world.clock.now());
    await world.clock.go(MINUTE_MS);
    const givenAt = await consentAgain(world);
    expect(await use(operations, addMs(givenAt, -MINUTE_MS / 2))).toBe('written');
    expect(await verdict(world)).toBe(vetoes);
  });
});

describe('an unclear text under an id that comes again', () => {
  const settle = async (world: World): Promise<void> => {
    for (const { requestId } of await world.running.operations.unclearRequests(10)) {
      const as = 'no_request' as const;
      await world.running.operations.settleRequest({ requestId, as, who: 'Jo', why: 'asks who called' });
    }
    await world.clock.go(MINUTE_MS);
  };

  test('holds the calls each time it is said after somebody has settled it', async () => {
    const world = await openDoors();
    const { operations } = world.running;
    const first = world.clock.now();
    for (const time of ['first', 'second', 'third']) {
      const use = text('who is this');
      expect([time, await use(operations, null)]).toEqual([time, 'written']);
      expect(await use(operations, null)).toBe('duplicate');
      expect([time, await verdict(world)]).toEqual([time, 'request_unsettled']);
      await world.clock.go(MINUTE_MS);
      await settle(world);
      expect([await use(operations, first), await verdict(world)]).toEqual(['duplicate', 'permit']);
    }
  });

  test('and says something else is another text', async () => {
    const world = await openDoors();
    const { operations } = world.running;
    expect(await text('who is this')(operations, null)).toBe('written');
    expect(await text('leave me alone')(operations, null)).toBe('written');
    const waiting = await operations.unclearRequests(10);
    expect(waiting.map((request) => request.text)).toEqual(['who is this', 'leave me alone']);
  });
});
