/**
 * The exchanges the telephony suite runs on: the simulation's on its own clock, and a private Asterisk whose people are SIPp.
 * The same people live at both; what a case cannot see through the port (a telephone that rings, an agent who calls) is here.
 */
import { chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from '../../scripts/callers/behaviour.ts';
import { openFloor } from '../../scripts/callers/floor.ts';
import { writeWav } from '../../scripts/callers/wav.ts';
import { toExchange } from '../../src/adapters/asterisk/channel-ids.ts';
import { ACTION_ID_PREFIX } from '../../src/adapters/asterisk/originate-response.ts';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type { Telephony, TelephonyEvent } from '../../src/ports/telephony.ts';
import { ANSWERS, type Script } from './called-person.ts';
import { fakeClock, type FakeClock } from './fake-clock.ts';
import { fakeExchange, type FakeExchange } from './fake-exchange.ts';
import { originateNamed } from './named-originate.ts';
import { startProxy } from './proxy.ts';
import { containerStarter, missingAsterisk } from './real-asterisk.ts';
import { alongside } from './sim-world.ts';
import { temporaryDirectory, until } from './stores.ts';

export interface ExchangeWorld {
  /** Its commands may be awaited: time goes on meanwhile. */
  readonly telephony: Telephony;
  /** Everything that was told, in order. */
  readonly told: readonly TelephonyEvent[];
  pass(ms: number): Promise<void>;
  until(what: string, holds: () => boolean): Promise<void>;
  /** How often the telephone of this number was called. */
  timesCalled(number: string): Promise<number>;
  agentCallsIn(agentId: string): Promise<{ hangUp(): Promise<void> }>;
  /** Somebody lets this channel go on elsewhere in the dialplan. */
  takesAway(channelId: string): Promise<void>;
  supervisorCallsIn(supervisorId: string): Promise<{ hangUp(): Promise<void> }>;
  /** A dialer rings this number under the permit of this call, holds the person, and bridges an agent a second later or never. */
  dialerCalls(number: string, callId: string, held: Held): Promise<void>;
  /** A dialer names an origination after this call: to a trunk that is not there, or over a line of the exchange that leads nowhere. */
  dialerFails(callId: string, at: 'trunk' | 'line'): Promise<void>;
  loseConnection(): Promise<void>;
  regainConnection(): Promise<void>;
  /** Of the exchange's own clock. */
  epochSeconds(): number;
  close(): Promise<void>;
}

export interface Held {
  readonly path: 'breakwater-out' | 'breakwater-dial';
  readonly agent: boolean;
}

export interface ExchangeSource {
  readonly name: string;
  /** Why this machine cannot have it, or undefined. */
  readonly missing: string | undefined;
  open(): Promise<ExchangeWorld>;
}

interface Person {
  readonly number: string;
  readonly script: Script;
  readonly behaviour: Behaviour;
}

const RING_MS = 100;
const LONG_MS = 60_000;
const PATIENT: Script = { ...ANSWERS, ringMs: RING_MS, speaks: null, patienceMs: LONG_MS, talkMs: LONG_MS };
const AGENT_AFTER_MS = 1_000;
const SILENT: Behaviour = { kind: 'answers', ringMs: RING_MS, greeting: null };
const REFUSES_AT_ONCE: Script = { ...PATIENT, ringMs: 0 };

export const PEOPLE = {
  says_hello: {
    number: '13035550110',
    script: { ...PATIENT, speaks: { afterMs: 300, forMs: 500 } },
    behaviour: { ...SILENT, greeting: 'Hello?' },
  },
  sends_only_words: {
    number: '13035550119',
    script: { ...PATIENT, speaks: { afterMs: 300, forMs: 500 }, line: 'only_words' },
    behaviour: { ...SILENT, greeting: 'Hello?', line: 'only_words' },
  },
  in_noise: {
    number: '13035550120',
    script: { ...PATIENT, speaks: { afterMs: 300, forMs: 500 }, line: 'noisy' },
    behaviour: { ...SILENT, greeting: 'Hello?', line: 'noisy' },
  },
  silent: { number: '13035550111', script: PATIENT, behaviour: SILENT },
  busy: {
    number: '13035550112',
    script: { ...REFUSES_AT_ONCE, refuses: { hangupCause: 17, sipStatus: 486 } },
    behaviour: { kind: 'busy' },
  },
  declines: {
    number: '13035550113',
    script: { ...REFUSES_AT_ONCE, refuses: { hangupCause: 21, sipStatus: 603 } },
    behaviour: { kind: 'declines' },
  },
  never_answers: {
    number: '13035550114',
    script: { ...PATIENT, ringMs: LONG_MS },
    behaviour: { kind: 'rings' },
  },
  answers_late: {
    number: '13035550115',
    script: { ...PATIENT, ringMs: 1_500 },
    behaviour: { ...SILENT, ringMs: 1_500 },
  },
  hangs_up: {
    number: '13035550116',
    script: { ...PATIENT, patienceMs: 1_000, talkMs: 1_000 },
    behaviour: { ...SILENT, hangUpAfterMs: 1_500 },
  },
  presses_nine: {
    number: '13035550117',
    script: { ...PATIENT, key: { digit: '9', afterMs: 1_000 } },
    behaviour: { ...SILENT, keys: [{ digit: '9', afterMs: 1_500 }] },
  },
  presses_nine_late: {
    number: '13035550118',
    script: { ...PATIENT, key: { digit: '9', afterMs: 1_000 } },
    behaviour: { ...SILENT, keys: [{ digit: '9', afterMs: 3_000 }] },
  },
} as const satisfies Readonly<Record<string, Person>>;

/** Two seconds on the real exchange, somewhat longer on the other. */
export const MESSAGE = 'sound:conformance/message';
export const MISSING_SOUND = 'sound:conformance/missing';
const MESSAGE_SAMPLES = 16_000;

const simulated: ExchangeSource = {
  name: 'of the simulation',
  missing: undefined,
  open() {
    const clock = fakeClock('2026-11-24T18:00:00Z');
    const exchange = fakeExchange(clock);
    for (const { number, script } of Object.values(PEOPLE)) exchange.script(`+${number}`, script);
    exchange.missingSounds.add(MISSING_SOUND);
    exchange.missingContexts.add('nowhere');
    exchange.memberAnswersAfterMs = ({ extension }) => (extension === 'agent' ? AGENT_AFTER_MS : null);
    const told: TelephonyEvent[] = [];
    exchange.listen((event) => void told.push(event));
    const staffOf = (channelId: string) => ({
      hangUp() {
        exchange.agentHangsUp(channelId);
        return Promise.resolve();
      },
    });
    return Promise.resolve({
      telephony: whileTimePasses(exchange, clock),
      told,
      pass: (ms) => clock.go(ms),
      async until(what, holds) {
        for (let waited = 0; !holds(); waited += 10) {
          if (waited > LONG_MS) throw new Error(`${what}: not within ${LONG_MS} ms`);
          await clock.go(10);
        }
      },
      timesCalled: (number) => Promise.resolve(exchange.timesCalled(`+${number}`)),
      agentCallsIn: (agentId) => Promise.resolve(staffOf(exchange.agentCallsIn(agentId))),
      takesAway: (channelId) => {
        exchange.agentIsTaken(channelId);
        return Promise.resolve();
      },
      supervisorCallsIn: (supervisorId) => Promise.resolve(staffOf(exchange.supervisorCallsIn(supervisorId))),
      dialerCalls(number, callId, { path, agent }) {
        const hand = exchange.dialerCalls(`+${number}`, callId, path);
        if (agent) clock.after(RING_MS + AGENT_AFTER_MS, () => hand.bridgesAgent());
        return Promise.resolve();
      },
      dialerFails(callId, at) {
        if (at === 'trunk')
          exchange.tells({ kind: 'dialer_origination_failed', callId: callId as CallId, why: 'failed' });
        return Promise.resolve();
      },
      loseConnection() {
        exchange.disconnect();
        return Promise.resolve();
      },
      regainConnection() {
        exchange.connect();
        return Promise.resolve();
      },
      epochSeconds: () => Math.floor(clock.now() / 1_000),
      close: () => Promise.resolve(),
    });
  },
};

/** The clock stands still until it is told to go, and an answer takes time. */
function whileTimePasses(exchange: FakeExchange, clock: FakeClock): Telephony {
  return new Proxy<Telephony>(exchange, {
    get(target, name: keyof Telephony) {
      const member = target[name].bind(target) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const answer = member(...args);
        return answer instanceof Promise ? alongside(clock, answer) : answer;
      };
    },
  });
}

