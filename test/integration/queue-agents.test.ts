/**
 * A dialer's own agents behind a real app_queue, and the dial level that the exchange itself shows: members go ready, busy and ready
 * again by what AMI tells, variable and UserEvent are really there, and come back when they were lost.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { type AmiConnection, openAmi } from '../../src/adapters/asterisk/ami-connection.ts';
import { openGate } from '../../src/adapters/asterisk/tenure.ts';
import type { ManagerMessage } from 'asterisk-manager';
import { exchangeOverAmi } from '../../src/cli/doctor/ami.ts';
import { WITHDRAWN } from '../../src/control/tell-levels.ts';
import { textOf } from '../../src/domain/ledger-entry.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { consentTo, originateTo } from '../support/rig-calls.ts';
import { until } from '../support/wait.ts';

const ANSWERS = '13035550141';
const MEMBER_TELEPHONE = '13035550142';
const OTHER_TELEPHONE = '13035550143';
const MEMBER = `Local/${MEMBER_TELEPHONE}@agents/n`;
const OTHER = `Local/${OTHER_TELEPHONE}@agents/n`;
/** The machine of these tests is busy. */
const PATIENCE_MS = 40_000;

const CAMPAIGN = `
id: queued.1
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: water heaters
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: false, disclosure: law }
agents:
  place: CO
  queues: [sales]
  wrapUpSeconds: 2
  destination: { kind: dialplan, context: queues, extension: sales }
`;

const DIALPLAN = `
[queues]
exten => sales,1,Queue(sales,,,,30)
 same => n,Hangup()
[agents]
exten => _X.,1,Dial(PJSIP/\${EXTEN}@carrier)
`;

const QUEUES = `[general]
[sales]
strategy = rrmemory
member => ${MEMBER}
[elsewhere]
strategy = rrmemory
member => ${OTHER}
`;

let rig: Rig;
let dialer: AmiConnection;
const heard: ManagerMessage[] = [];

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  rig = await openRig({
    name: 'queue-agents',
    campaigns: { 'queued.yaml': CAMPAIGN },
    dialplanText: DIALPLAN,
    extraFiles: { 'queues.conf': QUEUES, 'musiconhold.conf': '' },
    tellsLevels: true,
    people: [
      { numbers: [ANSWERS], behaviour: { kind: 'answers', ringMs: 500, hangUpAfterMs: 7_000 } },
      { numbers: [MEMBER_TELEPHONE, OTHER_TELEPHONE], behaviour: { kind: 'answers', ringMs: 300 } },
    ],
  });
  // As a dialer on AMI would listen.
  dialer = openAmi(rig.floor.asterisk.ami, openGate(undefined), {
    event: (message) => void heard.push(message),
    connection: () => undefined,
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready, PATIENCE_MS);
  await until('dialer', () => dialer.problem() === null, PATIENCE_MS);
});
afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  dialer.close();
  await rig.close();
});

const campaign = () => rig.config.campaigns.find(({ id }) => id === 'queued.1')!;
const agents = async () => (await rig.running.operations.campaign(campaign().id))!.agents;
const cli = (line: string): Promise<string> => rig.floor.asterisk.cli(line);

const agentsAre = (what: string, wanted: Partial<Awaited<ReturnType<typeof agents>>>): Promise<void> =>
  until(
    what,
    async () => {
      const now = await agents();
      return Object.entries({ ready: 0, promised: 0, busy: 0, paused: 0, ...wanted }).every(
        ([state, count]) => now[state as keyof typeof now] === count,
      );
    },
    PATIENCE_MS,
  );

async function globals(): Promise<Readonly<Record<string, string>>> {
  const shown = await cli('dialplan show globals');
  const rows = [...shown.matchAll(/^\s*(BREAKWATER_\w+)=(.*?)\s*$/gm)];
  return Object.fromEntries(rows.map(([, name = '', value = '']) => [name, value]));
}
const globalsAre = (what: string, level: string, lines: string): Promise<void> =>
  until(
    what,
    async () => {
      const { BREAKWATER_LEVEL_queued_1: a, BREAKWATER_LINES_queued_1: b } = await globals();
      return a === level && b === lines;
    },
    PATIENCE_MS,
  );
const userEvents = (): readonly ManagerMessage[] =>
  heard.filter(
    ({ event, userevent }) => event?.toLowerCase() === 'userevent' && userevent === 'BreakwaterDialLevel',
  );
const lastEvent = (): ManagerMessage | undefined =>
  userEvents()
    .filter((each) => each['campaign'] === 'queued.1')
    .at(-1);

