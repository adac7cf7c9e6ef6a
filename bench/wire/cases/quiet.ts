/**
 * Dropped calls on a healthy sidecar: from the end of the greeting to the first packet of the message, beside what Asterisk
 * itself needs for the same file with `WaitForSilence(500)` and `Playback`, in the same run.
 */
import { randomUUID } from 'node:crypto';
import { allOver, dropWave, type HeardCall, inBatches, messageWaitMs, plainScript } from '../calls.ts';
import { diceOf } from '../dice.ts';
import { note, printer, printSpread, quantile } from '../figures.ts';
import type { Expected } from '../listener.ts';
import { countersOf, exportLedger } from '../ledger.ts';
import { DROPS, openWireWorld, type WireWorld } from '../world.ts';

export interface QuietOptions {
  readonly calls: number;
  readonly atOnce: number;
  /** One wave of the floor after so many of ours. */
  readonly floorEvery: number;
  readonly seed: number;
}

/** The persons of a wave answer within this time. */
const ANSWERS_WITHIN_MS = 1_500;
const WHOLE = 0.95;
const LAW_MS = 2_000;

export interface QuietResult {
  readonly calls: readonly HeardCall[];
  readonly floor: readonly HeardCall[];
  readonly neverHeard: number;
  readonly late: number;
  /** Calls whose results in the ledger are not one `dropped`. */
  readonly wrongResults: number;
  /** Ledger and counters tell the same drops. */
  readonly sameCounts: boolean;
  readonly verifies: boolean;
}

export async function quiet(options: QuietOptions): Promise<QuietResult> {
  const world = await openWireWorld({ name: 'wire-quiet', lines: options.atOnce });
  try {
    return await measure(world, options);
  } finally {
    await world.close();
  }
}

async function measure(world: WireWorld, options: QuietOptions): Promise<QuietResult> {
  const dice = diceOf(options.seed);
  const calls: HeardCall[] = [];
  const floor: HeardCall[] = [];
  const waves = Math.ceil(options.calls / options.atOnce);
  for (let wave = 0; wave < waves; wave += 1) {
    const count = Math.min(options.atOnce, options.calls - calls.length);
    const after = (): number => dice.between(0, ANSWERS_WITHIN_MS);
    const scripts = world.numbers.take(count).map(plainScript);
    calls.push(...(await dropWave(world, { scripts, answerAfterMs: after })));
    if (wave % options.floorEvery === 0) floor.push(...(await floorWave(world, count, after)));
    note(`quiet: ${calls.length} of ${options.calls} calls, ${floor.length} of the floor`);
  }
  const counted = await countersOf(world, DROPS);
  const ledger = await exportLedger(world);
  const tally = ledger.tallies.get(DROPS) ?? { liveAnswers: 0, drops: 0 };
  const result: QuietResult = {
    calls,
    floor,
    neverHeard: calls.filter(({ hearing }) => hearing.messageShare < WHOLE).length,
    late: calls.filter((call) => !((messageWaitMs(call) ?? Infinity) <= LAW_MS)).length,
    wrongResults: calls.filter(({ callId }) => ledger.results.get(callId)?.join() !== 'dropped').length,
    sameCounts: counted.drops === tally.drops && counted.liveAnswers === tally.liveAnswers,
    verifies: ledger.verifies,
  };
  await report(world, options, result);
  return result;
}

const waits = (calls: readonly HeardCall[]): readonly number[] =>
  calls.map(messageWaitMs).filter((wait) => wait !== null);

async function report(world: WireWorld, options: QuietOptions, result: QuietResult): Promise<void> {
  const print = printer(`quiet/at_once=${options.atOnce}/seed=${options.seed}`);
  const [ours, floor] = [waits(result.calls), waits(result.floor)];
  printSpread(print, 'greeting_end_to_message', ours);
  printSpread(print, 'floor_greeting_end_to_message', floor);
  print('median_over_floor', quantile(ours, 0.5) / quantile(floor, 0.5), 'ratio');
  print('over_2000_ms', result.late, '1');
  print('never_heard', result.neverHeard, '1');
  print('heard_more_than_once', result.calls.filter(({ hearing }) => hearing.messageStarts > 1).length, '1');
  print('not_one_result', result.wrongResults, '1');
  print('counters_equal_ledger', result.sameCounts ? 1 : 0, '1');
  print('ledger_verifies', result.verifies ? 1 : 0, '1');
  const { p99Ms, maxMs } = await world.listener.delay();
  print('listener_loop_delay_p99', p99Ms, 'ms');
  print('listener_loop_delay_max', maxMs, 'ms');
}

/** The same persons, called by Asterisk alone. */
async function floorWave(
  world: WireWorld,
  count: number,
  answerAfterMs: () => number,
): Promise<readonly HeardCall[]> {
  const expected = await Promise.all(
    world.numbers.take(count).map((number) => world.listener.expect(plainScript(number))),
  );
  await inBatches(expected, (one) => originate(world, one));
  await Promise.all(expected.map(({ ringing }) => ringing));
  for (const { script } of expected) world.listener.answer(script.number, answerAfterMs());
  return allOver(
    world,
    expected.map((one) => ({ callId: randomUUID(), campaign: 'floor', expected: one, answer: null })),
  );
}

async function originate(world: WireWorld, { script }: Expected): Promise<void> {
  const { url, user, password } = world.asterisk.ari;
  const answer = await fetch(`${url}/ari/channels`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      endpoint: `PJSIP/${script.number}@carrier`,
      context: 'floor',
      extension: 's',
      priority: 1,
      timeout: 30,
    }),
  });
  if (!answer.ok) throw new Error(`the floor's call was refused: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}
