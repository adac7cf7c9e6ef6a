/** The FastAGI door and the veto of the dialplan on a real Asterisk: what a channel knows afterwards. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { type AsteriskInstance, startAsterisk } from '../../scripts/asterisk/instance.ts';
import { type AgiServer, startAgiServer } from '../../src/adapters/agi/server.ts';
import type { AgiEvent } from '../../src/adapters/agi/conversation.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { fakeDoor, type FakeDoor, PERMIT, vetoOf } from '../support/agi-operations.ts';
import { test as it } from '../support/real-asterisk.ts';
import { realClock } from '../support/real-clock.ts';

const VETO = 'Gosub(breakwater-veto,s,1(solar,13035550101,13035550100))';
const SEEN = [
  ...['BREAKWATER_VERDICT', 'BREAKWATER_REASONS', 'BREAKWATER_DISCLOSE', 'BREAKWATER_RING_SECONDS'],
  ...['DIALSTATUS', 'HANGUPCAUSE', 'BREAKWATER_REASON', 'BREAKWATER_CALLER_ID', 'BREAKWATER_MESSAGE'],
];

let asterisk: AsteriskInstance;
let agi: AgiServer;
let events: AgiEvent[] = [];
const door: FakeDoor = fakeDoor();

/** Sends the far half of a Local channel through an extension of `[doors]`. */
async function originate(extension: string): Promise<void> {
  const { url, user, password } = asterisk.ari;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const query = new URLSearchParams({
    endpoint: `Local/${extension}@doors`,
    context: 'doors',
    extension: 'near',
    priority: '1',
  });
  const response = await fetch(`${url.replace(/\/ari\/?$/, '')}/ari/channels?${query.toString()}`, {
    method: 'POST',
    headers: { authorization },
  });
  expect(response.status, await response.text()).toBe(200);
}

/** Runs one channel through the veto and answers what it knew afterwards, `name=value`. */
async function veto(extension = 'go'): Promise<Readonly<Record<string, string>>> {
  await asterisk.cli('dialplan set global SEEN none');
  await originate(extension);
  for (let tries = 0; tries < 100; tries++) {
    const seen = /SEEN=(.*)/.exec(await asterisk.cli('dialplan show globals'))?.[1];
    if (seen !== undefined && seen !== 'none') {
      return Object.fromEntries(seen.split('|').map((value, index) => [SEEN[index]!, value.trim()]));
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error('the channel never came back from the veto');
}

beforeAll(async () => {
  agi = await startAgiServer({
    host: '127.0.0.1',
    port: 0,
    scripts: agiScripts(door),
    clock: realClock,
    observe: (event) => events.push(event),
  });
  asterisk = await startAsterisk({
    name: 'doors',
    dialplan: [resolve('dialplan/breakwater.conf')],
    dialplanText: [
      '[doors]',
      `exten => go,1,Set(GLOBAL(BREAKWATER_AGI)=agi://127.0.0.1:${agi.port})`,
      ' same => n,Set(BREAKWATER_ADDRESS=1 Main St, Suite 5, Denver, CO 80202)',
      ` same => n,${VETO}`,
      ` same => n,Set(GLOBAL(SEEN)=${SEEN.map((name) => `\${${name}}`).join('|')})`,
      ' same => n,Hangup()',
      'exten => near,1,Wait(5)',
      `exten => hung,1,Set(GLOBAL(BREAKWATER_AGI)=agi://127.0.0.1:${agi.port})`,
      ' same => n,Set(CHANNEL(hangup_handler_push)=breakwater-hangup,s,1)',
      ' same => n,Set(BREAKWATER_CALL_ID=c-9)',
      ' same => n,Set(BREAKWATER_CAMPAIGN=solar)',
      ' same => n,Set(DIALSTATUS=BUSY)',
      ' same => n,Hangup(17)',
      '',
    ].join('\n'),
  });
});

afterAll(async () => {
  await asterisk.stop();
  await agi.close();
});

beforeEach(() => {
  events = [];
  door.decision = PERMIT;
  door.withdrawn.length = 0;
  door.reports.length = 0;
});

describe('the veto of the dialplan', () => {
  it('reads a permit', async () => {
    door.decision = { ...PERMIT, obligations: [{ kind: 'disclose_recording', basis: 'test' }] } as Decision;
    expect(await veto()).toMatchObject({
      BREAKWATER_VERDICT: 'permit',
      BREAKWATER_REASONS: '',
      BREAKWATER_DISCLOSE: 'yes',
      BREAKWATER_RING_SECONDS: '30',
      BREAKWATER_REASON: '',
      BREAKWATER_CALLER_ID: '13035550100',
      BREAKWATER_MESSAGE: 'breakwater/solar/safe-harbor',
    });
    expect(door.asked.at(-1)).toMatchObject({
      campaignId: 'solar',
      number: '13035550101',
      callerId: '13035550100',
      // Commas and blanks come through.
      lead: { address: '1 Main St, Suite 5, Denver, CO 80202' },
    });
    expect(events.map((event) => event.kind)).toEqual(['delivered']);
  });

  it('reads a veto with all its reasons, and the idiom dialers know', async () => {
    door.decision = vetoOf('on_internal_list', 'sunday');
    expect(await veto()).toMatchObject({
      BREAKWATER_VERDICT: 'veto',
      BREAKWATER_REASONS: 'on_internal_list,sunday',
      BREAKWATER_REASON: 'on_internal_list',
      DIALSTATUS: 'DNC',
      // Asterisk answers ${HANGUPCAUSE} from the channel itself: only Hangup(34) makes it 34.
      HANGUPCAUSE: '0',
    });
  });

  it('is a veto in time when the decision is late, and the late permit is given back', async () => {
    door.decision = new Promise((decide) => setTimeout(() => decide(PERMIT), 700));
    expect(await veto()).toMatchObject({
      BREAKWATER_VERDICT: 'veto',
      BREAKWATER_REASONS: 'fact_unavailable',
    });
    await expect.poll(() => door.withdrawn.length, { timeout: 3_000 }).toBe(1);
  });
});

describe('the hangup handler of the dialplan', () => {
  it('reports how the call ended', async () => {
    await originate('hung');
    await expect.poll(() => door.reports.length, { timeout: 5_000 }).toBe(1);
    expect(door.reports[0]).toMatchObject({
      callId: 'c-9',
      campaignId: 'solar',
      outcome: 'busy',
      hangupCause: 17,
    });
    // Also on a channel that is gone the variables are set, several in one command.
    await expect.poll(() => events.map((event) => event.kind), { timeout: 5_000 }).toEqual(['delivered']);
  });
});
