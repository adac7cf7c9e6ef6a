/** INVARIANT (wish-is-taken): what a person told a dialer's agent binds every campaign of the seller, once, also what was said while no sidecar was there. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  FAR_BACK_MS,
  FAR_EVERY_MS,
  followDialerRequests,
  TALK_MS,
} from '../../../src/control/follow-dialer-requests.ts';
import { InputProblem } from '../../../src/control/input-problem.ts';
import type { CampaignId } from '../../../src/domain/ids.ts';
import { addMs, type Instant } from '../../../src/domain/time.ts';
import { textOf } from '../../../src/domain/ledger-entry.ts';
import type { LoggedRequest } from '../../../src/ports/dialer-requests.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { fakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { alongside, openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';
import { writtenConsent } from '../../support/written-consent.ts';

const asks = (name: string, changes: Partial<LoggedRequest> = {}): LoggedRequest => ({
  name,
  number: personNumber(0).slice(1),
  campaignId: 'solar-west' as CampaignId,
  askedAgoMs: 5_000,
  ...changes,
});

describe('reading', () => {
  let clock: FakeClock;
  let here: readonly LoggedRequest[] | Error;
  let backs: number[];
  let taken: string[];
  let askedAt: Instant[];
  let takesMs: number;
  let lines: string[];
  let refuses: (name: string) => Error | null;
  let stop: () => void;

  beforeEach(() => {
    clock = fakeClock('2026-11-23T18:00:00Z');
    here = [];
    backs = [];
    taken = [];
    askedAt = [];
    takesMs = 0;
    lines = [];
    refuses = () => null;
    const note = (_fields: unknown, message: string): void => void lines.push(message);
    const followed = followDialerRequests(
      { clock, log: { info: note, warn: note, error: note } },
      {
        name: 'requests',
        read: (back) => {
          backs.push(back);
          return here instanceof Error ? Promise.reject(here) : Promise.resolve(here);
        },
        close: () => Promise.resolve(),
      },
      (request) => {
        const problem = refuses(request.name);
        if (problem !== null) return Promise.reject(problem);
        taken.push(request.name);
        askedAt.push(request.askedAt);
        return takesMs === 0 ? Promise.resolve() : new Promise<void>((done) => clock.after(takesMs, done));
      },
    );
    stop = () => followed.stop();
  });

  test('looks a week back at first, then as far as a talk is long; each is taken once', async () => {
    here = [asks('a'), asks('b')];
    await clock.go(60_000);
    expect(taken).toEqual(['a', 'b']);
    expect(backs[0]).toBe(FAR_BACK_MS);
    expect(backs[5]).toBe(TALK_MS + 5_000);
  });

  test('dates each by the reading, however many are taken before it', async () => {
    const startedAt = clock.now();
    takesMs = 1_000;
    here = [asks('a'), asks('b'), asks('c')];
    await clock.go(20_000);
    expect(taken).toEqual(['a', 'b', 'c']);
    // Read after five seconds, as said five seconds before.
    expect(askedAt).toEqual([startedAt, startedAt, startedAt]);
  });

  test('looks far back again now and then: what was noted long after its call is not lost', async () => {
    await clock.go(FAR_EVERY_MS + 10_000);
    expect(backs.filter((back) => back === FAR_BACK_MS)).toHaveLength(2);
    expect(taken).toEqual([]);
    here = [asks('a')];
    await clock.go(FAR_EVERY_MS);
    expect(taken).toEqual(['a']);
  });

  test('goes back to what it missed', async () => {
    await clock.go(5_000);
    here = new Error('gone');
    await clock.go(3_600_000);
    expect(lines).toEqual(['requests cannot be taken now']);
    here = [asks('a')];
    await clock.go(5_000);
    expect(taken).toEqual(['a']);
    expect(backs.at(-1)).toBeGreaterThanOrEqual(TALK_MS + 3_600_000);
  });

  test('what cannot be written now is taken later, and the others are not kept from it', async () => {
    refuses = (name) => (name === 'a' ? new Error('the ledger is away') : null);
    here = [asks('a'), asks('b')];
    await clock.go(6_000);
    expect(taken).toEqual(['b']);
    refuses = () => null;
    await clock.go(5_000);
    expect(taken).toEqual(['b', 'a']);
    expect(lines).toEqual(['requests cannot be taken now', 'requests are taken again']);
  });

  test('one that cannot be understood is named once and keeps nobody back', async () => {
    refuses = (name) => (name === 'a' ? new InputProblem('number', '12', 'a number') : null);
    here = [asks('a'), asks('b')];
    await clock.go(60_000);
    expect(taken).toEqual(['b']);
    expect(lines).toEqual(['a request from requests cannot be understood']);
  });

  test('a sidecar that ends reads no more', async () => {
    await clock.go(1_000);
    stop();
    here = [asks('a')];
    await clock.go(60_000);
    expect(taken).toEqual([]);
  });
});

describe('what was said', () => {
  const take = (world: World, { askedAgoMs, ...request }: LoggedRequest) =>
    alongside(
      world.clock,
      world.running.operations.requestFromLog({
        ...request,
        askedAt: addMs(world.clock.now(), -askedAgoMs),
      }),
    );
  const optOuts = (world: World) => world.ledger.store.entries.filter(({ kind }) => kind === 'opt_out');
  async function verdict(world: World): Promise<string> {
    const input = world.input(personNumber(0));
    const { decision } = await alongside(world.clock, world.running.operations.decide(input));
    return decision.kind === 'veto' ? decision.reasons[0].code : 'permit';
  }
  async function opened(): Promise<World> {
    const world = await openWorld();
    await world.running.operations.setAgentState('ann' as never, 'ready', null);
    await world.clock.go(60_000);
    expect(await verdict(world)).toBe('permit');
    return world;
  }

  test('is a veto from then on, and one entry', async () => {
    const world = await opened();
    expect((await take(world, asks('1700000000.1:4711'))).kind).toBe('written');
    expect((await take(world, asks('1700000000.1:4711'))).kind).toBe('duplicate');
    expect(await verdict(world)).toBe('on_internal_list');
    expect(optOuts(world)).toHaveLength(1);
    const [entry] = optOuts(world);
    if (entry === undefined) throw new Error('nothing was written');
    expect(Date.parse(textOf(entry, 'requestedAt'))).toBeLessThanOrEqual(world.clock.now() - 5_000);
  });

  test('read again after a new consent is not said anew', async () => {
    const world = await opened();
    await take(world, asks('1700000000.1:4711'));
    await world.clock.go(3_600_000);
    const again = { consentId: 'again', givenAt: world.clock.now() };
    await world.running.operations.recordConsent(
      writtenConsent(personNumber(0) as PhoneNumber, SOLAR.seller.id, again),
    );
    expect((await take(world, asks('1700000000.1:4711', { askedAgoMs: 3_605_000 }))).kind).toBe('duplicate');
    expect(optOuts(world)).toHaveLength(1);
  });

  test.each([
    ['a number that is none', { number: '12' }],
    ['a campaign that never was', { campaignId: 'nothing' as CampaignId }],
  ])('%s is a problem, not a wish of somebody else, and is kept once', async (_what, changes) => {
    const world = await opened();
    await expect(take(world, asks('a', changes))).rejects.toThrow(InputProblem);
    await world.clock.go(5_000);
    await expect(take(world, asks('a', changes))).rejects.toThrow(InputProblem);
    expect(optOuts(world)).toEqual([]);
    const kept = world.ledger.store.entries.filter(({ kind }) => kind === 'request_unmatched');
    const { number, campaignId } = asks('a', changes);
    expect(kept.map(({ body }) => body)).toMatchObject([{ name: 'a', number, campaignId }]);
  });

  test('what cannot be understood and cannot be kept is taken again', async () => {
    const world = await opened();
    world.ledger.store.down = true;
    await expect(take(world, asks('a', { number: '12' }))).rejects.toThrow(LedgerUnavailable);
  });
});
