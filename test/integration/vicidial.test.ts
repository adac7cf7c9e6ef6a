/** The manager traffic of a VICIdial server through the proxy, and the dialplan kit beside VICIdial's own, on a real Asterisk. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type AsteriskInstance, startAsterisk } from '../../scripts/asterisk/instance.ts';
import { type AgiServer, startAgiServer } from '../../src/adapters/agi/server.ts';
import { accountDoors } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from '../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type { AmiOriginationAnswer } from '../../src/ports/ami-originations.ts';
import { type FakeDoor, fakeDoor, PERMIT, vetoOf } from '../support/agi-operations.ts';
import { doorsSetting, type FakeOriginations, fakeOriginations, VETOED } from '../support/ami-actions.ts';
import { DIALER, proxyBefore, type ProxyOfTest } from '../support/ami-proxy.ts';
import { containerStarter, test } from '../support/real-asterisk.ts';
import { realClock } from '../support/real-clock.ts';
import { freePort } from '../support/stores.ts';
import {
  autoDial,
  callCode,
  CALLER_ID,
  fastAgiLog,
  type FastAgiLog,
  manualDial,
  VICIDIAL_DOORS,
  type VicidialServer,
  vicidialServer,
} from '../support/vicidial-stand-in.ts';
import { until } from '../support/wait.ts';

let asterisk: AsteriskInstance;
let agi: AgiServer;
let log: FastAgiLog;
let proxy: ProxyOfTest;
let vicidial: VicidialServer;
let originations: FakeOriginations;
const lock: FakeDoor = fakeDoor();
let calls = 0;
let leadId = 4_710;

/** The carrier's entry as it is shipped, with the trunk and the address of this test; around it what VICIdial has of its own. */
async function dialplan(logPort: number): Promise<string> {
  const carrier = await readFile(resolve('dialplan/vicidial/carrier.conf'), 'utf8');
  const fastAgi = `agi://127.0.0.1:${logPort}`;
  return `[default]
${carrier.replace('PJSIP/${EXTEN:1}@carrier', 'Local/${EXTEN:1}@people/n').replaceAll('agi://127.0.0.1:4577', fastAgi)}
exten => h,1,AGI(${fastAgi}/call_log--HVcauses--PRI-----NODEBUG-----\${HANGUPCAUSE}-----\${DIALSTATUS}-----\${DIALEDTIME}-----\${ANSWEREDTIME})
; An agent is there.
exten => 138368,1,Set(DB(agent/\${CALLERID(name)})=there)
 same => n,Wait(60)
; Nobody is: VICIdial gives the person up.
exten => 138369,1,Goto(8398,1)
; A machine, as AMD() has said.
exten => 138370,1,Set(AMDSTATUS=MACHINE)
 same => n,Gosub(breakwater-vicidial-machine,s,1)
 same => n,Hangup()
; An agent in MeetMe.
exten => 8600070,1,Gosub(breakwater-vicidial-agent,s,1)
 same => n,Wait(60)
exten => 8398,1,Goto(breakwater-vicidial-drop,s,1)
exten => _8600XXX,1,Answer()
 same => n,Wait(60)
[people]
exten => _X.,1,Set(DB(person/\${EXTEN})=\${CALLERID(num)})
 same => n,GotoIf($["\${EXTEN:-4}"="0199"]?busy)
 same => n,Answer()
 same => n,Wait(\${IF($["\${EXTEN:-4}"="0198"]?1:60)})
 same => n,Hangup()
 same => n(busy),Hangup(17)
`;
}

beforeAll(async () => {
  log = await fastAgiLog();
  agi = await startAgiServer({ host: '127.0.0.1', port: 0, scripts: agiScripts(lock), clock: realClock });
  asterisk = await startAsterisk({
    name: 'vicidial',
    dialplan: [resolve('dialplan/breakwater.conf'), resolve('dialplan/vicidial/breakwater-vicidial.conf')],
    dialplanText: await dialplan(log.port),
    ...(await containerStarter()),
  });
  await asterisk.cli(`dialplan set global BREAKWATER_VICIDIAL_AGI agi://127.0.0.1:${log.port}`);
  originations = fakeOriginations();
  const doors = accountDoors(doorsSetting(VICIDIAL_DOORS));
  const quiet = { warn: () => undefined, error: () => undefined };
  const judge = amiDoorsJudge({ doorsOf: () => doors, originations, log: quiet });
  proxy = await proxyBefore(asterisk.ami.port, { upstream: asterisk.ami, judge });
  vicidial = vicidialServer({ port: proxy.port, ...DIALER });
});

