/** A whole sidecar between VICIdial's database and its API: agents, results and the hopper in, the dial level out, and 0 at the end. */
import { appendFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariaDb, startMariaDb } from '../support/mariadb.ts';
import { CAMPAIGN, codes, SELLER } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { READER_GRANTS, READER_PASSWORD, VICIDIAL_TABLES } from '../support/vicidial-tables.ts';
import { until } from '../support/wait.ts';

let database: MariaDb;
let api: Server;
let world: ServeWorld;
/** Levels as VICIdial has taken them. */
const levels: string[] = [];

beforeAll(async () => {
  database = await startMariaDb();
  for (const statement of [...VICIDIAL_TABLES, ...READER_GRANTS]) await database.root.query(statement);
  api = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const fields = new URLSearchParams(body);
      void answerOf(fields).then((answer) => response.end(answer));
    });
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  world = await openServeWorld({
    BREAKWATER_VICIDIAL_SECRET: 'of-the-api-user',
    BREAKWATER_VICIDIAL_DATABASE_SECRET: READER_PASSWORD,
    BREAKWATER_VICIDIAL_HOPPER_SECRET: 'of-the-api-user',
  });
  const campaigns = `[{ campaign: ${CAMPAIGN}, theirs: TESTCAMP }]`;
  await appendFile(
    join(world.configDirectory, 'breakwater.yaml'),
    `
dialLevels:
  vicidial:
    url: http://127.0.0.1:${(api.address() as AddressInfo).port}/vicidial/non_agent_api.php
    campaigns: ${campaigns}
vicidial:
  database: { host: 127.0.0.1, port: ${database.port}, timeoutSeconds: 10 }
  campaigns: ${campaigns}
  hopper: { url: 'http://127.0.0.1:${(api.address() as AddressInfo).port}/vicidial/non_agent_api.php' }
`,
  );
}, 180_000);

afterAll(async () => {
  await world.close();
  api.closeAllConnections();
  api.close();
  await database.stop();
});

/** What VICIdial's own API does with the hopper, and says. */
async function answerOf(fields: URLSearchParams): Promise<string> {
  if (fields.get('pass') !== 'of-the-api-user') return 'ERROR: Login incorrect, Please try again';
  const lead = fields.get('lead_id');
  if (fields.get('function') === 'update_lead' && lead !== null) {
    await database.root.query('UPDATE asterisk.vicidial_list SET status = ? WHERE lead_id = ?', [
      fields.get('status'),
      lead,
    ]);
    await database.root.query("DELETE FROM asterisk.vicidial_hopper WHERE lead_id = ? AND status = 'READY'", [
      lead,
    ]);
    return `SUCCESS: update_lead LEAD HAS BEEN UPDATED - breakwater|${lead}\nNOTICE: update_lead REMOVED FROM HOPPER`;
  }
  if (fields.get('campaign_id') !== 'TESTCAMP') return 'ERROR: update_campaign CAMPAIGN DOES NOT EXIST';
  levels.push(fields.get('auto_dial_level') ?? '');
  return 'SUCCESS: update_campaign CAMPAIGN HAS BEEN UPDATED - breakwater|TESTCAMP';
}

/** A page that goes on writing its row. */
const sits = (user: string, status: string) =>
  database.root.query(
    `REPLACE INTO asterisk.vicidial_live_agents (live_agent_id, user, server_ip, status, lead_id, campaign_id, last_update_time, outbound_autodial)
     VALUES (?, ?, '127.0.0.1', ?, 0, 'TESTCAMP', NOW() + INTERVAL 1 HOUR, 'Y')`,
    [Number(user), user, status],
  );
const ready = async (): Promise<number> => (await world.client.campaign()).agents.ready;

