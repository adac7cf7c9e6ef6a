/** Places calls through the sidecar and waits for what the persons heard. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Hearing, hear } from './hearing.ts';
import type { Expected } from './listener.ts';
import type { CallRecord, Script } from './script.ts';
import { DROPS, type WireWorld } from './world.ts';

const SELLER = 'sunrise';
/** Requests to the sidecar at once. */
const AT_ONCE = 25;
const PATIENCE = 20;
/** A phone that has not rung this long after its permit will not. */
const RINGS_WITHIN_MS = 5_000;
/** Longer than any call lasts: the person hangs up then, and the call counts as one that was never ended. */
export const LASTS_AT_MOST_MS = 40_000;

export interface Answer {
  readonly call_id: string;
  readonly verdict: 'permit' | 'veto';
  readonly placement: string;
  readonly problem: string | null;
  readonly reasons: readonly { readonly code: string; readonly detail: unknown }[];
}

export interface WireCall {
  /** What was asked for last: each attempt has an id of its own. */
  callId: string;
  readonly campaign: string;
  readonly expected: Expected;
  /** The sidecar's word; null when none came. */
  answer: Answer | null;
}

/** A call that a person has answered and that is over. */
export interface HeardCall {
  readonly callId: string;
  readonly campaign: string;
  readonly script: Script;
  readonly record: CallRecord & { readonly answeredAt: number };
  readonly hearing: Hearing;
}

export const plainScript = (number: string): Script => ({
  number,
  speakAfterMs: 300,
  speaks: true,
  key: null,
  hangUp: null,
});

export async function inBatches<T>(
  all: readonly T[],
  work: (one: T) => Promise<unknown>,
  atOnce = AT_ONCE,
): Promise<void> {
  for (let from = 0; from < all.length; from += atOnce) {
    await Promise.all(all.slice(from, from + atOnce).map(work));
  }
}

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const giveUp = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUp) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(25);
  }
}

/** For what may be said twice: a store that is being taken up again answers 503 for a moment. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt >= PATIENCE) throw error;
      await sleep(250);
    }
  }
}

const consented = new WeakMap<WireWorld, Set<string>>();

export async function consent(world: WireWorld, numbers: readonly string[]): Promise<void> {
  const done = consented.get(world) ?? new Set<string>();
  consented.set(world, done);
  await inBatches(
    numbers.filter((number) => !done.has(number)),
    async (number) => {
      const request = {
        consent_id: `wire-${number}`,
        number: `+${number}`,
        seller: SELLER,
        kind: 'written',
        given_at: '2026-11-20T16:30:00Z',
        disclosure_text: 'I agree that the seller named above may call me with an autodialer.',
        act: 'checked the box and pressed Send',
        signature: 'typed name on the form',
        source: 'https://example.com/form',
        not_condition_of_purchase: true,
      };
      await patiently(() => world.serve.client.request('POST', '/v1/consents', request));
      done.add(number);
    },
  );
}

export const setAgents = (world: WireWorld, count: number, state: string): Promise<void> =>
  inBatches(world.agents.slice(0, count), (id) =>
    patiently(() => world.serve.client.request('PUT', `/v1/agents/${id}/state`, { state })),
  );

export async function readyAgents(world: WireWorld, count: number): Promise<void> {
  await setAgents(world, count, 'ready');
  await untilReady(world, DROPS, count);
}

export const untilReady = (world: WireWorld, campaign: string, count: number): Promise<void> =>
  until(`${count} ready agents of ${campaign}`, async () => {
    return (await world.serve.client.campaign(campaign)).agents.ready >= count;
  });

let placed = 0;
const run = Date.now().toString(36);

/** The person waits for the call before it is asked for; the id is ours, so it is known whatever the sidecar says. */
export async function expectCall(world: WireWorld, campaign: string, script: Script): Promise<WireCall> {
  placed += 1;
  const callId = `wire-${run}-${placed}`;
  return { callId, campaign, expected: await world.listener.expect(script), answer: null };
}

/** What could not be looked up in time is asked again, as a dialer may. */
export async function place(world: WireWorld, call: WireCall, attempts = 8): Promise<void> {
  const id = call.callId;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await sleep(250);
    // A veto is final for its id.
    if (attempt > 0) call.callId = `${id}.${attempt}`;
    call.answer = await world.serve.client.request<Answer>('POST', '/v1/originations', {
      number: `+${call.expected.script.number}`,
      campaign: call.campaign,
      call_id: call.callId,
    });
    if (!call.answer.reasons.some(({ code }) => code === 'fact_unavailable')) return;
  }
}

export async function allRinging(calls: readonly WireCall[]): Promise<readonly WireCall[]> {
  const late = sleep(RINGS_WITHIN_MS, undefined, { ref: false });
  await Promise.race([Promise.all(calls.map(({ expected }) => expected.ringing)), late]);
  return calls.filter(({ expected }) => expected.state.ringing);
}

/** Waits until every call is over; the person of one that does not end hangs up. */
export async function allOver(world: WireWorld, calls: readonly WireCall[]): Promise<readonly HeardCall[]> {
  const every = Promise.all(calls.map(({ expected }) => expected.over));
  const late = sleep(LASTS_AT_MOST_MS, undefined, { ref: false });
  await Promise.race([every, late]);
  for (const { expected } of calls) {
    if (expected.state.record === null) world.listener.hangUp(expected.script.number);
  }
  await every;
  return calls.flatMap((call) => heardCall(world, call));
}

export function heardCall(world: WireWorld, call: WireCall): readonly HeardCall[] {
  const { record } = call.expected.state;
  if (record?.answeredAt == null) return [];
  return [
    {
      callId: call.callId,
      campaign: call.campaign,
      script: call.expected.script,
      record: { ...record, answeredAt: record.answeredAt },
      hearing: hear(record, world.message),
    },
  ];
}

export interface Wave {
  readonly scripts: readonly Script[];
  /** Each person's answer, counted from the moment at which all phones ring. */
  readonly answerAfterMs: (index: number) => number;
}

/** Calls that find an agent when they are placed and none when they are answered: each of them is a drop. */
export async function dropWave(world: WireWorld, wave: Wave): Promise<readonly HeardCall[]> {
  const { scripts } = wave;
  await consent(
    world,
    scripts.map(({ number }) => number),
  );
  await readyAgents(world, scripts.length);
  const calls = await Promise.all(scripts.map((script) => expectCall(world, DROPS, script)));
  await inBatches(calls, (call) => place(world, call));
  await setAgents(world, scripts.length, 'logged_out');
  const ringing = await allRinging(calls);
  if (ringing.length < calls.length) {
    const refused = calls.find(({ expected }) => !expected.state.ringing)?.answer;
    throw new Error(`${calls.length - ringing.length} phones do not ring: ${JSON.stringify(refused)}`);
  }
  ringing.forEach(({ expected }, index) => {
    world.listener.answer(expected.script.number, wave.answerAfterMs(index));
  });
  return allOver(world, ringing);
}

/** From the end of the greeting to the message; null where one of both is missing. */
export const messageWaitMs = ({ record, hearing }: HeardCall): number | null =>
  record.greetingEndAt === null || hearing.messageAt === null
    ? null
    : hearing.messageAt - record.greetingEndAt;
