/**
 * Files -> a new version of a list in force, or nothing at all. Reads every file once, reports every line it cannot read, and
 * refuses the whole when too many are. A run that dies changes nothing; running it again does it.
 */
import { rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ListReach } from '../../config/config.ts';
import { type AreaCoverage, covers, coversAtLeast, showCoverage } from '../../domain/area-coverage.ts';
import { daysBetween, formatInstant, type Instant, type LocalDate } from '../../domain/time.ts';
import { type ImportLock, takeImportLock } from './import-lock.ts';
import type { LineCounts, RejectedLine } from './line-reader.ts';
import type { ListMode } from './list-lines.ts';
import { type ListManifest, type ListSource, SOURCES_MAX, versionOf } from './list-manifest.ts';
import {
  putInForce,
  readManifest,
  readPointer,
  removeOldVersions,
  removeUnfinished,
  StoreBroken,
  syncFolder,
  versionFolder,
} from './list-store.ts';
import { emptyCodes, type NumberPages, numberPages } from './number-pages.ts';
import { numberSet } from './number-set.ts';
import { loadPages, recordOf } from './page-files.ts';
import { ListFileProblem, readList } from './read-list.ts';
import { tooManyRejected } from './rejected-share.ts';

export interface ImportRequest extends ListReach {
  /** `<data directory>/lists`. */
  readonly folder: string;
  /** At least one; together they are the list, or the changes. */
  readonly files: readonly string[];
  readonly mode: ListMode;
  readonly obtainedOn: LocalDate;
  /** Of a public list. Null: changes keep what the version they change covers; a whole copy then covers nothing. */
  readonly areaCodes: AreaCoverage | null;
  readonly importedAt: Instant;
  /** Share of rejected lines, in basis points, above which nothing is imported. */
  readonly rejectedMaxBp: number;
  readonly keepVersions: number;
  /** A full import may be older than what is in force. */
  readonly olderAllowed: boolean;
}

export interface ImportListener {
  progress?(file: string, bytes: number, counts: LineCounts): void;
  rejected?(file: string, line: RejectedLine): void;
  note?(text: string): void;
}

export interface ReadSource extends LineCounts {
  readonly file: string;
  readonly sha256: string;
}

export type ImportOutcome =
  | {
      readonly kind: 'imported' | 'unchanged';
      readonly manifest: ListManifest;
      readonly sources: readonly ReadSource[];
    }
  | {
      /** Nothing was changed. `fault`: the machine's doing, not the file's. */
      readonly kind: 'refused';
      readonly fault: boolean;
      readonly problem: string;
      readonly sources: readonly ReadSource[];
    };

const refused = (problem: string, sources: readonly ReadSource[] = [], fault = false): ImportOutcome => ({
  kind: 'refused',
  fault,
  problem,
  sources,
});

/** Rejects only for what the file system does to the store itself. */
export async function importList(
  request: ImportRequest,
  listener: ImportListener = {},
): Promise<ImportOutcome> {
  const listFolder = join(request.folder, request.name);
  const lock = await takeImportLock(listFolder);
  if (lock === undefined) return refused('another import of this list is running', [], true);
  try {
    await syncFolder(request.folder);
    const left = await removeUnfinished(listFolder);
    if (left > 0) listener.note?.('an earlier import did not finish; what it left was removed');
    return await importLocked(listFolder, request, listener, lock);
  } finally {
    lock.release();
    // A first import that was refused leaves no folder: one stands for a list that was imported. Full or not ours: it stays.
    await rmdir(listFolder).catch(() => undefined);
  }
}

async function importLocked(
  listFolder: string,
  request: ImportRequest,
  listener: ImportListener,
  lock: ImportLock,
): Promise<ImportOutcome> {
  const inForce = await versionInForce(listFolder, listener);
  const objection = objectionTo(request, inForce);
  if (objection !== undefined) return refused(objection);
  const base = request.mode === 'delta' ? inForce : null;
  let before: NumberPages = numberPages([]);
  if (base !== null) {
    try {
      before = await loadPages(versionFolder(listFolder, base.version), base);
    } catch (error) {
      return refused(
        `the version in force is broken, import it whole: ${(error as Error).message}`,
        [],
        true,
      );
    }
  }
  const numbers = numberSet(before);
  const sources: ReadSource[] = [];
  for (const path of request.files) {
    const file = basename(path);
    try {
      const content = await readList(path, numbers, {
        mode: request.mode,
        progress: (bytes, counts) => listener.progress?.(file, bytes, counts),
        onRejected: (line) => listener.rejected?.(file, line),
      });
      sources.push({ ...content, file });
    } catch (error) {
      if (!(error instanceof ListFileProblem)) throw error;
      return refused(`\`${file}\` ${error.message}`, sources, error.code === 'unreadable');
    }
  }
  const known = base === null ? undefined : alreadyApplied(base, sources);
  if (base !== null && known !== undefined) {
    const sameCoverage =
      request.areaCodes === null || coversAtLeast(base.areaCodes ?? null, request.areaCodes);
    return known === base.sources.length - sources.length &&
      request.obtainedOn === base.obtainedOn &&
      sameCoverage
      ? { kind: 'unchanged', manifest: base, sources }
      : refused('these changes were applied before; applying them again would undo later ones', sources);
  }
  const complaint = complaintAbout(sources, request.rejectedMaxBp);
  if (complaint !== undefined) return refused(complaint, sources);
  const pages = numbers.finish();
  if (pages.size === 0) return refused('no number would be left on the list', sources);

  const manifest = manifestOf(request, base, sources, pages);
  const forgotten = forgottenCodes(manifest, base, pages);
  if (forgotten.length > 0) {
    return refused(
      `no number of area code ${forgotten.join(', ')} is in the files, which are said to cover it`,
      sources,
    );
  }
  if (manifest.sources.length > SOURCES_MAX) {
    return refused(`${SOURCES_MAX} imports stand in this version; import the whole list`, sources);
  }
  if (manifest.version === inForce?.version) {
    const damage = await damageOf(listFolder, inForce);
    if (damage === undefined) return { kind: 'unchanged', manifest: inForce, sources };
    listener.note?.(`the version in force is broken and is written again: ${damage}`);
  }
  listener.note?.(`writing ${manifest.pages.length} area codes`);
  // Only changes have read, and so verified, the pages they share with the version before.
  if ((await putInForce(listFolder, manifest, pages, base, () => lock.isOurs())) === null) {
    return refused('another import has taken this list over; run this one again', sources, true);
  }
  const spared = inForce === null ? [manifest.version] : [manifest.version, inForce.version];
  await removeOldVersions(listFolder, request.keepVersions, spared);
  return { kind: 'imported', manifest, sources };
}

