/**
 * The examples of `dialplan/examples.conf` on a real Asterisk, dialed as people dial: by AMI, by a call file, by an ARI application that is
 * not ours. A permitted call rings once; a vetoed one rings nowhere, and whoever dialed is told so.
 */
import { chown, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { asteriskUser } from '../../scripts/asterisk/instance-directory.ts';
import { type Floor, openFloor } from '../../scripts/callers/floor.ts';
import { type AgiServer, startAgiServer } from '../../src/adapters/agi/server.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import { fakeDoor, PERMIT, vetoOf } from '../support/agi-operations.ts';
import { type RawDialer, rawDialer } from '../support/ami-dialer.ts';
import { containerStarter, missingAsterisk, test } from '../support/real-asterisk.ts';
import { realClock } from '../support/real-clock.ts';
import { freePort } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const DESK = '2001';
const CALLER_ID = '13035550101';
const WITHIN_MS = 60_000;
const QUEUES = `[general]\n[sales]\nstrategy = ringall\ntimeout = 15\nmember => Local/${DESK}@desks/n\n`;
const DESKS = `[desks]\nexten => ${DESK},1,Dial(PJSIP/${DESK}@carrier)\n`;
/** Permitted calls: each number is called by one test. The last two are never called. */
const BUSY = Array.from({ length: 10 }, (_, at) => `130355501${10 + at}`);
const ANSWERS = Array.from({ length: 10 }, (_, at) => `130355501${20 + at}`);

let floor: Floor;
let agi: AgiServer;
let dialer: RawDialer;
const door = fakeDoor();
let nobodyListens: number;
let dialed = 0;

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  nobodyListens = await freePort();
  agi = await startAgiServer({ host: '127.0.0.1', port: 0, scripts: agiScripts(door), clock: realClock });
  floor = await openFloor({
    name: 'examples',
    asterisk: {
      dialplan: [resolve('dialplan/breakwater.conf'), resolve('dialplan/examples.conf')],
      dialplanText: DESKS,
      extraFiles: { 'queues.conf': QUEUES },
      ...(await containerStarter()),
    },
    people: [
      { numbers: BUSY, behaviour: { kind: 'busy' } },
      { numbers: [...ANSWERS, DESK], behaviour: { kind: 'answers', ringMs: 100 } },
    ],
  });
  await floor.asterisk.cli('module load pbx_spool.so');
  dialer = rawDialer(floor.asterisk.ami.port);
  await dialer.logIn(floor.asterisk.ami.user, floor.asterisk.ami.secret);
});

afterAll(async () => {
  dialer.close();
  await floor.asterisk.cli('channel request hangup all');
  await floor.close();
  await agi.close();
});

beforeEach(async () => {
  door.decision = PERMIT;
  door.asked.length = 0;
  door.reports.length = 0;
  await askAt(agi.port);
});

