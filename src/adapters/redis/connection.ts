/**
 * The connection to Redis with every wait bounded, and the identity of the server behind it. The run id changes with each restart
 * and failover, after which the last writes may be lost: counters rebuilt under another run id do not count as rebuilt.
 */
import { Redis } from 'ioredis';
import { CountersUnavailable } from '../../ports/counters.ts';

const CONNECT_WITHIN_MS = 1_000;
const RECONNECT_MAX_MS = 500;

export interface RedisConnection {
  readonly redis: Redis;
  /** Run id of the server; throws `CountersUnavailable` while there is no connection. */
  runId(): string;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly url: string;
  /** PEM of who has signed the server's certificate; null or left out: the system's authorities. Only for `rediss:`. */
  readonly authority?: string | null;
  /** Bound of one command. */
  readonly commandWithinMs: number;
  readonly onProblem: (problem: string, cause?: unknown) => void;
  readonly onReady: () => void;
}

export function openRedis(options: RedisConnectionOptions): RedisConnection {
  const redis = new Redis(options.url, {
    commandTimeout: options.commandWithinMs,
    connectTimeout: CONNECT_WITHIN_MS,
    // A command is sent at once or refused: nothing waits for a server that may come back.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MAX_MS),
    connectionName: 'breakwater',
    ...(options.authority === undefined || options.authority === null
      ? {}
      : { tls: { ca: options.authority } }),
  });
  let runId: string | undefined;
  redis.on('error', (error) => options.onProblem('Redis does not answer', error));
  redis.on('close', () => (runId = undefined));
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
    close: () => redis.disconnect(),
  };
}
