/** The agents of VICIdial out of a real MariaDB: read-only, and nobody while it cannot be read. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { vicidialAgents } from '../../src/adapters/vicidial/live-agents.ts';
import type { VicidialDatabase } from '../../src/config/vicidial.ts';
import type { CampaignId } from '../../src/domain/ids.ts';
import type { DialerFloor } from '../../src/ports/dialer-floor.ts';
import { LIVE_AGENTS_TABLE, type MariaDb, startMariaDb } from '../support/mariadb.ts';
import { until } from '../support/wait.ts';

const PASSWORD = 'of-the-reader';
let database: MariaDb;
let floor: DialerFloor;

const given = (changes: Partial<VicidialDatabase> = {}): VicidialDatabase => ({
  host: '127.0.0.1',
  port: database.port,
  name: 'asterisk',
  user: 'breakwater',
  secret: PASSWORD,
  tls: false,
  timeoutMs: 10_000,
  campaigns: new Map([['TESTCAMP', 'solar' as CampaignId]]),
  ...changes,
});

beforeAll(async () => {
  database = await startMariaDb();
  for (const statement of [
    'CREATE DATABASE asterisk',
    LIVE_AGENTS_TABLE,
    `CREATE USER 'breakwater'@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'`,
    "GRANT SELECT ON asterisk.vicidial_live_agents TO 'breakwater'@'127.0.0.1'",
  ])
    await database.root.query(statement);
}, 120_000);
beforeEach(async () => {
  await database.root.query('TRUNCATE asterisk.vicidial_live_agents');
  floor = vicidialAgents(given());
});
afterAll(async () => {
  await database.stop();
});

const sits = (user: string, status: string, campaign = 'TESTCAMP', secondsAgo = 0) =>
  database.root.query(
    `INSERT INTO asterisk.vicidial_live_agents (user, server_ip, status, lead_id, campaign_id, last_update_time)
     VALUES (?, '127.0.0.1', ?, 0, ?, NOW() - INTERVAL ? SECOND)`,
    [user, status, campaign, secondsAgo],
  );

test('who is logged in to our campaigns, in our words', async () => {
  await sits('6001', 'READY');
  await sits('6002', 'INCALL');
  await sits('6003', 'PAUSED');
  await sits('6004', 'QUEUE');
  await sits('6005', 'CLOSER');
  await sits('6006', 'READY', 'OTHER');
  await sits('6007', 'READY', 'TESTCAMP', 90);
  const agents = await floor.read();
  expect(Object.fromEntries(agents.map(({ agentId, state }) => [agentId, state]))).toEqual({
    '6001': 'ready',
    '6002': 'busy',
    '6003': 'paused',
    '6004': 'busy',
    '6005': 'paused',
  });
  expect(new Set(agents.map(({ campaignId }) => campaignId))).toEqual(new Set(['solar']));
  await floor.close();
});

test('a wrong password, and a table that it may not read, are told and stand in no message', async () => {
  const wrong = vicidialAgents(given({ secret: 'another one' }));
  const problem = await wrong.read().catch((error: unknown) => (error as Error).message);
  expect(problem).toMatch(/Access denied/);
  expect(problem).not.toContain('another one');
  await expect(vicidialAgents(given({ name: 'nothing' })).read()).rejects.toThrow(/denied|Unknown database/);
});

test('a database that dies rejects, and is read again when it is back', async () => {
  await sits('6001', 'READY');
  expect(await floor.read()).toHaveLength(1);
  await database.kill();
  await expect(floor.read()).rejects.toThrow();
  await expect(floor.read()).rejects.toThrow();
  await database.start();
  await until('it is read', () => floor.read().then(() => true, () => false), 30_000);
  await floor.close();
});

test('a table that is locked is given up in time', async () => {
  await database.root.query('LOCK TABLES asterisk.vicidial_live_agents WRITE');
  const hurried = vicidialAgents(given({ timeoutMs: 300 }));
  await expect(hurried.read()).rejects.toThrow(/timeout/i);
  await database.root.query('UNLOCK TABLES');
  expect(await hurried.read()).toEqual([]);
  await hurried.close();
});
