/** A private MariaDB on loopback, in a folder of its own, gone without a trace after `stop`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, createConnection } from 'mysql2/promise';
import { ensureCommands, findOnPath } from '../../scripts/install-packages.ts';
import { freePort } from './stores.ts';
import { until } from './wait.ts';

export interface MariaDb {
  readonly port: number;
  /** With every right. */
  readonly root: Connection;
  /** As a crash would. */
  kill(): Promise<void>;
  /** Again, after `kill`, with the same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const ROOT = { host: '127.0.0.1', user: 'root', password: 'of-the-test' };

/** Throws where the programs cannot be had. */
export async function startMariaDb(): Promise<MariaDb> {
  ensureCommands(['mariadbd', 'mariadb-install-db', 'my_print_defaults']);
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-mariadb-'));
  await chmod(directory, 0o755);
  const data = join(directory, 'data');
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const made = spawnSync(
    findOnPath('mariadb-install-db') ?? '',
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...user,
    ],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stderr}${made.stdout}`);
  const init = join(directory, 'init.sql');
  await writeFile(
    init,
    `CREATE OR REPLACE USER 'root'@'127.0.0.1' IDENTIFIED BY '${ROOT.password}';\nGRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n`,
  );
  let child: ChildProcess | null = null;
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const dying = child;
    child = null;
    if (dying === null || dying.exitCode !== null) return;
    const gone = new Promise((resolve) => dying.once('exit', resolve));
    dying.kill(signal);
    await gone;
  };
  const start = async (): Promise<Connection> => {
    child = spawn(
      findOnPath('mariadbd') ?? '',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(directory, 'socket')}`,
        `--pid-file=${join(directory, 'pid')}`,
        `--init-file=${init}`,
        '--innodb-buffer-pool-size=16M',
        '--skip-name-resolve',
        ...user,
      ],
      { stdio: 'ignore' },
    );
    const opened: Connection[] = [];
    await until(
      'MariaDB',
      async () => {
        const connection = await createConnection({ ...ROOT, port }).catch(() => undefined);
        if (connection !== undefined) opened.push(connection);
        return connection !== undefined;
      },
      60_000,
    );
    const [connection] = opened;
    if (connection === undefined) throw new Error('MariaDB is not there');
    // It is killed, too.
    connection.on('error', () => undefined);
    return connection;
  };
  let root = await start();
  return {
    port,
    get root() {
      return root;
    },
    kill: () => kill('SIGKILL'),
    async start() {
      root = await start();
    },
    async stop() {
      root.destroy();
      await kill('SIGTERM');
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
