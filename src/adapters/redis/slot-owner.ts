/**
 * Redis Cluster by one plain connection: all our keys are in one slot, so one node serves all of them. At each connection the nodes we know
 * of are asked who that is. A connection is thus always to one process: no answer can come from another server than the one whose run id
 * we know, as it could where a client follows redirections command by command.
 */
import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import type { RedisNode, RedisPlace } from '../../config/redis-address.ts';

type ClusterPlace = Extract<RedisPlace, { kind: 'cluster' }>;

/** One look at one node. */
const ASK_WITHIN_MS = 1_000;
const ASK_AGAIN_MS = 250;
const NODES_MAX = 100;

/** Whom the certificate of a node must come from; empty: the system's authorities. Only for `rediss+cluster:`. */
export type Trust = Pick<ConnectionOptions, 'ca'>;

/** `key`: any of our keys. */
export function slotOwnerConnector(
  place: ClusterPlace,
  key: string,
  trust: Trust,
): NonNullable<RedisOptions['Connector']> {
  let known: readonly RedisNode[] = place.nodes;
  return class SlotOwnerConnector extends AbstractConnector {
    constructor() {
      super(ASK_WITHIN_MS);
    }

    /** Whether it was told to stop while it looked. */
    #isStopped(): boolean {
      return !this.connecting;
    }

    /** The client gives up for good on a connector that rejects: so this one goes on until it has found the node, or is told to stop. */
    async connect(
      tell: Parameters<AbstractConnector['connect']>[0],
    ): ReturnType<AbstractConnector['connect']> {
      this.connecting = true;
      for (;;) {
        const owner = await this.#findOwner().catch((error: unknown) => {
          tell('error', error instanceof Error ? error : new Error(String(error)));
          return null;
        });
        if (this.#isStopped()) throw new Error('the connection is closed');
        if (owner !== null) {
          this.stream = place.tls ? connectTls({ ...owner, ...tlsTo(owner, trust) }) : connectPlain(owner);
          this.stream.once('error', (error: Error) => (this.firstError = error));
          return this.stream;
        }
        await sleep(ASK_AGAIN_MS, undefined, { ref: false });
      }
    }

    async #findOwner(): Promise<RedisNode> {
      const problems: string[] = [];
      for (const node of known) {
        try {
          const { owner, nodes } = await askNode(place, node, key, trust);
          // Those of the settings stay behind the ones that were found: all of the found may be gone one day.
          known = distinct([...nodes, ...place.nodes]).slice(0, NODES_MAX);
          return owner;
        } catch (error) {
          problems.push(
            `${node.host}:${node.port}: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      }
      throw new Error(`no node of the cluster tells who serves our slot (${problems.join('; ')})`);
    }
  };
}

async function askNode(
  { tls, username, password }: ClusterPlace,
  node: RedisNode,
  key: string,
  trust: Trust,
): Promise<{ readonly owner: RedisNode; readonly nodes: readonly RedisNode[] }> {
  const redis = new Redis({
    ...node,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: tlsTo(node, trust) } : {}),
    lazyConnect: true,
    connectTimeout: ASK_WITHIN_MS,
    commandTimeout: ASK_WITHIN_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  // A connection that fails says only that it is closed; why was told before.
  const told: Error[] = [];
  redis.on('error', (error) => void told.push(error));
  try {
    await redis.connect();
    const [info, slot, slots] = await Promise.all([
      redis.cluster('INFO'),
      redis.cluster('KEYSLOT', key),
      redis.cluster('SLOTS'),
    ]);
    if (!/^cluster_state:ok/m.test(info)) throw new Error('the cluster is down, as this node sees it');
    const rows = (slots as readonly SlotsRow[]).map(([from, to, ...nodes]) => ({
      serves: from <= slot && slot <= to,
      // An empty host: the one that was asked.
      nodes: nodes.map(([host, port]) => ({ host: host === '' ? node.host : host, port })),
    }));
    const owner = rows.find(({ serves }) => serves)?.nodes[0];
    if (owner === undefined) throw new Error(`nobody serves slot ${String(slot)}`);
    return { owner, nodes: distinct([owner, ...rows.flatMap((row) => row.nodes)]) };
  } catch (error) {
    throw told[0] ?? error;
  } finally {
    redis.disconnect();
  }
}

/** RFC 6066 section 3: a server name is never an address. The certificate is held against the host either way. */
const tlsTo = ({ host }: RedisNode, trust: Trust): ConnectionOptions =>
  isIP(host) === 0 ? { ...trust, servername: host } : { ...trust };

/** First slot, last slot, then its primary and its replicas: host, port, id. */
type SlotsRow = readonly [number, number, ...(readonly [string, number, ...unknown[]])[]];

function distinct(nodes: readonly RedisNode[]): readonly RedisNode[] {
  return [...new Map(nodes.map((node) => [`${node.host} ${node.port}`, node])).values()];
}
