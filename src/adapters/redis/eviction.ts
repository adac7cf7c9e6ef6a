/** What Redis does when its memory is full. `INFO` and not `CONFIG`: managed servers refuse the latter. */
import { Redis } from 'ioredis';

export interface RedisMemory {
  readonly version: string;
  /** `noeviction`, or the policy by which counters would be thrown away. Null: it does not say. */
  readonly policy: string | null;
}

/** Rejects when the server does not answer. */
export async function redisMemory(url: string, withinMs: number): Promise<RedisMemory> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: withinMs,
    commandTimeout: withinMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectionName: 'breakwater doctor',
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const info = await redis.info();
    return {
      version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? '',
      policy: /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? null,
    };
  } finally {
    redis.disconnect();
  }
}
