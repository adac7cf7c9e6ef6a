/**
 * Odd callees whom no sidecar serves: `dialplan/breakwater.conf` alone on a real Asterisk. Either nobody is connected at the answer,
 * also where `AMD()` looks for machines before that, or somebody is and does nothing, as a process that hangs, or a dialer holds the
 * call by `breakwater-dial`. Each person hears the
 * whole message once, after the greeting where that can be told, and one drop is kept for the ledger, and one opt-out when the key
 * was pressed.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Answers } from '../../scripts/callers/behaviour.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import { openFloor, type Floor } from '../../scripts/callers/floor.ts';
import { decodeMuLaw } from '../../scripts/callers/mu-law.ts';
import { renderSpeech } from '../../scripts/callers/speech.ts';
import { writeWav } from '../../scripts/callers/wav.ts';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import { type AgiServer, startAgiServer } from '../../src/adapters/agi/server.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { Telephony } from '../../src/ports/telephony.ts';
import { fakeDoor } from '../support/agi-operations.ts';
import { realClock } from '../support/real-clock.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';

const MESSAGE = 'This is Sunrise Solar. This call was for telemarketing purposes. Press nine to opt out.';

/** 47 CFR 64.1200(a)(7): the message so long after the greeting. */
const LAW_MS = 2_000;

/** `orderly`: the message can be told to come after the greeting. */
interface Callee {
  readonly who: string;
  readonly behaviour: Omit<Answers, 'kind' | 'ringMs'>;
  readonly orderly: boolean;
  /** By the message, where the exchange looks for machines: its silence is over then. */
  readonly overtaken?: true;
  /** Presses the opt-out key before the message, or in it. */
  readonly optsOut?: 'before' | 'in';
}
const CALLEES: readonly Callee[] = [
  { who: 'says hello', behaviour: { greeting: 'Hello?' }, orderly: true },
  { who: 'says nothing', behaviour: { greeting: null }, orderly: true },
  {
    who: 'says hello late',
    behaviour: { greeting: 'Hello?', speakAfterMs: 1_500 },
    orderly: true,
    // As long as AMD() waits for a first word.
    overtaken: true,
  },
  { who: 'sends nothing but words', behaviour: { greeting: 'Hello?', line: 'only_words' }, orderly: true },
  { who: 'sends no packet at all', behaviour: { line: 'dead' }, orderly: true },
  { who: 'stands in a noisy room', behaviour: { greeting: 'Hello?', line: 'noisy' }, orderly: false },
  {
    who: 'presses the key in the message',
    behaviour: { greeting: 'Hello?', keys: [{ digit: '9', afterMs: 4_000 }] },
    orderly: true,
    optsOut: 'in',
  },
  {
    who: 'presses the key before the message',
    behaviour: { greeting: null, keys: [{ digit: '9', afterMs: 300 }] },
    orderly: true,
    optsOut: 'before',
  },
];
const WORLDS = [
  'nobody is connected',
  'who is connected does nothing',
  'a dialer lets wait, nobody is connected,',
  'the exchange looks for machines, nobody is connected,',
] as const;
const EVERYBODY = WORLDS.flatMap(
  (world, half) =>
    CALLEES.map((callee, index) => ({ ...callee, world, number: `13035550${120 + 10 * half + index}` })),
  // Before the message a key means what the dialer makes of it.
).filter(({ world, optsOut }) => world !== WORLDS[2] || optsOut !== 'before');

const LOOKED_AT = { BREAKWATER_AMD: '1500,1500,500,1800,120,50,10,1024,1500', BREAKWATER_AMD_SECONDS: '1.9' };

/** Waits for longer than anybody may be left in silence. */
const DIALER = `
[dialer]
exten => _X.,1,Set(CALLERID(num)=+13035550101)
 same => n,Set(BREAKWATER_CAMPAIGN=solar)
 same => n,Set(BREAKWATER_DIAL_PREFIX=PJSIP/)
 same => n,Set(BREAKWATER_DIAL_SUFFIX=@carrier)
 same => n,Set(BREAKWATER_OPT_OUT_DIGIT=9)
 same => n,Goto(breakwater-dial,\${EXTEN},1)
exten => waits,1,Answer()
 same => n,Wait(10)
`;

let agi: AgiServer;
let floor: Floor;
let telephony: Telephony;
let directory: string;
let opened = false;
let prompt: Int16Array;

const connected = (): Telephony => {
  const { ari, ami } = floor.asterisk;
  return openAsterisk({ ari: { ...ari, application: 'breakwater' }, ami, log: openLog('silent') });
};

