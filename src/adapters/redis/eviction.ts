/** What Redis does when its memory is full. `INFO` and not `CONFIG`: managed servers refuse the latter. */
import { parseRedisAddress } from '../../config/redis-address.ts';
import { openRedis } from './connection.ts';
import { keyPrefix } from './counters.ts';

export interface RedisMemory {
  readonly version: string;
  /** `noeviction`, or the policy by which counters would be thrown away. Null: it does not say. */
  readonly policy: string | null;
}

/** Asks the server that the counters would be at, on the way they go there. Rejects with the last reason why it did not answer in time. */
export async function redisMemory(
  { url, authority }: { readonly url: string; readonly authority: string | null },
  withinMs: number,
): Promise<RedisMemory> {
  const place = parseRedisAddress(url);
  if (place === null) throw new Error('the address cannot be read');
  return new Promise((resolve, reject) => {
    const end = (told: RedisMemory | Error): void => {
      clearTimeout(timer);
      connection.close();
      if (told instanceof Error) reject(told);
      else resolve(told);
    };
    let why = new Error(`no answer within ${withinMs} ms`);
    const timer = setTimeout(() => end(why), withinMs);
    const connection = openRedis({
      place,
      key: keyPrefix(place),
      authority,
      commandWithinMs: withinMs,
      // Without a cause the server answers, and what it says of its memory is read below.
      onProblem: (problem, cause) => {
        if (cause !== undefined) why = cause instanceof Error ? cause : new Error(problem);
      },
      onReady: () => {
        connection.redis.info().then(
          (info) => end(memoryOf(info)),
          (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
        );
      },
    });
  });
}

const memoryOf = (info: string): RedisMemory => ({
  version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? '',
  policy: /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? null,
});
