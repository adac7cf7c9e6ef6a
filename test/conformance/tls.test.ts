/**
 * Every connection that carries secrets or calls, encrypted, on real servers with an authority of the test: it stands with the right
 * certificate, and with a wrong one nothing is said on it, the reason is told, and no call can come of it. The AMI proxy's two sides are
 * in `test/unit/ami-proxy/proxy.test.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, chmod, chown, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import nodeTls, { connect, TLSSocket } from 'node:tls';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Issued } from '../../scripts/asterisk/sti-authority.ts';
import { openAmi } from '../../src/adapters/asterisk/ami-connection.ts';
import { openGate } from '../../src/adapters/asterisk/tenure.ts';
import { startEmbedded } from '../../src/adapters/postgres/embedded.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { openRedisCounters } from '../../src/adapters/redis/counters.ts';
import { readOnlyDatabase } from '../../src/adapters/vicidial/read-only-database.ts';
import { redisMemory } from '../../src/adapters/redis/eviction.ts';
import { buildServer, listen } from '../../src/http/server.ts';
import { fakeManager } from '../support/fake-manager.ts';
import { fakeMysql } from '../support/fake-mysql.ts';
import { FakeOperations } from '../support/fake-operations.ts';
import { serverCertificates, untrusted } from '../support/private-authority.ts';
import { isUp } from '../support/redis.ts';
import { announceMissing, freePort, redisMissing, temporaryDirectory, until } from '../support/stores.ts';

const certificates = serverCertificates();
const { authority, good } = certificates;
const WRONG = untrusted(certificates);
const inContainers = process.env['TEST_BACKEND'] === 'containers';

describe('the HTTP door', () => {
  const server = buildServer(new FakeOperations(), {
    host: '127.0.0.1',
    tokens: [],
    version: '0',
    tls: { certificate: good.pem, key: good.keyPem, minVersion: 'TLSv1.3' },
  });
  let port = 0;
  beforeAll(async () => {
    port = Number(new URL(await listen(server, '127.0.0.1', 0)).port);
  });
  afterAll(() => server.close());

  const ask = (ca: string, maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') =>
    new Promise<{ status: number; sts: unknown; cookie: unknown }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/v1/session', method: 'POST', ca, maxVersion };
      request({ ...options, agent: false }, (answer) => {
        answer.resume();
        const { 'strict-transport-security': sts, 'set-cookie': cookie } = answer.headers;
        resolve({ status: answer.statusCode ?? 0, sts, cookie: cookie?.[0] });
      })
        .on('error', reject)
        .end();
    });

  test('is encrypted: its cookie is for https alone, and a browser is told to stay with it', async () => {
    const { status, sts, cookie } = await ask(authority.pem);
    expect(status).toBe(200);
    expect(sts).toContain('max-age=');
    expect(cookie).toContain('; Secure');
  });

  test('a client that trusts another authority, or speaks only an older TLS, gets nothing', async () => {
    await expect(ask(certificates.stranger.pem)).rejects.toThrow(/self-signed|unable to/i);
    await expect(ask(authority.pem, 'TLSv1.2')).rejects.toThrow(/protocol version|alert/i);
  });

  test('plain HTTP is not served there', async () => {
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });
});

describe('the manager interface', () => {
  const OURS = { user: 'breakwater', secret: 'kept-secret-here' };
  const dial = (port: number, ca: string) =>
    openAmi({ host: '127.0.0.1', port, ...OURS, tls: { authority: ca } }, openGate(undefined));

  test('is spoken encrypted, and comes back after a loss', async () => {
    const manager = await fakeManager(OURS, { cert: good.pem, key: good.keyPem });
    const ami = dial(manager.port, authority.pem);
    try {
      await until(() => ami.problem() === null, 20_000);
      expect(await ami.action({ action: 'Ping' })).toMatchObject({ response: 'Success' });
      manager.sockets[0]?.destroy();
      await until(() => manager.sockets.length > 1 && ami.problem() === null, 20_000);
      expect(await ami.action({ action: 'Ping' })).toMatchObject({ response: 'Success' });
    } finally {
      ami.close();
      await manager.close();
    }
  });

  test.each(WRONG)(
    'a certificate %s: no secret is sent, no action passes, and the reason is told',
    async (_, shown, ca, why) => {
      const manager = await fakeManager(OURS, { cert: shown.pem, key: shown.keyPem });
      const ami = dial(manager.port, ca.pem);
      try {
        await until(() => why.test(ami.problem() ?? ''), 20_000);
        await expect(ami.action({ action: 'Originate' })).rejects.toThrow(why);
        expect(manager.heard.join('')).toBe('');
      } finally {
        ami.close();
        await manager.close();
      }
    },
  );
});

describe('VICIdial’s database', () => {
  const { named, stranger } = certificates;

  /** By its name; `ca` stands for what this machine trusts. */
  async function ask(shown: Issued, ca: string): Promise<{ problem: string | null; heard: string }> {
    const make = nodeTls.createSecureContext;
    const trusted = vi
      .spyOn(nodeTls, 'createSecureContext')
      .mockImplementation((options) => make({ ...options, ca }));
    const server = await fakeMysql({ cert: shown.pem, key: shown.keyPem });
    const at = { host: 'localhost', port: server.port, name: 'asterisk', tls: true, timeoutMs: 20_000 };
    const who = { user: 'breakwater', secret: 'kept-secret-here' };
    const reader = readOnlyDatabase({ ...at, ...who, campaigns: new Map() });
    try {
      const problem = await reader.rows('SELECT 1', []).then(
        () => null,
        (error: unknown) => (error as Error).message,
      );
      return { problem, heard: server.heard.join('') };
    } finally {
      await reader.close();
      await server.close();
      trusted.mockRestore();
    }
  }

  test('is read encrypted, from who has its name', async () => {
    const { problem, heard } = await ask(named, authority.pem);
    expect(problem).toBeNull();
    expect(heard).toContain('breakwater');
    expect(heard).toContain('SELECT 1');
  });

  test.each([
    ['of another authority', named, stranger, /self-signed|unable to (get|verify)/i],
    ['that a trusted authority gave to somebody else', good, authority, /altnames|not in the cert/i],
  ] as const)(
    'a certificate %s: no password is sent, nobody is read, and the reason is told',
    async (_, shown, ca, why) => {
      const { problem, heard } = await ask(shown, ca.pem);
      expect(problem).toMatch(why);
      expect(heard).toBe('');
    },
  );
});

