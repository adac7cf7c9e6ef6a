/**
 * The call floor itself, on a real Asterisk: people answer, speak, refuse and press keys, and the witness on the wire
 * tells what was heard. Other integration tests stand on this one.
 */
import { existsSync } from 'node:fs';
import WebSocket from 'ws';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAsterisk, type AsteriskInstance } from '../../scripts/asterisk/instance.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import { openFloor, type Floor } from '../../scripts/callers/floor.ts';
import { decodeMuLaw } from '../../scripts/callers/mu-law.ts';
import { renderSpeech } from '../../scripts/callers/speech.ts';
import { writeWav } from '../../scripts/callers/wav.ts';
import { test } from '../support/real-asterisk.ts';

const DIALPLAN = `
[floor]
exten => message,1,WaitForSilence(500,1,10)
 same => n,Playback(breakwater/message)
 same => n,Hangup()
exten => stay,1,Stasis(floor-test)
 same => n,Hangup()
exten => echo,1,Echo()
`;
const AGENTS = `
[agents]
exten => agent-1001,1,Answer()
 same => n,Playback(\${MESSAGE})
 same => n,Wait(60)
`;
const TEXT = 'This is a message from Example Home Services. Press nine and we will not call again.';

const ANNA = '15551230001';
const BUSY = '15551230002';
const KEY = '15551230003';
const SHORT = '15551230004';
const NOBODY = '15551230005';
const DECLINES = '15551230006';
const SILENT = '15551230007';

let sounds: string;
let message: Int16Array;
let floor: Floor;

beforeAll(async () => {
  sounds = await mkdtemp(join(tmpdir(), 'breakwater-sounds-'));
  await chmod(sounds, 0o755);
  message = decodeMuLaw(await renderSpeech(TEXT, 'awb'));
  await writeWav(join(sounds, 'message.wav'), message);
  await writeFile(join(sounds, 'floor.conf'), DIALPLAN);
  floor = await openFloor({
    name: 'floor-test',
    asterisk: {
      dialplan: [join(sounds, 'floor.conf')],
      dialplanText: AGENTS,
      globals: { MESSAGE: 'breakwater/message' },
      inboundContext: 'agents',
      sounds: [{ as: 'breakwater', directory: sounds }],
    },
    people: [
      { numbers: [ANNA, '15551230011', '15551230012', '15551230013'], behaviour: { kind: 'answers' } },
      { numbers: [BUSY], behaviour: { kind: 'busy' } },
      {
        numbers: [KEY],
        behaviour: {
          kind: 'answers',
          ringMs: 100,
          keys: [{ digit: '9', afterMs: 2_000 }],
          hangUpAfterMs: 3_500,
        },
      },
      { numbers: [SHORT], behaviour: { kind: 'answers', ringMs: 100, hangUpAfterMs: 700 } },
      { numbers: [NOBODY], behaviour: { kind: 'rings' } },
      { numbers: [DECLINES], behaviour: { kind: 'declines' } },
      { numbers: [SILENT], behaviour: { kind: 'answers', greeting: null, hangUpAfterMs: 2_000 } },
    ],
  });
});

afterAll(async () => {
  const pids = floor.pids();
  const { directory } = floor;
  const instance = floor.asterisk.dir;
  await floor.close();
  await rm(sounds, { recursive: true, force: true });
  expect(pids.length).toBeGreaterThan(2);
  expect(pids.filter(isAlive)).toEqual([]);
  expect([directory, instance].filter((path) => existsSync(path))).toEqual([]);
});

