/**
 * Where the called party may be: pairs of jurisdiction and zone. Numbers are ported and carried, so each candidate counts and a
 * call must be lawful in every one. What is known of the lead adds candidates; only a ZIP takes some away, because it says where in a
 * state the person is: the corners of a split area code, and the rest of a state that is also stored by name.
 * The exchange (NPA-NXX) is not asked: the rate centre it was given out for could only narrow the zones of the area code, and a ported
 * or mobile number makes that wrong. The table of area codes holds every zone that any exchange of the code and its overlays has.
 */
import { IANAZone } from 'luxon';
import type {
  AreaCode,
  Jurisdiction,
  JurisdictionCode,
  Law,
  MappedAreaCode,
  ZipArea,
  ZipPlace,
} from './law.ts';
import type { LeadFacts } from './origination.ts';
import { nanpParts, type PhoneNumber } from './phone-number.ts';

/** What may make a place a candidate, in the order in which they are asked. */
export const PLACE_GROUNDS = [
  'area_code',
  'operator',
  'lead_zip',
  'lead_address',
  'lead_state',
  'minority_zone',
] as const;

export interface Place {
  readonly state: JurisdictionCode;
  /** IANA name. */
  readonly zone: string;
  /** What made it a candidate; the first of these that did. */
  readonly because: (typeof PLACE_GROUNDS)[number];
  /** Counties with law of their own in which the person may be; null while any county of the state is possible. */
  readonly counties: readonly string[] | null;
}

/** True for an IANA zone that this machine knows. */
export const isZone = (zone: string): boolean => IANAZone.isValidZone(zone);

/** What the area code of a number stands for; null when it is in no table or the number is not of the numbering plan. */
export function areaCodeOf(law: Law, number: PhoneNumber): AreaCode | null {
  const parts = nanpParts(number);
  if (parts === undefined || !Object.hasOwn(law.areaCodes, parts.areaCode)) return null;
  return law.areaCodes[parts.areaCode] ?? null;
}

/** True when the shape is right and no table has the area code: then the hours of an unknown place bind wherever the person is. */
export const isUnlisted = (law: Law, number: PhoneNumber | null): number is PhoneNumber =>
  number !== null && nanpParts(number) !== undefined && areaCodeOf(law, number) === null;

/** What the operator knows of a code that is in no table. */
const mappingOf = (law: Law, number: PhoneNumber): MappedAreaCode | null => {
  const code = nanpParts(number)?.areaCode;
  return law.operator.areaCodes.find((row) => row.code === code) ?? null;
};

/** A jurisdiction by its two letters or its name, in either case; null when it is not modelled. */
export function jurisdictionOf(law: Law, text: string | null): Jurisdiction | null {
  const wanted = text?.trim().toUpperCase() ?? '';
  if (Object.hasOwn(law.jurisdictions, wanted)) return law.jurisdictions[wanted] ?? null;
  if (wanted.length < 4) return null;
  return Object.values(law.jurisdictions).find(({ name }) => name.toUpperCase() === wanted) ?? null;
}

/** What a ZIP or ZIP+4 stands for; empty when it is none or in no table. A ZIP that lost its leading zero is not guessed. */
export function zipAreasOf(law: Law, text: string | null): readonly ZipArea[] {
  const [, prefix = '', end = 'none'] = /^(\d{3})(\d{2})(?:[ -]?\d{4})?$/.exec(text?.trim() ?? '') ?? [];
  const rows = Object.hasOwn(law.zips, prefix) ? (law.zips[prefix] ?? []) : [];
  // Two digits never straddle a blank, so the search finds whole ends only.
  return rows.filter(({ ends }) => ends.includes(end)).map(({ area }) => area);
}

/** What is stored of the lead, apart by where it stands; `sure`: it is a ZIP and nothing else. */
interface Statements {
  readonly zips: readonly {
    readonly sure: boolean;
    readonly because: Place['because'];
    readonly places: readonly ZipPlace[];
  }[];
  /** Null: no modelled place is called so. */
  readonly states: readonly { readonly because: Place['because']; readonly place: Jurisdiction | null }[];
}

