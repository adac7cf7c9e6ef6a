/** Relations that no shape can say: dates in order, holidays and places that exist, zones that are zones, codes listed once. */
import type { Law, Provision } from '../domain/law.ts';
import { isZone } from '../domain/places.ts';
import { parseLocalDate } from '../domain/time.ts';
import type { RawAreaCodes } from './law-schema.ts';
import type { RawLaw, Report } from './build-law.ts';
import { checkZips } from './check-zips.ts';
import { show } from './law-shape.ts';

type Tell = (line: string) => void;

function checkDate(text: string | null, path: string, tell: Tell): void {
  if (text !== null && !parseLocalDate(text).ok) {
    tell(`${path}: no such day, got ${show(text)}, expected a calendar date`);
  }
}

function checkSpan(row: Pick<Provision, 'from' | 'until'>, path: string, tell: Tell): void {
  checkDate(row.from, `${path}.from`, tell);
  checkDate(row.until, `${path}.until`, tell);
  if (row.from !== null && row.until !== null && row.from > row.until) {
    tell(
      `${path}: ends before it begins, got ${show(`${row.from} to ${row.until}`)}, expected from <= until`,
    );
  }
}

/** Rows of one provision stand in order of time and no date is in two of them. */
function checkHistory(rows: readonly Provision[], path: string, tell: Tell): void {
  rows.forEach((row, index) => {
    checkSpan(row, `${path}.${index}`, tell);
    const next = rows[index + 1];
    if (next !== undefined && !(row.until !== null && next.from !== null && row.until < next.from)) {
      tell(
        `${path}.${index + 1}: overlaps the row before, got ${show(`until ${row.until ?? 'open'}, then from ${next.from ?? 'open'}`)}, ` +
          'expected each row to end before the next begins',
      );
    }
  });
}

function checkZones(zones: readonly string[], path: string, tell: Tell): void {
  zones.forEach((zone, index) => {
    if (!isZone(zone)) {
      tell(`${path}.${index}: no such zone, got ${show(zone)}, expected an IANA time zone`);
    }
  });
  if (new Set(zones).size < zones.length) {
    tell(`${path}: zone listed twice, got ${show(zones.join(', '))}, expected each once`);
  }
}

const isProvision = (value: unknown): value is Provision =>
  typeof value === 'object' && value !== null && 'citation' in value && 'from' in value && 'until' in value;

/** `reassignedCheck` -> `reassigned_check`: problems name the place as it stands in the file. */
const asInFile = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function checkJurisdictions(law: Law, tell: Tell): void {
  for (const [code, jurisdiction] of Object.entries(law.jurisdictions)) {
    const path = `jurisdictions.${code}`;
    checkZones(jurisdiction.zones, `${path}.zones`, tell);
    checkHistory(jurisdiction.hours, `${path}.hours`, tell);
    checkHistory(jurisdiction.automatedHours, `${path}.automated_hours`, tell);
    checkHistory(jurisdiction.holidays, `${path}.holidays`, tell);
    jurisdiction.frequencyCaps.forEach((row, index) =>
      checkSpan(row, `${path}.frequency_caps.${index}`, tell),
    );
    for (const [key, value] of Object.entries(jurisdiction)) {
      if (isProvision(value)) checkSpan(value, `${path}.${asInFile(key)}`, tell);
    }
    jurisdiction.holidays.forEach((row, index) => {
      const ids = [...row.days, ...row.strictExtra, ...Object.keys(row.countyDays)];
      for (const id of ids) {
        if (!Object.hasOwn(law.holidays, id)) {
          tell(
            `${path}.holidays.${index}: no such holiday, got ${show(id)}, expected an id of holidays.yaml`,
          );
        }
      }
      if (new Set(ids).size < ids.length) {
        tell(
          `${path}.holidays.${index}: holiday listed twice, got ${show(ids.join(', '))}, expected each once`,
        );
      }
    });
    const reached = Object.values(law.areaCodes).some((area) => area.kind === 'us' && area.state === code);
    if (!reached) tell(`${path}: has no area code, got none, expected at least one in area-codes.yaml`);
  }
}

