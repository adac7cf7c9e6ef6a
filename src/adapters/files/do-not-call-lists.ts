/**
 * The port `DoNotCallLists` over files read at start and over imported versions, which change while the sidecar runs: a new
 * version is read beside the one in force and takes its place in one assignment. One that is broken never does. Fails closed:
 * a list that should be there and is not vetoes what it may bind.
 */
import type { ListReach } from '../../config/config.ts';
import { covers, hasCoverage } from '../../domain/area-coverage.ts';
import type { Campaign } from '../../domain/campaign.ts';
import type { ListedLineType, ListFacts, ListKind, ListVersion } from '../../domain/facts.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type {
  DoNotCallLists,
  ListStatus,
  ListVersions,
  NewerVersions,
  ReadyList,
} from '../../ports/fact-sources.ts';
import type { HeldList } from './file-lists.ts';
import { type HeldVersion, importedLists, type ImportedList } from './imported-lists.ts';
import { AREA_CODES, FIRST_CODE, placeOf } from './number-pages.ts';

export interface ListsOptions {
  /** Lists that are files, read already. */
  readonly files: readonly HeldList[];
  /** `<data directory>/lists`. */
  readonly folder: string;
  /** Imported lists that must be there. */
  readonly required: readonly ListReach[];
  /** States whose law keeps a list: for these the rule itself vetoes what concerns them when the list is missing. */
  readonly listStates: ReadonlySet<string>;
  /** Lists under other settings: imported versions they hold are taken over and not read again. */
  readonly before?: LiveLists;
}

export interface LiveLists extends DoNotCallLists, ListVersions {
  /** Imported versions in memory. */
  versions(): readonly HeldVersion[];
}

interface AskedList extends HeldList {
  /** By area code from 200 on: true where the copy was obtained; null for lists that know no area codes. */
  readonly covered: readonly boolean[] | null;
}

/** Everything a look-up stands on; replaced as a whole. */
interface InForce {
  readonly held: readonly AskedList[];
  /** Should be there and is not. `kind` null: nobody knows what it would bind. */
  readonly missing: readonly ImportedList[];
}

/** Reads every imported version in force. Resolves even when some cannot be read; `status` tells. */
export async function openDoNotCallLists(options: ListsOptions): Promise<LiveLists> {
  const { files, required } = options;
  const taken = new Set(files.map(({ list }) => list.version.name));
  const store = importedLists(options.folder, required, taken, options.before?.versions());
  let inForce: InForce = { held: files.map(asked), missing: [] };
  const swap = (): void => {
    const all = store.lists();
    inForce = {
      held: [...files, ...all.flatMap(({ held }) => held ?? [])].map(asked),
      missing: all.filter(({ held }) => held === null),
    };
  };

  async function findNewer(): Promise<NewerVersions> {
    const { read, problems } = await store.look();
    const ready = read.map(({ held, adopt }): ReadyList => ({
      list: held.list,
      putInForce: () => {
        adopt();
        swap();
      },
    }));
    swap();
    return { ready, problems };
  }

  for (const version of (await findNewer()).ready) version.putInForce();
  return {
    lookUp: (number, campaign) => {
      const facts = look(inForce, options.listStates, number, campaign);
      return typeof facts === 'string' ? Promise.reject(new Error(facts)) : Promise.resolve(facts);
    },
    findNewer,
    versions: () => store.versions(),
    status: () => [...files.map(statusOfFile), ...store.lists().map(statusOf)],
  };
}

function asked(held: HeldList): AskedList {
  const { areaCodes, version } = held.list;
  const code = (at: number): string => String(FIRST_CODE + at);
  const covered = hasCoverage(version.kind)
    ? Array.from({ length: AREA_CODES }, (_, at) => covers(areaCodes, code(at)))
    : null;
  return { ...held, covered };
}

/** A campaign's own list binds that campaign; every other list binds all. Which state's list counts is for the rules to say. */
const binds = (
  { kind, campaignId }: { readonly kind: ListKind | null; readonly campaignId: string | null },
  campaign: Campaign,
): boolean => kind !== 'campaign' || campaignId === campaign.id;

/** The facts, or why there are none. */
function look(
  { held, missing }: InForce,
  listStates: ReadonlySet<string>,
  number: PhoneNumber,
  campaign: Campaign,
): ListFacts | string {
  const place = placeOf(number);
  const consulted: ListVersion[] = [];
  const hits: string[] = [];
  const notCovering: string[] = [];
  const lineTypes: ListedLineType[] = [];
  for (const { list, numbers, covered } of held) {
    if (!binds(list.version, campaign)) continue;
    consulted.push(list.version);
    if (place === undefined) continue;
    if (numbers.has(place.areaCode, place.index)) {
      hits.push(list.version.name);
      const lineType = numbers.lineType(place.areaCode, place.index);
      if (lineType !== null) lineTypes.push({ list: list.version.name, lineType });
    }
    if (covered?.[place.areaCode - FIRST_CODE] === false) notCovering.push(list.version.name);
  }
  for (const list of missing) {
    if (binds(list, campaign) && !ruleMisses(list, listStates, consulted)) {
      return `list \`${list.name}\` ${list.problem ?? 'is not there'}`;
    }
  }
  return {
    ...{ consulted, hits },
    ...(notCovering.length > 0 ? { notCovering } : {}),
    ...(lineTypes.length > 0 ? { lineTypes } : {}),
  };
}

/** The do-not-call rule vetoes (`list_missing`) when no list of the registry, or of a state that keeps one, was consulted. */
const ruleMisses = (
  { kind, jurisdiction }: ImportedList,
  listStates: ReadonlySet<string>,
  consulted: readonly ListVersion[],
): boolean =>
  (kind === 'national' || (kind === 'state' && listStates.has(jurisdiction ?? ''))) &&
  !consulted.some((list) => list.kind === kind && list.jurisdiction === jurisdiction);

const statusOfFile = ({ list }: HeldList): ListStatus => {
  const { name, kind, jurisdiction, campaignId } = list.version;
  return { name, kind, jurisdiction, campaignId, inForce: list, problem: null };
};

const statusOf = ({ name, kind, jurisdiction, campaignId, held, problem }: ImportedList): ListStatus => ({
  ...{ name, kind, jurisdiction, campaignId, problem },
  inForce: held?.list ?? null,
});
