/** VICIdial's agents, results and hopper out of a real MariaDB: read-only, and nobody while it cannot be read. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { vicidialCallLog } from '../../src/adapters/vicidial/call-log.ts';
import { vicidialHopper } from '../../src/adapters/vicidial/hopper.ts';
import { vicidialAgents } from '../../src/adapters/vicidial/live-agents.ts';
import { vicidialRequests } from '../../src/adapters/vicidial/requests.ts';
import { readOnlyDatabase } from '../../src/adapters/vicidial/read-only-database.ts';
import type { VicidialDatabase } from '../../src/config/vicidial.ts';
import type { CampaignId } from '../../src/domain/ids.ts';
import type { DialerFloor } from '../../src/ports/dialer-floor.ts';
import { type MariaDb, startMariaDb } from '../support/mariadb.ts';
import { READER_GRANTS, READER_PASSWORD, VICIDIAL_TABLES } from '../support/vicidial-tables.ts';
import { until } from '../support/wait.ts';

let database: MariaDb;
let floor: DialerFloor;

const given = (changes: Partial<VicidialDatabase> = {}): VicidialDatabase => ({
  host: '127.0.0.1',
  port: database.port,
  name: 'asterisk',
  user: 'breakwater',
  secret: READER_PASSWORD,
  tls: false,
  timeoutMs: 10_000,
  campaigns: new Map([['TESTCAMP', 'solar' as CampaignId]]),
  ...changes,
});

beforeAll(async () => {
  database = await startMariaDb();
  for (const statement of [...VICIDIAL_TABLES, ...READER_GRANTS]) await database.root.query(statement);
}, 120_000);
beforeEach(async () => {
  for (const table of ['live_agents', 'dial_log', 'log', 'log_extended', 'hopper', 'list'])
    await database.root.query(`TRUNCATE asterisk.vicidial_${table}`);
  floor = vicidialAgents(given());
});
afterAll(async () => {
  await database.stop();
});

/** `secondsAgo`: since the agent's page has written its row; not, while the test lasts. */
const sits = (
  user: string,
  status: string,
  { campaign = 'TESTCAMP', secondsAgo = -3_600, takesCalls = 'Y' } = {},
) =>
  database.root.query(
    `INSERT INTO asterisk.vicidial_live_agents (user, server_ip, status, lead_id, campaign_id, last_update_time, outbound_autodial)
     VALUES (?, '127.0.0.1', ?, 0, ?, NOW() - INTERVAL ? SECOND, ?)`,
    [user, status, campaign, secondsAgo, takesCalls],
  );

