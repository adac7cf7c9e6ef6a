/** A whole sidecar on a fake clock, a fake exchange and memory stores; for tests of control and for the simulation. */
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { type MemoryLedger, memoryLedgerStore, openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import type { SignedHereParts } from '../../src/control/attest/signed-here.ts';
import { countingWindows } from '../../src/control/counting-windows.ts';
import type { OriginationAnswer, OriginationInput, ScreenInput } from '../../src/control/operations.ts';
import type { LoadRuling } from '../../src/control/reload-ruling.ts';
import type { ArchiveParts } from '../../src/control/recordings/keeper.ts';
import type { Ruling } from '../../src/control/ruling.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import { type RunningSidecar, startSidecar } from '../../src/control/start-sidecar.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { CanarySettings } from '../../src/domain/canary.ts';
import type { SelfTestSettings } from '../../src/domain/self-test.ts';
import type { ListVersion } from '../../src/domain/facts.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { AgentId, CampaignId, WriterId } from '../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { Instant, LocalDate } from '../../src/domain/time.ts';
import type { Briefings } from '../../src/ports/briefings.ts';
import type { CampaignTally, Counters } from '../../src/ports/counters.ts';
import type { LevelOutlet } from '../../src/ports/level-outlets.ts';
import type { LogFields } from '../../src/ports/log.ts';
import type { QueueFloor } from '../../src/ports/queue-floor.ts';
import type { Script } from './called-person.ts';
import type { RecordingDigest } from '../../src/ports/recordings.ts';
import { fakeClock, type FakeClock, settle } from './fake-clock.ts';
import { fakeExchange, type FakeExchange } from './fake-exchange.ts';
import { CAMPAIGN, OWN_LIST_STATES, policyOf } from './rules-world.ts';
import { writtenConsent } from './written-consent.ts';

export const SOLAR: Campaign = {
  ...CAMPAIGN,
  dropRateMaxBp: 300,
  attestation: { ...CAMPAIGN.attestation, minimum: 'none' },
  recording: { ...CAMPAIGN.recording, enabled: false },
  greeting: { silenceMs: 500, talkThreshold: 256, noiseThreshold: 1_024, longestMs: 4_000 },
  agents: {
    ...CAMPAIGN.agents,
    members: ['ann', 'bob', 'cleo', 'dan'] as AgentId[],
    wrapUpSeconds: 2,
  },
};

/** As the exchange would have left it: the hash is of the name. */
export const hashedFile = (file: string): RecordingDigest => ({
  file,
  sha256: sha256Hex(file),
  bytes: file.length,
  problem: null,
});

export interface World {
  readonly clock: FakeClock;
  readonly exchange: FakeExchange;
  readonly ledger: MemoryLedger;
  readonly counters: Counters;
  readonly sidecar: Sidecar;
  running: RunningSidecar;
  /** What the next reload finds. */
  load: LoadRuling;
  /** Log lines of level warn and error. */
  readonly complaints: { readonly fields: LogFields; readonly message: string }[];
  originate(number: string, more?: Partial<OriginationInput>): Promise<OriginationAnswer>;
  input(number: string, more?: Partial<ScreenInput>): ScreenInput;
  consent(number: string): Promise<void>;
  tally(campaign?: Campaign): Promise<CampaignTally>;
  results(callId?: string): readonly LedgerEntry[];
  /** A new life of the same sidecar on the same stores and the same exchange. */
  /** `configReadAt`: when the reading of its configuration began; left out: now. */
  restart(configReadAt?: Instant): void;
}

export interface WorldOptions {
  readonly startAt?: string;
  readonly campaigns?: readonly Campaign[];
  readonly script?: () => Script;
  readonly counters?: (counters: Counters) => Counters;
  /** How many persons have consented; their numbers are `personNumber(0)` and on. */
  readonly persons?: number;
  /** Left out: recordings are hashed where they lie. */
  readonly archive?: Omit<ArchiveParts, 'records'>;
  /** Left out: no queues. */
  readonly queues?: QueueFloor;
  /** Left out: nobody outside is told of dial levels. */
  readonly levelOutlets?: readonly LevelOutlet[];
  /** Left out: nothing is spoken to agents. */
  readonly briefings?: Briefings;
  /** Left out: nobody mirrors what the exchange sends. */
  readonly signedHere?: SignedHereParts;
  /** Left out: no canary is placed. */
  readonly canary?: CanarySettings;
  /** Left out: no number is known to be listed. */
  readonly selfTest?: SelfTestSettings;
  /** Is the number on the national registry? Left out: none is. */
  readonly isListed?: (number: PhoneNumber) => boolean;
}

/** `+1303555` and 0100 to 0199. */
export const personNumber = (index: number): string => `+1303555${String(100 + index).padStart(4, '0')}`;

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { startAt = '2026-11-24T18:00:00Z', campaigns = [SOLAR] } = options;
  const clock = fakeClock(startAt);
  const exchange = fakeExchange(clock, options.script);
  const ledger = openMemoryLedger({
    writer: 'sim' as WriterId,
    clock,
    store: memoryLedgerStore(),
  });
  const counters = (options.counters ?? ((same) => same))(memoryCounters());
  const complaints: World['complaints'] = [];
  const complain = (fields: LogFields, message: string): void => void complaints.push({ fields, message });
  let calls = 0;
  const ruling: Ruling = {
    lists: {
      lookUp: (number) =>
        Promise.resolve({
          consulted: freshLists(startAt),
          hits: options.isListed?.(number) === true ? ['national'] : [],
        }),
      status: () => [],
    },
    prompts: {
      prompt: () => ({ fit: true, media: 'sound:breakwater/x', durationMs: 6_000, text: 'x', sha256: 'x' }),
    },
    campaigns: new Map(campaigns.map((campaign) => [campaign.id, campaign])),
    policy: { ...policyOf({}), permitValidMs: 5_000 },
    limits: { factMs: 250, countersMs: 250, leaseAfterRingMs: 60_000, overrideDays: 366 },
    retired: new Map(),
  };
  const sidecar: Sidecar = {
    clock,
    ledger,
    records: ledger.records,
    counters,
    telephony: exchange,
    recordings: { digest: (files) => Promise.resolve(files.map(hashedFile)) },
    log: { info: () => undefined, warn: complain, error: complain },
    ...(options.briefings === undefined ? {} : { briefings: options.briefings }),
    ...(options.queues === undefined ? {} : { queues: options.queues }),
    ...(options.levelOutlets === undefined ? {} : { levelOutlets: options.levelOutlets }),
    newCallId: () => `call-${(calls += 1)}`,
    ...ruling,
    inForce: () => ruling,
  };
  const input: World['input'] = (number, more = {}) => ({
    callId: null,
    campaignId: campaigns[0]?.id ?? '',
    number,
    callerId: null,
    lead: NO_LEAD_FACTS,
    automated: false,
    door: 'http',
    at: null,
    ...more,
  });
  const archive =
    options.archive === undefined
      ? {}
      : { archive: { ...options.archive, records: ledger.records.recordings } };
  const signedHere = options.signedHere === undefined ? {} : { signedHere: options.signedHere };
  const canary = options.canary === undefined ? {} : { canary: options.canary };
  const selfTest = options.selfTest === undefined ? {} : { selfTest: options.selfTest };
  const begin = (configReadAt = clock.now()): RunningSidecar =>
    startSidecar({
      ...{ ...sidecar, ...archive, ...signedHere, ...canary, ...selfTest },
      loadRuling: () => world.load(),
      configReadAt,
    });
  const world: World = {
    clock,
    exchange,
    ledger,
    counters,
    sidecar,
    running: begin(),
    load: () => Promise.resolve({ ok: false, problems: ['nothing to load'] }),
    complaints,
    input,
    // Bounded by the clock, which stands still while we wait: let it go on beside.
    originate: (number, more) =>
      alongside(clock, world.running.operations.originate({ ...input(number), ...more })),
    async consent(number) {
      const given = writtenConsent(number as PhoneNumber, SOLAR.seller.id, {
        consentId: `consent-${number}`,
      });
      await world.running.operations.recordConsent(given);
    },
    tally: (campaign = SOLAR) =>
      counters.tally(campaign.id, clock.now(), countingWindows(campaign, clock.now())),
    results: (callId) =>
      ledger.store.entries.filter(
        (entry) => entry.kind === 'call_result' && (callId === undefined || entry.body['callId'] === callId),
      ),
    restart(configReadAt) {
      world.running.stop();
      world.running = begin(configReadAt);
    },
  };
  await clock.go(10);
  for (let index = 0; index < (options.persons ?? 10); index += 1) await world.consent(personNumber(index));
  return world;
}

/** Waits for a promise while time goes on. */
export async function alongside<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let done = false;
  const finished = promise.finally(() => {
    done = true;
  });
  finished.catch(() => undefined);
  await settle();
  while (!done) await clock.go(1);
  return finished;
}

export const outcomesOf = (entries: readonly LedgerEntry[]): readonly string[] =>
  entries.map((entry) => textOf(entry, 'outcome'));

export const otherCampaign = (id: string, more: Partial<Campaign> = {}): Campaign => ({
  ...SOLAR,
  id: id as CampaignId,
  offer: `offer of ${id}`,
  ...more,
});

function freshLists(startAt: string): readonly ListVersion[] {
  const obtainedOn = new Date(Date.parse(startAt) - 3 * 86_400_000).toISOString().slice(0, 10) as LocalDate;
  const version = (kind: ListVersion['kind'], jurisdiction: string | null): ListVersion => ({
    name: `${kind} ${jurisdiction ?? ''}`.trim(),
    kind,
    jurisdiction,
    campaignId: null,
    version: '1',
    obtainedOn,
  });
  return [version('national', null), ...OWN_LIST_STATES.map((state) => version('state', state))];
}
