/** What `list import`, `list show` and `doctor` do with the store of lists on this machine; needs no running sidecar. */
import { join } from 'node:path';
import { type HeldList, loadFileLists } from '../adapters/files/file-lists.ts';
import { importedLists } from '../adapters/files/imported-lists.ts';
import { placeOf } from '../adapters/files/number-pages.ts';
import { importList, type ImportListener, type ImportOutcome } from '../adapters/files/import-list.ts';
import {
  listNames,
  listsFolder,
  readManifest,
  readPointer,
  versionFolder,
  versionsOn,
} from '../adapters/files/list-store.ts';
import { loadPages } from '../adapters/files/page-files.ts';
import type { Config } from '../config/config.ts';
import { isImportName, reachProblems, readCoverage } from '../config/list-reach.ts';
import { type AreaCoverage, COVERAGE_EXPECTED } from '../domain/area-coverage.ts';
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import { daysBetween, instant, localDateOf, parseLocalDate } from '../domain/time.ts';
import type { SeededList } from './doctor/self-test.ts';
import { CommandFailed, EXIT } from './io.ts';
import { many } from './text.ts';
import type { Finding, ListedOn, ListImport, StoredList } from './wiring.ts';

/** Whoever obtains a list in the United States has no later date than this zone. */
const EASTERNMOST = 'Pacific/Guam';

export async function importLocally(
  config: Config,
  order: ListImport,
  listener: ImportListener,
): Promise<ImportOutcome> {
  const { name, kind, files, mode, nowMs, olderAllowed } = order;
  const jurisdiction = order.jurisdiction ?? null;
  const campaign = order.campaign ?? null;
  const problems: string[] = [];
  if (!isImportName(name))
    problems.push(`--name \`${name}\`: expected 1 to 64 letters, digits, dashes or underscores`);
  const campaigns = new Set<string>(config.campaigns.map(({ id }) => id));
  for (const { key, problem, got, expected } of reachProblems({ kind, jurisdiction, campaign }, campaigns)) {
    const told = expected === 'null' ? 'none' : expected;
    problems.push(`--${key} \`${got ?? ''}\` ${problem}; expected ${told}`);
  }
  if (jurisdiction !== null && !Object.hasOwn(config.policy.law.jurisdictions, jurisdiction)) {
    problems.push(`--jurisdiction \`${jurisdiction}\` is in no law file; expected a code like TX`);
  }
  const now = config.clock.startAt ?? instant(nowMs);
  const obtainedOn = parseLocalDate(order.obtainedOn);
  if (!obtainedOn.ok) problems.push(`--obtained-on: ${obtainedOn.problem}`);
  else if (daysBetween(localDateOf(now, EASTERNMOST), obtainedOn.value) > 0) {
    problems.push(`--obtained-on \`${order.obtainedOn}\` is in the future`);
  }
  const areaCodes = coverageOf(order);
  if (!areaCodes.ok) problems.push(`--area-codes: ${areaCodes.problem}`);
  problems.push(...clashes(config, { name, kind, jurisdiction, campaign }));
  if (!obtainedOn.ok || !areaCodes.ok || problems.length > 0)
    throw new CommandFailed(EXIT.usage, problems.join('\n'));
  return importList(
    {
      folder: listsFolder(config.data.directory),
      ...{ name, kind, jurisdiction, campaignId: campaign as CampaignId | null },
      ...{ files, mode, obtainedOn: obtainedOn.value, importedAt: now, olderAllowed },
      areaCodes: areaCodes.value,
      rejectedMaxBp: config.listImports.rejectedMaxBp,
      keepVersions: config.listImports.keepVersions,
    },
    listener,
  );
}

/** Changes that say nothing keep what the version they change covers; a whole copy of a public list must say it. */
function coverageOf({ kind, mode, areaCodes }: ListImport): Parsed<AreaCoverage | null> {
  if (mode === 'delta' && areaCodes === undefined) return parsed(null);
  const read = readCoverage(kind, areaCodes ?? null);
  if (read.ok || areaCodes !== undefined) return read;
  return problem(`${read.problem}; expected ${COVERAGE_EXPECTED}`);
}

/** What the configuration says of a list with this name. */
function clashes(
  config: Config,
  list: {
    readonly name: string;
    readonly kind: string;
    readonly jurisdiction: string | null;
    readonly campaign: string | null;
  },
): readonly string[] {
  if (config.lists.some(({ name }) => name === list.name)) {
    return [
      `list \`${list.name}\` has a path in breakwater.yaml and is read from there; take the path out first`,
    ];
  }
  const required = config.importedLists.find(({ name }) => name === list.name);
  if (required === undefined) return [];
  return required.kind === list.kind &&
    required.jurisdiction === list.jurisdiction &&
    required.campaignId === list.campaign
    ? []
    : [`breakwater.yaml says that list \`${list.name}\` is of another kind, state or campaign`];
}