function checkAreaCodes(raw: RawAreaCodes, law: Law, tell: Tell): void {
  const seen = new Map<string, string>();
  const once = (code: string, path: string): void => {
    const before = seen.get(code);
    if (before !== undefined) {
      tell(`${path}: area code listed twice, got ${show(code)} also at ${before}, expected each once`);
    }
    seen.set(code, path);
  };
  for (const [code, row] of Object.entries(raw.us)) {
    const path = `us.${code}`;
    once(code, path);
    checkZones([...row.zones, ...(row.minority_zones ?? [])], `${path}.zones`, tell);
    const home = Object.hasOwn(law.jurisdictions, row.state) ? law.jurisdictions[row.state] : undefined;
    if (home === undefined) {
      tell(`${path}.state: no such jurisdiction, got ${show(row.state)}, expected a code of states.yaml`);
    } else {
      for (const zone of row.zones.filter((each) => !home.zones.includes(each))) {
        tell(
          `${path}.zones: not a zone of ${row.state}, got ${show(zone)}, expected one of its zones in states.yaml`,
        );
      }
    }
  }
  raw.other.forEach((row, index) => row.codes.forEach((code) => once(code, `other.${index}`)));
  const exchanges = new Set<string>();
  raw.exchanges.forEach((row, index) =>
    row.codes.forEach((exchange) => {
      if (exchanges.has(exchange)) {
        tell(`exchanges.${index}: exchange listed twice, got ${show(exchange)}, expected each once`);
      }
      exchanges.add(exchange);
    }),
  );
}

/** A code that a table lists needs no mapping, and none may loosen it. */
function checkMappedAreaCodes(law: Law, tell: Tell): void {
  const seen = new Set<string>();
  law.operator.areaCodes.forEach((row, index) => {
    const path = `area_codes.${index}`;
    checkDate(row.date, `${path}.date`, tell);
    checkZones(row.zones, `${path}.zones`, tell);
    if (Object.hasOwn(law.areaCodes, row.code) || seen.has(row.code)) {
      tell(`${path}.code: area code listed twice, got ${show(row.code)}, expected a code in no table`);
    }
    seen.add(row.code);
    const home = Object.hasOwn(law.jurisdictions, row.state) ? law.jurisdictions[row.state] : undefined;
    if (home === undefined) {
      tell(`${path}.state: no such jurisdiction, got ${show(row.state)}, expected a code of states.yaml`);
    }
    for (const zone of row.zones.filter((each) => home?.zones.includes(each) === false)) {
      tell(
        `${path}.zones: not a zone of ${row.state}, got ${show(zone)}, expected one of its zones in states.yaml`,
      );
    }
  });
}

function checkOperator(law: Law, tell: Tell): void {
  checkMappedAreaCodes(law, tell);
  law.operator.emergencies.forEach((row, index) => {
    const path = `emergencies.active.${index}`;
    checkSpan(row, path, tell);
    const place = Object.hasOwn(law.jurisdictions, row.jurisdiction)
      ? law.jurisdictions[row.jurisdiction]
      : undefined;
    if (place?.emergencyBan === null || place === undefined) {
      tell(
        `${path}.jurisdiction: bars nothing in an emergency, got ${show(row.jurisdiction)}, expected a place with emergency_ban`,
      );
    }
  });
  law.operator.proclaimedDays.forEach((row, index) => {
    const path = `proclaimed_days.${index}`;
    checkDate(row.date, `${path}.date`, tell);
    if (!Object.hasOwn(law.jurisdictions, row.jurisdiction)) {
      tell(
        `${path}.jurisdiction: no such jurisdiction, got ${show(row.jurisdiction)}, expected a code of states.yaml`,
      );
    }
  });
}

export function checkLaw(law: Law, raw: RawLaw, report: Report): void {
  const tellStates: Tell = (line) => report('states', line);
  for (const file of ['federal', 'states', 'holidays', 'areaCodes'] as const) {
    checkDate(raw[file].as_of, 'as_of', (line) => report(file, line));
  }
  checkJurisdictions(law, tellStates);
  checkAreaCodes(raw.areaCodes, law, (line) => report('areaCodes', line));
  checkZips(law, raw.zips, (line) => report('zips', line));
  checkOperator(law, (line) => report('operator', line));
  for (const id of law.federal.unknownPlace.holidays) {
    if (!Object.hasOwn(law.holidays, id)) {
      report(
        'federal',
        `unknown_place.holidays: no such holiday, got ${show(id)}, expected an id of holidays.yaml`,
      );
    }
  }
  const tellFederal: Tell = (line) => report('federal', line);
  for (const [name, value] of Object.entries(law.federal)) {
    const key = asInFile(name);
    const rows: readonly unknown[] = Array.isArray(value) ? value : [];
    if (isProvision(value)) checkSpan(value, key, tellFederal);
    rows.forEach((row, index) => {
      if (isProvision(row)) checkSpan(row, `${key}.${index}`, tellFederal);
    });
  }
}
