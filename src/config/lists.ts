/** Lists named in `breakwater.yaml`, parsed and held against the campaigns. Their content is read by `adapters/files`. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { COVERAGE_EXPECTED, hasCoverage } from '../domain/area-coverage.ts';
import { parseCampaignId } from '../domain/ids.ts';
import { type LocalDate, parseLocalDate } from '../domain/time.ts';
import type { Report } from './check-settings.ts';
import type { ListReach, ListSetting } from './config.ts';
import { isImportName, reachProblems, readCoverage } from './list-reach.ts';
import type { ListYaml } from './settings.ts';

export interface ReadLists {
  readonly files: readonly ListSetting[];
  readonly imported: readonly ListReach[];
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

export function readLists(
  lists: readonly ListYaml[],
  campaignIds: ReadonlySet<string>,
  base: string,
  report: Report,
): ReadLists {
  const names = new Set<string>();
  const files: ListSetting[] = [];
  const imported: ListReach[] = [];
  lists.forEach((list, index) => {
    const at = `lists[${index}]`;
    if (names.has(list.name))
      report(`${at}.name`, 'is used twice', list.name, 'a name of its own for each list');
    names.add(list.name);
    for (const { key, problem, got, expected } of reachProblems(list, campaignIds)) {
      report(`${at}.${key}`, problem, got, expected);
    }
    const campaignId = list.campaign === null ? null : parseCampaignId(list.campaign);
    if (campaignId?.ok === false) return;
    const { name, kind, jurisdiction, path } = list;
    const reach = { name, kind, jurisdiction, campaignId: campaignId === null ? null : campaignId.value };
    if (path === null) {
      checkImported(list, at, report);
      imported.push(reach);
      return;
    }
    const absolute = resolve(base, path);
    if (!isFile(absolute)) report(`${at}.path`, 'is not there', path, 'a file');
    const obtainedOn = dateOf(list.obtainedOn, at, report);
    const coverage = readCoverage(kind, list.areaCodes);
    if (!coverage.ok) {
      const expected = hasCoverage(kind) ? COVERAGE_EXPECTED : 'null';
      report(`${at}.areaCodes`, coverage.problem, list.areaCodes, expected);
    }
    if (obtainedOn === undefined || !coverage.ok) return;
    const areaCodes = coverage.value;
    files.push({ ...reach, path: absolute, obtainedOn, version: list.version ?? obtainedOn, areaCodes });
  });
  return { files, imported };
}

function dateOf(text: string | null, at: string, report: Report): LocalDate | undefined {
  const date = text === null ? undefined : parseLocalDate(text);
  if (date?.ok === true) return date.value;
  report(`${at}.obtainedOn`, 'is not a date', text, 'a date like 2026-11-21');
  return undefined;
}

/** Date and version of an imported list were told at its import. */
function checkImported(list: ListYaml, at: string, report: Report): void {
  if (!isImportName(list.name)) {
    const expected = '1 to 64 letters, digits, dashes or underscores';
    report(`${at}.name`, 'cannot be the name of an imported list', list.name, expected);
  }
  for (const key of ['obtainedOn', 'version', 'areaCodes'] as const) {
    if (list[key] !== null) report(`${at}.${key}`, 'is only for lists with a path', list[key], 'null');
  }
}
