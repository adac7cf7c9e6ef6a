/**
 * The connection to Redis with every wait bounded, and the identity of the server behind it. The run id changes with each restart
 * and failover, after which the last writes may be lost: counters rebuilt under another run id do not count as rebuilt.
 * INVARIANT (one-connection-one-server): whatever stands in front (Sentinel, Cluster), what is answered here comes from the process whose
 * run id is told here.
 */
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisPlace } from '../../config/redis-address.ts';
import { CountersUnavailable } from '../../ports/counters.ts';
import { slotOwnerConnector, type Trust } from './slot-owner.ts';

const CONNECT_WITHIN_MS = 1_000;
const RECONNECT_MAX_MS = 500;

export interface RedisConnection {
  readonly redis: Redis;
  /** Run id of the server; throws `CountersUnavailable` while there is no connection. */
  runId(): string;
  /** For who hears nothing any more on a connection that stands: begins anew. */
  giveUp(): void;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly place: RedisPlace;
  /** Any key of ours: where a cluster has it, it has all. */
  readonly key: string;
  /** PEM of who has signed the servers' certificates; null or left out: the system's authorities. Only for TLS. */
  readonly authority?: string | null;
  /** Bound of one command. */
  readonly commandWithinMs: number;
  readonly onProblem: (problem: string, cause?: unknown) => void;
  readonly onReady: () => void;
}

export function openRedis(options: RedisConnectionOptions): RedisConnection {
  const { place, authority = null } = options;
  const trust: Trust = authority === null ? {} : { ca: authority };
  const common: RedisOptions = {
    commandTimeout: options.commandWithinMs,
    connectTimeout: CONNECT_WITHIN_MS,
    // A command is sent at once or refused: nothing waits for a server that may come back.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MAX_MS),
    // No longer the server that our keys are at: look for it anew. What it refused stays refused.
    reconnectOnError: (error) => /^(READONLY|MOVED|CLUSTERDOWN|MASTERDOWN)\b/.test(error.message),
    connectionName: 'breakwater',
    ...(authority === null ? {} : { tls: trust }),
  };
  const redis =
    place.kind === 'server'
      ? new Redis(place.url, common)
      : new Redis({ ...common, ...wayTo(place, options.key, trust) });
  let runId: string | undefined;
  let closed = false;
  redis.on('error', (error) => options.onProblem('Redis does not answer', error));
  redis.on('close', () => (runId = undefined));
  // The client gives up for good when a fail-over is told of while it looks for the primary; nobody else would begin anew.
  redis.on('end', () => {
    if (closed) return;
    setTimeout(() => {
      if (!closed) redis.connect().catch(() => undefined);
    }, RECONNECT_MAX_MS).unref();
  });
  redis.on('ready', () => {
    redis.info().then(
      (info) => {
        runId = /^run_id:(\w+)/m.exec(info)?.[1];
        const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
        if (policy !== undefined && policy !== 'noeviction') {
          options.onProblem(
            `Redis may throw counters away: \`maxmemory-policy\` is \`${policy}\`, not \`noeviction\``,
          );
        }
        if (runId !== undefined) options.onReady();
      },
      (error: unknown) => {
        options.onProblem('Redis does not tell its run id', error);
        redis.disconnect(true);
      },
    );
  });
  return {
    redis,
    runId() {
      if (runId === undefined) throw new CountersUnavailable('Redis is not connected');
      return runId;
    },
    giveUp() {
      if (redis.status === 'ready') redis.disconnect(true);
    },
    close() {
      closed = true;
      redis.disconnect();
    },
  };
}

function wayTo(place: Exclude<RedisPlace, { kind: 'server' }>, key: string, trust: Trust): RedisOptions {
  const { username, password, tls } = place;
  const login: RedisOptions = {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: trust } : {}),
  };
  if (place.kind === 'cluster') return { ...login, Connector: slotOwnerConnector(place, key, trust) };
  return {
    ...login,
    sentinels: place.nodes.map((node) => ({ ...node })),
    name: place.name,
    role: 'master',
    sentinelCommandTimeout: CONNECT_WITHIN_MS,
    // Tells of a failover before the old primary is missed.
    failoverDetector: true,
    ...(place.sentinelPassword === null ? {} : { sentinelPassword: place.sentinelPassword }),
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: trust } : {}),
  };
}