/** A broken version does not stop a whole list from taking its place. */
async function versionInForce(listFolder: string, listener: ImportListener): Promise<ListManifest | null> {
  try {
    const pointer = await readPointer(listFolder);
    return pointer === null ? null : await readManifest(listFolder, pointer);
  } catch (error) {
    if (!(error instanceof StoreBroken)) throw error;
    listener.note?.(`the version in force is broken: ${error.message}`);
    return null;
  }
}

async function damageOf(listFolder: string, manifest: ListManifest): Promise<string | undefined> {
  return loadPages(versionFolder(listFolder, manifest.version), manifest).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

/** What can be said before any file is read. */
function objectionTo(request: ImportRequest, inForce: ListManifest | null): string | undefined {
  if (inForce === null) {
    return request.mode === 'delta'
      ? 'changes need a version to change, and none is in force; import the whole list first'
      : undefined;
  }
  for (const key of ['kind', 'jurisdiction', 'campaignId'] as const) {
    if (inForce[key] !== request[key]) {
      const [old, now] = [inForce[key] ?? 'none', request[key] ?? 'none'];
      return `the list in force has ${key} \`${old}\`, not \`${now}\`; give the new one another name`;
    }
  }
  const before = inForce.areaCodes ?? null;
  if (request.mode === 'delta' && request.areaCodes !== null && !coversAtLeast(request.areaCodes, before)) {
    return `changes cannot narrow what the list covers, which is ${showCoverage(before)}; import it whole`;
  }
  const days = daysBetween(inForce.obtainedOn as LocalDate, request.obtainedOn);
  if (days >= 0 || (request.mode === 'full' && request.olderAllowed)) return undefined;
  return `the version in force was obtained on ${inForce.obtainedOn}, later than ${request.obtainedOn}`;
}

/** Covered area codes of the registry without a number; those the base had covered may have been emptied by changes. */
function forgottenCodes(
  { kind, areaCodes }: ListManifest,
  base: ListManifest | null,
  pages: NumberPages,
): readonly string[] {
  if (kind !== 'national') return [];
  return emptyCodes(areaCodes ?? null, pages).filter((code) => !covers(base?.areaCodes ?? null, code));
}

/** Where the same changes stand in the version's history; undefined when they are new. */
function alreadyApplied(base: ListManifest, sources: readonly ReadSource[]): number | undefined {
  const first = base.sources.findIndex(
    ({ mode, sha256 }) => mode === 'delta' && sources.some((source) => source.sha256 === sha256),
  );
  return first === -1 ? undefined : first;
}

function complaintAbout(sources: readonly ReadSource[], rejectedMaxBp: number): string | undefined {
  for (const source of sources) {
    const { file, adds, deletes, rejectedCount, rejected } = source;
    const read = adds + deletes;
    const [first] = rejected;
    const example = first === undefined ? '' : `; line ${first.line}: ${first.reason}`;
    if (read === 0 && rejectedCount === 0) return `\`${file}\` is empty`;
    if (read === 0) return `\`${file}\` holds no number, ${rejectedCount} lines were rejected${example}`;
    const tooMany = tooManyRejected(source, rejectedMaxBp);
    if (tooMany !== undefined) return `\`${file}\`: ${tooMany}${example}`;
  }
  return undefined;
}

function manifestOf(
  request: ImportRequest,
  base: ListManifest | null,
  sources: readonly ReadSource[],
  pages: NumberPages,
): ListManifest {
  const { name, kind, jurisdiction, campaignId, mode, obtainedOn } = request;
  const importedAt = formatInstant(request.importedAt);
  const added = sources.map(({ file, sha256, lines, rejectedCount }): ListSource => ({
    ...{ file, mode, sha256, obtainedOn, importedAt, lines },
    rejected: rejectedCount,
  }));
  const areaCodes = request.areaCodes ?? base?.areaCodes;
  const records = pages.pages.map((page) => recordOf(page));
  const typePages = pages.lineTypes.flatMap(({ lineType, numbers }) =>
    numbers.pages.map((page) => ({ ...recordOf(page), lineType })),
  );
  const draft: ListManifest = {
    ...{ format: 1, name, kind, jurisdiction, campaignId, version: '', obtainedOn },
    ...(areaCodes === undefined ? {} : { areaCodes }),
    numbers: pages.size,
    sources: [...(base?.sources ?? []), ...added],
    pages: records,
    ...(typePages.length === 0 ? {} : { typePages }),
  };
  return { ...draft, version: versionOf(draft) };
}
