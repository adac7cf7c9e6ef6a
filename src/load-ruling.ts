/**
 * From files to what decisions stand on, for a start and for a reload alike: the same checks, the same entries in the ledger.
 * Only `main` uses it.
 */
import { loadPromptsInTurns } from './adapters/audio/load-prompts.ts';
import { type LiveLists, openDoNotCallLists } from './adapters/files/do-not-call-lists.ts';
import { type FileList, loadFileLists } from './adapters/files/file-lists.ts';
import { listsFolder } from './adapters/files/list-store.ts';
import type { Config, LoadedConfig } from './config/config.ts';
import { loosenedSettings } from './config/house-defaults.ts';
import { settingsThatNeedRestart } from './config/live-settings.ts';
import { campaignDraft } from './control/campaign-entry.ts';
import { toJson } from './control/decision-entry.ts';
import type { LoadedRuling } from './control/reload-ruling.ts';
import type { NewRuling } from './control/ruling.ts';
import { listLoaded } from './control/watch-lists.ts';
import type { LedgerDraft } from './domain/ledger-entry.ts';
import type { LoadedList } from './ports/fact-sources.ts';
import type { Log } from './ports/log.ts';
import type { Prompts } from './ports/prompts.ts';

/** What the process runs on, with the lists it looks for new versions of. */
export interface Loaded {
  readonly config: Config;
  readonly lists: LiveLists;
  readonly prompts: Prompts;
}

/** Gives everybody else a turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function openRuling(
  config: Config,
  files: readonly FileList[],
  log: Log,
  before?: LiveLists,
): Promise<{ readonly ruling: NewRuling; readonly lists: LiveLists }> {
  for (const setting of loosenedSettings(config)) {
    log.warn({ setting }, 'looser than the default: it counts only under an override');
  }
  const prompts = await loadPromptsInTurns(config, turn);
  const lists = await openLists(config, files, log, before);
  return { ruling: rulingOf(config, prompts, lists), lists };
}

const rulingOf = (config: Config, prompts: Prompts, lists: LiveLists): NewRuling => ({
  policy: config.policy,
  campaigns: new Map(config.campaigns.map((campaign) => [campaign.id, campaign])),
  prompts,
  lists,
  limits: {
    factMs: config.deadlines.factMs,
    countersMs: config.deadlines.countersMs,
    leaseAfterRingMs: config.leases.afterRingSeconds * 1_000,
    overrideDays: config.overrides.longestDays,
  },
});

/** What stands behind the decisions to come: under which policy, with which lists, for which campaigns. */
export function announcement(
  config: Config,
  { prompts, lists }: Pick<NewRuling, 'prompts' | 'lists'>,
  /** Versions that are in the ledger already, as `contentOf` names them. */
  known: ReadonlySet<string> = new Set(),
): readonly LedgerDraft[] {
  const policyHash = config.policy.hash;
  const inForce = lists.status().flatMap((status) => status.inForce ?? []);
  const basis = { policyHash, telemarketer: config.telemarketer };
  return [
    // Whole, once for each content: what was decided under it can be decided again from the ledger alone.
    {
      kind: 'policy_document',
      dedupeKey: policyHash,
      body: { policyHash, document: toJson(config.document) },
    },
    {
      kind: 'policy_loaded',
      body: { policyHash, files: config.files.map(({ path, sha256 }) => ({ path, sha256 })) },
    },
    ...inForce.filter((list) => !known.has(contentOf(list))).map(listLoaded),
    ...config.campaigns.map((campaign) => campaignDraft(campaign, prompts, basis)),
  ];
}

/** One text for what is in force; the same as long as nothing newer is. */
const versionsOf = (lists: LiveLists): string =>
  JSON.stringify(lists.status().flatMap(({ inForce }) => (inForce === null ? [] : [contentOf(inForce)])));

const contentOf = ({ version, sha256, areaCodes }: LoadedList): string =>
  JSON.stringify([version, sha256, areaCodes]);

/** Nothing that `running` uses is touched. */
export async function reloadRuling(
  running: Loaded,
  load: () => Promise<LoadedConfig>,
  log: Log,
  adopt: (loaded: Loaded) => void,
): Promise<LoadedRuling> {
  const loaded = await load();
  if (!loaded.ok) return loaded;
  const { config } = loaded;
  const problems = settingsThatNeedRestart(running.config, config);
  const files = await loadFileLists(config.lists, config.listImports.rejectedMaxBp);
  if (!files.ok) return { ok: false, problems: [...problems, ...files.problems] };
  if (problems.length > 0) return { ok: false, problems };
  const versions = versionsOf(running.lists);
  const { ruling, lists } = await openRuling(config, files.lists, log, running.lists);
  const known = new Set(
    running.lists.status().flatMap(({ inForce }) => (inForce === null ? [] : [contentOf(inForce)])),
  );
  return {
    ok: true,
    proposed: {
      ruling,
      drafts: announcement(config, ruling, known),
      standing: announcement(running.config, running),
      isCurrent: () => versionsOf(running.lists) === versions,
      adopted: () => adopt({ config, lists, prompts: ruling.prompts }),
    },
  };
}

async function openLists(
  config: Config,
  files: readonly FileList[],
  log: Log,
  before: LiveLists | undefined,
): Promise<LiveLists> {
  const lists = await openDoNotCallLists({
    files,
    folder: listsFolder(config.data.directory),
    required: config.importedLists,
    listStates: new Set(
      Object.values(config.policy.law.jurisdictions)
        .filter(({ doNotCall }) => doNotCall.ownList)
        .map(({ code }) => code),
    ),
    ...(before === undefined ? {} : { before }),
  });
  for (const { name, problem } of lists.status()) {
    if (problem !== null)
      log.error({ list: name, problem }, 'a do-not-call list is not there: calls it may bind are vetoed');
  }
  for (const { list, rejected } of files) {
    for (const { line, cause } of rejected) {
      log.warn({ list: list.version.name, line, cause }, 'a line of a do-not-call list was rejected');
    }
  }
  return lists;
}