function statementsOf(law: Law, { zip, state, address }: LeadFacts): Statements {
  const inZip = (text: string | null): readonly ZipPlace[] =>
    zipAreasOf(law, text).flatMap((area) => (area.kind === 'us' ? [area.place] : []));
  const ofState = (text: string | null, because: Place['because']) =>
    text === null || text.trim() === '' ? [] : [{ because, place: jurisdictionOf(law, text) }];
  const zips: Statements['zips'] = [{ sure: true, because: 'lead_zip', places: inZip(zip) }];
  const states = ofState(state, 'lead_state');
  if (address === undefined) return { zips, states };
  const sure = address.form === 'parts' || address.state !== null;
  return {
    zips: [...zips, { sure, because: 'lead_address', places: inZip(address.zip) }],
    states: [...ofState(address.state, 'lead_address'), ...states],
  };
}

/**
 * True when a ZIP says where in the state the person is. With an address beside it, only while nothing that is stored points
 * elsewhere: then one of them is wrong, and nobody knows which.
 */
function isPlacedIn({ zips, states }: Statements, hasAddress: boolean, state: JurisdictionCode): boolean {
  const reaches = (places: readonly ZipPlace[]): boolean => places.some((each) => each.state === state);
  if (!zips.some(({ sure, places }) => sure && reaches(places))) return false;
  return (
    !hasAddress ||
    (zips.every(({ places }) => places.length === 0 || reaches(places)) &&
      states.every(({ place }) => place?.code === state))
  );
}

/**
 * Every place the person may be. Empty when nothing places the person: a code of no modelled place, or one in no table for which there
 * is neither a ZIP nor a mapping (a stored state alone is no address).
 */
export function placesOf(law: Law, number: PhoneNumber | null, lead: LeadFacts): readonly Place[] {
  if (number === null) return [];
  const areaCode = areaCodeOf(law, number);
  const mapping = areaCode === null ? mappingOf(law, number) : null;
  const said = statementsOf(law, lead);
  const isPlaced = said.zips.some(({ sure, places }) => sure && places.length > 0);
  if (
    areaCode === null ? !isUnlisted(law, number) || (mapping === null && !isPlaced) : areaCode.kind !== 'us'
  ) {
    return [];
  }
  const zipPlaces = said.zips.flatMap(({ places }) => places);
  const isKnownIn = (state: JurisdictionCode): boolean => isPlacedIn(said, lead.address !== undefined, state);
  const places = new Map<string, Place>();
  const add = (state: JurisdictionCode, zones: readonly string[], because: Place['because']): void => {
    const inState = zipPlaces.filter((each) => each.state === state);
    const counties = isKnownIn(state) ? [...new Set(inState.flatMap((each) => each.counties))] : null;
    for (const zone of zones) {
      const key = `${state} ${zone}`;
      if (!places.has(key)) places.set(key, { state, zone, because, counties });
    }
  };
  if (areaCode?.kind === 'us') add(areaCode.state, areaCode.zones, 'area_code');
  if (mapping !== null) add(mapping.state, mapping.zones, 'operator');
  for (const { because, places: reached } of said.zips) {
    for (const { state, zones } of reached) add(state, zones, because);
  }
  // A state without an address stands for all its zones (design ruling 2); a ZIP in it says more. Both count when they disagree.
  for (const { because, place } of said.states) {
    if (place !== null && !isKnownIn(place.code)) add(place.code, place.zones, because);
  }
  // Last, because an override may leave the corners out, but not what the lead itself says. Only a ZIP of that very state says where in
  // it the person is.
  if (areaCode?.kind === 'us' && !isKnownIn(areaCode.state)) {
    add(areaCode.state, areaCode.minorityZones, 'minority_zone');
  }
  return [...places.values()];
}
