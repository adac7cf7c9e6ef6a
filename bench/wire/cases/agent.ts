/**
 * Calls that find an agent at a real telephone: from the end of the greeting to the agent's voice at the person, or, where the
 * campaign connects at the answer, from the answer.
 */
import {
  allOver,
  allRinging,
  consent,
  expectCall,
  type HeardCall,
  inBatches,
  place,
  untilReady,
} from '../calls.ts';
import { diceOf } from '../dice.ts';
import { note, printer, printSpread } from '../figures.ts';
import { exportLedger } from '../ledger.ts';
import { AT_ANSWER, openWireWorld, TALKS, type WireWorld } from '../world.ts';

export interface AgentOptions {
  readonly calls: number;
  readonly atOnce: number;
  readonly seed: number;
  /** Bridged at the answer instead of at the end of the greeting. */
  readonly atAnswer: boolean;
}

export interface AgentResult {
  readonly calls: readonly HeardCall[];
  readonly waits: readonly number[];
  readonly neverHeard: number;
  readonly wrongResults: number;
}

const ANSWERS_WITHIN_MS = 1_000;
/** The person listens to the agent for so long, then hangs up. */
const TALKS_MS = 1_000;

export async function agent(options: AgentOptions): Promise<AgentResult> {
  const { atOnce, atAnswer } = options;
  const world = await openWireWorld({ name: 'wire-agent', lines: 1, phones: atOnce, atAnswer });
  try {
    return await measure(world, options);
  } finally {
    await world.close();
  }
}

async function measure(world: WireWorld, options: AgentOptions): Promise<AgentResult> {
  const dice = diceOf(options.seed);
  const campaign = options.atAnswer ? AT_ANSWER : TALKS;
  const calls: HeardCall[] = [];
  while (calls.length < options.calls) {
    const count = Math.min(options.atOnce, options.calls - calls.length);
    const numbers = world.numbers.take(count);
    await consent(world, numbers);
    await untilReady(world, campaign, world.phones.length);
    const placed = await Promise.all(
      numbers.map((number) =>
        expectCall(world, campaign, {
          number,
          speakAfterMs: 300,
          speaks: true,
          key: null,
          // At the answer the agent is heard before the greeting: the person still says it.
          hangUp: { afterMs: options.atAnswer ? 2 * TALKS_MS : TALKS_MS, since: 'voice' },
        }),
      ),
    );
    await inBatches(placed, (call) => place(world, call));
    const ringing = await allRinging(placed);
    if (ringing.length < count) throw new Error(`${count - ringing.length} phones do not ring`);
    for (const { expected } of ringing) {
      world.listener.answer(expected.script.number, dice.between(0, ANSWERS_WITHIN_MS));
    }
    calls.push(...(await allOver(world, ringing)));
    note(`agent: ${calls.length} of ${options.calls} calls`);
  }
  const ledger = await exportLedger(world);
  const waits = calls.flatMap(({ record, hearing }) => {
    const from = options.atAnswer ? record.answeredAt : record.greetingEndAt;
    return hearing.agentAt === null || from === null ? [] : [hearing.agentAt - from];
  });
  const result: AgentResult = {
    calls,
    waits,
    neverHeard: calls.filter(({ hearing }) => hearing.agentAt === null).length,
    wrongResults: calls.filter(({ callId }) => ledger.results.get(callId)?.join() !== 'connected').length,
  };
  const print = printer(
    `agent/connect=${options.atAnswer ? 'at_answer' : 'at_greeting_end'}/at_once=${options.atOnce}/seed=${options.seed}`,
  );
  printSpread(print, options.atAnswer ? 'answer_to_agent' : 'greeting_end_to_agent', waits);
  print('never_heard_agent', result.neverHeard, '1');
  print('not_one_result', result.wrongResults, '1');
  print('ledger_verifies', ledger.verifies ? 1 : 0, '1');
  return result;
}
