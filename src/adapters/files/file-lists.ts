/**
 * Lists that the configuration names with a path: read at a start and at each reload, in pieces, since calls are decided meanwhile. Everything is loaded or nothing is: a list that is half
 * there would let calls through, so a file that cannot be read, or of which too many lines cannot, refuses the whole load.
 */
import { basename } from 'node:path';
import type { ListSetting } from '../../config/config.ts';
import type { ListVersion } from '../../domain/facts.ts';
import type { LineTypeCounts, LoadedList } from '../../ports/fact-sources.ts';
import type { RejectedLine } from './line-reader.ts';
import { emptyCodes, type NumberPages } from './number-pages.ts';
import { numberSet } from './number-set.ts';
import { ListFileProblem, readList } from './read-list.ts';
import { tooManyRejected } from './rejected-share.ts';
import { inTurns } from './sliced.ts';

export interface HeldList {
  readonly list: LoadedList;
  readonly numbers: NumberPages;
}

export interface FileList extends HeldList {
  /** The first ones. */
  readonly rejected: readonly RejectedLine[];
}

export type FileLists =
  | { readonly ok: true; readonly lists: readonly FileList[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** One file after the other. `rejectedMaxBp`: as for an import. Never rejects for what a file holds. */
export async function loadFileLists(
  settings: readonly ListSetting[],
  rejectedMaxBp: number,
): Promise<FileLists> {
  const problems: string[] = [];
  const lists: FileList[] = [];
  for (const setting of settings) {
    const answer = await loadOne(setting, rejectedMaxBp);
    if (typeof answer !== 'string') lists.push(answer);
    else problems.push(`list \`${setting.name}\`: \`${setting.path}\` ${answer}`);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, lists };
}

const lineTypeSizes = ({ lineTypes }: NumberPages): LineTypeCounts =>
  Object.fromEntries(lineTypes.map(({ lineType, numbers }) => [lineType, numbers.size]));

async function loadOne(setting: ListSetting, rejectedMaxBp: number): Promise<FileList | string> {
  const set = numberSet();
  let content;
  try {
    content = await readList(setting.path, set, { givesTurns: true });
  } catch (error) {
    if (error instanceof ListFileProblem) return error.message;
    throw error;
  }
  const { sha256, lines, rejectedCount, rejected } = content;
  const numbers = await inTurns(set.finishPacked());
  const [first] = rejected;
  // Goes to the log and the ledger: never with the text of the line.
  const example = first === undefined ? '' : `; line ${first.line}: ${first.cause}`;
  if (numbers.size === 0 && rejectedCount > 0) {
    return `holds no number, ${rejectedCount} lines were rejected${example}`;
  }
  const tooMany = tooManyRejected(content, rejectedMaxBp);
  if (tooMany !== undefined) return `${tooMany}${example}`;
  // The registry is never empty: an empty copy is a download that failed, and would let every call through.
  if (numbers.size === 0 && setting.kind === 'national') {
    return 'is empty; a copy of the national registry holds numbers';
  }
  const empty = setting.kind === 'national' ? emptyCodes(setting.areaCodes, numbers) : [];
  if (empty.length > 0) return `holds no number of area code ${empty.join(', ')}, which it says it covers`;
  const { name, kind, jurisdiction, campaignId, version: text, obtainedOn, path, areaCodes } = setting;
  const version: ListVersion = { name, kind, jurisdiction, campaignId, version: text, obtainedOn };
  const source = { file: basename(path), mode: 'full', sha256, obtainedOn, importedAt: null, lines } as const;
  return {
    list: {
      ...{ version, count: numbers.size, rejectedCount, sha256, origin: 'file', areaCodes },
      ...(numbers.lineTypes.length === 0 ? {} : { lineTypes: lineTypeSizes(numbers) }),
      sources: [{ ...source, rejected: rejectedCount }],
    },
    numbers,
    rejected,
  };
}