/** Every list of the store; `verify` reads every page and compares its hash. Changes nothing. */
export async function storedLists(config: Config, verify: boolean): Promise<readonly StoredList[]> {
  const folder = listsFolder(config.data.directory);
  const names = new Set([...config.importedLists.map(({ name }) => name), ...(await listNames(folder))]);
  return Promise.all([...names].sort().map((name) => storedList(join(folder, name), name, verify)));
}

async function storedList(listFolder: string, name: string, verify: boolean): Promise<StoredList> {
  const versions = await versionsOn(listFolder);
  const nothing = { name, versions, inForce: null };
  try {
    const pointer = await readPointer(listFolder);
    if (pointer === null) return { ...nothing, problem: 'has not been imported' };
    const manifest = await readManifest(listFolder, pointer);
    if (verify) await loadPages(versionFolder(listFolder, pointer.version), manifest);
    return { name, versions, inForce: manifest, problem: null };
  } catch (error) {
    return { ...nothing, problem: `is broken: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Every list, file or imported, and whether the number is on it. One that cannot be read says so. */
export async function listsOn(config: Config, number: PhoneNumber): Promise<readonly ListedOn[]> {
  const told = (held: HeldList): ListedOn => {
    const { name, kind } = held.list.version;
    return { name, kind, version: { ...held.list.version }, listed: has(held, number), problem: null };
  };
  const { files, imported } = await readLists(config);
  return [
    ...(files.ok
      ? files.lists.map(told)
      : files.problems.map((problem) => ({ name: '', kind: null, version: null, listed: null, problem }))),
    ...imported.map(({ name, kind, held, problem }) =>
      held === null
        ? { name, kind, version: null, listed: null, problem: problem ?? 'nothing is in force' }
        : told(held),
    ),
  ];
}

/** Every list that is in force, with those of the numbers that stand on it. One that cannot be read is left out: `listFindings` tells. */
export async function listsHolding(
  config: Config,
  numbers: readonly PhoneNumber[],
): Promise<readonly SeededList[]> {
  const { files, imported } = await readLists(config);
  const held = [...(files.ok ? files.lists : []), ...imported.flatMap((each) => each.held ?? [])];
  return held.map((each) => {
    const { name, kind, campaignId } = each.list.version;
    return { name, kind, campaignId, listed: new Set(numbers.filter((number) => has(each, number))) };
  });
}

async function readLists(config: Config) {
  const files = await loadFileLists(config.lists, config.listImports.rejectedMaxBp);
  const taken = new Set(config.lists.map(({ name }) => name));
  const store = importedLists(listsFolder(config.data.directory), config.importedLists, taken);
  for (const { adopt } of (await store.look()).read) adopt();
  return { files, imported: store.lists() };
}

/** Null: a number that no list can hold. */
function has({ numbers }: HeldList, number: PhoneNumber): boolean | null {
  const place = placeOf(number);
  return place === undefined ? null : numbers.has(place.areaCode, place.index);
}

/** What `doctor` says of every list, and of a registry that nobody named: without it every call is vetoed. */
export async function listFindings(config: Config): Promise<readonly Finding[]> {
  const files = await loadFileLists(config.lists, config.listImports.rejectedMaxBp);
  const fromFiles = files.ok
    ? files.lists.map(({ list }) =>
        finding(list.version.name, list.count, list.version.obtainedOn, list.rejectedCount),
      )
    : files.problems.map((detail): Finding => {
        const fix = 'correct the file or its entry under `lists` in breakwater.yaml';
        return { check: 'do-not-call list', state: 'problem', detail, fix };
      });
  const stored = await storedLists(config, true);
  const imported = stored.map(({ name, inForce, problem }): Finding => {
    if (inForce === null) {
      const fix = 'breakwater list import';
      return { check: `do-not-call list ${name}`, state: 'problem', detail: problem ?? '', fix };
    }
    const rejected = inForce.sources.reduce((sum, source) => sum + source.rejected, 0);
    return finding(name, inForce.numbers, inForce.obtainedOn, rejected);
  });
  const kinds = [...config.lists, ...config.importedLists, ...stored.map(({ inForce }) => inForce)].map(
    (list) => list?.kind,
  );
  return [...fromFiles, ...imported, ...(kinds.includes('national') ? [] : [NO_REGISTRY])];
}

const NO_REGISTRY: Finding = {
  check: 'do-not-call list',
  state: 'problem',
  detail: 'no national registry: every call is vetoed (list_missing)',
  fix: 'breakwater list import FILE --name national --kind national, or name it under `lists` in breakwater.yaml',
};

function finding(name: string, numbers: number, obtainedOn: string, rejected: number): Finding {
  return {
    check: `do-not-call list ${name}`,
    state: rejected === 0 ? 'ok' : 'problem',
    detail: `${many(numbers, 'number')} of ${obtainedOn}, ${many(rejected, 'line')} rejected`,
    fix: rejected === 0 ? null : 'look at the rejected lines: each could be a number that must not be called',
  };
}
