/**
 * Persons who press the key in the message: from its end to the last voiced packet, to the durable suppression and to the BYE;
 * and whether the next decision on that number is a veto.
 */
import { dropWave, type HeardCall, plainScript } from '../calls.ts';
import { type Dice, diceOf } from '../dice.ts';
import { note, printer, printSpread } from '../figures.ts';
import { exportLedger, type Exported } from '../ledger.ts';
import type { Script } from '../script.ts';
import { openWireWorld, type WireWorld } from '../world.ts';

export interface OptOutOptions {
  readonly calls: number;
  readonly atOnce: number;
  readonly seed: number;
}

export interface OptOutResult {
  readonly calls: readonly HeardCall[];
  /** By the person's clock: first packet that says the key is up -> last voiced packet; negative when none came after it. */
  readonly voiceAfterKey: readonly number[];
  /** By the sidecar's clock, whole ms: the key's event -> the ledger's answer that the entry is durable. */
  readonly keyToDurable: readonly number[];
  /** By the person's clock: the same end of the key -> BYE. The suppression is durable before it. */
  readonly keyToBye: readonly number[];
  readonly notVetoed: number;
  readonly notRecorded: number;
  readonly wrongResults: number;
}

const ANSWERS_WITHIN_MS = 1_000;
const EARLIEST_KEY_MS = 200;
const LATEST_KEY_MS = 5_000;

export async function optOut(options: OptOutOptions): Promise<OptOutResult> {
  const world = await openWireWorld({ name: 'wire-opt-out', lines: options.atOnce });
  try {
    return await measure(world, options);
  } finally {
    await world.close();
  }
}

export const pressing = (number: string, dice: Dice): Script => ({
  ...plainScript(number),
  key: { digit: '9', afterMs: dice.between(EARLIEST_KEY_MS, LATEST_KEY_MS), since: 'voice' },
});

async function measure(world: WireWorld, options: OptOutOptions): Promise<OptOutResult> {
  const dice = diceOf(options.seed);
  const calls: HeardCall[] = [];
  let notVetoed = 0;
  while (calls.length < options.calls) {
    const numbers = world.numbers.take(Math.min(options.atOnce, options.calls - calls.length));
    for (const number of numbers) world.numbers.spend(number);
    const scripts = numbers.map((number) => pressing(number, dice));
    const answerAfterMs = (): number => dice.between(0, ANSWERS_WITHIN_MS);
    calls.push(...(await dropWave(world, { scripts, answerAfterMs })));
    for (const number of numbers) {
      const { verdict, reasons } = await world.serve.client.request<{
        readonly verdict: string;
        readonly reasons: readonly { readonly code: string }[];
      }>('POST', '/v1/decisions', { number: `+${number}`, campaign: 'wire-drops' });
      const isListed = reasons.some(({ code }) => code === 'on_internal_list');
      if (verdict !== 'veto' || !isListed) notVetoed += 1;
    }
    note(`opt-out: ${calls.length} of ${options.calls} calls`);
  }
  const ledger = await exportLedger(world);
  const result = resultOf(calls, ledger, notVetoed);
  const print = printer(`opt-out/at_once=${options.atOnce}/seed=${options.seed}`);
  printSpread(print, 'key_end_to_last_voice', result.voiceAfterKey);
  printSpread(print, 'key_to_durable_sidecar_clock', result.keyToDurable);
  printSpread(print, 'key_end_to_bye', result.keyToBye);
  print('next_decision_not_vetoed', result.notVetoed, '1');
  print('not_recorded', result.notRecorded, '1');
  print('not_one_result', result.wrongResults, '1');
  print('ledger_verifies', ledger.verifies ? 1 : 0, '1');
  return result;
}

function resultOf(calls: readonly HeardCall[], ledger: Exported, notVetoed: number): OptOutResult {
  const pressed = calls.flatMap((call) => {
    const [key] = call.record.keys;
    return key === undefined ? [] : [{ ...call, key }];
  });
  return {
    calls,
    voiceAfterKey: pressed.map(({ key, hearing }) => (hearing.lastVoicedAt ?? 0) - key.upAt),
    keyToDurable: calls.flatMap(({ callId }) => {
      const timeline = ledger.timelines.get(callId);
      const [key, durable] = [timeline?.['opt_out_key'], timeline?.['opt_out_durable']];
      return key === undefined || durable === undefined ? [] : [Date.parse(durable) - Date.parse(key)];
    }),
    keyToBye: pressed.map(({ key, record }) => record.endedAt - key.upAt),
    notVetoed,
    notRecorded: calls.filter(({ callId }) => !ledger.optOuts.has(callId)).length,
    wrongResults: calls.filter(({ callId }) => ledger.results.get(callId)?.join() !== 'dropped').length,
  };
}
