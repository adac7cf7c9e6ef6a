/** A call of VICIdial's to its end: through the proxy, the carrier's entry, to an agent whom the exchange does not show and VICIdial's log does. */
import { appendFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import { type MariaDb, startMariaDb } from '../support/mariadb.ts';
import { test } from '../support/real-asterisk.ts';
import { CAMPAIGN } from '../support/serve-client.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import { freePort } from '../support/stores.ts';
import {
  autoDial,
  callCode,
  fastAgiLog,
  type FastAgiLog,
  vicidialServer,
} from '../support/vicidial-stand-in.ts';
import { READER_GRANTS, READER_PASSWORD, VICIDIAL_TABLES } from '../support/vicidial-tables.ts';
import { until } from '../support/wait.ts';

const DIALER = { user: 'sendcron', secret: 'of-the-dialer' };
const LEAD = 4_711;
const NUMBER = '3035550110';
/** Longer than a loaded machine needs to read a log that says who has the person. */
const TALKS =
  'Hello, this is the house of the people at the end of the street, who is calling us so late in the evening, please?';

let database: MariaDb;
let world: ServeWorld;
let floor: Floor;
let log: FastAgiLog;
let proxyPort: number;

/** What VICIdial has of its own around the carrier's entry; 138368 is an agent in MeetMe. */
async function dialplan(): Promise<string> {
  const [kit, carrier] = await Promise.all(
    ['breakwater-vicidial.conf', 'carrier.conf'].map((name) =>
      readFile(resolve('dialplan/vicidial', name), 'utf8'),
    ),
  );
  const ownLog = `agi://127.0.0.1:${log.port}`;
  return `${(kit ?? '').replaceAll('agi://127.0.0.1:4577', ownLog)}
[default]
${(carrier ?? '').replaceAll('agi://127.0.0.1:4577', ownLog).replaceAll('(solar,', `(${CAMPAIGN},`)}
exten => h,1,AGI(${ownLog}/call_log--HVcauses--PRI-----NODEBUG-----\${HANGUPCAUSE}-----\${DIALSTATUS}-----\${DIALEDTIME}-----\${ANSWEREDTIME})
exten => 138368,1,Set(DB(agent/\${CALLERID(name)})=there)
 same => n,Wait(40)
`;
}

beforeAll(async () => {
  database = await startMariaDb();
  for (const statement of [...VICIDIAL_TABLES, ...READER_GRANTS]) await database.root.query(statement);
  log = await fastAgiLog();
  proxyPort = await freePort();
  world = await openServeWorld({
    BREAKWATER_AMI_SECRET_SENDCRON: DIALER.secret,
    BREAKWATER_VICIDIAL_DATABASE_SECRET: READER_PASSWORD,
  });
  await appendFile(
    join(world.configDirectory, 'breakwater.yaml'),
    `
amiProxy:
  port: ${proxyPort}
  accounts:
    - name: ${DIALER.user}
      doors:
        campaigns: [{ theirs: TESTCAMP, campaign: ${CAMPAIGN} }]
        called: ["Local/9{number}@default"]
        destinations: ["138368@default"]
        onVeto: channel
        channelId: false
vicidial:
  database: { host: 127.0.0.1, port: ${database.port}, timeoutSeconds: 10 }
  campaigns: [{ campaign: ${CAMPAIGN}, theirs: TESTCAMP }]
`,
  );
  const people = [{ numbers: [`1${NUMBER}`], behaviour: { kind: 'answers', greeting: TALKS } }] as const;
  floor = await openServeFloor(world, 'vicidial', people, await dialplan());
  Object.assign(world.env, exchangeEnv(floor.asterisk));
  await world.start().ready();
}, 300_000);

afterAll(async () => {
  await world.close();
  await floor.close();
  await log.close();
  await database.stop();
});

test('the agent whom only VICIdial sees has the person: connected, once, and nobody is taken', async () => {
  const { root } = database;
  await world.client.consent(`+1${NUMBER}`);
  await root.query(
    `INSERT INTO asterisk.vicidial_live_agents (user, server_ip, status, lead_id, campaign_id, last_update_time, outbound_autodial)
     VALUES ('6001', '127.0.0.1', 'READY', 0, 'TESTCAMP', NOW() + INTERVAL 1 HOUR, 'Y')`,
  );
  await until('the agent is ready', async () => (await world.client.campaign()).agents.ready === 1, 60_000);
  const code = callCode('V', LEAD);
  await root.query(
    'INSERT INTO asterisk.vicidial_dial_log (caller_code, lead_id, call_date) VALUES (?, ?, NOW())',
    [code, LEAD],
  );
  const lines = autoDial({ leadId: LEAD, number: NUMBER }).map((line) =>
    line.replace('3035550100', '3035550101'),
  );
  await vicidialServer({ port: proxyPort, ...DIALER }).send(lines);
  await until(
    'the agent’s conference',
    async () => (await floor.asterisk.cli(`database get agent ${code}`)).includes('there'),
    30_000,
  );
  await root.query(
    `INSERT INTO asterisk.vicidial_log (uniqueid, lead_id, campaign_id, call_date, status, phone_code, phone_number, user)
     VALUES ('1700000000.1', ?, 'TESTCAMP', NOW(), 'INCALL', '1', ?, '6001')`,
    [LEAD, NUMBER],
  );
  await root.query(
    `INSERT INTO asterisk.vicidial_log_extended (uniqueid, call_date, lead_id, caller_code)
     VALUES ('1700000000.1', NOW(), ?, ?)`,
    [LEAD, code],
  );
  const results = async () => (await world.client.entries('call_result')).map(({ body }) => body);
  await until('the result', async () => (await results()).length > 0, 60_000);
  expect(await results()).toMatchObject([
    { outcome: 'connected', source: 'dialer_log', number: `+1${NUMBER}` },
  ]);
  // The person is left where they are.
  expect(await floor.asterisk.cli('core show channels concise')).toContain('!default!138368!');
  await floor.asterisk.cli('channel request hangup all');
  await until(
    'the end in VICIdial’s own books',
    () => log.told.some(({ script }) => script.includes('-----ANSWER-----')),
    30_000,
  );
  expect(await results()).toHaveLength(1);
}, 300_000);
