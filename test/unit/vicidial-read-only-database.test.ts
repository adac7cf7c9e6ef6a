/** A reading of VICIdial's database settles within its time, whatever the server does. */
import { expect, test } from 'vitest';
import { readOnlyDatabase } from '../../src/adapters/vicidial/read-only-database.ts';
import { fakeMysql } from '../support/fake-mysql.ts';

test('a server that goes quiet right behind the handshake is given up, and asked anew', async () => {
  const server = await fakeMysql();
  server.isFrozen = true;
  const reader = readOnlyDatabase({
    ...{ host: '127.0.0.1', port: server.port, name: 'asterisk', tls: false, timeoutMs: 2_000 },
    ...{ user: 'breakwater', secret: 'of the reader', campaigns: new Map() },
  });
  try {
    await expect(reader.rows('SELECT 1', [])).rejects.toThrow(/timeout/i);
    expect(server.heard[0]).toContain('READ ONLY');
    expect(server.heard[0]).not.toContain('SELECT 1');
    server.isFrozen = false;
    await reader.rows('SELECT 1', []);
    // Not on the connection of before, where the answer to another question may still come.
    expect(server.heard).toHaveLength(2);
    expect(server.heard[1]).toMatch(/READ ONLY.*SELECT 1/s);
  } finally {
    await reader.close();
    await server.close();
  }
}, 60_000);