test('agents of VICIdial count, its level follows, and a sidecar that ends leaves 0', async () => {
  await world.start().listening(120_000);
  await until('the level before anybody is there', () => levels.at(-1) === '0', 60_000);
  await sits('6001', 'READY');
  await sits('6002', 'INCALL');
  await until('an agent who is ready', async () => (await ready()) === 1, 60_000);
  expect((await world.client.campaign()).agents).toMatchObject({ ready: 1, busy: 1 });
  await until('a level', () => Number(levels.at(-1)) > 0, 60_000);
  await sits('6001', 'PAUSED');
  await until('nobody is ready', async () => (await ready()) === 0, 60_000);
  await sits('6001', 'READY');
  await until('a level again', async () => (await ready()) === 1 && Number(levels.at(-1)) > 0, 60_000);

  // Who asked not to be called is taken out of the hopper before a line is spent; whom only the hour or a consent keeps from it, stays.
  const { root } = database;
  const waiting = async (): Promise<readonly number[]> => {
    const [rows] = await root.query<(RowDataPacket & { readonly lead_id: number })[]>(
      'SELECT lead_id FROM asterisk.vicidial_hopper ORDER BY lead_id',
    );
    return rows.map(({ lead_id: id }) => id);
  };
  await world.client.consent('+13035550121');
  await world.client.request('POST', '/v1/opt-outs', {
    number: '+13035550122',
    seller: SELLER,
    channel: 'agent',
  });
  await root.query(
    `INSERT INTO asterisk.vicidial_list (lead_id, status, phone_code, phone_number, state) VALUES
     (4711, 'NEW', '1', '3035550121', 'CO'), (4712, 'NEW', '1', '3035550122', 'CO'), (4713, 'NEW', '1', '3035550123', 'CO')`,
  );
  await root.query(
    "INSERT INTO asterisk.vicidial_hopper (lead_id, campaign_id) VALUES (4711, 'TESTCAMP'), (4712, 'TESTCAMP'), (4713, 'TESTCAMP')",
  );
  await until('the hopper is scrubbed', async () => (await waiting()).join() === '4711,4713', 60_000);
  const [marked] = await root.query("SELECT lead_id FROM asterisk.vicidial_list WHERE status = 'DNCL'");
  expect(marked).toEqual([{ lead_id: 4712 }]);

  // A drop that VICIdial alone knows of: no exchange is there that would show it.
  const reserved = await world.client.originatePatiently('+13035550121', { place: false, lead_id: '4711' });
  expect(reserved).toMatchObject({ verdict: 'permit' });
  for (const statement of [
    "INSERT INTO asterisk.vicidial_dial_log (caller_code, lead_id, call_date) VALUES ('V1230800000000004711', 4711, NOW())",
    `INSERT INTO asterisk.vicidial_log (uniqueid, lead_id, campaign_id, call_date, status, phone_code, phone_number, user)
     VALUES ('1700000000.1', 4711, 'TESTCAMP', NOW(), 'DROP', '1', '3035550121', 'VDAD')`,
    `INSERT INTO asterisk.vicidial_log_extended (uniqueid, call_date, lead_id, caller_code)
     VALUES ('1700000000.1', NOW(), 4711, 'V1230800000000004711')`,
  ])
    await root.query(statement);
  expect(await world.client.outcomes(reserved.call_id, 60_000)).toEqual(['dropped']);
  expect((await world.client.results(reserved.call_id))[0]?.body).toMatchObject({ source: 'dialer_log' });

  // What a person tells VICIdial's agent binds here too, with nobody's doing anything.
  expect(codes(await world.client.decide('+13035550121'))).not.toContain('on_internal_list');
  await root.query("UPDATE asterisk.vicidial_log SET status = 'DNC', user = '6002' WHERE lead_id = 4711");
  await until(
    'the request is taken',
    async () => codes(await world.client.decide('+13035550121')).includes('on_internal_list'),
    60_000,
  );

  world.sidecar().signal('SIGTERM');
  await world.sidecar().ended(60_000);
  expect(levels.at(-1)).toBe('0');
  expect(world.sidecar().output()).not.toMatch(/of-the-(api-user|reader)/);
}, 300_000);