describe('called persons', () => {
  test('a person who answers hears the whole message after the greeting', async () => {
    await originate(ANNA, 'message');
    const [call] = await floor.callsOver(ANNA);
    expect(call!.status).toBe(200);
    expect(call!.endedBy).toBe('asterisk');
    expect(call!.answeredAt! - call!.invitedAt).toBeGreaterThan(250);
    const greetingMs = call!.spoken.lastVoicedAt! - call!.spoken.firstVoicedAt!;
    expect(greetingMs).toBeGreaterThan(900);
    expect(greetingMs).toBeLessThan(1_600);
    const gap = call!.heard.firstVoicedAt! - call!.spoken.lastVoicedAt!;
    expect(gap).toBeGreaterThan(400);
    expect(gap).toBeLessThan(1_500);
    const comparison = compareAudio(call!.heard.samples, message);
    expect(comparison.matchedShare).toBeGreaterThan(0.95);
    expect(comparison.correlation).toBeGreaterThan(0.95);
    const agentSpeech = decodeMuLaw(
      await renderSpeech('Somebody else says something different here.', 'rms'),
    );
    expect(compareAudio(call!.heard.samples, agentSpeech).matchedShare).toBeLessThan(0.1);
  });

  test('three calls at once to one process stay apart', async () => {
    const numbers = ['15551230011', '15551230012', '15551230013'];
    await Promise.all(numbers.map((number) => originate(number, 'message')));
    const calls = (await Promise.all(numbers.map((number) => floor.callsOver(number)))).flat();
    expect(calls.map(({ number }) => number)).toEqual(numbers);
    for (const call of calls)
      expect(compareAudio(call.heard.samples, message).matchedShare).toBeGreaterThan(0.95);
  });

  test('refusals and hang-ups arrive with their cause', async () => {
    const causes = await destroyedCauses(
      [BUSY, NOBODY, DECLINES, '15551239999', SHORT, SILENT].map((number) => [
        number,
        number === NOBODY ? 1 : 20,
      ]),
    );
    // A BYE without a Reason header, as telephones send it, leaves ARI with cause 0.
    expect(causes).toMatchObject({ [BUSY]: 17, [DECLINES]: 21, '15551239999': 1, [SHORT]: 0, [SILENT]: 0 });
    const [rang] = await floor.callsOver(NOBODY);
    expect(rang!.ringingAt).toBeDefined();
    expect(rang!.status).toBe(487);
    const [short] = await floor.callsOver(SHORT);
    expect(short!.endedBy).toBe('party');
    expect(short!.endedAt! - short!.answeredAt!).toBeGreaterThan(650);
    const [silent] = await floor.callsOver(SILENT);
    expect(silent!.spoken.packets).toBeGreaterThan(60);
    expect(silent!.spoken.voicedAt).toEqual([]);
  });

  test('a pressed key reaches ARI', async () => {
    const events = listen();
    await events.open;
    await originate(KEY, 'stay');
    const [call] = await floor.callsOver(KEY);
    await events.until((event) => event.type === 'ChannelDestroyed');
    events.close();
    const digits = events.seen.filter((event) => event.type === 'ChannelDtmfReceived');
    expect(digits.map(({ digit }) => digit)).toEqual(['9']);
    expect(call!.keys.map(({ digit }) => digit)).toEqual(['9']);
    expect(call!.keys[0]!.firstAt - call!.answeredAt!).toBeGreaterThan(1_900);
    expect(call!.endedBy).toBe('party');
    // The silent stream goes on after the key.
    expect(call!.spoken.packets).toBeGreaterThan(140);
  });

  test('SIPp saw nothing it did not expect', async () => {
    expect(await floor.complaints()).toBe('The following events occurred:');
  });
});

describe('agents', () => {
  test('an agent calls in, talks, hears, and hangs up when asked', async () => {
    const agent = await floor.callIn('agent-1001', { staysAtMostS: 30 });
    await agent.answered();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await agent.hangUp();
    expect(isAlive(agent.pid)).toBe(false);
    const [call] = await floor.callsOver('agent-1001');
    expect(call).toMatchObject({ party: 'caller', endedBy: 'party', status: 200 });
    expect(call!.spoken.voicedAt.length).toBeGreaterThan(40);
    const heard = compareAudio(call!.heard.samples, message.subarray(0, 8_000));
    expect(heard.matchedShare).toBeGreaterThan(0.9);
  });

  test('an extension that does not exist refuses the agent', async () => {
    const agent = await floor.callIn('agent-404', { staysAtMostS: 10 });
    await expect(agent.answered()).rejects.toThrow('no answer');
  });
});