export const exchangeSources = (): readonly ExchangeSource[] => [
  simulated,
  { name: 'Asterisk', missing: missingAsterisk, open: openAsteriskWorld },
];

/** Where agents and supervisors call in. */
export const HOUSE = {
  inboundContext: 'house',
  dialplanText: '[house]\ninclude => breakwater-agent\ninclude => breakwater-supervisor\n',
} as const;

/** What `breakwater-veto` and `breakwater-out` do of a permitted call, and a dialer that waits; its agent is the silent person. */
const DIALER = `
[dialer]
exten => _X.,1,Set(__BREAKWATER_CALL_ID=\${CHANNEL(uniqueid)})
 same => n,Dial(PJSIP/\${EXTEN}@carrier,20,g)
[splitting-dialer]
exten => _X.,1,Set(__BREAKWATER_CALL_ID=\${CHANNEL(uniqueid)})
 same => n,Set(__BREAKWATER_DIALER=\${CHANNEL})
 same => n,Dial(PJSIP/\${EXTEN}@carrier,20,gG(breakwater-dial^split^1))
[held]
exten => waits,1,Answer()
 same => n,Wait(60)
exten => agent,1,Answer()
 same => n,Wait(\${MATH(${AGENT_AFTER_MS}/1000)})
 same => n,Dial(PJSIP/${PEOPLE.silent.number}@carrier)
`;