test('who is logged in to our campaigns, in our words', async () => {
  await sits('6001', 'READY');
  await sits('6002', 'INCALL');
  await sits('6003', 'PAUSED');
  await sits('6004', 'QUEUE');
  await sits('6005', 'CLOSER');
  await sits('6006', 'READY', { campaign: 'OTHER' });
  await sits('6007', 'READY', { secondsAgo: 90 });
  await sits('6008', 'READY', { takesCalls: 'N' });
  // The page has lost its network: VICIdial gives it no call.
  await sits('6009', 'READY', { secondsAgo: 12 });
  await sits('6010', 'INCALL', { secondsAgo: 12 });
  const agents = await floor.read();
  expect(Object.fromEntries(agents.map(({ agentId, state }) => [agentId, state]))).toEqual({
    '6001': 'ready',
    '6002': 'busy',
    '6003': 'paused',
    '6004': 'busy',
    '6005': 'paused',
    '6008': 'paused',
    '6009': 'paused',
    '6010': 'busy',
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
  // A table that was open in a crash is repaired by whoever may write and opens it first; VICIdial does so each second.
  await database.root.query('SELECT 1 FROM asterisk.vicidial_live_agents');
  await until(
    'it is read',
    () =>
      floor.read().then(
        () => true,
        () => false,
      ),
    30_000,
  );
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

const CODE = 'V1230800000000004711';

/** As VICIdial writes it: the dialing, then the end of the call, under another unique id. */
async function wasDialed(
  code: string,
  { status = 'NA', user = 'VDAD', secondsAgo = 5, campaign = 'TESTCAMP', uniqueid = '1700000000.1' } = {},
): Promise<void> {
  const { root } = database;
  await root.query(
    `INSERT INTO asterisk.vicidial_dial_log (caller_code, lead_id, server_ip, call_date)
     VALUES (?, 4711, '127.0.0.1', NOW() - INTERVAL ? SECOND)`,
    [code, secondsAgo],
  );
  await root.query(
    `INSERT INTO asterisk.vicidial_log (uniqueid, lead_id, campaign_id, call_date, status, phone_code, phone_number, user)
     VALUES (?, 4711, ?, NOW() - INTERVAL ? SECOND, ?, '1', '3035550121', ?)`,
    [uniqueid, campaign, secondsAgo - 1, status, user],
  );
  await root.query(
    `INSERT INTO asterisk.vicidial_log_extended (uniqueid, server_ip, call_date, lead_id, caller_code)
     VALUES (?, '127.0.0.1', NOW(), 4711, ?)`,
    [uniqueid, code],
  );
}

describe('results', () => {
  test('a call has the status of its own row, also when its lead was called before', async () => {
    await wasDialed('V1230700000000004711', { status: 'DROP', secondsAgo: 300, uniqueid: '1699999000.7' });
    await wasDialed(CODE, { status: 'INCALL', user: '6001' });
    await wasDialed('V1230800000000009999', { campaign: 'OTHER', uniqueid: '1700000000.8' });
    await wasDialed('V1220800000000004711', { secondsAgo: 86_400, uniqueid: '1690000000.9' });
    const log = vicidialCallLog(given(), new Map());
    const calls = await log.read();
    expect(calls).toHaveLength(2);
    expect(calls).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'V1230700000000004711', outcome: 'dropped' }),
        expect.objectContaining({ name: CODE, number: '+13035550121', leadId: '4711', outcome: 'connected' }),
      ]),
    );
    const age = calls.find(({ name }) => name === CODE)?.dialedAgoMs ?? 0;
    expect(age).toBeGreaterThanOrEqual(5_000);
    expect(age).toBeLessThan(60_000);
    await log.close();
  });

  test('a status that changes is the new one with the next reading', async () => {
    await wasDialed(CODE, { status: 'NA' });
    const log = vicidialCallLog(given(), new Map());
    expect((await log.read()).map(({ outcome }) => outcome)).toEqual(['no_answer']);
    await database.root.query("UPDATE asterisk.vicidial_log SET status = 'DROP'");
    expect((await log.read()).map(({ outcome }) => outcome)).toEqual(['dropped']);
    await log.close();
  });

  test('each step of the question has a key of VICIdial’s own', async () => {
    for (let index = 0; index < 400; index += 1) {
      const code = `V12308000000000${String(10_000 + index)}`;
      await wasDialed(code, { secondsAgo: 3_000 + index, uniqueid: `17000${index}.1` });
    }
    const seen = await countReads(async () => {
      const log = vicidialCallLog(given(), new Map());
      await log.read();
      await log.close();
    });
    expect(seen).toBeLessThan(100);
  });
});

/** Rows that the server has read meanwhile. */
async function countReads(work: () => Promise<void>): Promise<number> {
  const now = async (): Promise<number> => {
    const [rows] = await database.root.query<(RowDataPacket & { readonly Value: string })[]>(
      "SHOW GLOBAL STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_rnd_next')",
    );
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
  };
  const own = await now().then(async (first) => (await now()) - first);
  const before = await now();
  await work();
  return (await now()) - before - own;
}

describe('requests not to be called', () => {
  test('are the site’s statuses of our campaigns, dated by the end of the call', async () => {
    await wasDialed(CODE, { status: 'DNC', user: '6001', secondsAgo: 61 });
    await database.root.query('UPDATE asterisk.vicidial_log SET length_in_sec = 40');
    await wasDialed('V1230700000000004711', { status: 'NI', uniqueid: '1700000000.2' });
    await wasDialed('V1230600000000004711', { status: 'DNC', campaign: 'OTHER', uniqueid: '1700000000.3' });
    await wasDialed('V1220600000000004711', { status: 'DNC', uniqueid: '1690000000.4', secondsAgo: 100_000 });
    await wasDialed('V1230500000000004711', {
      status: 'dnc',
      campaign: 'testcamp',
      uniqueid: '1700000000.5',
    });
    const requests = vicidialRequests(given(), ['DNC', 'ASKED']);
    const read = await requests.read(3_600_000);
    expect(read.map(({ name }) => name).sort()).toEqual(['1700000000.1:4711', '1700000000.5:4711']);
    const [first] = read.filter(({ name }) => name.startsWith('1700000000.1'));
    expect(first).toMatchObject({ number: '13035550121', campaignId: 'solar' });
    expect(first?.askedAgoMs).toBeGreaterThanOrEqual(20_000);
    expect(first?.askedAgoMs).toBeLessThan(50_000);
    expect(await requests.read(200_000_000)).toHaveLength(3);
    await requests.close();
  });
});

