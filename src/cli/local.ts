/** What the commands that work on this machine need of stores, prompts and Asterisk sources; `serve` itself is `main`. */
import { join } from 'node:path';
import { describeSources } from '../../scripts/asterisk/find-asterisk.ts';
import { loadPrompts } from '../adapters/audio/load-prompts.ts';
import type { ImportListener } from '../adapters/files/import-list.ts';
import { TrustFileError } from '../adapters/certificates/trust.ts';
import { openIdentityVerifier } from '../adapters/certificates/open-verifier.ts';
import { announceLists } from '../adapters/postgres/announce-lists.ts';
import { runningEmbeddedUrl } from '../adapters/postgres/embedded.ts';
import { postgresLedgerKeeper } from '../adapters/postgres/ledger-keeper.ts';
import { connectionOf, openPostgres, type PostgresStore } from '../adapters/postgres/open.ts';
import { postgresPersonData } from '../adapters/postgres/person-data.ts';
import { postgresPersonEraser } from '../adapters/postgres/person-eraser.ts';
import { readEntries } from '../adapters/postgres/ledger-rows.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../config/config.ts';
import { loadLaw } from '../config/load-law.ts';
import { loadConfig } from '../config/load.ts';
import { loadRetention } from '../config/load-retention.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { Log } from '../ports/log.ts';
import { promptKindsOf } from '../ports/prompts.ts';
import { CommandFailed, EXIT } from './io.ts';
import { amiProxyNeeds } from './doctor/ami-proxy-needs.ts';
import { attestationNeeds } from './doctor/attestation.ts';
import { probe } from './doctor/probes.ts';
import { recordingFinding } from './doctor/recordings.ts';
import { signedCallerFinding } from './doctor/signed-callers.ts';
import { importLocally, listFindings, listsOn, storedLists } from './local-lists.ts';
import { renderPrompts } from './prompts.ts';
import type { EntryFilter, Finding, LedgerSource, Place, PromptStatus, Wiring } from './wiring.ts';

const PAGE = 5_000;
/** A command says what it has to say itself. */
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export const localWiring: Omit<Wiring, 'serve'> = {
  async openLedger(place) {
    const store = await storeOf(place, place.databaseUrl);
    return ledgerSource(store);
  },
  async openKeeper(place) {
    return postgresLedgerKeeper(await storeOf(place, place.databaseUrl), systemClock());
  },
  async openPersonData(place) {
    return postgresPersonData(await storeOf(place, place.databaseUrl));
  },
  async openEraser(place) {
    return postgresPersonEraser(await storeOf(place, place.databaseUrl), systemClock());
  },
  listsOn: async (place, number) => listsOn(mustLoad(place), number),
  loadRetention(place) {
    const rules = join(place.configDirectory, 'rules');
    const law = loadLaw(rules);
    if (!law.ok) throw new CommandFailed(EXIT.usage, law.problems.join('\n'));
    const { recordRetentionYears, recordingRetention } = law.law.federal;
    const loaded = loadRetention(rules, {
      recordYears: recordRetentionYears.value,
      recordingYears: Math.max(...recordingRetention.map(({ years }) => years)),
    });
    if (!loaded.ok) throw new CommandFailed(EXIT.usage, loaded.problems.join('\n'));
    return loaded;
  },
  loadPolicy: (place) => mustLoad(place).document,
  tokenFile(place) {
    const { tokenFile } = mustLoad(place).http;
    if (tokenFile !== null) return tokenFile;
    throw new CommandFailed(
      EXIT.usage,
      'http.tokenFile is not set in breakwater.yaml',
      'set it, or use --file',
    );
  },
  loadForDoctor(place) {
    const loaded = load(place);
    if (!loaded.ok) return Promise.resolve(loaded);
    const { http, agi, asterisk, campaigns, dialLevels, hep, encryption } = loaded.config;
    const exchangeFindsMachines = campaigns.some(
      ({ machineDetection }) => machineDetection?.by === 'asterisk',
    );
    const amiNeeds = {
      userEvents: dialLevels.userEvent,
      queues: campaigns.some(({ agents }) => agents.queues !== undefined),
    };
    return Promise.resolve({
      ok: true,
      config: {
        ...{ http, agi, asterisk, campaigns: campaigns.length, exchangeFindsMachines, amiNeeds },
        amiTls: encryption.ami,
        attestation: attestationNeeds(hep.port, campaigns),
        ...amiProxyNeeds(loaded.config),
      },
    });
  },
  async probes(place, nowMs = () => Date.now()) {
    const loaded = load(place);
    return loaded.ok
      ? [
          ...(await listFindings(loaded.config)),
          await storeFinding(loaded.config),
          await recordingFinding(loaded.config),
          signedCallerFinding(loaded.config, systemClock(), SILENT),
          ...(await probe(loaded.config, { nowMs, path: place.env['PATH'] ?? '' })),
        ]
      : [];
  },
  describeSources: () => Promise.resolve(describeSources()),
  importList: async (place, order, listener) => {
    const config = mustLoad(place);
    const outcome = await importLocally(config, order, listener);
    if (outcome.kind === 'imported') await tellSidecars(config, listener);
    return outcome;
  },
  storedLists: async (place, verify) => storedLists(mustLoad(place), verify),
  async renderPrompts(place, progress) {
    const config = mustLoad(place);
    await renderPrompts(config, { progress });
    return statusOf(config);
  },
  checkPrompts: (place) => Promise.resolve(statusOf(mustLoad(place))),
  explainIdentity: async (place, call) => {
    try {
      return await openIdentityVerifier(mustLoad(place), systemClock(), SILENT).explain(call);
    } catch (error) {
      if (!(error instanceof TrustFileError)) throw error;
      throw new CommandFailed(EXIT.usage, error.message);
    }
  },
};

