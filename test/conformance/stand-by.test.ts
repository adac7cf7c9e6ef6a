/** Standing by for a writer on a real PostgreSQL: not while it lives, at once when it is gone, and never beside it when it wakes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { standBy, type StoodBy } from '../../src/adapters/postgres/stand-by.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { systemLikeClock } from '../support/clock.ts';
import { progress } from '../support/entries.ts';
import { postgresSources, type PostgresServer } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const [source] = await postgresSources();
let server: PostgresServer;
let url = '';
let store: PostgresStore;

beforeAll(async () => {
  server = await source!.start();
  url = await server.freshDatabase();
  store = await openPostgres({ url });
});
const holders: ChildProcess[] = [];

afterAll(async () => {
  for (const child of holders) child.kill('SIGKILL');
  await store.close();
  await server.stop();
});

const open = (writer: string): Promise<PostgresLedger> =>
  openPostgresLedger(store, {
    writer: writer as WriterId,
    clock: systemLikeClock(),
    writerLockWithinMs: 100,
  });

function waiting(writer: string, takeOverAfterMs: number) {
  const stop = new AbortController();
  const problems: string[] = [];
  let end: StoodBy | null = null;
  const done = standBy({
    connection: { connectionString: url },
    writer: writer as WriterId,
    takeOverAfterMs,
    stop: stop.signal,
    onProblem: (problem) => void problems.push(problem),
  }).then((answer) => (end = answer));
  return { stop: () => stop.abort(), done, end: () => end, problems };
}

describe('standing by', () => {
  test('is over at once when nobody holds the writer id', async () => {
    expect(await waiting('nobody', 1_000).done).toBe('free');
  });

  test('lasts while the writer lives, though it writes nothing, and is over when it has closed', async () => {
    const live = await open('alive');
    const standby = waiting('alive', 700);
    await sleep(2_500);
    expect(standby.end()).toBeNull();
    await live.append(progress('call', 1));
    await live.close();
    expect(await standby.done).toBe('free');
    const next = await open('alive');
    expect(next.head().seq).toBe(1);
    await next.close();
  });

  test('cuts a silent writer off: its session can write nothing any more, and knows that it was taken over', async () => {
    // A name longer than PostgreSQL keeps: a writer whose name begins alike is not cut off with it.
    const name = `hangs-${'x'.repeat(58)}`;
    const alike = await open(`${name.slice(0, -1)}y`);
    const frozen = holder(name);
    await until('holds', () => frozen.output().includes('holds'));
    frozen.signal('SIGSTOP');
    expect(await waiting(name, 500).done).toBe('fenced');
    const next = await open(name);
    frozen.signal('SIGCONT');
    await until('told', () => frozen.output().includes('taken over'));
    expect(frozen.output()).toContain('taken over, not confirmed, not written');
    await next.append(progress('call', 2));
    expect(next.head().seq).toBe(2);
    await alike.confirmWriter();
    expect(alike.isTakenOver()).toBe(false);
    for (const one of [next, alike]) await one.close();
  });

  test('ends at a word', async () => {
    const live = await open('stays');
    const standby = waiting('stays', 60_000);
    await sleep(300);
    standby.stop();
    expect(await standby.done).toBe('stopped');
    await live.confirmWriter();
    await live.close();
  });

  test('waits on while the store is away', async () => {
    if (server.crash === undefined) return;
    const live = await open('survives');
    const standby = waiting('survives', 60_000);
    await sleep(300);
    await server.crash();
    await until('a problem told', () => standby.problems.length > 0);
    await until('the writer is back', async () =>
      live.confirmWriter().then(
        () => true,
        () => false,
      ),
    );
    standby.stop();
    await standby.done;
    await live.close();
  });
});

/** A process of its own, because only a whole process can stand still. */
function holder(writer: string) {
  const program = resolve(import.meta.dirname, '../support/writer-holder.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, url, writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return { output: () => output, signal: (signal: NodeJS.Signals) => void child.kill(signal) };
}