beforeEach(async () => {
  await asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${agi.port}`);
  lock.decision = PERMIT;
  lock.asked.splice(0);
  lock.reports.splice(0);
  originations.asked.splice(0);
  leadId += 1;
  calls += 1;
  originations.reply = () => permitted(`call-${calls}`);
});

afterAll(async () => {
  await proxy.close();
  await asterisk.stop();
  await agi.close();
  await log.close();
});

const permitted = (callId: string): AmiOriginationAnswer => ({
  kind: 'permit',
  callId: callId as CallId,
  callerId: CALLER_ID,
  ringAtLeastSeconds: 15,
  ringAtMostSeconds: 40,
  variables: [
    ['BREAKWATER_CALL_ID', callId],
    ['BREAKWATER_DECISION_ID', callId],
    ['BREAKWATER_CAMPAIGN', 'solar'],
    ['BREAKWATER_MESSAGE', 'sound:beep'],
    ['BREAKWATER_OPT_OUT_DIGIT', '9'],
  ],
});

const inDatabase = async (key: string): Promise<string | null> =>
  /^Value: (.*)$/m.exec(await asterisk.cli(`database get ${key}`))?.[1]?.trim() ?? null;
const wasCalled = async (number: string): Promise<boolean> =>
  (await inDatabase(`person 1${number}`)) !== null;
const toldOf = (code: string): readonly string[] =>
  log.told.filter((each) => each.code === code).map(({ script }) => script);
/** Both halves of a Local channel may end in VICIdial's `h`; `how`: cause and status of the one that has dialed. */
const ended = (code: string, how: string): Promise<void> =>
  until(
    `the end of ${code}`,
    () =>
      toldOf(code).some((script) => script.startsWith(`call_log--HVcauses--PRI-----NODEBUG-----${how}-----`)),
    20_000,
  );
const hangUpAll = async (): Promise<void> => {
  await asterisk.cli('channel request hangup all');
  await until(
    'nobody talks',
    async () => (await asterisk.cli('core show channels concise')).trim() === '',
    20_000,
  );
};

describe('a call that the dialer places', () => {
  test('reaches the person and the agent when it is permitted, and ends in VICIdial’s own books', async () => {
    const code = callCode('V', leadId);
    const answer = await vicidial.send(autoDial({ leadId, number: '3035550121' }));
    expect(answer).toContain('Response: Success\nMessage: Originate successfully queued\n');
    await until('the agent', async () => (await inDatabase(`agent ${code}`)) === 'there', 20_000);
    expect(await inDatabase('person 13035550121')).toBe(CALLER_ID);
    expect(originations.asked).toMatchObject([
      { campaignId: 'solar', leadId: String(leadId), number: '13035550121', callerId: CALLER_ID },
    ]);
    // The second lock, before the trunk: the same call, and nothing but it.
    expect(lock.asked).toMatchObject([
      {
        callId: `call-${calls}`,
        campaignId: 'solar',
        number: '13035550121',
        callerId: CALLER_ID,
        lead: { leadId: String(leadId) },
      },
    ]);
    await hangUpAll();
    await ended(code, '16-----ANSWER');
    expect(toldOf(code)[0]).toBe('call_log');
  });

  test('that is vetoed ends as one that a carrier has refused, with its call code, and calls nobody', async () => {
    originations.reply = () => VETOED;
    const code = callCode('V', leadId);
    const answer = await vicidial.send(autoDial({ leadId, number: '3035550122' }));
    expect(answer).toContain('Response: Error\nMessage: Originate failed\n');
    await ended(code, '34-----DNC');
    expect(toldOf(code)).toEqual([
      'call_log',
      'call_log--HVcauses--PRI-----NODEBUG-----34-----DNC----------',
    ]);
    expect(lock.asked).toEqual([]);
    expect(await wasCalled('3035550122')).toBe(false);
  });

  test('that the dialplan’s own veto stops ends the same way', async () => {
    lock.decision = vetoOf('on_internal_list');
    const code = callCode('V', leadId);
    await vicidial.send(autoDial({ leadId, number: '3035550123' }));
    await ended(code, '34-----DNC');
    expect(toldOf(code)).toEqual([
      'call_log',
      'call_log--HVcauses--PRI-----NODEBUG-----34-----DNC----------',
    ]);
    expect(await wasCalled('3035550123')).toBe(false);
  });

  test('that is busy is busy in VICIdial’s books', async () => {
    const code = callCode('V', leadId);
    await vicidial.send(autoDial({ leadId, number: '3035550199' }));
    await ended(code, '17-----BUSY');
    await until('the report', () => lock.reports.length === 1, 20_000);
    expect(lock.reports).toMatchObject([{ callId: `call-${calls}`, outcome: 'busy' }]);
  });
});

describe('what VICIdial knows and the exchange does not show', () => {
  test.each([
    ['a machine', '138370', 'machine'],
    ['an agent in MeetMe', '8600070', 'connected'],
  ])('%s is told', async (_what, exten, outcome) => {
    await vicidial.send(autoDial({ leadId, number: '3035550127' }, exten));
    await until('the report', () => lock.reports.length > 0, 20_000);
    expect(lock.reports[0]).toMatchObject({ callId: `call-${calls}`, campaignId: 'solar', outcome });
    await hangUpAll();
  });

  test('also of a call that has not come through the proxy', async () => {
    lock.decision = PERMIT;
    const direct = vicidialServer(asterisk.ami);
    await direct.send(autoDial({ leadId, number: '3035550128' }, '138370'));
    await until('the report', () => lock.reports.length > 0, 20_000);
    expect(lock.reports[0]).toMatchObject({ campaignId: 'solar', outcome: 'machine' });
    expect(lock.asked).toMatchObject([{ campaignId: 'solar', lead: { leadId: String(leadId) } }]);
    expect(lock.reports[0]?.callId).toBe(lock.asked[0]?.callId);
    await hangUpAll();
  });
});

describe('a call that an agent dials by hand', () => {
  test('reaches the person when it is permitted', async () => {
    const code = callCode('M', leadId);
    const answer = await vicidial.send(manualDial({ leadId, number: '3035550198' }));
    expect(answer).toContain('Response: Success\n');
    await until('the person', () => wasCalled('3035550198'), 20_000);
    expect(originations.asked).toMatchObject([{ number: '13035550198', leadId: String(leadId) }]);
    expect(lock.asked).toMatchObject([
      { callId: `call-${calls}`, number: '13035550198', callerId: CALLER_ID },
    ]);
    // The person hangs up after a second.
    await ended(code, '16-----ANSWER');
    expect(toldOf(code)).toContain('call_log');
    await hangUpAll();
  });

  test('calls nobody when it is vetoed, and ends with its call code', async () => {
    originations.reply = () => VETOED;
    const code = callCode('M', leadId);
    const answer = await vicidial.send(manualDial({ leadId, number: '3035550124' }));
    expect(answer).toContain('Response: Error\nMessage: Originate failed\n');
    await ended(code, '34-----DNC');
    expect(await wasCalled('3035550124')).toBe(false);
  });
});

describe('a person whom VICIdial gives up', () => {
  const noted = async (): Promise<boolean> => (await inDatabase(`breakwater-dropped call-${calls}`)) !== null;

  test('is left to the watchdog of a sidecar that lives, and hears the message when none has come', async () => {
    await vicidial.send(autoDial({ leadId, number: '3035550125' }, '138369'));
    await until('the drop is told', () => lock.reports.length > 0, 20_000);
    expect(lock.reports[0]).toMatchObject({
      callId: `call-${calls}`,
      campaignId: 'solar',
      outcome: 'dropped',
    });
    await until('the message', noted, 20_000);
    await hangUpAll();
  });

  test('hears the message at once when no sidecar is there', async () => {
    const nobody = await freePort();
    // The permit was given before it died: the lock is asked, and then the address leads nowhere.
    await vicidial.send(autoDial({ leadId, number: '3035550126' }, '8600060'));
    await until('the person', () => wasCalled('3035550126'), 20_000);
    await asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${nobody}`);
    const half = /^(Local\/913035550126@default-[^!]*;1)!default!8600060!/m;
    let channel = '';
    await until(
      'the half that waits for an agent',
      async () => {
        channel = half.exec(await asterisk.cli('core show channels concise'))?.[1] ?? '';
        return channel !== '';
      },
      20_000,
    );
    const place = ['Exten: 8398', 'Context: default', 'Priority: 1'];
    await vicidialServer(asterisk.ami).send(['Action: Redirect', `Channel: ${channel}`, ...place]);
    await until('the message', noted, 20_000);
    expect(lock.reports).toEqual([]);
    await hangUpAll();
  });
});
