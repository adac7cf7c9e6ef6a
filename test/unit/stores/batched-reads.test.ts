/** Look-ups go together, and never in a statement that was on its way before they were asked. */
import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { batchedReads } from '../../../src/adapters/postgres/batched-reads.ts';

function server() {
  const batches: {
    readonly keys: readonly string[];
    answer(values?: readonly string[]): void;
    fail(): void;
  }[] = [];
  const ask = batchedReads<string, string>(
    (keys) =>
      new Promise((resolve, reject) => {
        batches.push({
          keys,
          answer: (values = keys.map((key) => `${key}!`)) => resolve(values),
          fail: () => reject(new Error('away')),
        });
      }),
  );
  const sent = async (statements: number): Promise<void> => {
    while (batches.length < statements) await tick();
  };
  return { batches, ask, sent };
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

test('what is asked together is one statement, each gets its own answer', async () => {
  const { batches, ask } = server();
  const answers = Promise.all([ask('a'), ask('b'), ask('a')]);
  await tick();
  expect(batches.map(({ keys }) => keys)).toEqual([['a', 'b', 'a']]);
  batches[0]!.answer();
  expect(await answers).toEqual(['a!', 'b!', 'a!']);
});

test('the same key asked while a statement is on its way is read again', async () => {
  const { batches, ask, sent } = server();
  const old = ask('a');
  await tick();
  const fresh = ask('a');
  await tick();
  batches[0]!.answer(['before']);
  expect(await old).toBe('before');
  await sent(2);
  batches[1]!.answer(['after']);
  expect(await fresh).toBe('after');
});

test('a failure or a short answer rejects its batch and no other', async () => {
  const { batches, ask, sent } = server();
  const failed = ask('a');
  await tick();
  const short = ask('b');
  await tick();
  batches[0]!.fail();
  await expect(failed).rejects.toThrow('away');
  await sent(2);
  batches[1]!.answer([]);
  await expect(short).rejects.toThrow('0 answers to 1 keys');
  const next = ask('c');
  await tick();
  batches[2]!.answer();
  expect(await next).toBe('c!');
});

test('more than fit wait, and all are answered', async () => {
  const { batches, ask } = server();
  const answers = Promise.all(Array.from({ length: 1_700 }, (_, index) => ask(String(index))));
  for (let answered = 0; answered < 4; answered += 1) {
    while (batches.length <= answered) await tick();
    batches[answered]!.answer();
  }
  expect(await answers).toHaveLength(1_700);
  expect(batches.map(({ keys }) => keys.length)).toEqual([500, 500, 500, 200]);
});

test('few wait for the statement on its way and then go together; many go beside it, but no third one', async () => {
  const { batches, ask, sent } = server();
  const few = [ask('a')];
  await tick();
  few.push(ask('b'));
  await tick();
  expect(batches).toHaveLength(1);
  const many = Array.from({ length: 24 }, (_, index) => ask(`c${index}`));
  await tick();
  expect(batches.map(({ keys }) => keys.length)).toEqual([1, 25]);
  const more = Array.from({ length: 30 }, (_, index) => ask(`d${index}`));
  await tick();
  expect(batches).toHaveLength(2);
  batches[0]!.answer();
  await few[0];
  await sent(3);
  expect(batches.map(({ keys }) => keys.length)).toEqual([1, 25, 30]);
  for (const each of batches.slice(1)) each.answer();
  expect(await Promise.all([...few, ...many, ...more])).toHaveLength(56);
});

test('a statement that hangs holds nobody up', async () => {
  const { batches, ask, sent } = server();
  void ask('hangs');
  await tick();
  const other = ask('b');
  await tick();
  expect(batches).toHaveLength(1);
  vi.advanceTimersByTime(20);
  await sent(2);
  batches[1]!.answer();
  expect(await other).toBe('b!');
});
