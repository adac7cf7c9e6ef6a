/** List files named in `breakwater.yaml`, parsed and held against the campaigns. Their content is read by `adapters/files`. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseCampaignId } from '../domain/ids.ts';
import { parseLocalDate } from '../domain/time.ts';
import type { Report } from './check-settings.ts';
import type { ListSetting } from './config.ts';
import type { ListYaml } from './settings.ts';

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

export function readLists(
  lists: readonly ListYaml[],
  campaignIds: ReadonlySet<string>,
  base: string,
  report: Report,
): readonly ListSetting[] {
  const names = new Set<string>();
  return lists.flatMap((list, index): ListSetting[] => {
    const at = `lists[${index}]`;
    if (names.has(list.name))
      report(`${at}.name`, 'is used twice', list.name, 'a name of its own for each list');
    names.add(list.name);
    checkReach(list, at, campaignIds, report);
    const path = resolve(base, list.path);
    if (!isFile(path)) report(`${at}.path`, 'is not there', list.path, 'a file');
    const obtainedOn = parseLocalDate(list.obtainedOn);
    if (!obtainedOn.ok) {
      report(`${at}.obtainedOn`, 'is not a date', list.obtainedOn, 'a date like 2026-11-21');
      return [];
    }
    const campaignId = list.campaign === null ? null : parseCampaignId(list.campaign);
    if (campaignId?.ok === false) return [];
    return [
      {
        name: list.name,
        kind: list.kind,
        jurisdiction: list.jurisdiction,
        campaignId: campaignId === null ? null : campaignId.value,
        path,
        obtainedOn: obtainedOn.value,
        version: list.version ?? list.obtainedOn,
      },
    ];
  });
}

/** A state list names its state, a campaign list its campaign, and the others neither. */
function checkReach(list: ListYaml, at: string, campaignIds: ReadonlySet<string>, report: Report): void {
  const { kind, jurisdiction, campaign } = list;
  if (kind === 'state' && (jurisdiction === null || !/^[A-Z]{2}$/.test(jurisdiction))) {
    report(`${at}.jurisdiction`, 'does not name the state of the list', jurisdiction, 'a code like TX');
  }
  if (kind !== 'state' && jurisdiction !== null) {
    report(`${at}.jurisdiction`, 'is only for state lists', jurisdiction, 'null');
  }
  if (kind === 'campaign' && (campaign === null || !campaignIds.has(campaign))) {
    const known = campaignIds.size === 0 ? 'a campaign' : [...campaignIds].join(', ');
    report(`${at}.campaign`, 'is not a campaign', campaign, `one of ${known}`);
  }
  if (kind !== 'campaign' && campaign !== null) {
    report(`${at}.campaign`, 'is only for campaign lists', campaign, 'null');
  }
}