const load = (place: Place): ReturnType<typeof loadConfig> =>
  loadConfig({ directory: place.configDirectory, env: place.env, loadLaw });

function mustLoad(place: Place): Config {
  const loaded = load(place);
  if (!loaded.ok) throw new CommandFailed(EXIT.usage, loaded.problems.join('\n'));
  return loaded.config;
}

function statusOf(config: Config): readonly PromptStatus[] {
  const prompts = loadPrompts(config);
  return config.campaigns.flatMap((campaign) =>
    promptKindsOf(campaign).map((kind) => {
      const prompt = prompts.prompt(campaign.id, kind);
      const detail = prompt.fit
        ? `${prompt.media}, ${(prompt.durationMs / 1_000).toFixed(1)} s`
        : prompt.problem;
      return { campaign: campaign.id, kind, fit: prompt.fit, detail };
    }),
  );
}

/** The named store, or the configured one; an embedded store that a sidecar runs is read through that sidecar's server. */
async function storeOf(place: Place, databaseUrl: string | null): Promise<PostgresStore> {
  if (databaseUrl !== null) {
    // An address may hold a password: it is not shown.
    if (!/^postgres(ql)?:\/\//.test(databaseUrl) || !URL.canParse(databaseUrl)) {
      throw new CommandFailed(
        EXIT.usage,
        '--database `(hidden)`: expected a postgres:// or postgresql:// address',
      );
    }
    return openPostgres({ url: databaseUrl });
  }
  const { stores, data, encryption } = mustLoad(place);
  if (stores.databaseUrl !== null) {
    return openPostgres({ url: stores.databaseUrl, authority: encryption.databaseAuthority });
  }
  const url = await runningEmbeddedUrl(data.directory);
  return openPostgres(url === undefined ? { embedded: { directory: data.directory } } : { url });
}

/** Where no sidecar runs nobody has to be told, and one that cannot be told looks for itself. */
async function tellSidecars(
  { stores, data, encryption, listImports }: Config,
  told: ImportListener,
): Promise<void> {
  const { databaseUrl } = stores;
  const url = databaseUrl ?? (await runningEmbeddedUrl(data.directory));
  if (url === undefined) return;
  const authority = databaseUrl === null ? null : encryption.databaseAuthority;
  await announceLists(connectionOf({ url, authority })).catch((error: unknown) => {
    const problem = error instanceof Error ? error.message : String(error);
    told.note?.(
      `the store cannot tell running sidecars; they look within ${listImports.pollSeconds} s: ${problem}`,
    );
  });
}

function ledgerSource(store: PostgresStore): LedgerSource {
  return {
    async *entries(filter: EntryFilter = {}): AsyncGenerator<LedgerEntry> {
      for (let { afterId = 0 } = filter; ;) {
        const page = await readEntries(store.pool, { ...filter, afterId, limit: PAGE });
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return;
        afterId = last.id;
      }
    },
    close: () => store.close(),
  };
}

async function storeFinding(config: Config): Promise<Finding> {
  const { databaseUrl } = config.stores;
  if (databaseUrl === null) {
    return { check: 'ledger store', state: 'ok', detail: `embedded, in ${config.data.directory}`, fix: null };
  }
  try {
    const store = await openPostgres({ url: databaseUrl, authority: config.encryption.databaseAuthority });
    await store.close();
    return { check: 'ledger store', state: 'ok', detail: 'PostgreSQL answers', fix: null };
  } catch (error) {
    return {
      check: 'ledger store',
      state: 'problem',
      detail: error instanceof Error ? error.message : String(error),
      fix: 'start PostgreSQL, or correct DATABASE_URL',
    };
  }
}
