/**
 * Imported lists as this process has them: what is held in memory, what the store says now, and what is wrong with the
 * difference. The pointers are small files, so looking is cheap; a version is read only when its pointer is new.
 */
import { join } from 'node:path';
import type { ListReach } from '../../config/config.ts';
import type { ListKind } from '../../domain/facts.ts';
import type { HeldList } from './file-lists.ts';
import { lineTypeCounts, type ListManifest, listVersionOf } from './list-manifest.ts';
import { listNames, type Pointer, readManifest, readPointer, versionFolder } from './list-store.ts';
import { loadPages, type LoadedPages } from './page-files.ts';

export interface ImportedList {
  readonly name: string;
  readonly kind: ListKind | null;
  readonly jurisdiction: string | null;
  readonly campaignId: string | null;
  /** Null: nothing is in force. */
  readonly held: HeldList | null;
  readonly problem: string | null;
}

export interface ReadVersion {
  readonly held: HeldList;
  /** Holds it in the place of the one before. */
  readonly adopt: () => void;
}

type Loaded = LoadedPages & { readonly pointer: Pointer };

/** A version in memory, as another look at the same store may take it over without reading it again. */
export interface HeldVersion {
  readonly held: HeldList;
  readonly loaded: Loaded;
}

interface Known extends ImportedList {
  readonly loaded: Loaded | null;
  /** Looks since the version in the store was found broken. */
  readonly looksSince: number;
  /** Of the pointer that was found broken. */
  readonly brokenAt: string | null;
}

/** What was broken is read again after this many looks: a disk may have come back. */
const TRY_AGAIN_LOOKS = 12;

export function importedLists(
  folder: string,
  required: readonly ListReach[],
  /** Names of lists that are files. */
  taken: ReadonlySet<string>,
  /** In memory already. */
  before: readonly HeldVersion[] = [],
) {
  const known = new Map<string, Known>();
  for (const reach of required) {
    known.set(reach.name, {
      ...reach,
      ...{ held: null, problem: null, loaded: null, looksSince: 0, brokenAt: null },
    });
  }

  for (const { held, loaded } of before) {
    const { name, kind, jurisdiction, campaignId } = loaded.manifest;
    const reach = required.find((each) => each.name === name);
    if (taken.has(name) || clashWith(loaded.manifest, reach) !== undefined) continue;
    const state = { held, loaded, problem: null, looksSince: 0, brokenAt: null };
    known.set(name, { name, kind, jurisdiction, campaignId, ...state });
  }

  /** The version that `pointer` names, or the problem with it. */
  async function read(name: string, pointer: Pointer): Promise<ReadVersion | string> {
    try {
      const listFolder = join(folder, name);
      const manifest = await readManifest(listFolder, pointer);
      const wrong = clashWith(
        manifest,
        required.find((reach) => reach.name === name),
      );
      if (wrong !== undefined) return wrong;
      const shared = known.get(name)?.loaded ?? null;
      const pages = await loadPages(versionFolder(listFolder, pointer.version), manifest, shared);
      const held = { list: loadedListOf(manifest, pointer), numbers: pages };
      const { kind, jurisdiction, campaignId } = manifest;
      return {
        held,
        adopt: () => {
          const loaded = { manifest, pages, pointer };
          const state = { held, loaded, problem: null, looksSince: 0, brokenAt: null };
          known.set(name, { name, kind, jurisdiction, campaignId, ...state });
        },
      };
    } catch (error) {
      return `is broken: ${(error as Error).message}`;
    }
  }

  async function lookAt(name: string): Promise<ReadVersion | string | null> {
    if (taken.has(name)) return 'is a file in the configuration too; give one of them another name';
    const before = known.get(name);
    let pointer: Pointer | null;
    try {
      pointer = await readPointer(join(folder, name));
    } catch (error) {
      return `is broken: ${(error as Error).message}`;
    }
    if (pointer === null) {
      if (before === undefined) return null;
      return before.loaded === null ? 'has not been imported' : 'has gone from the store';
    }
    const { version, manifestSha256 } = pointer;
    if (before?.loaded?.pointer.manifestSha256 === manifestSha256) {
      if (before.problem !== null) known.set(name, { ...before, problem: null, brokenAt: null });
      return null;
    }
    if (before?.brokenAt === manifestSha256 && before.looksSince < TRY_AGAIN_LOOKS) {
      known.set(name, { ...before, looksSince: before.looksSince + 1 });
      return null;
    }
    const answer = await read(name, pointer);
    if (typeof answer !== 'string') return answer;
    const problem = `version \`${version}\` ${answer}`;
    remember(name, problem, manifestSha256);
    return problem;
  }

  function remember(name: string, problem: string, brokenAt: string | null): void {
    const blank = { kind: null, jurisdiction: null, campaignId: null, held: null, loaded: null };
    known.set(name, { ...(known.get(name) ?? { name, ...blank }), problem, brokenAt, looksSince: 0 });
  }

  return {
    lists: (): readonly ImportedList[] => [...known.values()],
    versions: (): readonly HeldVersion[] =>
      [...known.values()].flatMap(({ held, loaded }) =>
        held === null || loaded === null ? [] : [{ held, loaded }],
      ),

    /** Never rejects. A problem is told when it is new. */
    async look(): Promise<{
      readonly read: readonly ReadVersion[];
      readonly problems: readonly {
        readonly name: string;
        readonly problem: string;
        readonly inForce: boolean;
      }[];
    }> {
      const read: ReadVersion[] = [];
      const problems: { name: string; problem: string; inForce: boolean }[] = [];
      const names = new Set([...known.keys(), ...(await namesIn(folder, known))]);
      for (const name of names) {
        const before = known.get(name)?.problem ?? null;
        const answer = await lookAt(name);
        if (answer === null) continue;
        if (typeof answer !== 'string') read.push(answer);
        else {
          if (known.get(name)?.problem !== answer) remember(name, answer, null);
          if (before !== answer) {
            problems.push({ name, problem: answer, inForce: known.get(name)?.held != null });
          }
        }
      }
      return { read, problems };
    },
  };
}

/** A folder that cannot be listed for a moment: those known are looked at all the same, and say what is wrong. */
const namesIn = (folder: string, known: ReadonlyMap<string, unknown>): Promise<readonly string[]> =>
  listNames(folder).catch(() => [...known.keys()]);

/** The configuration says whose list it must be. */
function clashWith(manifest: ListManifest, reach: ListReach | undefined): string | undefined {
  if (reach === undefined) return undefined;
  for (const key of ['kind', 'jurisdiction', 'campaignId'] as const) {
    if (manifest[key] !== reach[key]) {
      return `has ${key} \`${manifest[key] ?? 'none'}\`; the configuration says \`${reach[key] ?? 'none'}\``;
    }
  }
  return undefined;
}

const loadedListOf = (manifest: ListManifest, { manifestSha256 }: Pointer): HeldList['list'] => ({
  version: listVersionOf(manifest),
  count: manifest.numbers,
  rejectedCount: manifest.sources.reduce((sum, { rejected }) => sum + rejected, 0),
  sha256: manifestSha256,
  origin: 'import',
  areaCodes: manifest.areaCodes ?? null,
  ...(manifest.typePages === undefined ? {} : { lineTypes: lineTypeCounts(manifest) }),
  sources: manifest.sources,
});
