/**
 * A sidecar's middle on a real Asterisk with people who answer, in this process: memory stores, the real law, rendered prompts.
 * For tests of the call flow itself; the whole program as a process is tested in `serve.test.ts`.
 */
import { mkdtemp, chmod, cp, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Endpoint } from '../../scripts/asterisk/config-files.ts';
import type { Person } from '../../scripts/callers/behaviour.ts';
import { openFloor, type Floor } from '../../scripts/callers/floor.ts';
import { openManagerDesk } from '../../src/adapters/asterisk/manager-desk.ts';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import { loadPrompts } from '../../src/adapters/audio/load-prompts.ts';
import { openBriefings } from '../../src/adapters/audio/spoken-briefings.ts';
import { renderAll } from '../../src/adapters/audio/render.ts';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import { openMemoryLedger, type MemoryLedger } from '../../src/adapters/memory/ledger.ts';
import { monitorRecordings } from '../../src/adapters/recordings/exchange-files.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadLaw } from '../../src/config/load-law.ts';
import type { ArchiveParts } from '../../src/control/recordings/keeper.ts';
import { type Given, startSidecar, type RunningSidecar } from '../../src/control/start-sidecar.ts';
import type { ListVersion } from '../../src/domain/facts.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { HOUSE } from './exchanges.ts';
import type { LocalDate } from '../../src/domain/time.ts';
import type { Telephony } from '../../src/ports/telephony.ts';

export interface Rig {
  readonly floor: Floor;
  readonly config: Config;
  readonly ledger: MemoryLedger;
  readonly telephony: Telephony;
  readonly running: RunningSidecar;
  close(): Promise<void>;
}

const HOME = resolve(import.meta.dirname, '../..');

/** Obtained three days before the rehearsal's day; nobody is on them. */
const FRESH_LISTS: readonly ListVersion[] = (
  [
    ['national', null],
    ['state', 'CO'],
    ['state', 'PA'],
    ['state', 'FL'],
  ] as const
).map(([kind, jurisdiction]) => ({
  name: `${kind} ${jurisdiction ?? ''}`.trim(),
  kind,
  jurisdiction,
  campaignId: null,
  version: '2026-11-20',
  obtainedOn: '2026-11-20' as LocalDate,
}));

export interface RigOptions {
  readonly name: string;
  readonly people: readonly Person[];
  /** Monday noon in Denver by default. */
  readonly startAt?: string;
  /** More campaign files, name to YAML. */
  readonly campaigns?: Readonly<Record<string, string>>;
  readonly dialplanText?: string;
  /** Of the endpoint through which agents call in. */
  readonly inboundSettings?: Readonly<Record<string, string>>;
  /** Keeps recordings; left out, they are only hashed. `directory` is the rig's own. */
  readonly archive?: (place: {
    readonly directory: string;
    readonly monitorDirectory: string;
    readonly ledger: MemoryLedger;
  }) => ArchiveParts;
  /** Dial levels are told by variable and UserEvent. */
  readonly tellsLevels?: boolean;
  /** Besides the people's. */
  readonly endpoints?: readonly Endpoint[];
  /** What else the sidecar is given. */
  readonly given?: Pick<Given, 'canary' | 'identity' | 'signedHere'>;
  /** More configuration of the exchange, file name to text. */
  readonly extraFiles?: Readonly<Record<string, string>>;
}

export async function openRig(options: RigOptions): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-rig-'));
  await chmod(directory, 0o755);
  const sounds = join(directory, 'sounds');
  await cp(join(HOME, 'config'), join(directory, 'config'), { recursive: true });
  for (const [name, yaml] of Object.entries(options.campaigns ?? {})) {
    await writeFile(join(directory, 'config/campaigns', name), yaml);
  }
  const config = mustLoad(directory, options.startAt ?? '2026-11-23T18:00:00Z', sounds);
  await renderAll(config.prompts, sounds);
  const floor = await openFloor({
    name: options.name,
    asterisk: {
      dialplan: [join(HOME, 'dialplan/breakwater.conf')],
      inboundContext: HOUSE.inboundContext,
      ...(options.inboundSettings === undefined ? {} : { inboundSettings: options.inboundSettings }),
      dialplanText: HOUSE.dialplanText + (options.dialplanText ?? ''),
      sounds: [{ as: 'breakwater', directory: sounds }],
      extraFiles: options.extraFiles ?? {},
      endpoints: options.endpoints ?? [],
    },
    people: options.people,
  });
  const clock = systemClock(config.clock.startAt);
  const ledger = openMemoryLedger({ writer: 'rig' as WriterId, clock });
  const log = openLog(process.env['RIG_LOG'] ?? 'silent');
  const { ari, ami } = floor.asterisk;
  const telephony = openAsterisk({ ari: { ...ari, application: 'breakwater' }, ami, log });
  const desk = openManagerDesk({ ami, log, nowMs: () => Date.now() });
  const running = startSidecar({
    clock,
    ledger,
    records: ledger.records,
    lists: { lookUp: () => Promise.resolve({ consulted: FRESH_LISTS, hits: [] }), status: () => [] },
    counters: memoryCounters(),
    telephony,
    prompts: loadPrompts(config),
    briefings: await openBriefings({ ...config.asterisk, writer: 'rig' }),
    queues: desk.queues,
    levelOutlets: options.tellsLevels === true ? [desk.levelVariables(), desk.levelEvents()] : [],
    recordings: monitorRecordings({ directory: floor.asterisk.monitorDirectory }),
    ...(options.archive === undefined
      ? {}
      : {
          archive: options.archive({ directory, monitorDirectory: floor.asterisk.monitorDirectory, ledger }),
        }),
    log,
    ...options.given,
    campaigns: new Map(config.campaigns.map((campaign) => [campaign.id, campaign])),
    policy: config.policy,
    limits: { factMs: 250, countersMs: 250, leaseAfterRingMs: 60_000, overrideDays: 366 },
    newCallId: randomUUID,
  });
  return {
    floor,
    config,
    ledger,
    telephony,
    running,
    async close() {
      running.stop();
      await desk.close();
      await telephony.close();
      await floor.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function mustLoad(directory: string, startAt: string, sounds: string): Config {
  const loaded = loadConfig({
    directory: join(directory, 'config'),
    env: {
      BREAKWATER_ENVIRONMENT: 'rehearsal',
      BREAKWATER_CLOCK_START: startAt,
      BREAKWATER_SOUNDS_DIRECTORY: sounds,
    },
    loadLaw,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
}
