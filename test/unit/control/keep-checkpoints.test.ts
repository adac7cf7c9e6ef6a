/** Heads are signed at the start, every so often and at the end; an outlet that was away is covered by the next one. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { keepCheckpoints } from '../../../src/control/keep-checkpoints.ts';
import { type ChainHead, EMPTY_CHAIN } from '../../../src/domain/chain-link.ts';
import { checkpointSigner, type SignedCheckpoint } from '../../../src/domain/checkpoint.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { CheckpointOutlet, CheckpointOutletKind } from '../../../src/ports/checkpoint-outlets.ts';
import { addMs } from '../../../src/domain/time.ts';
import { fakeClock, settle } from '../../support/fake-clock.ts';

const EVERY_MS = 300_000;
const { privateKey } = generateKeyPairSync('ed25519');
const headAt = (seq: number): ChainHead => ({ seq, hash: String(seq).padStart(64, '0') });

interface Outlet extends CheckpointOutlet {
  readonly taken: SignedCheckpoint[];
  away: boolean;
  /** Takes nothing and never ends until it is let go. */
  hangs: boolean;
  letGo(): void;
}

function outlet(kind: CheckpointOutletKind): Outlet {
  const made: Outlet = {
    kind,
    name: kind,
    taken: [],
    away: false,
    hangs: false,
    letGo: () => undefined,
    put(checkpoint) {
      if (made.hangs) {
        return new Promise((resolve) => {
          made.letGo = resolve;
        });
      }
      if (made.away) return Promise.reject(new Error('no route'));
      made.taken.push(checkpoint);
      return Promise.resolve();
    },
  };
  return made;
}

function world(first: ChainHead) {
  const clock = fakeClock('2026-11-23T18:00:00Z');
  const outlets = [outlet('file'), outlet('webhook')] as const;
  const problems: unknown[] = [];
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: unknown) => void problems.push(fields),
  };
  const at = { head: first };
  const keeper = keepCheckpoints({
    writer: 'w1' as WriterId,
    head: () => at.head,
    sign: checkpointSigner(privateKey),
    outlets,
    everyMs: EVERY_MS,
    clock,
    log,
  });
  const seqs = (): number[][] => outlets.map(({ taken }) => taken.map(({ seq }) => seq));
  return { clock, outlets, problems, at, keeper, seqs };
}

test('at the start, then each round with another head, and at the end', async () => {
  const { clock, outlets, at, keeper, seqs } = world(headAt(3));
  await settle();
  expect(seqs()).toEqual([[3], [3]]);
  expect(outlets[0].taken[0]).toMatchObject({
    writer: 'w1',
    hash: headAt(3).hash,
    at: '2026-11-23T18:00:00.000Z',
  });
  at.head = headAt(9);
  await clock.go(EVERY_MS - 1);
  expect(seqs()).toEqual([[3], [3]]);
  await clock.go(1);
  expect(seqs()).toEqual([
    [3, 9],
    [3, 9],
  ]);
  at.head = headAt(10);
  await keeper.stop();
  expect(seqs()).toEqual([
    [3, 9, 10],
    [3, 9, 10],
  ]);
  at.head = headAt(11);
  await clock.go(10 * EVERY_MS);
  expect(seqs()[0]).toEqual([3, 9, 10]);
});

test('an empty chain and a head that was kept are not signed again', async () => {
  const { clock, at, keeper, seqs } = world(EMPTY_CHAIN);
  await clock.go(EVERY_MS);
  expect(seqs()).toEqual([[], []]);
  at.head = headAt(1);
  await clock.go(3 * EVERY_MS);
  await keeper.stop();
  expect(seqs()).toEqual([[1], [1]]);
});

test('an outlet that is away is told of, holds up no other, and gets the head of then', async () => {
  const { clock, outlets, problems, at, keeper, seqs } = world(headAt(3));
  outlets[1].away = true;
  at.head = headAt(4);
  await clock.go(2 * EVERY_MS);
  expect(seqs()).toEqual([[3, 4], [3]]);
  expect(problems).toEqual([
    { outlet: 'webhook', problem: 'no route' },
    { outlet: 'webhook', problem: 'no route' },
  ]);
  outlets[1].away = false;
  at.head = headAt(5);
  await clock.go(EVERY_MS);
  expect(seqs()).toEqual([
    [3, 4, 5],
    [3, 5],
  ]);
  await keeper.stop();
});

test('an outlet that hangs is told of, holds up no other, and is asked again only when it has ended', async () => {
  const { clock, outlets, problems, at, keeper, seqs } = world(EMPTY_CHAIN);
  outlets[0].hangs = true;
  at.head = headAt(1);
  await clock.go(EVERY_MS);
  expect(seqs()).toEqual([[], [1]]);
  await clock.go(60_000);
  expect(problems).toEqual([{ outlet: 'file', problem: 'not kept within 60000 ms' }]);
  outlets[0].hangs = false;
  at.head = headAt(2);
  await clock.go(EVERY_MS);
  expect(seqs()).toEqual([[], [1, 2]]);
  expect(problems.slice(1)).toEqual([{ outlet: 'file', problem: 'one before is still on its way' }]);
  outlets[0].letGo();
  await settle();
  await clock.go(EVERY_MS);
  expect(seqs()).toEqual([[2], [1, 2]]);
  await keeper.stop();
});

test('the figures say since when each outlet covers the chain, and how often it failed; an idle chain stays covered', async () => {
  const { clock, outlets, at, keeper } = world(headAt(3));
  const started = clock.now();
  const figures = () => keeper.figures().map(({ coveredAt, failures }) => [coveredAt - started, failures]);
  outlets[1].away = true;
  expect(figures()).toEqual([
    [0, 0],
    [0, 0],
  ]);
  at.head = headAt(4);
  await clock.go(EVERY_MS);
  expect(keeper.figures().map(({ outlet: kind, everyMs }) => [kind, everyMs])).toEqual([
    ['file', EVERY_MS],
    ['webhook', EVERY_MS],
  ]);
  expect(figures()).toEqual([
    [EVERY_MS, 0],
    [0, 1],
  ]);
  await clock.go(EVERY_MS);
  expect(figures()).toEqual([
    [2 * EVERY_MS, 0],
    [0, 2],
  ]);
  outlets[1].away = false;
  await clock.go(EVERY_MS);
  expect(figures()).toEqual([
    [3 * EVERY_MS, 0],
    [3 * EVERY_MS, 2],
  ]);
  await keeper.stop();
});

test('one that is kept late covers what was the head when it was signed', async () => {
  const { clock, outlets, at, keeper } = world(EMPTY_CHAIN);
  const started = clock.now();
  outlets[0].hangs = true;
  at.head = headAt(1);
  await clock.go(EVERY_MS);
  await clock.go(60_000);
  expect(keeper.figures()[0]).toMatchObject({ coveredAt: started, failures: 1 });
  outlets[0].letGo();
  await settle();
  expect(keeper.figures()[0]).toMatchObject({ coveredAt: addMs(started, EVERY_MS), failures: 1 });
  await keeper.stop();
});
