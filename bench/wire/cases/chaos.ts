/**
 * Answered calls while the sidecar is killed or frozen and PostgreSQL, Redis and ARI are killed or stalled at moments drawn from
 * a seed. The person's own record is the oracle; then ledger and counters must tell the same.
 */
import { compare, judge, type Recorded, type Verdict } from '../chaos/verdict.ts';
import { FAULT_KINDS, type FaultKind, heal, tellFault } from '../chaos/faults.ts';
import { type ChaosWave, chaosWave } from '../chaos/wave.ts';
import type { HeardCall } from '../calls.ts';
import { note, type Print, printer, printSpread } from '../figures.ts';
import { countersOf, type Exported, exportLedger } from '../ledger.ts';
import { DROPS, openWireWorld, TALKS, type WireWorld } from '../world.ts';

export interface ChaosOptions {
  /** Answered calls: waves go on until there are so many. */
  readonly calls: number;
  readonly atOnce: number;
  readonly seed: number;
  readonly kinds: readonly [FaultKind, ...FaultKind[]];
  /** Only this wave, to see one again. */
  readonly onlyWave: number | null;
}

export const ALL_FAULTS = FAULT_KINDS;
const PHONES = 3;
const NOT_BEGUN_MAX = 5;
/** Longer than the lease of a call that nobody can settle. */
const SETTLED_WITHIN_MS = 150_000;

export interface ChaosResult {
  readonly answered: number;
  readonly verdicts: readonly Verdict[];
  readonly recorded: readonly Recorded[];
  /** Permits without a result, answered or not. */
  readonly permitsWithoutResult: number;
  readonly optOutsLost: number;
  readonly sameCounts: boolean;
  readonly verifies: boolean;
}

export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const phones = Math.min(PHONES, options.atOnce - 1);
  const world = await openWireWorld({
    name: 'wire-chaos',
    lines: options.atOnce,
    phones,
    redis: true,
    relay: true,
  });
  try {
    const waves: ChaosWave[] = [];
    const answered = (): number => waves.reduce((sum, { calls }) => sum + calls.length, 0);
    if (options.onlyWave !== null) waves.push(await chaosWave(world, options.onlyWave, options));
    else {
      for (let wave = 1; answered() < options.calls; wave += 1) {
        // Nobody is called in a wave that cannot begin; that again and again is a sidecar that does not come back.
        const lived = await chaosWave(world, wave, options).catch((error: unknown) => {
          note(`chaos: wave ${wave} did not begin: ${String(error)}`);
          return null;
        });
        if (lived !== null) waves.push(lived);
        else if (wave - waves.length > NOT_BEGUN_MAX) throw new Error('too many waves did not begin');
      }
    }
    return await conclude(world, waves, options);
  } finally {
    await world.close();
  }
}

async function conclude(
  world: WireWorld,
  waves: readonly ChaosWave[],
  options: ChaosOptions,
): Promise<ChaosResult> {
  await heal(world);
  const counted = [
    { campaign: DROPS, ...(await countersOf(world, DROPS, SETTLED_WITHIN_MS)) },
    { campaign: TALKS, ...(await countersOf(world, TALKS, SETTLED_WITHIN_MS)) },
  ];
  const ledger = await exportLedger(world);
  const judged = waves.flatMap((wave) => wave.calls.map((call) => judgedCall(wave, call, ledger)));
  for (const each of judged) if (each.remarks.length > 0) note(tell(each, options.seed));
  const result: ChaosResult = {
    answered: judged.length,
    verdicts: judged.map(({ verdict }) => verdict),
    recorded: judged.map(({ recorded }) => recorded),
    permitsWithoutResult: [...ledger.permits].filter((callId) => !ledger.results.has(callId)).length,
    optOutsLost: judged.filter(({ remarks }) => remarks.includes('opt-out lost')).length,
    sameCounts: counted.every(({ campaign, liveAnswers, drops }) => {
      const tally = ledger.tallies.get(campaign) ?? { liveAnswers: 0, drops: 0 };
      note(`${campaign}: counters ${drops} of ${liveAnswers}, ledger ${tally.drops} of ${tally.liveAnswers}`);
      return tally.drops === drops && tally.liveAnswers === liveAnswers;
    }),
    verifies: ledger.verifies,
  };
  report(printer(`chaos/at_once=${options.atOnce}/seed=${options.seed}`), waves, judged, result);
  return result;
}

