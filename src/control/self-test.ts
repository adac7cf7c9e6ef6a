/**
 * Screens the seeds of the self-test through the code that decides calls, in a dry run: nothing is reserved, nobody is dialed. Each seed
 * is an entry of the ledger with its answer; one that a list did not hold is an alarm in the log, on the feed and in the figures.
 * INVARIANT (seed-never-dialed): this file decides and writes; it has no hand on the exchange.
 */
import type { CampaignId } from '../domain/ids.ts';
import type { LedgerDraft } from '../domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../domain/origination.ts';
import { type PhoneNumber, redactNumber } from '../domain/phone-number.ts';
import {
  isAlarm,
  type SeedAnswer,
  seedAnswer,
  type SeedReason,
  type SelfTestSeed,
  type SelfTestSettings,
  worstAnswer,
} from '../domain/self-test.ts';
import { addMs, formatInstant, HOUR_MS, type Instant, MINUTE_MS } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import { messageOf } from './deadline.ts';
import { createTurns } from './in-turn.ts';
import type { Screened, ScreenInput } from './operations.ts';
import type { Station } from './sidecar.ts';

/** What was decided for one campaign and should have been otherwise. */
export interface SeedFailure {
  readonly campaignId: CampaignId;
  readonly verdict: 'permit' | 'veto';
  readonly reasons: readonly string[];
}

export interface SeedResult {
  readonly number: PhoneNumber;
  readonly expects: SeedReason;
  readonly answer: SeedAnswer;
  /** Campaigns it was screened for. */
  readonly campaigns: number;
  /** Those whose decision was not as it must be, the first hundred. */
  readonly failures: readonly SeedFailure[];
}

export interface SelfTestRun {
  readonly runId: string;
  readonly at: Instant;
  readonly policyHash: string;
  readonly seeds: readonly SeedResult[];
}

export interface SelfTest {
  /** Now; every seed is in the ledger when this resolves. `by`: who asks. Rejects when the ledger cannot be written. */
  run(by: string): Promise<SelfTestRun>;
  /** The newest of this process; null: none yet. */
  last(): SelfTestRun | null;
  /** Since when there should have been one: this process began. */
  readonly since: Instant;
  readonly seeds: number;
}

export const NO_SELF_TEST: SelfTestSettings = { everyHours: 24, seeds: [] };

/** INVARIANT (nothing-screened-is-no-pass). */
export const hasPassed = ({ seeds }: SelfTestRun): boolean =>
  seeds.length > 0 && !seeds.some(({ answer }) => isAlarm(answer));

const FAILURES_KEPT = 100;
/** One that was not passed is repeated within the hour: then it shows whether it was mended, or was a store's bad minute. */
const REPEAT_HOURS = 1;
/** Looks whether one is due. */
const TICK_MS = MINUTE_MS;

export function createSelfTest(
  station: Pick<Station, 'clock' | 'ledger' | 'log' | 'newCallId' | 'inForce'>,
  { seeds }: SelfTestSettings,
  decide: (input: ScreenInput) => Promise<Screened>,
): SelfTest {
  const { clock, ledger, log } = station;
  let newest: SelfTestRun | null = null;
  const inTurn = createTurns();

  async function screen({ number, expects, campaigns }: SelfTestSeed): Promise<SeedResult> {
    const inForce = [...station.inForce().campaigns.keys()];
    const asked = campaigns.length === 0 ? inForce : inForce.filter((id) => campaigns.includes(id));
    const answers: SeedAnswer[] = [];
    const failures: SeedFailure[] = [];
    // One after the other, and others have the event loop between two: calls do not wait for this.
    for (const campaignId of asked) {
      const { decision } = await decide(seedInput(number, campaignId));
      const answer = seedAnswer(decision, expects);
      answers.push(answer);
      if (!isAlarm(answer) || failures.length === FAILURES_KEPT) continue;
      const reasons = decision.kind === 'veto' ? decision.reasons.map(({ code }) => code) : [];
      failures.push({ campaignId, verdict: decision.kind, reasons });
    }
    return { number, expects, answer: worstAnswer(answers), campaigns: asked.length, failures };
  }

  function alarm({ number, expects, answer, failures }: SeedResult): void {
    const seed = { number: redactNumber(number), expects, answer };
    if (answer === 'untested') {
      log.error(seed, 'self-test: no campaign is in force for which a number could be screened');
    }
    for (const { campaignId, verdict, reasons } of failures) {
      log.error(
        { ...seed, campaignId, verdict, reasons: reasons.join(' ') },
        'self-test: a number that is known to be listed was not held by its list',
      );
    }
  }

  async function run(by: string): Promise<SelfTestRun> {
    const at = clock.now();
    const runId = `self-test-${station.newCallId()}`.slice(0, 64);
    const policyHash = station.inForce().policy.hash;
    const results: SeedResult[] = [];
    for (const seed of seeds) {
      const result = await screen(seed);
      // Before the ledger is asked: an alarm does not wait for a store.
      if (isAlarm(result.answer)) alarm(result);
      results.push(result);
    }
    const made: SelfTestRun = { runId, at, policyHash, seeds: results };
    newest = made;
    for (const result of results) await ledger.append(selfTestDraft(made, result, by));
    return made;
  }

  return {
    run: (by) => inTurn(() => run(by)),
    last: () => newest,
    since: clock.now(),
    seeds: seeds.length,
  };
}

/** At once, then every `everyHours` from the last that reached the ledger; one that could not be made is tried again within a minute. */
export function repeatSelfTest(
  { clock, log }: Pick<Station, 'clock' | 'log'>,
  { everyHours, seeds }: SelfTestSettings,
  test: SelfTest,
  mayRun: () => boolean,
): { stop(): void } {
  let due = clock.now();
  let timer: Timer | null = null;
  let stopped = false;
  const tick = async (): Promise<void> => {
    if (clock.now() < due || !mayRun()) return;
    const made = await test.run('schedule');
    due = addMs(made.at, (hasPassed(made) ? everyHours : REPEAT_HOURS) * HOUR_MS);
  };
  const again = (afterMs: number): void => {
    timer = clock.after(afterMs, () => {
      void tick()
        .catch((error: unknown) => log.warn({ problem: messageOf(error) }, 'self-test: will be tried again'))
        .finally(() => {
          if (!stopped) again(TICK_MS);
        });
    });
  };
  if (seeds.length > 0) again(0);
  return {
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

/** As any dialer's question about a lead of which nothing but the number is known. */
const seedInput = (number: PhoneNumber, campaignId: CampaignId): ScreenInput => ({
  callId: null,
  campaignId,
  number,
  callerId: null,
  lead: NO_LEAD_FACTS,
  automated: false,
  door: 'cli',
  at: null,
});

const selfTestDraft = (
  { runId, at, policyHash }: SelfTestRun,
  { number, expects, answer, campaigns, failures }: SeedResult,
  by: string,
): LedgerDraft => ({
  kind: 'self_test',
  dedupeKey: `${runId} ${number} ${expects}`,
  body: {
    ...{ runId, number, expects, answer, campaigns, policyHash, by },
    failures: failures.map((each) => ({ ...each, reasons: [...each.reasons] })),
    testedAt: formatInstant(at),
  },
});