describe('the private Asterisk', () => {
  test('its database and console work', async () => {
    await floor.asterisk.cli('database put breakwater mode "safe harbor"');
    expect(await floor.asterisk.cli('database get breakwater mode')).toContain('safe harbor');
    const loaded = await floor.asterisk.cli('module show like mixmonitor');
    expect(loaded).toContain('Running');
  });

  test('two more run beside it, and one that is killed leaves nothing', async () => {
    const pair = await Promise.all(['left', 'right'].map((name) => startAsterisk({ name })));
    const all: AsteriskInstance[] = [floor.asterisk, ...pair];
    expect(new Set(all.flatMap(({ ari, ami, sip }) => [ari.url, ami.port, sip.port])).size).toBe(9);
    for (const instance of all) expect(await ping(instance)).toBe(200);
    await pair[0]!.kill();
    expect(isAlive(pair[0]!.pid)).toBe(false);
    await Promise.all(pair.map((instance) => instance.stop()));
    expect(pair.filter(({ pid, dir }) => isAlive(pid) || existsSync(dir))).toEqual([]);
    expect(await ping(floor.asterisk)).toBe(200);
  });
});

interface AriEvent {
  readonly type: string;
  readonly digit?: string;
  readonly cause?: number;
  readonly channel?: { readonly id: string };
}

function authorization({ ari }: AsteriskInstance): string {
  return `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`;
}

async function ping(instance: AsteriskInstance): Promise<number> {
  const headers = { authorization: authorization(instance) };
  return (await fetch(`${instance.ari.url}/ari/asterisk/ping`, { headers })).status;
}

async function originate(number: string, extension: string, timeoutS = 20): Promise<void> {
  const query = new URLSearchParams({
    endpoint: `PJSIP/${number}@carrier`,
    context: 'floor',
    extension,
    priority: '1',
    callerId: '15550001111',
    timeout: String(timeoutS),
    channelId: `call-${number}`,
  });
  const response = await fetch(`${floor.asterisk.ari.url}/ari/channels?${query.toString()}`, {
    method: 'POST',
    headers: { authorization: authorization(floor.asterisk) },
  });
  expect(response.status).toBe(200);
}

/** Originates calls and answers the hangup cause of each, by number. */
async function destroyedCauses(calls: [string, number][]): Promise<Record<string, number | undefined>> {
  const events = listen();
  await events.open;
  for (const [number, timeoutS] of calls) await originate(number, 'echo', timeoutS);
  await events.until(() => destroyed().length === calls.length);
  events.close();
  return Object.fromEntries(
    destroyed().map(({ channel, cause }) => [channel!.id.slice('call-'.length), cause]),
  );

  function destroyed(): AriEvent[] {
    return events.seen.filter(({ type }) => type === 'ChannelDestroyed');
  }
}

function listen(): {
  open: Promise<void>;
  seen: AriEvent[];
  until(condition: (event: AriEvent) => boolean): Promise<void>;
  close(): void;
} {
  const { url, user, password } = floor.asterisk.ari;
  const query = `app=floor-test&subscribeAll=true&api_key=${user}:${password}`;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ari/events?${query}`);
  const seen: AriEvent[] = [];
  socket.on('message', (data: Buffer) => seen.push(JSON.parse(data.toString()) as AriEvent));
  return {
    seen,
    open: new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    }),
    async until(condition) {
      const deadline = Date.now() + 15_000;
      while (!seen.some(condition)) {
        if (Date.now() > deadline) throw new Error('the awaited ARI event did not come');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () => socket.close(),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