async function call(world: (typeof WORLDS)[number]): Promise<void> {
  for (const { number } of EVERYBODY.filter((each) => each.world === world)) {
    await telephony.originate({
      callId: `fallback-${number}` as CallId,
      endpoint: `PJSIP/${number}@carrier`,
      callerId: '+13035550100' as PhoneNumber,
      ringAtMostSeconds: 20,
      variables: {
        BREAKWATER_CALL_ID: `fallback-${number}`,
        BREAKWATER_SILENCE_MS: '500',
        BREAKWATER_TALK_THRESHOLD: '256',
        BREAKWATER_MESSAGE: 'fallback/message',
        BREAKWATER_OPT_OUT_DIGIT: '9',
        ...(world === WORLDS[3] ? LOOKED_AT : {}),
      },
    });
  }
}

/** The permit comes from a sidecar that is gone when the phone is answered. */
async function dial(): Promise<void> {
  const { url, user, password } = floor.asterisk.ari;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  for (const { number } of EVERYBODY.filter(({ world }) => world === WORLDS[2])) {
    const query = new URLSearchParams({
      endpoint: `Local/${number}@dialer`,
      context: 'dialer',
      extension: 'waits',
      priority: '1',
      channelId: `dialer-${number}`,
      otherChannelId: `fallback-${number}`,
    });
    const response = await fetch(`${url}/ari/channels?${query.toString()}`, {
      method: 'POST',
      headers: { authorization },
    });
    expect(response.status, await response.text()).toBe(200);
  }
  // Gone before the first of them answers.
  await sleep(700);
  await agi.close();
}

async function ready(): Promise<void> {
  for (let tries = 0; telephony.problem() !== null; tries += 1) {
    if (tries > 400) throw new Error('the exchange does not answer');
    await sleep(50);
  }
}

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  directory = await mkdtemp(join(tmpdir(), 'breakwater-fallback-'));
  await chmod(directory, 0o755);
  prompt = decodeMuLaw(await renderSpeech(MESSAGE));
  await writeWav(join(directory, 'message.wav'), prompt);
  floor = await openFloor({
    name: 'fallback',
    asterisk: {
      dialplan: [resolve(import.meta.dirname, '../../dialplan/breakwater.conf')],
      sounds: [{ as: 'fallback', directory }],
      dialplanText: DIALER,
    },
    people: EVERYBODY.map(({ number, behaviour }) => ({
      numbers: [number],
      behaviour: { kind: 'answers', ringMs: 1_500, ...behaviour },
    })),
  });
  const door = fakeDoor();
  door.message = 'sound:fallback/message';
  agi = await startAgiServer({
    host: '127.0.0.1',
    port: 0,
    scripts: agiScripts(door),
    clock: realClock,
    observe: () => undefined,
  });
  await floor.asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${agi.port}`);
  telephony = connected();
  opened = true;
  await ready();
  await call('nobody is connected');
  await call(WORLDS[3]);
  await telephony.close();
  for (const { number } of EVERYBODY.filter(({ world }) => world === WORLDS[0] || world === WORLDS[3]))
    await floor.callsOver(number);
  await dial();
  for (const { number } of EVERYBODY.filter(({ world }) => world === WORLDS[2]))
    await floor.callsOver(number);
  telephony = connected();
  await ready();
  await call('who is connected does nothing');
  for (const { number } of EVERYBODY) await floor.callsOver(number);
});

afterAll(async () => {
  if (!opened) return;
  await telephony.close();
  await floor.close();
  await rm(directory, { recursive: true, force: true });
});

describe.each(WORLDS)('%s', (world) => {
  test.for(EVERYBODY.filter((each) => each.world === world))('and the person $who', async (callee) => {
    const [trace] = await floor.calls(callee.number);
    const { matchedShare } = compareAudio(trace!.heard.samples, prompt);
    if (callee.optsOut === 'in') {
      expect(matchedShare).toBeLessThan(0.8);
      // Playback stops within a frame of the key's last packet; half a second for a busy machine.
      expect(trace!.heard.lastVoicedAt).toBeLessThan(trace!.keys[0]!.lastAt + 500);
    } else expect(matchedShare).toBeGreaterThan(0.9);
    expect(trace!.endedBy).toBe('asterisk');
    const spoken = trace!.spoken.lastVoicedAt;
    const overtaken = world === WORLDS[3] && callee.overtaken === true;
    if (callee.orderly && !overtaken && spoken !== undefined)
      expect(trace!.heard.firstVoicedAt).toBeGreaterThan(spoken);
    // By the packets; from the answer where nobody has spoken before the message.
    const clockFrom = spoken === undefined || overtaken ? trace!.answeredAt! : spoken;
    if (callee.orderly) expect(trace!.heard.firstVoicedAt! - clockFrom).toBeLessThan(LAW_MS);
    const records = await telephony.fallbackRecords();
    expect(records.filter(({ callId }) => callId.endsWith(callee.number)).map(({ what }) => what)).toEqual(
      callee.optsOut === undefined ? ['dropped'] : ['dropped', 'opt_out'],
    );
  });
});