interface Judged {
  readonly wave: ChaosWave;
  readonly call: HeardCall;
  readonly verdict: Verdict;
  readonly recorded: Recorded;
  readonly outcomes: readonly string[];
  readonly remarks: readonly string[];
}

function judgedCall(wave: ChaosWave, call: HeardCall, ledger: Exported): Judged {
  const verdict = judge(call);
  const outcomes = ledger.results.get(call.callId) ?? [];
  const recorded = compare(verdict.lived, outcomes);
  const optedOut = call.record.keys.some(({ upAt }) => upAt >= (call.hearing.messageAt ?? Infinity));
  const remarks = [
    ...(verdict.late ? [`late: ${verdict.lived}`] : []),
    ...(verdict.heardTwice ? ['heard twice'] : []),
    ...(recorded === 'right' ? [] : [`recorded: ${recorded}`]),
    ...(optedOut && !ledger.optOuts.has(call.callId) ? ['opt-out lost'] : []),
    ...(call.hearing.strangeFrames > 0 ? [`${call.hearing.strangeFrames} strange frames`] : []),
  ];
  return { wave, call, verdict, recorded, outcomes, remarks };
}

const isSilent = ({ call }: Judged): boolean => !call.script.speaks;

function report(
  print: Print,
  waves: readonly ChaosWave[],
  judged: readonly Judged[],
  result: ChaosResult,
): void {
  const waits = (of: readonly Judged[]): readonly number[] =>
    of.flatMap(({ verdict }) => (verdict.waitMs === null ? [] : [verdict.waitMs]));
  const count = (holds: (each: Judged) => boolean): number => judged.filter(holds).length;
  print('waves', waves.length, '1');
  print(
    'faults',
    waves.reduce((sum, { faults }) => sum + faults.length, 0),
    '1',
  );
  print('answered', judged.length, '1');
  for (const lived of ['message', 'agent', 'hung_up', 'cut', 'never'] as const) {
    print(
      `lived_${lived}`,
      count(({ verdict }) => verdict.lived === lived),
      '1',
    );
  }
  printSpread(print, 'greeting_end_to_voice', waits(judged.filter((each) => !isSilent(each))));
  printSpread(print, 'answer_of_silent_person_to_voice', waits(judged.filter(isSilent)));
  print(
    'over_2000_ms',
    count((each) => each.verdict.late && !isSilent(each)),
    '1',
  );
  print(
    'over_2000_ms_silent_person',
    count((each) => each.verdict.late && isSilent(each)),
    '1',
  );
  print(
    'heard_twice',
    count(({ verdict }) => verdict.heardTwice),
    '1',
  );
  for (const recorded of ['lost', 'twice', 'drop_not_counted', 'counted_as_drop', 'other'] as const) {
    print(
      `recorded_${recorded}`,
      count((each) => each.recorded === recorded),
      '1',
    );
  }
  print('permits_without_result', result.permitsWithoutResult, '1');
  print('opt_outs_lost', result.optOutsLost, '1');
  print('counters_equal_ledger', result.sameCounts ? 1 : 0, '1');
  print('ledger_verifies', result.verifies ? 1 : 0, '1');
}

/** One line with everything that is needed to see it again. Instants count from the start of the wave. */
function tell({ wave, call, verdict, outcomes, remarks }: Judged, seed: number): string {
  const since = (at: number | null): string => (at === null ? '-' : (at - wave.startedAt).toFixed(0));
  const { record, hearing } = call;
  return [
    `seed ${seed} wave ${wave.wave} ${call.callId} ${call.campaign}: ${remarks.join(', ')}`,
    `faults ${wave.faults.map(tellFault).join(' ')}`,
    `answered ${since(record.answeredAt)} greeting ${since(record.spokeAt)}..${since(record.greetingEndAt)}`,
    `voice ${since(hearing.firstVoicedAt)}..${since(hearing.lastVoicedAt)} wait ${verdict.waitMs?.toFixed(0) ?? '-'}`,
    `share ${hearing.messageShare.toFixed(2)} hole ${hearing.holeMs.toFixed(0)}`,
    `keys ${record.keys.map(({ upAt }) => since(upAt)).join(' ') || '-'}`,
    `ended ${since(record.endedAt)} by ${record.endedBy}; ledger ${outcomes.join(' ') || '-'}`,
  ].join('; ');
}
