/**
 * From records of ZIPs to places: pure, so that it is tested on a handful of records. A ZIP is not a point: it has every state and
 * every zone of every county that any source puts it in. A ZIP of which only the state is known has what its neighbours under the same
 * three digits have there. What no source places is left out, and then the number's own candidates stand.
 */
import type { Gaps } from './gaps.ts';
import type { ZipRecord } from './sources.ts';

/** What the generator asks of `config/rules/states.yaml`. */
export interface StateOutline {
  readonly zones: readonly string[];
  /** Counties with law of their own. */
  readonly counties: readonly string[];
}

export interface PlaceOfZip {
  readonly zones: readonly string[];
  /** Counties with law of their own that the ZIP may lie in. */
  readonly counties: readonly string[];
}

export interface ZipTable {
  /** By state, then by ZIP. */
  readonly states: ReadonlyMap<string, ReadonlyMap<string, PlaceOfZip>>;
  /** By name of the place. */
  readonly unmodelled: ReadonlyMap<string, readonly string[]>;
}

/** `Aleutians West (CA)`, `Aleutians West Census Area` and `LaRue County` meet their row of the table. */
export const countyKey = (name: string): string =>
  name
    .replace(/\(.*\)/, '')
    .replace(/ (County|Parish|Census Area|(City and )?Borough|Municipality|Municipio)\s*$/i, '')
    .toLowerCase()
    .replace(/^saint /, 'st')
    .replace(/[^a-z]/g, '');

interface CountyPlaces {
  readonly of: (county: string) => PlaceOfZip;
  readonly anywhere: PlaceOfZip;
}

function countyPlaces(state: string, outline: StateOutline, gaps: Gaps): CountyPlaces {
  const split = Object.hasOwn(gaps.county_zones, state) ? gaps.county_zones[state] : undefined;
  const [only] = outline.zones;
  if (split === undefined && (outline.zones.length !== 1 || only === undefined)) {
    throw new Error(`${state} has ${outline.zones.length} zones and no row in county_zones of gaps.yaml`);
  }
  const elsewhere = split?.zones ?? outline.zones;
  const rows = split?.counties ?? [];
  const zonesOf = new Map(rows.flatMap(({ zones, names }) => names.map((name) => [countyKey(name), zones])));
  const lawOf = new Map(outline.counties.map((name) => [countyKey(name), name]));
  return {
    of: (county) => {
      const own = lawOf.get(countyKey(county));
      return {
        zones: zonesOf.get(countyKey(county)) ?? elsewhere,
        counties: own === undefined ? [] : [own],
      };
    },
    anywhere: {
      zones: [...new Set([...elsewhere, ...rows.flatMap(({ zones }) => zones)])],
      counties: outline.counties,
    },
  };
}

/** All zones and counties of several places, each once; in one order whatever the order of the sources. */
function union(places: readonly PlaceOfZip[], order: readonly string[]): PlaceOfZip {
  const rank = (zone: string): number => (order.includes(zone) ? order.indexOf(zone) : order.length);
  const zones = [...new Set(places.flatMap((place) => place.zones))].sort(
    (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  );
  return { zones, counties: [...new Set(places.flatMap((place) => place.counties))].sort() };
}

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

function placesOfState(
  records: readonly ZipRecord[],
  { of, anywhere }: CountyPlaces,
  order: readonly string[],
): ReadonlyMap<string, PlaceOfZip> {
  const found = new Map<string, PlaceOfZip[]>();
  const around = new Map<string, PlaceOfZip[]>();
  for (const { zip, county } of records) {
    if (county === null) continue;
    push(found, zip, of(county));
    push(around, zip.slice(0, 3), of(county));
  }
  for (const { zip } of records) {
    if (!found.has(zip)) found.set(zip, around.get(zip.slice(0, 3)) ?? [anywhere]);
  }
  return new Map([...found].map(([zip, places]) => [zip, union(places, order)]));
}

/** A county of the table that no source knows is misspelt, and its zones would be lost without a word. */
function checkNames(state: string, records: readonly ZipRecord[], names: readonly string[]): void {
  const known = new Set(records.map(({ county }) => (county === null ? '' : countyKey(county))));
  const strangers = names.filter((name) => !known.has(countyKey(name)));
  if (strangers.length > 0) throw new Error(`no ZIP of ${state} lies in: ${strangers.join(', ')}`);
}

const zipRange = (from: string, to: string): readonly string[] =>
  Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) =>
    String(Number(from) + index).padStart(5, '0'),
  );

export function zipTable(
  records: readonly ZipRecord[],
  gaps: Gaps,
  outlines: ReadonlyMap<string, StateOutline>,
): ZipTable {
  const unmodelled = new Map<string, string[]>();
  const byHand: ZipRecord[] = gaps.prefixes.flatMap(({ state, prefixes }) =>
    prefixes.flatMap((prefix) =>
      zipRange(`${prefix}00`, `${prefix}99`).map((zip) => ({ zip, state, county: null })),
    ),
  );
  for (const row of gaps.zips) {
    const zips = zipRange(row.from, row.to);
    if ('state' in row) byHand.push(...zips.map((zip) => ({ zip, state: row.state, county: null })));
    else for (const zip of zips) push(unmodelled, row.unmodelled, zip);
  }
  const military = gaps.no_place.flatMap(({ prefixes }) => prefixes);
  const leftOut = new Set([...unmodelled.values()].flat());
  const states = new Map<string, ReadonlyMap<string, PlaceOfZip>>();
  for (const [state, outline] of outlines) {
    const own = [...records, ...byHand].filter(
      (record) =>
        record.state === state && !leftOut.has(record.zip) && !military.includes(record.zip.slice(0, 3)),
    );
    const rows = Object.hasOwn(gaps.county_zones, state) ? gaps.county_zones[state]?.counties : undefined;
    checkNames(state, own, [...(rows ?? []).flatMap(({ names }) => names), ...outline.counties]);
    if (own.length === 0) throw new Error(`${state} has no ZIP`);
    states.set(state, placesOfState(own, countyPlaces(state, outline, gaps), outline.zones));
  }
  return { states, unmodelled };
}