const askAt = (port: number): Promise<string> =>
  floor.asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${port}`);

const rings = async (number: string): Promise<number> => (await floor.calls(number)).length;
const reported = (): string | undefined => door.reports.at(-1)?.outcome;

interface Way {
  readonly name: string;
  /** Resolves when whoever dialed has been told that the call has failed or been answered. */
  dial(number: string, context: string): Promise<'answered' | 'failed'>;
}

const byAmi: Way = {
  name: 'a predictive dialer on AMI',
  async dial(number, context) {
    const id = `dial-${(dialed += 1)}.`;
    dialer.send(
      [
        'Action: Originate',
        `ActionID: ${id}`,
        `Channel: Local/${number}@${context}/n`,
        'Context: example-agents',
        'Exten: sales',
        'Priority: 1',
        `CallerID: ${CALLER_ID}`,
        'Async: true',
        '\r\n',
      ].join('\r\n'),
    );
    const event = new RegExp(
      `Event: OriginateResponse\\r\\n(?:[^\\r\\n]+\\r\\n)*ActionID: ${id}\\r\\nResponse: (\\w+)\\r\\n`,
    );
    return event.exec(await dialer.told(event, WITHIN_MS))?.[1] === 'Success' ? 'answered' : 'failed';
  },
};

const byCallFile: Way = {
  name: 'a call file in the spool directory',
  async dial(number, context) {
    const { spoolDirectory } = floor.asterisk;
    const name = `${number}-${(dialed += 1)}.call`;
    const file = join(spoolDirectory, 'tmp', name);
    const lines = [
      `Channel: Local/${number}@${context}/n`,
      'Context: example-agents',
      'Extension: sales',
      'Priority: 1',
      `CallerID: ${CALLER_ID}`,
      // Each further try is a call of its own, and asks for itself.
      'MaxRetries: 0',
      'Archive: yes',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const { uid, gid } = asteriskUser();
    await chown(file, uid, gid);
    // Written elsewhere and moved, so that nobody reads half of it.
    await rename(file, join(spoolDirectory, 'outgoing', name));
    // An answered call's file stays until the call is over.
    const done = join(spoolDirectory, 'outgoing_done', name);
    const ends: ('answered' | 'failed')[] = [];
    await until('an end of the dialing', async () => ends.push(...(await endOf(done))) > 0, WITHIN_MS);
    return ends[0] ?? 'failed';
  },
};

const byAri: Way = {
  name: 'an ARI application that is not ours',
  async dial(number, context) {
    const { url, user, password } = floor.asterisk.ari;
    const at = url.replace(/\/ari\/?$/, '');
    const socket = new WebSocket(
      `${at.replace(/^http/, 'ws')}/ari/events?app=theirs&api_key=${user}:${password}`,
    );
    const seen: { readonly type: string; readonly id: string | undefined }[] = [];
    socket.on('message', (data: Buffer) => {
      const event = JSON.parse(data.toString('utf8')) as { type: string; channel?: { id: string } };
      seen.push({ type: event.type, id: event.channel?.id });
    });
    await new Promise((open, fail) => socket.once('open', open).once('error', fail));
    const channel = `theirs-${(dialed += 1)}`;
    const query = new URLSearchParams({
      endpoint: `Local/${number}@${context}/n`,
      app: 'theirs',
      channelId: channel,
      callerId: CALLER_ID,
    });
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const answer = await fetch(`${at}/ari/channels?${query.toString()}`, {
      method: 'POST',
      headers: { authorization },
    });
    expect(answer.status, await answer.text()).toBe(200);
    const saw = (type: string): boolean => seen.some((each) => each.type === type && each.id === channel);
    await until('an end of the call', () => saw('StasisStart') || saw('ChannelDestroyed'), WITHIN_MS);
    const isAnswered = saw('StasisStart');
    socket.close();
    return isAnswered ? 'answered' : 'failed';
  },
};

/** Empty while it dials. The file of an answered call stays until the call is over. */
async function endOf(file: string): Promise<readonly ('answered' | 'failed')[]> {
  const text = await readFile(file, 'latin1').catch(() => '');
  if (text.includes('Status: ')) return [text.includes('Status: Completed') ? 'answered' : 'failed'];
  const channels = await floor.asterisk.cli('core show channels concise');
  return channels.includes('!Queue!') ? ['answered'] : [];
}

const WAYS = [byAmi, byCallFile, byAri];

describe.each(WAYS.map((way, at) => [way.name, way, at] as const))('%s', (_name, way, at) => {
  test.each([
    ['example-dial', 0],
    ['example-local', 1],
  ])('permitted, by %s, rings once and is reported', async (context, more) => {
    const number = BUSY[2 * at + more] ?? '';
    expect(await way.dial(number, context)).toBe('failed');
    expect(door.asked).toMatchObject([{ campaignId: 'solar', number, callerId: CALLER_ID, door: 'agi' }]);
    await until('the report', () => reported() === 'busy', WITHIN_MS);
    expect(await rings(number)).toBe(1);
  });

  test.each(['example-dial', 'example-local'])('vetoed, by %s, rings nowhere', async (context) => {
    door.decision = vetoOf('on_internal_list');
    const number = BUSY[8] ?? '';
    const before = await rings(number);
    expect(await way.dial(number, context)).toBe('failed');
    expect(door.asked).toHaveLength(1);
    expect(await rings(number)).toBe(before);
  });

  test('rings nowhere when no sidecar answers', async () => {
    await askAt(nobodyListens);
    const number = BUSY[9] ?? '';
    const before = await rings(number);
    expect(await way.dial(number, 'example-dial')).toBe('failed');
    expect(await rings(number)).toBe(before);
  });
});

describe('who answers', () => {
  test.each([byAmi, byCallFile].map((way, at) => [way.name, way, at] as const))(
    'is put through to the queue: %s',
    async (_name, way, at) => {
      const before = await rings(DESK);
      expect(await way.dial(ANSWERS[at] ?? '', 'example-dial')).toBe('answered');
      await until('the desk', async () => (await rings(DESK)) === before + 1, WITHIN_MS);
      expect(await rings(ANSWERS[at] ?? '')).toBe(1);
      await floor.asterisk.cli('channel request hangup all');
      await until('the report', () => door.reports.length === 1, WITHIN_MS);
    },
  );

  test('is given to the ARI application', async () => {
    const number = ANSWERS[2] ?? '';
    expect(await byAri.dial(number, 'example-dial')).toBe('answered');
    expect(await rings(number)).toBe(1);
    await floor.asterisk.cli('channel request hangup all');
  });
});