const noRedis = await redisMissing();
announceMissing('Redis over TLS', noRedis);

describe.skipIf(noRedis !== undefined || inContainers)('Redis', () => {
  /** Encrypted on `port`, and nowhere else. `conf` is a file of its own: Sentinel keeps what it learns there. */
  async function withServer(
    shown: Issued,
    work: (port: number) => Promise<void>,
    { conf = 'save ""', args = [] }: { readonly conf?: string; readonly args?: readonly string[] } = {},
  ): Promise<void> {
    const folder = await temporaryDirectory();
    const port = await freePort();
    const at = (name: string): string => join(folder.path, name);
    await writeFile(at('cert.pem'), shown.pem);
    await writeFile(at('key.pem'), shown.keyPem);
    await writeFile(at('ca.pem'), authority.pem);
    await writeFile(at('own.conf'), `${conf}\n`);
    const common = ['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--dir', folder.path];
    const tls = ['--tls-cert-file', at('cert.pem'), '--tls-key-file', at('key.pem')];
    const more = ['--tls-ca-cert-file', at('ca.pem'), '--tls-auth-clients', 'no'];
    const child = spawn('redis-server', [at('own.conf'), ...common, ...tls, ...more, ...args], {
      stdio: 'ignore',
    });
    try {
      await until(() => isListening(port), 30_000);
      await work(port);
    } finally {
      await stopped(child);
      await folder.remove();
    }
  }

  const isListening = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });

  type Kind = (shown: Issued, work: (url: string) => Promise<void>) => Promise<void>;

  const withRedis: Kind = (shown, work) => withServer(shown, (port) => work(`rediss://127.0.0.1:${port}`));

  const withSentinel: Kind = (shown, work) =>
    withServer(shown, (primary) =>
      withServer(shown, (port) => work(`rediss+sentinel://127.0.0.1:${port}/counters`), {
        // It goes to the primary encrypted too.
        conf: `sentinel monitor counters 127.0.0.1 ${primary} 1`,
        args: ['--tls-replication', 'yes', '--sentinel'],
      }),
    );

  /** One node with all slots, which tells its address and no name. */
  const withCluster: Kind = async (shown, work) => {
    const busPort = await freePort();
    const args = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--cluster-port', String(busPort)];
    await withServer(
      shown,
      async (port) => {
        const admin = new Redis(port, '127.0.0.1', {
          tls: { rejectUnauthorized: false },
          maxRetriesPerRequest: null,
        });
        admin.on('error', () => undefined);
        try {
          await admin.cluster('ADDSLOTSRANGE', 0, 16_383);
          await until(async () => /cluster_state:ok/.test(await admin.cluster('INFO')), 30_000);
          await work(`rediss+cluster://127.0.0.1:${port}`);
        } finally {
          admin.disconnect();
        }
      },
      { args: [...args, '--cluster-announce-ip', '127.0.0.1'] },
    );
  };

  test.each([
    ['alone', withRedis],
    ['behind Sentinels', withSentinel],
    ['in a Cluster', withCluster],
  ] as const)('%s is spoken encrypted, with the authority that is named and no other', async (_, within) => {
    await within(good, async (url) => {
      const counters = openRedisCounters({ url, authority: authority.pem, commandWithinMs: 10_000 });
      try {
        await until(() => isUp(counters), 30_000);
      } finally {
        await counters.close();
      }
      const asked = { url, authority: authority.pem };
      // As `doctor` asks: it must not call a store dead that the counters reach.
      expect(await redisMemory(asked, 30_000)).toMatchObject({ policy: 'noeviction' });
      await expect(redisMemory({ ...asked, authority: null }, 3_000)).rejects.toThrow();
      const told: string[] = [];
      const others = openRedisCounters({
        url,
        authority: certificates.stranger.pem,
        commandWithinMs: 1_000,
        onProblem: (problem) => void told.push(problem),
      });
      try {
        await until(() => told.length > 0, 30_000);
        await expect(others.ping()).rejects.toThrow('Redis is not connected');
      } finally {
        await others.close();
      }
    });
  });

  test('is spoken encrypted', async () => {
    await withRedis(good, async (url) => {
      const counters = openRedisCounters({ url, authority: authority.pem, commandWithinMs: 10_000 });
      await until(() => isUp(counters), 30_000);
      await counters.close();
      const plain = new Redis(url.replace('rediss', 'redis'), {
        retryStrategy: () => null,
        lazyConnect: true,
      });
      plain.on('error', () => undefined);
      await expect(plain.connect()).rejects.toThrow();
    });
  });

  const KINDS = [
    ['one server', withRedis],
    ['a Cluster', withCluster],
  ] as const;

  test.each(KINDS.flatMap(([name, within]) => WRONG.map((wrong) => [name, ...wrong, within] as const)))(
    '%s with a certificate %s: nothing is counted, so nothing is permitted, and the reason is told',
    async (_name, _wrong, shown, ca, why, within) => {
      await within(shown, async (url) => {
        const told: string[] = [];
        const counters = openRedisCounters({
          url,
          authority: ca.pem,
          commandWithinMs: 1_000,
          onProblem: (_problem, cause) => void told.push(cause instanceof Error ? cause.message : ''),
        });
        await until(() => told.some((each) => why.test(each)), 30_000);
        await expect(counters.ping()).rejects.toThrow('Redis is not connected');
        await counters.close();
      });
    },
  );
});

