/**
 * The port `DoNotCallLists` over files. Everything is loaded or nothing is: a list that is half there would let calls
 * through, so a file that cannot be read, or of which not one line could be read, refuses the whole load.
 */
import type { ListSetting } from '../../config/config.ts';
import type { Campaign } from '../../domain/campaign.ts';
import type { ListVersion } from '../../domain/facts.ts';
import { nanpParts } from '../../domain/phone-number.ts';
import type { DoNotCallLists } from '../../ports/fact-sources.ts';
import type { NumberSet } from './number-set.ts';
import { tenDigitsOf } from './number-set.ts';
import { type RejectedLine, readList } from './read-list.ts';

/** What is known of a list that is loaded; goes into the ledger (`list_loaded`) and the evidence. */
export interface LoadedList {
  readonly version: ListVersion;
  readonly sha256: string;
  /** Different numbers. */
  readonly count: number;
  readonly rejectedCount: number;
  /** The first rejected lines. */
  readonly rejected: readonly RejectedLine[];
}

export type LoadedLists =
  | { readonly ok: true; readonly lists: DoNotCallLists; readonly loaded: readonly LoadedList[] }
  | { readonly ok: false; readonly problems: readonly string[] };

interface Held {
  readonly version: ListVersion;
  readonly numbers: NumberSet;
}

/** Loads one file after the other; `progress` hears of each. Never rejects. */
export async function loadDoNotCallLists(
  settings: readonly ListSetting[],
  progress?: (loaded: LoadedList) => void,
): Promise<LoadedLists> {
  const problems: string[] = [];
  const held: Held[] = [];
  const loaded: LoadedList[] = [];
  for (const setting of settings) {
    const answer = await loadOne(setting);
    if ('problem' in answer) {
      problems.push(`list \`${setting.name}\`: \`${setting.path}\` ${answer.problem}`);
      continue;
    }
    held.push(answer.held);
    loaded.push(answer.loaded);
    progress?.(answer.loaded);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, lists: doNotCallLists(held), loaded };
}

async function loadOne(
  setting: ListSetting,
): Promise<{ readonly held: Held; readonly loaded: LoadedList } | { readonly problem: string }> {
  let content;
  try {
    content = await readList(setting.path);
  } catch (error) {
    return { problem: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
  }
  const { numbers, sha256, rejectedCount, rejected } = content;
  if (numbers.size === 0 && rejectedCount > 0) {
    const [first] = rejected;
    const example = first === undefined ? '' : `; line ${first.line}: ${first.reason}`;
    return { problem: `holds no number, ${rejectedCount} lines were rejected${example}` };
  }
  // The registry is never empty: an empty copy is a download that failed, and would let every call through.
  if (numbers.size === 0 && setting.kind === 'national') {
    return { problem: 'is empty; a copy of the national registry holds numbers' };
  }
  const { name, kind, jurisdiction, campaignId, version: text, obtainedOn } = setting;
  const version: ListVersion = { name, kind, jurisdiction, campaignId, version: text, obtainedOn };
  return {
    held: { version, numbers },
    loaded: { version, sha256, count: numbers.size, rejectedCount, rejected },
  };
}

/** A campaign's own list binds that campaign; every other list binds all. Which state's list counts is for the rules to say. */
const appliesTo = ({ kind, campaignId }: ListVersion, campaign: Campaign): boolean =>
  kind !== 'campaign' || campaignId === campaign.id;

export function doNotCallLists(held: readonly Held[]): DoNotCallLists {
  return {
    lookUp: (number, campaign) => {
      const parts = nanpParts(number);
      const tenDigits = parts === undefined ? undefined : tenDigitsOf(parts);
      const applying = held.filter(({ version }) => appliesTo(version, campaign));
      return Promise.resolve({
        consulted: applying.map(({ version }) => version),
        hits: applying
          .filter(({ numbers }) => tenDigits !== undefined && numbers.has(tenDigits))
          .map(({ version }) => version.name),
      });
    },
  };
}