test('the member of the named queue is an agent, that of another queue is none; the exchange shows the level', async () => {
  await agentsAre('one member ready', { ready: 1 });
  await globalsAre('level of one', '100', '1');
  const at = Number((await globals())['BREAKWATER_AT_queued_1']);
  expect(Math.abs(at - Date.now() / 1_000)).toBeLessThan(60);
  await until('UserEvent', () => lastEvent()?.['level'] === '100', PATIENCE_MS);
  expect(lastEvent()).toMatchObject({
    lines: '1',
    because: 'the mode is progressive: one line per free agent',
    writer: 'rig',
  });
  const entry = await rig.ledger.read({ kinds: ['dial_level_changed'], order: 'desc', limit: 50 });
  expect(entry.map(({ id }) => String(id))).toContain(lastEvent()?.['entry']);
});

test('doctor finds the rights that levels and queues need', async () => {
  const needs = { userEvents: true, queues: true };
  const findings = await exchangeOverAmi(rig.floor.asterisk.ami, PATIENCE_MS, needs);
  const states = Object.fromEntries(findings.map(({ check, state }) => [check, state]));
  expect(states).toMatchObject({ 'ami rights': 'ok', 'ami queues': 'ok' });
});

test('a pause on the exchange takes the member out, and the level with it', async () => {
  await cli(`queue pause member ${MEMBER} queue sales`);
  await agentsAre('paused', { paused: 1 });
  await globalsAre('level of none', '0', '0');
  await until('UserEvent', () => lastEvent()?.['level'] === '0', PATIENCE_MS);
  await cli(`queue unpause member ${MEMBER} queue sales`);
  await agentsAre('ready again', { ready: 1 });
});

test('members come and go', async () => {
  await cli(`queue add member ${OTHER} to sales`);
  await agentsAre('two members', { ready: 2 });
  await cli(`queue remove member ${OTHER} from sales`);
  await agentsAre('one member', { ready: 1 });
});

test('an answered call goes to the queue: its member is busy, and ready again after the wrap-up', async () => {
  const states: string[] = [];
  let watching = true;
  const watch = (async () => {
    while (watching) {
      const now = JSON.stringify(await agents());
      if (states.at(-1) !== now) states.push(now);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await consentTo(rig, ANSWERS);
  const { callId, placement } = await originateTo(rig, ANSWERS, 'queued.1');
  expect(placement).toBe('placed');
  await agentsAre('member busy', { busy: 1 });
  const heardOf = (event: string) =>
    heard.find((each) => each.event?.toLowerCase() === event && each['queue'] === 'sales');
  await until('AgentConnect', () => heardOf('agentconnect') !== undefined, PATIENCE_MS);
  // Two would want two members.
  expect((await originateTo(rig, ANSWERS, 'queued.1')).placement).toBe('vetoed');
  await until('AgentComplete', () => heardOf('agentcomplete') !== undefined, PATIENCE_MS);
  expect(await agents()).toMatchObject({ ready: 0, busy: 1 });
  await agentsAre('ready again', { ready: 1 });
  await until('seen ready', () => states.at(-1)?.startsWith('{"ready":1') === true, PATIENCE_MS);
  watching = false;
  await watch;
  const [result] = await rig.ledger.read({ callId, kinds: ['call_result'], limit: 1 });
  expect(textOf(result!, 'outcome')).toBe('connected');
  // Never two at once, and never free before the end.
  const seen = states.map((each) => JSON.parse(each) as Awaited<ReturnType<typeof agents>>);
  for (const { ready, promised, busy, paused } of seen) expect(ready + promised + busy + paused).toBe(1);
  const firstBusy = seen.findIndex(({ ready }) => ready === 0);
  const readyAgain = seen.findIndex(({ ready }, index) => index > firstBusy && ready === 1);
  const afterwards = seen.slice(readyAgain);
  expect(
    afterwards.every(({ ready }) => ready === 1),
    states.join(' '),
  ).toBe(true);
}, 120_000);

/** File descriptors of the sessions that the exchange has: calls, desk and dialer. */
async function managerSessions(): Promise<readonly string[]> {
  const shown = await cli('manager show connected');
  return [...shown.matchAll(/^\s*\S+\s+127\.0\.0\.1\s+\d+\s+\d+\s+(\d+)/gm)].map(([, fd = '']) => fd);
}

test('after a lost manager connection members and variables are there again', async () => {
  let sessions: readonly string[] = [];
  await until('three sessions', async () => (sessions = await managerSessions()).length === 3, PATIENCE_MS);
  await cli('dialplan set global BREAKWATER_LEVEL_queued_1 777');
  for (const fd of sessions) await cli(`manager kick session ${fd}`);
  await globalsAre('level told again', '100', '1');
  await agentsAre('read again', { ready: 1 });
});

test('a sidecar that ends leaves no level behind', async () => {
  // The dialer was kicked out too, and may be the last to come back.
  await until('three sessions', async () => (await managerSessions()).length === 3, PATIENCE_MS);
  await until('dialer', () => dialer.problem() === null, PATIENCE_MS);
  await rig.running.drain(1_000);
  await globalsAre('withdrawn', '0', '0');
  await until('UserEvent', () => lastEvent()?.['because'] === WITHDRAWN.draining, PATIENCE_MS);
});