describe.skipIf(inContainers)('PostgreSQL', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: Awaited<ReturnType<typeof startEmbedded>>;
  let url: string;
  let data: string;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    server = await startEmbedded(folder.path);
    data = join(folder.path, 'postgres/data');
    const { user, password, port } = server.connection;
    url = `postgres://${String(user)}:${String(password)}@127.0.0.1:${String(port)}/postgres`;
    await show(good);
    await appendFile(
      join(data, 'postgresql.auto.conf'),
      "\nssl = on\nssl_cert_file = 'tls.crt'\nssl_key_file = 'tls.key'\n",
    );
    await reload();
    await until(() => speaksTls(), 30_000);
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  /** The server reads key and certificate as its own user, and wants the key to itself. */
  async function show({ pem, keyPem }: Issued): Promise<void> {
    const { uid, gid } = await stat(join(data, 'PG_VERSION'));
    for (const [name, text] of [
      ['tls.crt', pem],
      ['tls.key', keyPem],
    ] as const) {
      const path = join(data, name);
      await writeFile(path, text);
      await chmod(path, 0o600);
      await chown(path, uid, gid);
    }
  }

  async function reload(): Promise<void> {
    await query({ connectionString: url }, 'SELECT pg_reload_conf()');
  }
  async function query(config: pg.ClientConfig, text: string): Promise<readonly unknown[]> {
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }
  /** Of the certificate the server shows now, whatever it is worth. */
  const shownSubject = async (): Promise<string> => {
    const client = new pg.Client({ connectionString: url, ssl: { rejectUnauthorized: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { stream } = (client as unknown as Streaming).connection;
      return String(stream.getPeerCertificate().subject.CN);
    } catch {
      return '';
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const speaksTls = async (): Promise<boolean> => (await shownSubject()) === good.subject;

  test('is spoken encrypted, by every session of the store', async () => {
    const store = await openPostgres({ url, authority: authority.pem });
    try {
      for (const pool of [store.pool, store.lookUps]) {
        const client = await pool.connect();
        expect((client as unknown as Streaming).connection.stream).toBeInstanceOf(TLSSocket);
        client.release();
      }
      expect(
        await query(store.connection, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'),
      ).toEqual([{ ssl: true }]);
    } finally {
      await store.close();
    }
  });

  test.each(WRONG)(
    'a certificate %s: the store does not open, and the reason is told',
    async (_, shown, ca, why) => {
      await show(shown);
      await reload();
      await until(async () => (await shownSubject()) === shown.subject, 30_000);
      try {
        await expect(openPostgres({ url, authority: ca.pem })).rejects.toThrow(why);
      } finally {
        await show(good);
        await reload();
        await until(() => speaksTls(), 30_000);
      }
    },
  );

  test('`sslmode=verify-full` with `sslrootcert` in the address does the same', async () => {
    const path = join(folder.path, 'ca.pem');
    await writeFile(path, certificates.stranger.pem);
    await expect(openPostgres({ url: `${url}?sslmode=verify-full&sslrootcert=${path}` })).rejects.toThrow(
      /self-signed|unable to/i,
    );
  });
});

/** What the package does not type. */
interface Streaming {
  readonly connection: { readonly stream: TLSSocket };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
}
