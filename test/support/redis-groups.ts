/** Several real Redis servers that make one store: a primary with a replica under Sentinels, and a Cluster. All on loopback, ended by pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, temporaryDirectory, until } from './stores.ts';

/** Elections wait for each other's time-outs; a busy machine takes its time. */
export const FAILOVER_WITHIN_MS = 60_000;

interface Node {
  readonly port: number;
  readonly admin: Redis;
  kill(): Promise<void>;
  /** Stands still without being gone: connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
}

async function startNode(
  parent: string,
  args: readonly string[],
  config?: (port: number) => string,
): Promise<Node> {
  const port = await freePort();
  const directory = join(parent, String(port));
  await mkdir(directory);
  const file = join(directory, 'own.conf');
  if (config !== undefined) await writeFile(file, config(port));
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
  const child: ChildProcess = spawn(
    'redis-server',
    [...(config === undefined ? ['--save', ''] : [file]), ...common, ...args],
    { stdio: 'ignore' },
  );
  const admin = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  await admin.ping();
  return {
    port,
    admin,
    async kill() {
      admin.disconnect();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

export interface SentinelGroup {
  readonly url: string;
  /** Which of the two serves, as the Sentinels have it. */
  primaryPort(): Promise<number>;
  readonly primary: Node;
  readonly replica: Node;
  /** From now on nothing reaches the replica: what the primary still confirms is lost with it. */
  cutReplication(): Promise<void>;
  stop(): Promise<void>;
}

const GROUP = 'counters';

export async function startSentinelGroup({ downAfterMs = 1_000 } = {}): Promise<SentinelGroup> {
  const directory = await temporaryDirectory();
  const primary = await startNode(directory.path, ['--repl-diskless-sync-delay', '0']);
  await primary.admin.call(
    'ACL',
    'SETUSER',
    'replication',
    'on',
    '>replication',
    '+psync',
    '+replconf',
    '+ping',
  );
  const replica = await startNode(directory.path, [
    ...['--repl-diskless-sync-delay', '0', '--masteruser', 'replication', '--masterauth', 'replication'],
    ...['--replicaof', '127.0.0.1', String(primary.port)],
  ]);
  await until(async () => /^master_link_status:up/m.test(await replica.admin.info('replication')), 30_000);
  const sentinels = await Promise.all(
    [1, 2, 3].map(() =>
      startNode(directory.path, ['--sentinel'], () =>
        [
          `sentinel monitor ${GROUP} 127.0.0.1 ${primary.port} 2`,
          `sentinel down-after-milliseconds ${GROUP} ${downAfterMs}`,
          `sentinel failover-timeout ${GROUP} 5000`,
        ].join('\n'),
      ),
    ),
  );
  // Each must know the replica and the other two before a primary may be missed.
  for (const { admin } of sentinels) {
    await until(async () => {
      const [known] = (await admin.call('SENTINEL', 'MASTERS')) as string[][];
      const of = (name: string): string | undefined => known?.[known.indexOf(name) + 1];
      return of('num-slaves') === '1' && of('num-other-sentinels') === '2';
    }, FAILOVER_WITHIN_MS);
  }
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${GROUP}`,
    async primaryPort() {
      const address = await sentinels[0]?.admin.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', GROUP);
      return Number((address as string[])[1]);
    },
    primary,
    replica,
    async cutReplication() {
      await primary.admin.call('ACL', 'SETUSER', 'replication', 'off');
      await primary.admin.call('CLIENT', 'KILL', 'TYPE', 'replica');
      await until(async () => /^master_link_status:down/m.test(await replica.admin.info('replication')));
    },
    async stop() {
      await Promise.all([primary, replica, ...sentinels].map((node) => node.kill()));
      await directory.remove();
    },
  };
}

export interface ClusterGroup {
  readonly url: string;
  readonly nodes: readonly Node[];
  /** The node that serves the slot of a key. */
  ownerOf(key: string): Promise<Node>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;

/** Three primaries with a third of the slots each, and a replica of each. */
export async function startCluster(): Promise<ClusterGroup> {
  const directory = await temporaryDirectory();
  const nodes = await Promise.all(
    Array.from({ length: 6 }, () =>
      startNode(directory.path, ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000']),
    ),
  );
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('a cluster has nodes');
  for (const { port } of others) await first.admin.cluster('MEET', '127.0.0.1', port);
  const ids = await Promise.all(nodes.map(async ({ admin }) => await admin.cluster('MYID')));
  for (let at = 0; at < 3; at += 1) {
    const [from, to] = [at, at + 1].map((third) => Math.floor((third * SLOTS) / 3));
    await nodes[at]?.admin.cluster('ADDSLOTSRANGE', from ?? 0, (to ?? 0) - 1);
  }
  for (let at = 3; at < 6; at += 1) {
    const [node, of] = [nodes[at], ids[at - 3] ?? ''];
    await until(async () => String(await node?.admin.cluster('NODES')).includes(of), 30_000);
    await node?.admin.cluster('REPLICATE', of);
  }
  for (const { admin } of nodes) {
    await until(
      async () =>
        /cluster_state:ok/.test(await admin.cluster('INFO')) &&
        (String(await admin.cluster('NODES')).match(/ slave /g) ?? []).length +
          (String(await admin.cluster('NODES')).match(/myself,slave/g) ?? []).length >=
          3,
      FAILOVER_WITHIN_MS,
    );
  }
  for (const { admin } of nodes.slice(3)) {
    await until(
      async () => /^master_link_status:up/m.test(await admin.info('replication')),
      FAILOVER_WITHIN_MS,
    );
  }
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    async ownerOf(key) {
      const slot = await first.admin.cluster('KEYSLOT', key);
      const owner = nodes[Math.floor((slot * 3) / SLOTS)];
      if (owner === undefined) throw new Error(`slot ${slot} has no node`);
      return owner;
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.kill()));
      await directory.remove();
    },
  };
}