describe('the hopper', () => {
  const queued = async (
    leadId: number,
    { status = 'READY', campaign = 'TESTCAMP', alt = 'NONE', priority = 0 } = {},
  ) => {
    await database.root.query(
      `INSERT INTO asterisk.vicidial_list (lead_id, status, phone_code, phone_number, state, postal_code)
       VALUES (?, 'NEW', '1', '3035550121', 'CO', '80202')`,
      [leadId],
    );
    await database.root.query(
      'INSERT INTO asterisk.vicidial_hopper (lead_id, campaign_id, status, alt_dial, priority) VALUES (?, ?, ?, ?, ?)',
      [leadId, campaign, status, alt, priority],
    );
  };
  const api = (port: number) => ({
    api: {
      url: `http://127.0.0.1:${port}/vicidial/non_agent_api.php`,
      user: 'breakwater',
      secret: 'of-the-api-user',
      source: 'breakwater',
      timeoutMs: 5_000,
    },
    status: 'DNCL',
  });

  test('is who waits, in VICIdial’s order, with number and place', async () => {
    await queued(1, { priority: -1 });
    await queued(2);
    await queued(3, { status: 'QUEUE' });
    await queued(4, { campaign: 'OTHER' });
    await queued(5, { alt: 'ALT' });
    await queued(6, { priority: 50, campaign: 'testcamp' });
    const hopper = vicidialHopper(given(), api(9));
    expect((await hopper.read(10)).map(({ leadId }) => leadId)).toEqual(['6', '2', '1']);
    expect(await hopper.read(1)).toEqual([
      { leadId: '6', campaignId: 'solar', number: '13035550121', state: 'CO', zip: '80202' },
    ]);
    await hopper.close();
  });

  test('a lead is taken out by VICIdial’s own API, and success is its own word', async () => {
    const asked: Record<string, string>[] = [];
    let says =
      'SUCCESS: update_lead LEAD HAS BEEN UPDATED - breakwater|1\nNOTICE: update_lead REMOVED FROM HOPPER - 3035550121|1|READY|breakwater\n';
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        asked.push(Object.fromEntries(new URLSearchParams(body)));
        response.end(says);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await queued(1);
    const hopper = vicidialHopper(given(), api((server.address() as AddressInfo).port));
    const [lead] = await hopper.read(1);
    if (lead === undefined) throw new Error('nobody waits');
    await hopper.takeOut(lead);
    expect(asked).toEqual([
      {
        source: 'breakwater',
        user: 'breakwater',
        pass: 'of-the-api-user',
        function: 'update_lead',
        lead_id: '1',
        search_method: 'LEAD_ID',
        status: 'DNCL',
        remove_from_hopper: 'Y',
      },
    ]);
    says = 'ERROR: update_lead USER DOES NOT HAVE PERMISSION TO UPDATE LEADS IN THE SYSTEM - breakwater|0';
    await expect(hopper.takeOut(lead)).rejects.toThrow(
      'lead 1: ERROR: update_lead USER DOES NOT HAVE PERMISSION',
    );
    await hopper.close();
    server.closeAllConnections();
    server.close();
  });
});

test('its user can write nothing, and our connection would not either', async () => {
  await database.root.query("GRANT INSERT ON asterisk.vicidial_list TO 'breakwater'@'127.0.0.1'");
  const reader = readOnlyDatabase(given());
  const insert = 'INSERT INTO vicidial_list (phone_number) VALUES (?)';
  await expect(reader.rows(insert, ['3035550121'])).rejects.toThrow(/READ ONLY/i);
  await database.root.query("REVOKE INSERT ON asterisk.vicidial_list FROM 'breakwater'@'127.0.0.1'");
  await expect(reader.rows(insert, ['3035550121'])).rejects.toThrow(/denied|READ ONLY/i);
  await reader.close();
});
