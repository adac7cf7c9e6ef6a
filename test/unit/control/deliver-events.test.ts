/** Ledger entries told to a program outside: in order, none left out, over failures and restarts; what is not taken is put aside. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type MemoryLedger,
  memoryLedgerStore,
  openMemoryLedger,
} from '../../../src/adapters/memory/ledger.ts';
import { deadLettersOf } from '../../../src/control/dead-letters.ts';
import { deliverEvents, type EventDelivery } from '../../../src/control/deliver-events.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../../src/domain/ledger-entry.ts';
import type { EventTarget } from '../../../src/ports/event-targets.ts';
import { type FakeClock, fakeClock, settle } from '../../support/fake-clock.ts';

let clock: FakeClock;
let store: ReturnType<typeof memoryLedgerStore>;
let ledger: MemoryLedger;
/** What the target took, by what it is. */
let taken: string[];
/** Thrown by the target for these, so often. */
let refusals: Map<string, number>;

const nameOf = (entry: LedgerEntry): string => textOf(entry, 'what');

const target: EventTarget = {
  name: 'crm',
  kinds: ['agent_lost'],
  attemptsMax: 3,
  send(entry) {
    const left = refusals.get(nameOf(entry)) ?? 0;
    if (left > 0) {
      refusals.set(nameOf(entry), left - 1);
      return Promise.reject(new Error('answered 503'));
    }
    taken.push(nameOf(entry));
    return Promise.resolve();
  },
};

const open = (writer: string): MemoryLedger => openMemoryLedger({ writer: writer as WriterId, clock, store });
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

function begin(of = ledger): EventDelivery {
  const delivery = deliverEvents({ clock, ledger: of, log: quiet }, target);
  of.subscribe(() => delivery.nudge());
  return delivery;
}

const happen = async (what: string, of = ledger): Promise<void> => {
  await of.append({ kind: 'agent_lost', body: { what } });
  await settle();
};

beforeEach(() => {
  clock = fakeClock('2026-11-24T18:00:00Z');
  store = memoryLedgerStore();
  ledger = open('one');
  taken = [];
  refusals = new Map();
});

test('what comes is told in order, and of the wanted kinds only', async () => {
  await happen('before the target was there');
  begin();
  await settle();
  await happen('a');
  await ledger.append({ kind: 'supervision_ended', body: { what: 'x' } });
  await happen('b');
  await clock.go(1);
  expect(taken).toEqual(['a', 'b']);
});

test('one that is not taken is repeated, ever slower, and the next ones wait behind it', async () => {
  refusals.set('a', 2);
  begin();
  await settle();
  await happen('a');
  await happen('b');
  await clock.go(900);
  expect(taken).toEqual([]);
  await clock.go(2_050);
  expect(taken).toEqual([]);
  await clock.go(200);
  expect(taken).toEqual(['a', 'b']);
});

test('one that is never taken is put aside, and can be sent again', async () => {
  refusals.set('a', 4);
  begin();
  await settle();
  await happen('a');
  await happen('b');
  await clock.go(5_000);
  expect(taken).toEqual(['b']);
  const letters = deadLettersOf(ledger, [target]);
  const [letter, ...others] = await letters.undelivered();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({
    target: 'crm',
    kind: 'agent_lost',
    attempts: 3,
    problem: 'answered 503',
  });
  const { entryId } = letter!;
  expect(await letters.resend('crm', entryId, 'ann')).toEqual({ kind: 'failed', problem: 'answered 503' });
  expect(await letters.undelivered()).toHaveLength(1);
  expect(await letters.resend('crm', entryId, 'ann')).toEqual({ kind: 'delivered' });
  expect(taken).toEqual(['b', 'a']);
  expect(await letters.undelivered()).toEqual([]);
  expect(await letters.resend('crm', entryId, 'ann')).toEqual({ kind: 'unknown' });
  expect((await deadLettersOf(ledger, []).resend('crm', entryId, 'ann')).kind).toBe('unknown');
});

test('while the ledger cannot take that it is put aside, nothing is passed over', async () => {
  refusals.set('a', 3);
  begin();
  await settle();
  await happen('a');
  await happen('b');
  store.down = true;
  await clock.go(4_000);
  expect(taken).toEqual([]);
  store.down = false;
  await clock.go(60_000);
  expect(taken).toEqual(['a', 'b']);
});

describe('a later life', () => {
  test('goes on behind what was told', async () => {
    const first = begin();
    await settle();
    await happen('a');
    await clock.go(1);
    const ending = first.end();
    await clock.go(10);
    await ending;
    await happen('while nobody tells');
    begin();
    await clock.go(10);
    expect(taken).toEqual(['a', 'while nobody tells']);
  });

  test('of a process that was killed tells again what it may not have told', async () => {
    begin();
    await settle();
    await happen('a');
    await clock.go(1);
    expect(taken).toEqual(['a']);
    taken = [];
    await ledger.close();
    begin(open('one'));
    await clock.go(10);
    expect(taken).toEqual(['a']);
  });

  test('how far it has come is noted beside', async () => {
    begin();
    await settle();
    await happen('a');
    await clock.go(10_100);
    taken = [];
    await ledger.close();
    begin(open('one'));
    await clock.go(10);
    expect(taken).toEqual([]);
  });

  test('ends in time when the target does not answer', async () => {
    const never: EventTarget = { ...target, send: () => new Promise(() => undefined) };
    const delivery = deliverEvents({ clock, ledger, log: quiet }, never);
    await settle();
    await happen('a');
    delivery.nudge();
    await clock.go(1);
    let ended = false;
    void delivery.end().then(() => (ended = true));
    await clock.go(2_100);
    expect(ended).toBe(true);
  });
});

test('each writer tells its own entries: two sidecars tell none twice', async () => {
  const other = open('two');
  begin();
  begin(other);
  await settle();
  await happen('of one');
  await happen('of two', other);
  await clock.go(10);
  expect([...taken].sort()).toEqual(['of one', 'of two']);
});
