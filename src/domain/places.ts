/**
 * Where the called party may be: pairs of jurisdiction and zone. Numbers are ported and carried, so each candidate counts and a
 * call must be lawful in every one. What the dialer knows of the lead only adds candidates; it never takes one away.
 */
import { IANAZone } from 'luxon';
import type { AreaCode, Jurisdiction, JurisdictionCode, Law } from './law.ts';
import type { LeadFacts } from './origination.ts';
import { nanpParts, type PhoneNumber } from './phone-number.ts';

export interface Place {
  readonly state: JurisdictionCode;
  /** IANA name. */
  readonly zone: string;
  /** What made it a candidate. */
  readonly because: 'area_code' | 'minority_zone' | 'lead_state';
}

/** True for an IANA zone that this machine knows. */
export const isZone = (zone: string): boolean => IANAZone.isValidZone(zone);

/** What the area code of a number stands for; null when it is in no table or the number is not of the numbering plan. */
export function areaCodeOf(law: Law, number: PhoneNumber): AreaCode | null {
  const parts = nanpParts(number);
  if (parts === undefined || !Object.hasOwn(law.areaCodes, parts.areaCode)) return null;
  return law.areaCodes[parts.areaCode] ?? null;
}

/** A jurisdiction by its two letters or its name, in either case; null when it is not modelled. */
export function jurisdictionOf(law: Law, text: string | null): Jurisdiction | null {
  const wanted = text?.trim().toUpperCase() ?? '';
  if (Object.hasOwn(law.jurisdictions, wanted)) return law.jurisdictions[wanted] ?? null;
  if (wanted.length < 4) return null;
  return Object.values(law.jurisdictions).find(({ name }) => name.toUpperCase() === wanted) ?? null;
}

/** Every place the person may be; empty when the area code is unknown or not of a modelled place. */
export function placesOf(law: Law, number: PhoneNumber | null, lead: LeadFacts): readonly Place[] {
  const areaCode = number === null ? null : areaCodeOf(law, number);
  if (areaCode?.kind !== 'us') return [];
  const places = new Map<string, Place>();
  const add = (state: JurisdictionCode, zones: readonly string[], because: Place['because']): void => {
    for (const zone of zones) {
      const key = `${state} ${zone}`;
      if (!places.has(key)) places.set(key, { state, zone, because });
    }
  };
  add(areaCode.state, areaCode.zones, 'area_code');
  add(areaCode.state, areaCode.minorityZones, 'minority_zone');
  // A state without an address stands for all its zones (design ruling 2).
  const stored = jurisdictionOf(law, lead.state);
  if (stored !== null) add(stored.code, stored.zones, 'lead_state');
  return [...places.values()];
}
