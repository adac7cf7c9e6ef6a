/** Standing by for a writer on a real PostgreSQL: not while it lives, at once when it is gone, and never beside it when it wakes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openPostgresLedger,
  type PostgresLedger,
  type PostgresLedgerOptions,
} from '../../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { standBy, type StoodBy } from '../../src/adapters/postgres/stand-by.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { systemLikeClock } from '../support/clock.ts';
import { progress } from '../support/entries.ts';
import { writerApplication, writerLockKey } from '../../src/adapters/postgres/writer-lock.ts';
import { LedgerUnavailable } from '../../src/ports/ledger.ts';
import { postgresSources, type PostgresServer, withClient } from '../support/stores.ts';
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

const open = (writer: string, more: Partial<PostgresLedgerOptions> = {}): Promise<PostgresLedger> =>
  openPostgresLedger(store, {
    writer: writer as WriterId,
    clock: systemLikeClock(),
    writerLockWithinMs: 100,
    ...more,
  });

const lockOf = (writer: string): [string] => [writerLockKey(writer as WriterId)];

/** As `writer-session.ts` has it: whoever holds it stops every writer of the store inside a statement. */
const APPEND_LOCK = 4_217_002;

const confirms = (ledger: PostgresLedger): Promise<boolean> =>
  ledger.confirmWriter().then(
    () => true,
    () => false,
  );

/** Those that stand by and have looked, by their sessions; one that has ended may be listed for a moment. */
async function lookers(client: Client): Promise<readonly number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE application_name = 'breakwater standing by' AND state = 'idle' AND query LIKE '%holder%'`,
  );
  return rows.map(({ pid }) => pid);
}

/** However slow the machine is: begins to stand by, and resolves when it has looked. */
async function looking(client: Client, writer: string, takeOverAfterMs: number) {
  const before = await lookers(client);
  const begun = waiting(writer, takeOverAfterMs);
  await until('it looks', async () => (await lookers(client)).some((pid) => !before.includes(pid)));
  return begun;
}

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

  test('waits on while the store is away: the living one gets its lock back', async () => {
    if (server.crash === undefined) return;
    const live = await open('survives');
    const standby = await withClient(url, (client) => looking(client, 'survives', 60_000));
    await server.crash();
    await until('a problem told', () => standby.problems.length > 0);
    await until('the writer is back', () => confirms(live));
    await sleep(500);
    expect(standby.end()).toBeNull();
    expect(live.isTakenOver()).toBe(false);
    standby.stop();
    expect(await standby.done).toBe('stopped');
    await live.close();
  });

  test('does not take a lock at once that trouble with the store has set free', async () => {
    if (server.crash === undefined) return;
    const standby = await withClient(url, async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', lockOf('late'));
      const begun = await looking(client, 'late', 60_000);
      await server.crash?.();
      return begun;
    });
    await until('a problem told', () => standby.problems.length > 0);
    await sleep(500);
    expect(standby.end()).toBeNull();
    standby.stop();
    expect(await standby.done).toBe('stopped');
  });

  test('is over after trouble with the store when nobody comes back for the lock', async () => {
    if (server.crash === undefined) return;
    await withClient(url, async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', lockOf('gone'));
      const standby = await looking(client, 'gone', 500);
      await server.crash?.();
      expect(await standby.done).toBe('free');
      expect(standby.problems).not.toEqual([]);
    });
  });
});

describe('which session is cut off', () => {
  test('none of another database, though its writer has the same id and hangs', async () => {
    const elsewhere = await server.freshDatabase();
    await withClient(elsewhere, async (other) => {
      await other.query(`SET application_name = '${writerApplication('twin' as WriterId)}'`);
      await other.query('SELECT pg_advisory_lock($1)', lockOf('twin'));
      const live = await open('twin');
      const standby = waiting('twin', 500);
      await sleep(1_500);
      expect(standby.end()).toBeNull();
      await other.query('SELECT 1');
      await live.close();
      expect(await standby.done).toBe('free');
      await other.query('SELECT 1');
    });
  });

  test('none that does not hold the lock, whatever its name', async () => {
    const live = await open('named');
    await withClient(url, async (other) => {
      await other.query(`SET application_name = '${writerApplication('named' as WriterId)}'`);
      const standby = waiting('named', 500);
      await sleep(1_500);
      await other.query('SELECT 1');
      standby.stop();
      expect(await standby.done).toBe('stopped');
    });
    await live.close();
  });

  test('none whose process waits for the server: a living writer with a slow batch keeps its lock', async () => {
    const live = await open('slow', { appendWithinMs: 20_000 });
    const standby = waiting('slow', 500);
    await withClient(url, async (other) => {
      await other.query(`SELECT pg_advisory_lock(${APPEND_LOCK})`);
      const appended = live.append(progress('slow', 1));
      await sleep(2_000);
      await other.query(`SELECT pg_advisory_unlock(${APPEND_LOCK})`);
      expect((await appended).kind).toBe('written');
    });
    expect(standby.end()).toBeNull();
    standby.stop();
    expect(await standby.done).toBe('stopped');
    await live.close();
  });

  test('one that stands still inside a transaction', async () => {
    await withClient(url, async (other) => {
      await other.query('SELECT pg_advisory_lock($1)', lockOf('inside'));
      await other.query('BEGIN');
      expect(await waiting('inside', 500).done).toBe('fenced');
      await expect(other.query('SELECT 1')).rejects.toThrow();
    });
  });
});

describe('a writer whose session is gone', () => {
  test('is told once that another has its writer id, and never writes again, also when the other gives it back', async () => {
    let told = 0;
    const live = await open('lost', { appendWithinMs: 500, onTakenOver: () => (told += 1) });
    await live.append(progress('lost', 1));
    await withClient(url, async (other) => {
      // Waits for the lock, so that it has it the moment the other's session ends.
      const taken = other.query('SELECT pg_advisory_lock($1)', lockOf('lost'));
      await withClient(url, (third) =>
        third.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
          writerApplication('lost' as WriterId),
        ]),
      );
      await taken;
      await until('told', () => live.isTakenOver());
    });
    await until('the lock is free', async () => (await waiting('lost', 500).done) === 'free');
    await expect(live.append(progress('lost', 2))).rejects.toThrow(LedgerUnavailable);
    expect(await confirms(live)).toBe(false);
    expect(told).toBe(1);
    const next = await open('lost');
    expect(next.head().seq).toBe(1);
    await Promise.all([live.close(), next.close()]);
  });

  test('does not take its own session of before for another sidecar', async () => {
    let told = 0;
    const live = await open('ghost', { appendWithinMs: 300, onTakenOver: () => (told += 1) });
    await withClient(url, async (other) => {
      await other.query(`SELECT pg_advisory_lock(${APPEND_LOCK})`);
      // Overdue: the writer cuts its connection, and the server goes on with the statement, lock in hand.
      await expect(live.append(progress('ghost', 1))).rejects.toThrow(LedgerUnavailable);
      await sleep(300);
      await other.query(`SELECT pg_advisory_unlock(${APPEND_LOCK})`);
    });
    await until('connected again', () => confirms(live));
    expect(live.isTakenOver()).toBe(false);
    expect(told).toBe(0);
    expect((await live.append(progress('ghost', 2))).kind).toBe('written');
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
