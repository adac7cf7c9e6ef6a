/** A whole sidecar between VICIdial's database and its API: agents in, the dial level out, and 0 at the end. */
import { appendFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIVE_AGENTS_TABLE, type MariaDb, startMariaDb } from '../support/mariadb.ts';
import { CAMPAIGN } from '../support/serve-client.ts';
import { openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

let database: MariaDb;
let api: Server;
let world: ServeWorld;
/** Levels as VICIdial has taken them. */
const levels: string[] = [];

beforeAll(async () => {
  database = await startMariaDb();
  for (const statement of [
    'CREATE DATABASE asterisk',
    LIVE_AGENTS_TABLE,
    "CREATE USER 'breakwater'@'127.0.0.1' IDENTIFIED BY 'of-the-reader'",
    "GRANT SELECT ON asterisk.vicidial_live_agents TO 'breakwater'@'127.0.0.1'",
  ])
    await database.root.query(statement);
  api = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const fields = new URLSearchParams(body);
      const isOurs = fields.get('pass') === 'of-the-api-user' && fields.get('campaign_id') === 'TESTCAMP';
      if (isOurs) levels.push(fields.get('auto_dial_level') ?? '');
      response.end(
        isOurs
          ? 'SUCCESS: update_campaign CAMPAIGN HAS BEEN UPDATED - breakwater|TESTCAMP'
          : 'ERROR: Login incorrect, Please try again',
      );
    });
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  world = await openServeWorld({
    BREAKWATER_VICIDIAL_SECRET: 'of-the-api-user',
    BREAKWATER_VICIDIAL_DATABASE_SECRET: 'of-the-reader',
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
`,
  );
}, 180_000);

afterAll(async () => {
  await world.close();
  api.closeAllConnections();
  api.close();
  await database.stop();
});

const sits = (user: string, status: string) =>
  database.root.query(
    `REPLACE INTO asterisk.vicidial_live_agents (live_agent_id, user, server_ip, status, lead_id, campaign_id, last_update_time)
     VALUES (?, ?, '127.0.0.1', ?, 0, 'TESTCAMP', NOW())`,
    [Number(user), user, status],
  );
const ready = async (): Promise<number> => (await world.client.campaign()).agents.ready;

test('agents of VICIdial count, its level follows, and a sidecar that ends leaves 0', async () => {
  await world.start().listening();
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
  world.sidecar().signal('SIGTERM');
  await world.sidecar().ended(60_000);
  expect(levels.at(-1)).toBe('0');
  expect(world.sidecar().output()).not.toMatch(/of-the-(api-user|reader)/);
});