const HOME = resolve(import.meta.dirname, '../..');
const WITHIN_MS = 20_000;

async function openAsteriskWorld(): Promise<ExchangeWorld> {
  const sounds = await temporaryDirectory();
  await chmod(sounds.path, 0o755);
  const tone = Int16Array.from({ length: MESSAGE_SAMPLES }, (_, at) => 8_000 * Math.sin(at / 3));
  await writeWav(join(sounds.path, 'message.wav'), tone);
  const floor = await openFloor({
    name: 'telephony',
    asterisk: {
      dialplan: [join(HOME, 'dialplan/breakwater.conf')],
      inboundContext: HOUSE.inboundContext,
      dialplanText: HOUSE.dialplanText + DIALER,
      sounds: [{ as: 'conformance', directory: sounds.path }],
      ...(await containerStarter()),
    },
    people: Object.values(PEOPLE).map(({ number, behaviour }) => ({ numbers: [number], behaviour })),
  });
  const { ari, ami } = floor.asterisk;
  // Nobody answers there: the suite has no FastAGI.
  await floor.asterisk.cli('dialplan set global BREAKWATER_AGI agi://127.0.0.1:1');
  const lines = [
    await startProxy({ host: ami.host, port: Number(new URL(ari.url).port) }),
    await startProxy({ host: ami.host, port: ami.port }),
  ] as const;
  const telephony = openAsterisk({
    ari: { ...ari, url: `http://127.0.0.1:${lines[0].port}`, application: 'breakwater' },
    ami: { ...ami, port: lines[1].port },
    log: openLog('silent'),
  });
  const told: TelephonyEvent[] = [];
  telephony.listen((event) => void told.push(event));
  const callIn = async (extension: string): Promise<{ hangUp(): Promise<void> }> => {
    const staff = await floor.callIn(extension, { says: null });
    await staff.answered();
    return staff;
  };
  /** As anybody else may who controls this exchange too. */
  const ask = async (path: string, query: Readonly<Record<string, string>>): Promise<void> => {
    const authorization = `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`;
    const answer = await fetch(`${ari.url}/ari/${path}?${new URLSearchParams(query).toString()}`, {
      method: 'POST',
      headers: { authorization },
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const connected = (): Promise<void> =>
    until(() => telephony.problem() === null).catch((cause: unknown) => {
      throw new Error(`still not connected: ${telephony.problem() ?? 'too late'}`, { cause });
    });
  await connected();
  return {
    telephony,
    told,
    pass: (ms) => sleep(ms),
    until: async (what, holds) => {
      await until(holds, WITHIN_MS).catch((cause: unknown) => {
        throw new Error(`${what}: not within ${WITHIN_MS} ms`, { cause });
      });
    },
    timesCalled: async (number) => (await floor.calls(number)).length,
    agentCallsIn: (agentId) => callIn(`agent-${agentId}`),
    takesAway: (channelId) =>
      ask(`channels/${toExchange(channelId)}/continue`, {
        context: 'held',
        extension: 'waits',
        priority: '1',
      }),
    supervisorCallsIn: (supervisorId) => callIn(`supervisor-${supervisorId}`),
    dialerCalls: (number, callId, { path, agent }) =>
      ask('channels', {
        endpoint: `Local/${number}@${path === 'breakwater-dial' ? 'splitting-dialer' : 'dialer'}`,
        context: 'held',
        extension: agent ? 'agent' : 'waits',
        priority: '1',
        channelId: `dialer-${callId}`,
        otherChannelId: callId,
      }),
    dialerFails: (callId, at) =>
      originateNamed(ami, `${ACTION_ID_PREFIX}${callId}`, {
        channel: at === 'trunk' ? 'PJSIP/nobody@nowhere' : 'Local/nobody@nowhere',
        ...{ context: 'held', exten: 'waits', priority: '1' },
      }),
    async loseConnection() {
      for (const line of lines) {
        line.mode = 'refuse';
        line.cutAll();
      }
      await until(() => telephony.problem() !== null);
    },
    async regainConnection() {
      for (const line of lines) line.mode = 'pass';
      await connected();
    },
    epochSeconds: () => Math.floor(Date.now() / 1_000),
    async close() {
      await telephony.close();
      for (const line of lines) await line.close();
      // A repeat of a call id leaves a session behind, for which an orderly end waits a quarter of a minute.
      await floor.asterisk.kill();
      await floor.close();
      await sounds.remove();
    },
  };
}
