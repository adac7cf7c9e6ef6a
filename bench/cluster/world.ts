/** The campaign, the persons and one sidecar's middle for `bench:cluster`: real stores, the real law, a dialer that places the calls. */
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import { postgresRecords } from '../../src/adapters/postgres/records.ts';
import { noExchange } from '../../src/adapters/asterisk/no-exchange.ts';
import { postgresCountersFence } from '../../src/adapters/postgres/counters-fence.ts';
import { openRedisCounters } from '../../src/adapters/redis/counters.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { type RunningSidecar, startSidecar } from '../../src/control/start-sidecar.ts';
import { consentDraft } from '../../src/control/record-entries.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { AgentId, CampaignId, WriterId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addMs, type Instant } from '../../src/domain/time.ts';
import type { Counters } from '../../src/ports/counters.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { at, CAMPAIGN, factsOf, LAW, policyOf } from '../../test/support/rules-world.ts';
import { writtenConsent } from '../../test/support/written-consent.ts';

export interface SidecarOrder {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly writer: string;
  /** Wall clock of all sidecars, across restarts: this many milliseconds beside the machine's. */
  readonly clockOffsetMs: number;
  readonly attemptsMax: number;
  readonly agents: number;
}

/** Noon of the mountains, morning on the coast: no zone that is called here is closed for hours. */
const STARTS_AT = at('2026-11-24T18:00:00Z');
export const clockOffsetNow = (): number => STARTS_AT - Date.now();

const LATE: ReadonlySet<string> = new Set(['GU', 'HI', 'AK', 'PR', 'VI', 'AS', 'MP']);
/** States whose law has a cap of its own on attempts would veto what the audit counts. */
const CAPPED: ReadonlySet<string> = new Set(['FL', 'OK', 'MD', 'TX', 'WA', 'LA', 'MS', 'CT', 'NJ']);

/** Fictional numbers, one line of each area code after the other. */
export const NUMBERS: readonly PhoneNumber[] = Array.from({ length: 100 }, (_, line) => line).flatMap(
  (line) =>
    Object.entries(LAW.areaCodes).flatMap(([code, known]) =>
      known.kind === 'us' && !LATE.has(known.state) && !CAPPED.has(known.state)
        ? [`+1${code}5550${100 + line}` as PhoneNumber]
        : [],
    ),
);

/** Where nothing but the stores stands against a call. */
export const HOME_NUMBERS = NUMBERS.filter((number) => /^\+1(303|719|720|970)/.test(number));

export const campaignOf = ({ attemptsMax }: Pick<SidecarOrder, 'attemptsMax'>): Campaign => ({
  ...CAMPAIGN,
  id: 'cluster' as CampaignId,
  dropRateMaxBp: 300,
  dialLevelMax: 1_000,
  attempts: { max: attemptsMax, perHours: 24 },
  attestation: { ...CAMPAIGN.attestation, minimum: 'none' },
  recording: { ...CAMPAIGN.recording, enabled: false },
  callerIds: CAMPAIGN.callerIds,
});

export interface Opened {
  readonly running: RunningSidecar;
  readonly counters: Counters;
  readonly ledger: Ledger;
  readonly campaign: Campaign;
  readonly now: () => Instant;
  readonly close: () => Promise<void>;
}

/** Longer than by default: on a busy machine a veto for want of time would hide what is measured. */
const DEADLINES = { factMs: 3_000, countersMs: 1_000, ledgerMs: 10_000 } as const;

export async function openSidecar(order: SidecarOrder): Promise<Opened> {
  const clock = systemClock(addMs(STARTS_AT, Date.now() + order.clockOffsetMs - STARTS_AT));
  const store = await openPostgres({ url: order.postgresUrl }, { readWithinMs: 30_000 });
  const ledger = await openPostgresLedger(store, {
    writer: order.writer as WriterId,
    clock,
    appendWithinMs: DEADLINES.ledgerMs,
  });
  const counters = openRedisCounters({ url: order.redisUrl, commandWithinMs: DEADLINES.countersMs });
  const campaign = campaignOf(order);
  const lists = factsOf({}).lists;
  if (!lists.known) throw new Error('the world has no lists');
  const say = (fields: object, message: string): void =>
    void process.stderr.write(`${order.writer}: ${message} ${JSON.stringify(fields)}\n`);
  const isLoud = process.env['BENCH_LOG'] !== undefined;
  const running = startSidecar({
    clock,
    ledger,
    records: postgresRecords(store),
    counters,
    countersFence: postgresCountersFence(store),
    telephony: noExchange(),
    recordings: { digest: () => Promise.resolve([]) },
    log: { info: isLoud ? say : () => undefined, warn: isLoud ? say : () => undefined, error: say },
    newCallId: () => 'unused',
    lists: { lookUp: () => Promise.resolve(lists.value), status: () => [] },
    prompts: {
      prompt: () => ({ fit: true, media: 'sound:breakwater/x', durationMs: 6_000, text: 'x', sha256: 'x' }),
    },
    campaigns: new Map([[campaign.id, campaign]]),
    policy: policyOf({}),
    limits: { ...DEADLINES, leaseAfterRingMs: 60_000, overrideDays: 366 },
  });
  return {
    running,
    counters,
    ledger,
    campaign,
    now: () => clock.now(),
    async close() {
      running.stop();
      await counters.close();
      await ledger.close();
      await store.close();
    },
  };
}

/** Tells of the agents as every sidecar sees them: each counts once, whoever tells. */
export async function seatAgents({ counters, campaign }: Opened, agents: number): Promise<void> {
  for (let index = 0; index < agents; index += 1)
    await counters.setAgent(campaign.id, `agent-${index}` as AgentId, 'ready', 'seen');
}

export async function fileConsents(
  { ledger, campaign }: Opened,
  numbers: readonly PhoneNumber[],
): Promise<void> {
  for (let from = 0; from < numbers.length; from += 1_000) {
    const some = numbers.slice(from, from + 1_000);
    await Promise.all(
      some.map((number) => ledger.append(consentDraft(writtenConsent(number, campaign.seller.id)))),
    );
  }
}
