/** Two sidecars on one exchange with one dialplan: each gets its own calls and its own agents, by the name of its application. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type AsteriskInstance, startAsterisk } from '../../scripts/asterisk/instance.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { OutgoingCall, Telephony, TelephonyEvent } from '../../src/ports/telephony.ts';
import { containerStarter, missingAsterisk, test } from '../support/real-asterisk.ts';
import { rawDialer } from '../support/ami-dialer.ts';
import { until } from '../support/wait.ts';

const DIALPLAN = `[people]
exten => answers,1,Answer()
 same => n,Wait(60)
[agents]
exten => ann,1,Goto(breakwater-agent,agent-ann,1)
exten => bob,1,Set(BREAKWATER_APPLICATION=second)
 same => n,Goto(breakwater-agent,agent-bob,1)
`;

let asterisk: AsteriskInstance;
const sidecars: { readonly telephony: Telephony; readonly heard: TelephonyEvent[] }[] = [];

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  asterisk = await startAsterisk({
    name: 'second',
    dialplan: [resolve('dialplan/breakwater.conf')],
    dialplanText: DIALPLAN,
    ...(await containerStarter()),
  });
  for (const application of ['breakwater', 'second']) {
    const telephony = openAsterisk({
      ari: { ...asterisk.ari, application },
      ami: asterisk.ami,
      log: openLog('silent'),
    });
    const heard: TelephonyEvent[] = [];
    telephony.listen((event) => heard.push(event));
    sidecars.push({ telephony, heard });
    await until(`the exchange of ${application}`, () => telephony.problem() === null);
  }
});
afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  for (const { telephony } of sidecars) await telephony.close();
  await asterisk.stop();
});

const callOf = (callId: CallId): OutgoingCall => ({
  callId,
  endpoint: 'Local/answers@people',
  callerId: '+13035550100' as PhoneNumber,
  ringAtMostSeconds: 20,
  variables: { BREAKWATER_SILENCE_MS: '700', BREAKWATER_TALK_THRESHOLD: '256' },
});
/** Who was told that this call has come into its hands. */
const holders = (callId: string): readonly number[] =>
  sidecars.flatMap(({ heard }, at) =>
    heard.some((event) => event.kind === 'entered' && event.callId === callId) ? [at] : [],
  );
const arrivals = (agentId: string): readonly number[] =>
  sidecars.flatMap(({ heard }, at) =>
    heard.some((event) => event.kind === 'agent_arrived' && event.agentId === agentId) ? [at] : [],
  );

test('each has its own calls', async () => {
  for (const [at, { telephony }] of sidecars.entries()) {
    const callId = `call-of-${at}` as CallId;
    await telephony.originate(callOf(callId));
    await until(`call ${at}`, () => holders(callId).length > 0);
    expect(holders(callId)).toEqual([at]);
    await telephony.hangUp(callId);
  }
});

test('each has its own agents', async () => {
  const direct = rawDialer(asterisk.ami.port);
  await direct.logIn(asterisk.ami.user, asterisk.ami.secret);
  for (const [at, agent] of ['ann', 'bob'].entries()) {
    direct.send(
      `Action: Originate\r\nChannel: Local/${agent}@agents\r\nApplication: Wait\r\nData: 60\r\nAsync: true\r\n\r\n`,
    );
    await until(`agent ${agent}`, () => arrivals(agent).length > 0);
    expect(arrivals(agent)).toEqual([at]);
  }
  direct.close();
});

test('without the global the first one has them: nobody is hung up for want of a name', async () => {
  await asterisk.cli('dialplan set global BREAKWATER_APPLICATION ""');
  const callId = 'call-without' as CallId;
  await sidecars[0]?.telephony.originate(callOf(callId));
  await until('the call', () => holders(callId).length > 0);
  expect(holders(callId)).toEqual([0]);
});
