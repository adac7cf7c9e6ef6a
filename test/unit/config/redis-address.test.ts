/** One line for each way Redis is run; what cannot be read is refused whole, and never guessed at. */
import { describe, expect, test } from 'vitest';
import { parseRedisAddress } from '../../../src/config/redis-address.ts';

describe('the address of the counters', () => {
  test('one server keeps its address as it is', () => {
    const url = 'rediss://user:secret@store.example.com:6380/2';
    expect(parseRedisAddress(url)).toEqual({ kind: 'server', url });
  });

  test('Sentinels, with the name of the primary, logins and ports of their own', () => {
    const text =
      'redis+sentinel://dialer:p%40ss@s1.example.com,s2.example.com:26380/counters?sentinelPassword=x%3Ay';
    expect(parseRedisAddress(text)).toEqual({
      kind: 'sentinel',
      nodes: [
        { host: 's1.example.com', port: 26_379 },
        { host: 's2.example.com', port: 26_380 },
      ],
      name: 'counters',
      tls: false,
      username: 'dialer',
      password: 'p@ss',
      sentinelPassword: 'x:y',
    });
  });

  test('a Cluster, by TLS, an address of version 6 among its nodes', () => {
    expect(parseRedisAddress('rediss+cluster://:secret@[::1]:7000,n2')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: '::1', port: 7_000 },
        { host: 'n2', port: 6_379 },
      ],
      tls: true,
      username: null,
      password: 'secret',
    });
  });

  test.each([
    ['no scheme', 'store.example.com:6379'],
    ['another scheme', 'http://store.example.com'],
    ['Sentinels without the name of a primary', 'redis+sentinel://s1,s2'],
    ['a Cluster with a name', 'redis+cluster://n1,n2/counters'],
    ['an empty node', 'redis+cluster://n1,,n2'],
    ['no node', 'redis+sentinel:///counters'],
    ['a port that is none', 'redis+cluster://n1:70000'],
    ['port 0', 'redis+cluster://n1:0'],
    ['a password that is not encoded', 'redis+cluster://:50%@n1'],
    ['two at signs', 'redis+cluster://a:b@c@n1'],
    ['an unknown way', 'redis+ring://n1'],
  ])('%s is refused', (_, text) => {
    expect(parseRedisAddress(text)).toBeNull();
  });
});
