/** Look-ups go together, and never in a statement that was on its way before they were asked. */
import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
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
  return { batches, ask };
}

test('what is asked together is one statement, each gets its own answer', async () => {
  const { batches, ask } = server();
  const answers = Promise.all([ask('a'), ask('b'), ask('a')]);
  await tick();
  expect(batches.map(({ keys }) => keys)).toEqual([['a', 'b', 'a']]);
  batches[0]!.answer();
  expect(await answers).toEqual(['a!', 'b!', 'a!']);
});

test('the same key asked while a statement is on its way is read again', async () => {
  const { batches, ask } = server();
  const old = ask('a');
  await tick();
  const fresh = ask('a');
  await tick();
  batches[0]!.answer(['before']);
  expect(await old).toBe('before');
  batches[1]!.answer(['after']);
  expect(await fresh).toBe('after');
});

test('a failure or a short answer rejects its batch and no other', async () => {
  const { batches, ask } = server();
  const failed = ask('a');
  await tick();
  const short = ask('b');
  await tick();
  batches[0]!.fail();
  batches[1]!.answer([]);
  await expect(failed).rejects.toThrow('away');
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
